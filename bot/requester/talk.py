"""One conversation with a requester while an update is handled: what is known of it, and the one screen that it shows.

A private chat has one live screen (models.Dialog.screen_id). A tap edits it in place; after a typed message the old one is
folded into a line and a new one is shown below. Screens that have not left yet are replaced by the newer one, and one
person gets no more than PER_MINUTE of them, however fast they write.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import escape
from typing import Any, cast

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Chat, Message, TelegramObject, Update, User

from bot.requester.draft import Draft
from bot.requester.remembered import Remembered
from bot.screens import Rows, answer, fold, show
from bot.storage import dialog_key, remember
from bot.text import MESSAGE_LIMIT, N_, units
from desk import contents, outbox
from desk.context import Desk
from desk.flow import intake
from desk.i18n import LANGUAGES, spoken, words
from desk.ports import File, Incoming, Outcome
from models import Became, Dialog, Inbound, Outbox, OutboxState

PER_MINUTE = 30
# Requests left half-way that are kept beside the one in hand.
SHELF = 5
TOO_FAST = N_(
    "⏳ This is faster than I can answer, so I am silent for a minute. "
    "Everything you send arrives all the same and nothing is lost."
)
STALE = N_("This button is out of date.")


@dataclass
class Screen:
    """What is shown: HTML, buttons, and the line (HTML too) it becomes when the conversation has gone on."""

    html: str
    buttons: Rows = field(default_factory=list)
    folded: str = "…"


@dataclass
class Talk:
    """What a handler of a private chat needs. Nothing of `data` is kept unless `save` is called."""

    desk: Desk
    row: Inbound
    now: datetime
    files: tuple[File, ...]
    user: User
    chat: int
    key: str
    dialog: Dialog | None
    data: Remembered

    @classmethod
    def begun(cls, user: User, chat: int, given: dict[str, Any]) -> "Talk":
        key = dialog_key(given["bot"].id, chat, user.id)
        dialog = given["dialogs"].get(key)
        return cls(
            desk=given["desk"],
            row=given["row"],
            now=given["now"],
            files=given.get("files", ()),
            user=user,
            chat=chat,
            key=key,
            dialog=dialog,
            data=cast("Remembered", dict(dialog.data) if dialog else {}),
        )

    # --- words

    @property
    def language(self) -> str:
        """The language the person chose, else that of their Telegram."""
        chosen = self.data.get("language")
        return str(chosen) if chosen in LANGUAGES else spoken(self.user.language_code)

    @property
    def _(self) -> Callable[[str], str]:
        return words("bot", self.language).gettext

    @property
    def operator(self) -> str:
        return self.desk.operator.short_name or self.desk.operator.name

    # --- what is remembered

    @property
    def knows_privacy(self) -> bool:
        """Whether the person was shown the privacy notice."""
        return bool(self.data.get("privacy"))

    @property
    def turn(self) -> int:
        return int(self.data.get("turn", 0))

    def next_turn(self) -> int:
        """Count on: every button of before is out of date."""
        self.data["turn"] = self.turn + 1
        return self.turn

    @property
    def draft(self) -> Draft | None:
        """The request that is being put together, if there is one."""
        stored = self.data.get("draft")
        return Draft.read(stored) if stored else None

    @draft.setter
    def draft(self, draft: Draft | None) -> None:
        if draft is None:
            self.data.pop("draft", None)
        else:
            self.data["draft"] = draft.stored(self.now)

    @property
    def half_way(self) -> Draft | None:
        """The request that was left half-way: begun, and not sent yet. It is offered again before another one begins."""
        draft = self.draft
        return draft if draft is not None and draft.begun else None

    def shelve_draft(self) -> None:
        """Keep a draft that was begun while another request is put together."""
        if (draft := self.half_way) is not None:
            draft.open = False
            self.data["shelf"] = [*self.data.get("shelf", []), draft.stored(self.now)][-SHELF:]
        self.draft = None

    def drop_draft(self) -> None:
        """Forget the draft; the one that was kept beside it takes its place."""
        shelf = self.data.pop("shelf", None) or []
        self.draft = Draft.read(shelf[-1]) if shelf else None
        if shelf[:-1]:
            self.data["shelf"] = shelf[:-1]

    def leave_draft(self) -> None:
        """Another screen takes the place of the dialog's: what is typed now is no answer to it."""
        draft = self.draft
        if draft is not None and draft.open:
            draft.open = False
            self.draft = draft

    def since(self, stamp: object) -> timedelta:
        """How long ago something remembered was; very long for what is not remembered."""
        try:
            return self.now - datetime.fromisoformat(str(stamp))
        except ValueError:
            return timedelta(days=36500)

    async def save(self) -> None:
        """Keep what is remembered. The state names what is going on, for those who look into the table."""
        draft = self.draft
        state = f"request:{draft.step}" if draft else ""
        self.dialog = await remember(self.key, self.dialog, self.data, state, self.now)

    # --- what is brought to the desk

    async def take(self, incoming: Incoming) -> Outcome:
        """Have the desk take a message of this person, with those that others write at the same moment."""
        return await intake.taken(incoming, self.row)

    # --- the screen

    async def show(self, screen: Screen, *, at: int | None = None, stay: bool = False) -> None:
        """Show a screen and save: in the message `at` that was tapped, where the live one is (`stay`), or below everything."""
        key = self.key
        waiting = await self._waiting(key)
        said = self._said_this_minute() if waiting is None else 0
        if said > PER_MINUTE:
            await self.save()
            return
        if said == PER_MINUTE:
            # The last one of this minute says why no other follows.
            told = escape(self._(TOO_FAST))
            both = f"{told}\n\n{screen.html}"
            screen = replace(screen, html=both if units(both) <= MESSAGE_LIMIT else told)
        before = str(self.data.get("folded") or "…")
        self.data["folded"] = screen.folded
        await self.save()
        dialog = await Dialog.get(key=key)
        live = dialog.screen_id
        place = at if at is not None else live if stay else None
        if live is not None and live != place:
            await fold(self.chat, live, key=f"fold:{self.row.id}:{live}", html=before, now=self.now, language=self.language)
        if live != place:
            await Dialog.filter(key=key).update(screen_id=place)
        if waiting is not None:
            shown = replace(
                contents.of(waiting, contents.PrivateScreen),
                html=screen.html,
                buttons=screen.buttons,
                language=self.language,
                edit=at,
            )
            contents.amend(waiting, shown)
            await waiting.save(update_fields=["content"])
            return
        await show(
            chat=self.chat,
            key=f"screen:{self.row.id}",
            html=screen.html,
            buttons=screen.buttons,
            dialog=key,
            edit=at,
            now=self.now,
            language=self.language,
        )

    async def is_live(self, message_id: int) -> bool:
        """Whether this message is the live screen."""
        return await Dialog.exists(key=self.key, screen_id=message_id)

    async def _waiting(self, key: str) -> Outbox | None:
        """The live screen, when it is the last thing that waits to be sent to this chat."""
        rows = (
            await Outbox.filter(conversation=outbox.private(self.chat), state=OutboxState.WAITING, lease_until__isnull=True)
            .order_by("-id")
            .limit(4)
            .select_for_update()
        )
        held = [(row, contents.read(row)) for row in rows]
        unfolded = ((row, one) for row, one in held if not (isinstance(one, contents.PrivateScreen) and one.fold))
        last, shown = next(unfolded, (None, None))
        return last if isinstance(shown, contents.PrivateScreen) and shown.dialog == key else None

    def _said_this_minute(self) -> int:
        """How many screens this person gets within a minute, with one more now."""
        since, count = self.data.get("pace") or ("", 0)
        if self.since(since) > timedelta(minutes=1):
            since, count = self.now.isoformat(), 0
        self.data["pace"] = [since, count + 1]
        return int(count) + 1

    async def toast(self, tap: CallbackQuery, text: str = "") -> None:
        """Answer a tap with a word on top of the chat."""
        await answer(tap, self.row, self.now, self._(text) if text else "")

    async def stale(self, tap: CallbackQuery) -> Outcome:
        """Answer a tap on a button whose time has passed."""
        await self.toast(tap, STALE)
        return Outcome(Became.STALE_BUTTON)


def dialog_of(update: Update, bot_id: int) -> str:
    """The key of the dialog that an update of a private chat belongs to; empty for all others."""
    event = update.message or update.edited_message or update.callback_query
    message = event.message if isinstance(event, CallbackQuery) else event
    user = event.from_user if event is not None else None
    private = message is not None and message.chat.type == "private"
    return dialog_key(bot_id, message.chat.id, user.id) if message is not None and private and user is not None else ""


class Talks(BaseMiddleware):
    """Gives every handler of the private chats its `talk`."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        message = event.message if isinstance(event, CallbackQuery) else event
        user = event.from_user if isinstance(event, CallbackQuery | Message) else None
        chat: Chat | None = getattr(message, "chat", None)
        if chat is None or chat.type != "private":
            # The filters of the router turn it away: groups are others' business.
            return await handler(event, data)
        if user is None:
            return Outcome(Became.IGNORED)
        data["talk"] = Talk.begun(user, chat.id, data)
        return await handler(event, data)
