"""Has the models of aiogram built when they are first used, instead of all of them while it is imported.

aiogram has pydantic build 400 models, each with all that it refers to, at its import: three seconds and a hundred megabytes,
of which a desk needs a twentieth. pydantic itself builds what is used later; only the names that models refer each other by
have to be at hand then. Where a later aiogram does that otherwise, nothing is put off, and all works as before.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final

_PUT_OFF: Final = "aiogram.types"


class _Finder(MetaPathFinder):
    """Finds the module that builds all models, once."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != _PUT_OFF:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Later(spec.loader)
        return spec


class _Later(Loader):
    """Runs the module as its own loader would, but for the building."""

    def __init__(self, own: Loader) -> None:
        self._own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        from pydantic import BaseModel  # noqa: PLC0415 - commands that never come here do without

        build = BaseModel.__dict__["model_rebuild"]
        names: dict[str, Any] = {}

        def noted(_model: type[BaseModel], /, *, _types_namespace: dict[str, Any] | None = None, **_more: Any) -> None:
            names.update(_types_namespace or {})

        def built(model: type[BaseModel], /, *, _types_namespace: dict[str, Any] | None = None, **more: Any) -> bool | None:
            known = {**names, **vars(sys.modules[model.__module__]), **(_types_namespace or {})}
            found: bool | None = build.__func__(model, _types_namespace=known, **more)
            return found

        setattr(BaseModel, "model_rebuild", classmethod(noted))  # noqa: B010 - no plain assignment to a method
        try:
            self._own.exec_module(module)
        finally:
            setattr(BaseModel, "model_rebuild", build)  # noqa: B010
        from aiogram.client.context_controller import BotContextController  # noqa: PLC0415
        from aiogram.methods.base import Response  # noqa: PLC0415

        for base in (BotContextController, Response):
            setattr(base, "model_rebuild", classmethod(built))  # noqa: B010


def put_off() -> None:
    """Put the building off, unless aiogram is imported already."""
    if _PUT_OFF not in sys.modules:
        sys.meta_path.insert(0, _Finder())
