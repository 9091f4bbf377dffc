"""The Bot API methods the sandbox plays, by name. Each area of the API has its module."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.telegram.call import Call

Method = Callable[[Call], Any | Awaitable[Any]]

PLAYED: dict[str, Method] = {}
"""Methods by their names as Telegram spells them."""


def method(name: str) -> Callable[[Method], Method]:
    """Register a function as the method of that name."""

    def register(function: Method) -> Method:
        PLAYED[name] = function
        return function

    return register


def load() -> dict[str, Method]:
    """Every method there is; importing the areas registers them."""
    from sandbox.telegram.methods import (  # noqa: F401, PLC0415
        callbacks,
        chats,
        copying,
        editing,
        members,
        profile,
        sending,
        topics,
        updates,
    )

    return PLAYED
