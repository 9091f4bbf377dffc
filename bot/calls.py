"""Calls to Telegram on behalf of one outbox row: paced, with Telegram's refusals as the desk's errors, and resumable."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from aiogram import Bot
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import EditMessageText, SendMessage, TelegramMethod
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)

from bot import recording
from bot.errors import MessageGone, NotModified, translated
from bot.limits import Pace
from bot.screens import Rows
from bot.text import Piece, split
from desk import contents
from desk.context import Desk
from desk.errors import DeskError, Unclear
from desk.flow.queues import LEASE
from desk.i18n import words
from desk.ports import Delivered, Kept, Sent
from desk.record import kept
from desk.timepiece import Timepiece
from models import Outbox, Posted, Ticket
from models.store.leases import LeaseLost, renew

T = TypeVar("T")
Kind = TypeVar("Kind", bound=contents.Content)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
# Seconds for an ordinary call and for one that carries files; both shorter than the lease of a row.
TIMEOUT, UPLOAD_TIMEOUT = 30, 120


@dataclass
class Errand:
    """One outbox row on its way: what it needs to know, and the calls it makes.

    `chat` is where it goes; `card` the ticket's card there; `thread` its topic, and `anchor` the message that postings
    reply to where there are no topics.
    """

    desk: Desk
    bot: Bot
    pace: Pace
    row: Outbox
    now: datetime
    timepiece: Timepiece
    chat: int
    private: bool
    ticket: Ticket | None = None
    card: int | None = None
    thread: int | None = None
    anchor: int | None = None
    # Words of the message that is replied to, which the reply is about.
    quote: str = ""
    language: str = "ru"
    sent: list[Sent] = field(default_factory=list)
    # The calls that left, for the record; files by the reference under which Telegram holds them, with their SHA-256.
    kept: list[Kept] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def _(self) -> Callable[[str], str]:
        """The bot's words in the reader's language."""
        return words("bot", self.language).gettext

    async def call(self, method: TelegramMethod[T], *, cost: int = 1, seconds: int | None = None) -> T:
        """Make one call. `cost` is the number of messages it posts; 0 for what Telegram's limits do not count."""
        if cost:
            await self.pace.turn(self.chat, cost=cost, priority=self.row.priority)
        try:
            return await self._called(method, cost, seconds or TIMEOUT)
        except Unclear:
            if method.__api_method__.startswith(("send", "copy")):
                await self.unconfirmed(int(self.now.timestamp()))
            raise

    async def unconfirmed(self, at: int | None) -> None:
        """Note that a posting may have been made though its answer was lost; None: that is clear now."""
        contents.mark_unconfirmed(self.row, at)
        await Outbox.filter(id=self.row.id).update(content=self.row.content)

    async def _called(self, method: TelegramMethod[T], cost: int, seconds: int) -> T:
        if not (self.private and cost and kept.is_kept(self.row)):
            return await self._made(method, seconds)
        said = recording.of(method, self.digests)
        if self.row.errand == contents.Code.errand:
            said = recording.hidden(said)
        piece = await kept.keep(self.desk.vault, self.row, said)
        try:
            answer = await self._made(method, seconds)
        except (Unclear, TimeoutError):
            raise
        except DeskError:
            await kept.drop(self.desk.vault, piece)
            raise
        self.kept.append(kept.confirmed(piece, *recording.ids(answer)))
        return answer

    async def _made(self, method: TelegramMethod[T], seconds: int) -> T:
        try:
            return await self.bot(method, request_timeout=seconds)
        except TelegramRetryAfter as error:
            self.pace.pause(self.chat, error.retry_after)
            raise translated(error, private=self.private) from None
        except Exception as error:  # noqa: BLE001 - every refusal of Telegram has its meaning there
            # Without its cause: an error of the library quotes the message it could not send.
            raise translated(error, private=self.private) from None

    def place(self, reply_to: int | None = None) -> dict[str, Any]:
        """Where a posting goes, as arguments of any send method."""
        target, quote = reply_to or self.anchor, self.quote if reply_to else ""
        # A quotation of what is gone is said in words instead: whoever posts it is told.
        replied = {"message_id": target} | ({"quote": quote} if quote else {"allow_sending_without_reply": True})
        return {
            "chat_id": self.chat,
            "message_thread_id": self.thread,
            "reply_parameters": ReplyParameters.model_validate(replied) if target else None,
        }

    async def post(
        self,
        piece: Piece | str,
        *,
        buttons: Rows | None = None,
        reply_to: int | None = None,
        silent: bool = False,
    ) -> int:
        """Post one message and return its id: a text with its entities, or a string of HTML."""
        message = await self.call(
            SendMessage(
                **self.place(reply_to),
                **shape(piece),
                link_preview_options=NO_PREVIEW,
                reply_markup=keyboard(buttons),
                disable_notification=silent or None,
            )
        )
        return message.message_id

    async def edit(self, message_id: int, html: str, buttons: Rows | None = None) -> bool:
        """Let a posting show this HTML with these buttons, which may be what it shows; False: it is gone, or cannot show it."""
        try:
            await self.call(
                EditMessageText(
                    chat_id=self.chat,
                    message_id=message_id,
                    text=html,
                    parse_mode="HTML",
                    link_preview_options=NO_PREVIEW,
                    reply_markup=keyboard(buttons),
                )
            )
        except NotModified:
            return True
        except MessageGone:
            return False
        return True

    async def once(
        self, step: str, role: Posted, post: Callable[[], Awaitable[Sequence[int]]], messages: Sequence[int] = ()
    ) -> list[int]:
        """Do one step of several; a repeat of the row after a failure does not repeat the steps that were done.

        `messages` are the desk's messages that the postings show, where they are several.
        """
        done = contents.steps_of(self.row)
        if step not in done:
            done[step] = list(await post())
            contents.keep_steps(self.row, done)
            # Many files take longer than one lease lasts.
            if not await renew(self.row, now=self.timepiece(), period=LEASE, content=self.row.content):
                # It was made all the same, and whoever tries it again has to know.
                await Outbox.filter(id=self.row.id).update(content=self.row.content)
                raise LeaseLost("Another worker took this row over.")
        self.keep(done[step], role, messages)
        return done[step]

    async def write(self, words: Piece, role: Posted, *, reply_to: int | None = None) -> Delivered:
        """Post words in as many messages as they take, each once; the first may reply to a message."""
        for number, piece in enumerate(split(*words)):

            async def post(piece: Piece = piece, reply_to: int | None = None if number else reply_to) -> list[int]:
                return [await self.post(piece, reply_to=reply_to)]

            await self.once(f"words:{number}", role, post)
        return self.delivered()

    def content(self, kind: type[Kind]) -> Kind:
        """What the row holds, which is of this kind."""
        return contents.of(self.row, kind)

    def keep(self, ids: Sequence[int], role: Posted, messages: Sequence[int] = ()) -> None:
        """Remember postings for their receipts."""
        shown = messages if len(messages) == len(ids) else [None] * len(ids)
        self.sent += [Sent(str(self.chat), str(one), role, message) for one, message in zip(ids, shown, strict=True)]

    def delivered(self) -> Delivered:
        return Delivered(tuple(self.sent))

    async def forget_steps(self) -> None:
        """Start anew at the next attempt: what was posted is gone with its topic."""
        if contents.forget_steps(self.row):
            await Outbox.filter(id=self.row.id).update(content=self.row.content)


def shape(piece: Piece | str, name: str = "text") -> dict[str, Any]:
    """A text as the arguments of a send method; `name` is "text" or "caption"."""
    if isinstance(piece, str):
        return {name: piece, "parse_mode": "HTML"}
    text, entities = piece
    return {
        name: text,
        "entities" if name == "text" else "caption_entities": [MessageEntity.model_validate(one) for one in entities] or None,
        "parse_mode": None,
    }


def keyboard(rows: Rows | None) -> InlineKeyboardMarkup | None:
    """Buttons as Telegram takes them."""
    if not rows:
        return None
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=one["text"], callback_data=one.get("data"), url=one.get("url")) for one in row]
            for row in rows
        ]
    )
