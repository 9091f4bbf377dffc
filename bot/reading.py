"""Reading an update: what our library cannot decode in it is left out, so that the words of a person still arrive."""

import json
from typing import Any

from aiogram import Bot
from aiogram.types import Update
from pydantic import ValidationError

from desk.errors import Permanent

# How many undecodable parts of one update are left out before it is given up.
PATIENCE = 40


def decoded(raw: bytes, bot: Bot) -> Update:
    """The update of stored bytes, bound to the bot.

    A part that does not decode (a kind of content newer than our library, a field of another type) is removed as
    narrowly as possible. Raises Permanent when nothing of the message itself is left.
    """
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Permanent("This update from Telegram is not readable.") from error
    if not isinstance(data, dict):
        raise Permanent("This update from Telegram is not readable.")
    for _ in range(PATIENCE):
        try:
            return Update.model_validate(data, context={"bot": bot})
        except ValidationError as error:
            for trouble in error.errors(include_url=False, include_context=False, include_input=False):
                _remove(data, trouble["loc"])
        except RecursionError as error:
            raise Permanent("This update from Telegram is not readable.") from error
    raise Permanent("This update from Telegram is not readable.")


def _remove(data: dict[str, Any], loc: tuple[int | str, ...]) -> None:
    """Remove the innermost part of the data that lies on the way to the trouble; never the message itself."""
    path: list[int | str] = []
    here: Any = data
    for step in loc:
        # Steps that are no part of the data name a member of a union, or what is missing.
        if _holds(here, step):
            path.append(step)
            here = here[step]
    if len(path) < 2:
        raise Permanent("This update from Telegram is not readable.")
    holder: Any = data
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]


def _holds(here: Any, step: int | str) -> bool:
    return step in here if isinstance(here, dict) else isinstance(here, list) and isinstance(step, int) and step < len(here)
