"""What the bot posts in a private chat: each letter by the function of its errand, in the module of that name."""

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules

from bot.calls import Errand
from desk.ports import Delivered


def letters() -> Mapping[str, Callable[[Errand], Awaitable[Delivered]]]:
    """What posts a letter, by its errand: every module here that bears the name of what it posts."""
    modules = {one.name: import_module(f"{__name__}.{one.name}") for one in iter_modules(__path__)}
    return {name: vars(module)[name] for name, module in modules.items() if name in vars(module)}
