"""A code that comes back: numbers that requesters write while one is waited for, and nothing else."""

from typing import Any

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Message

from bot.requester.talk import Talk
from desk.disclosure import codes
from desk.disclosure.identity import Place
from desk.ports import Outcome
from models import Became


class CodeWritten(Filter):
    """Whether a message is an answer to a code: such a number, from an account that one is waited for from.

    In a dialog that asks for something else only the right one is.
    """

    async def __call__(self, message: Message, talk: Talk) -> bool | dict[str, Any]:
        code = codes.in_text(message.text or "")
        if not code:
            return False
        place = Place("telegram", str(talk.user.id))
        if not await codes.would_answer(talk.desk, place, code, talk.now):
            return False
        if talk.draft is not None and not await codes.is_right(talk.desk, place, code, talk.now):
            return False
        return {"code": code}


def setup() -> Router:
    router = Router(name="requester codes")
    router.message.register(code_written, CodeWritten())
    return router


async def code_written(message: Message, talk: Talk, code: str) -> Outcome:
    """What the code was is told by a message of its own."""
    came = await codes.answered(talk.desk, Place("telegram", str(talk.user.id)), code, talk.now)
    await talk.save()
    return Outcome(Became.CODE, tapped=str(came or ""))
