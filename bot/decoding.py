"""Reading an update: what our library cannot decode in it is left out, so that the words of a person still arrive."""

import json
from typing import Any

from aiogram import Bot
from aiogram.types import Update
from pydantic import ValidationError

from bot.content import FRAME, SAID
from bot.text import N_
from desk.errors import Permanent

# How many undecodable parts of one update are left out before it is given up.
PATIENCE = 40
UNREADABLE = N_("This update from Telegram is not readable.")
# Under this name a message keeps, as it came, what could not be read whole in it: for `bot.words` to say what it can.
LOST = "unreadable_parts"


def decoded(raw: bytes, bot: Bot) -> Update:
    """The update of stored bytes, bound to the bot.

    A part that does not decode (a kind of content newer than our library, a field of another type) is removed as
    narrowly as possible, and kept beside as it came. Raises Permanent when nothing of the message itself is left.
    """
    data = _loaded(raw)
    broken: set[tuple[str, str]] = set()
    for _ in range(PATIENCE):
        try:
            if broken:
                _keep_beside(data, broken, _loaded(raw))
            return Update.model_validate(data, context={"bot": bot})
        except ValidationError as error:
            troubles = error.errors(include_url=False, include_context=False, include_input=False)
            # All ways are found before anything is removed: each removal changes where the others lead.
            for path in sorted({_way(data, one["loc"]) for one in troubles}, key=len, reverse=True):
                _remove(data, path)
                if isinstance(path[0], str) and isinstance(path[1], str) and path[1] not in FRAME - SAID:
                    broken.add((path[0], path[1]))
        except RecursionError as error:
            raise Permanent(UNREADABLE) from error
    raise Permanent(UNREADABLE)


def _loaded(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Permanent(UNREADABLE) from error
    if not isinstance(data, dict):
        raise Permanent(UNREADABLE)
    return data


def _keep_beside(data: dict[str, Any], broken: set[tuple[str, str]], whole: dict[str, Any]) -> None:
    """Keep what was not readable with the message it stood in, as it came."""
    for kind, part in broken:
        if isinstance(data.get(kind), dict) and isinstance(whole.get(kind), dict) and part in whole[kind]:
            data[kind].setdefault(LOST, {})[part] = whole[kind][part]


def _way(data: dict[str, Any], loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The way to the innermost part of the data that holds the trouble."""
    path: list[int | str] = []
    here: Any = data
    for step in loc:
        # Steps that are no part of the data name a member of a union, or what is missing.
        if _holds(here, step):
            path.append(step)
            here = here[step]
    return tuple(path)


def _holds(here: Any, step: int | str) -> bool:
    return step in here if isinstance(here, dict) else isinstance(here, list) and isinstance(step, int) and step < len(here)


def _remove(data: dict[str, Any], path: tuple[int | str, ...]) -> None:
    """Remove a part of the update; never the message itself."""
    if len(path) < 2:
        raise Permanent(UNREADABLE)
    holder: Any = data
    for step in path[:-1]:
        if not _holds(holder, step):
            return
        holder = holder[step]
    if _holds(holder, path[-1]):
        del holder[path[-1]]
