"""What a handler of the staff group is given: the message or tap that is answered, its row, the desk it acts on, the moment."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, MaybeInaccessibleMessageUnion, Message, TelegramObject

from bot import screens
from bot.screens import Rows
from bot.staff.permission import member, writer
from bot.text import N_
from desk import contents
from desk.contents import Asked
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from models import Inbound, Outbox, Staff, Ticket


@dataclass(frozen=True)
class Talk:
    """One message or tap of the staff group while it is handled.

    Whatever it shows bears the number of its row, so that a row that is taken twice shows it once.
    """

    desk: Desk
    row: Inbound
    now: datetime
    event: Message | CallbackQuery

    # --- what it is

    @property
    def message(self) -> Message:
        """What was written; only where a handler of messages is at work."""
        if not isinstance(self.event, Message):
            raise TypeError("This is a tap.")
        return self.event

    @property
    def tap(self) -> CallbackQuery:
        """What was tapped; only where a handler of taps is at work."""
        if not isinstance(self.event, CallbackQuery):
            raise TypeError("This is a message.")
        return self.event

    @property
    def under(self) -> int:
        """The posting under which it was tapped. Raises Refused for one that Telegram tells no more."""
        return self._bearer.message_id

    @property
    def chat(self) -> int:
        """The id of the group."""
        return (self.event if isinstance(self.event, Message) else self._bearer).chat.id

    @property
    def _bearer(self) -> MaybeInaccessibleMessageUnion:
        if self.tap.message is None:
            raise Refused(N_("This button is out of date."))
        return self.tap.message

    @property
    def reply_to(self) -> int | None:
        """The message that what is said replies to; a tap has none."""
        return self.event.message_id if isinstance(self.event, Message) else None

    async def staff(self) -> Staff:
        """Who wrote or tapped. Raises Refused for those who hide their names."""
        if isinstance(self.event, CallbackQuery):
            return await member(self.desk, self.event.from_user, self.now)
        return await writer(self.desk, self.event, self.now)

    # --- words

    @property
    def language(self) -> str:
        """The language of the staff group."""
        return self.desk.staff_language

    @property
    def _(self) -> Callable[[str], str]:
        return words("bot", self.language).gettext

    # --- what is said

    async def answer(self, text: str = "", *, alert: bool = False) -> None:
        """Answer the tap: a word on top of the chat, or a box to confirm."""
        await screens.answer(self.tap, self.row, self.now, text, alert=alert)

    async def show(
        self,
        name: str,
        html: str,
        ticket: Ticket | None,
        *,
        buttons: Rows | None = None,
        asks: Asked | None = None,
        edit: int | None = None,
        reply_to: int | None = None,
    ) -> Outbox | None:
        """Show a screen in the topic (without a ticket, in the general room): in the place of the posting `edit`, else below.

        A new one replies to what was written, or to the message `reply_to`.

        `name` tells it from what else this message or tap shows; `asks` is what a reply to it answers (bot.staff.asking).
        """
        return await screens.ask_staff(
            key=f"{name}:{self.row.id}",
            html=html,
            now=self.now,
            ticket=ticket,
            buttons=buttons,
            reply_to=reply_to or (self.reply_to if edit is None else None),
            edit=edit,
            asks=asks,
        )

    async def say(self, sentence: str, params: contents.Params, ticket: Ticket | None, *, name: str = "done") -> None:
        """Say a sentence of the catalogue below what was written; `name` tells it from what else is said."""
        key = f"{name}:{self.row.id}"
        await screens.say(sentence, params, key=key, now=self.now, ticket=ticket, reply_to=self.reply_to)


class Talks(BaseMiddleware):
    """Gives every handler of the group its `talk`."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if isinstance(event, Message | CallbackQuery):
            data["talk"] = Talk(data["desk"], data["row"], data["now"], event)
        return await handler(event, data)
