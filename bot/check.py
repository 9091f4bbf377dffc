"""What Telegram says of the token, the staff group, the bot's rights there and the webhook, for `doctor` and `init`.

Plain HTTP instead of aiogram: an answer is there before aiogram would be imported, it bears the Date of Telegram's clock, and
only the fields that matter are read, so that an answer newer than our library is no trouble. Everything but `wait_for_group`
only looks, and no update is ever confirmed: a service that runs notices nothing.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Final, Self
from urllib.parse import urlsplit

import aiohttp

from desk.errors import DeskError
from desk.timepiece import Timepiece

# Seconds for one call: longer than Telegram ever takes, short enough for somebody who waits at a terminal.
CALL_SECONDS: Final = 10.0
GROUPS: Final = frozenset({"group", "supergroup"})
OFFICIAL: Final = "https://api.telegram.org"
RIGHTS: Final = ("can_manage_topics", "can_pin_messages", "can_delete_messages")
"""The rights that the bot works with in the staff group (Bot API ChatMemberAdministrator)."""
UPDATES: Final = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member", "message_reaction")
CONNECT_BUTTON: Final = "rightsdesk:connect"


class Trouble(StrEnum):
    """Why a question to Telegram has no answer."""

    TOKEN = "token"  # noqa: S105 - a kind of trouble
    NAME = "name"  # the server's name is not known
    UNREACHABLE = "unreachable"
    SILENT = "silent"  # no answer in time
    CERTIFICATE = "certificate"
    PROXY = "proxy"
    NONSENSE = "nonsense"  # an answer that is none of the Bot API
    BUSY = "busy"  # 429
    NO_CHAT = "no_chat"
    MOVED = "moved"  # the group became a supergroup with another id
    NO_MEMBER = "no_member"
    CONFLICT = "conflict"  # another program fetches the updates, or a webhook is set
    REFUSED = "refused"


class Unanswered(DeskError):
    """Telegram gave no answer; `detail` is a word or a number about it, free of secrets."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"Telegram: {trouble}.")
        self.trouble, self.detail = trouble, detail


@dataclass(frozen=True)
class Identity:
    """The bot itself. `reads_all`: privacy mode is off."""

    id: int
    username: str
    name: str
    reads_all: bool


@dataclass(frozen=True)
class Group:
    """A chat, and how the bot stands in it."""

    id: int
    type: str
    title: str
    is_forum: bool
    status: str
    missing: tuple[str, ...] = ()
    open_to_all: str = ""
    """How strangers get in: "public" (the group has a name of its own), "linked" (to a channel), or not at all."""

    @property
    def present(self) -> bool:
        """Whether the bot is in it at all."""
        return self.status in {"creator", "administrator", "member", "restricted"}

    @property
    def is_admin(self) -> bool:
        """Whether the bot is an administrator."""
        return self.status in {"creator", "administrator"}


@dataclass(frozen=True)
class Webhook:
    """How Telegram delivers; `url` is empty for long polling. The error is the last one that Telegram met there."""

    url: str
    pending: int
    error: str = ""
    error_at: datetime | None = None

    @property
    def host(self) -> str:
        """Where the webhook is; the path may hold a secret."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True)
class Found:
    """A group that somebody showed us; `pressed_by` is who pressed the button there, if anybody did."""

    id: int
    title: str
    pressed_by: int = 0


class BotApi:
    """Asks the Bot API with one token. Use it as a context manager.

    `offset` is how far Telegram's clock is ahead of `timepiece`, known after the first answer.
    """

    def __init__(self, token: str, api_url: str, timepiece: Timepiece, proxy: str = "") -> None:
        self._base, self._token, self._timepiece, self._proxy = api_url.rstrip("/"), token, timepiece, proxy
        self._session: aiohttp.ClientSession | None = None
        self.offset: timedelta | None = None

    async def __aenter__(self) -> Self:
        connector: aiohttp.BaseConnector | None = None
        if self._proxy:
            from aiohttp_socks import ProxyConnector  # noqa: PLC0415 - only those with a proxy wait for it

            try:
                connector = ProxyConnector.from_url(self._proxy)
            except ValueError:
                raise Unanswered(Trouble.PROXY) from None
        self._session = aiohttp.ClientSession(connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        await self._session.close()

    async def call(self, method: str, *, seconds: float = CALL_SECONDS, **params: Any) -> Any:
        """The result of a method. Raises Unanswered."""
        assert self._session is not None
        url = f"{self._base}/bot{self._token}/{method}"
        asked = self._timepiece()
        try:
            async with asyncio.timeout(seconds), self._session.post(url, json=params, allow_redirects=False) as answer:
                self._compare_clocks(asked, answer.headers.get("Date", ""))
                status, body = answer.status, await answer.read()
        except Exception as error:  # noqa: BLE001 - judged by type; its text may hold the token
            raise self._unanswered(error) from None
        return _result(status, body)

    def _compare_clocks(self, asked: datetime, date: str) -> None:
        try:
            told = parsedate_to_datetime(date)
        except ValueError:
            return
        if told.tzinfo is None:
            return
        # The header has whole seconds; half a second is what it hides on average. Between question and answer lies the middle.
        middle = asked + (self._timepiece() - asked) / 2
        self.offset = told.astimezone(UTC) + timedelta(milliseconds=500) - middle

    def _unanswered(self, error: Exception) -> Unanswered:
        name = type(error).__name__
        if type(error).__module__.startswith("python_socks") or name.startswith("Proxy"):
            return Unanswered(Trouble.PROXY, name)
        match error:
            case TimeoutError():
                return Unanswered(Trouble.SILENT)
            case aiohttp.ClientConnectorDNSError():
                return Unanswered(Trouble.PROXY if self._proxy else Trouble.NAME, name)
            case aiohttp.ClientConnectorCertificateError():
                return Unanswered(Trouble.CERTIFICATE, name)
            case aiohttp.ClientError() | OSError():
                return Unanswered(Trouble.UNREACHABLE, name)
            case aiohttp.InvalidURL() | ValueError():
                return Unanswered(Trouble.NONSENSE, name)
        raise error

    async def me(self) -> Identity:
        """Whose token it is. Raises Unanswered."""
        found = _fields(await self.call("getMe"))
        return Identity(
            int(found.get("id", 0)),
            str(found.get("username", "")),
            str(found.get("first_name", "")),
            bool(found.get("can_read_all_group_messages")),
        )

    async def group(self, chat: int, bot: int) -> Group:
        """A chat and the bot's standing in it. Raises Unanswered."""
        described = _fields(await self.call("getChat", chat_id=chat))
        if described.get("type") == "group":
            await self._ask_whether_moved(chat)
        own = _fields(await self.call("getChatMember", chat_id=chat, user_id=bot))
        status = str(own.get("status", ""))
        # The owner of a group has every right, and Telegram names none.
        missing = () if status == "creator" else tuple(right for right in RIGHTS if not own.get(right))
        return Group(
            int(described.get("id", chat)),
            str(described.get("type", "")),
            str(described.get("title", "")),
            bool(described.get("is_forum")),
            status,
            missing,
            "public" if described.get("username") else "linked" if described.get("linked_chat_id") else "",
        )

    async def _ask_whether_moved(self, chat: int) -> None:
        """A group that became a supergroup can still be looked at; only who would say something there is told of the new one."""
        try:
            await self.call("sendChatAction", chat_id=chat, action="typing")
        except Unanswered as error:
            if error.trouble is Trouble.MOVED:
                raise

    async def webhook(self) -> Webhook:
        """How Telegram delivers this bot's updates. Raises Unanswered."""
        found = _fields(await self.call("getWebhookInfo"))
        failed_at = found.get("last_error_date")
        return Webhook(
            str(found.get("url", "")),
            int(found.get("pending_update_count", 0)),
            str(found.get("last_error_message", "")),
            datetime.fromtimestamp(failed_at, UTC) if isinstance(failed_at, int) else None,
        )

    async def wait_for_group(self, button: str, text: str) -> AsyncIterator[Found]:
        """Groups that the bot is brought into, spoken to in, or sees its button pressed in; ends only with its caller.

        In a group it is brought into it says `text` with a `button`. Nothing is confirmed, so the service will get every one of
        these updates again. Raises Unanswered (CONFLICT when another program fetches the updates).
        """
        seen: set[int] = set()
        asked: set[int] = set()
        while True:
            updates = await self.call("getUpdates", seconds=CALL_SECONDS + 10, timeout=10, allowed_updates=list(UPDATES))
            fresh = [one for one in updates if isinstance(one, dict) and one.get("update_id") not in seen]
            for update in fresh:
                seen.add(int(update["update_id"]))
                found = _group_of(update)
                if found is None:
                    continue
                if "callback_query" in update:
                    await self.call("answerCallbackQuery", callback_query_id=update["callback_query"]["id"])
                elif "my_chat_member" in update:
                    if found.id not in asked and await self._show_button(found.id, text, button):
                        asked.add(found.id)
                    continue
                yield found
            if not fresh and updates:
                # What waits unconfirmed is answered at once, again and again.
                await asyncio.sleep(1)

    async def _show_button(self, chat: int, text: str, button: str) -> bool:
        keyboard = {"inline_keyboard": [[{"text": button, "callback_data": CONNECT_BUTTON}]]}
        try:
            await self.call("sendMessage", chat_id=chat, text=text, reply_markup=keyboard)
        except Unanswered as error:
            # A group where the bot may not write yet: somebody writes there, or makes it an administrator, which is told again.
            if error.trouble in {Trouble.TOKEN, Trouble.CONFLICT}:
                raise
            return False
        return True


def _group_of(update: dict[str, Any]) -> Found | None:
    """The group that an update is from, when it shows that the bot is there."""
    pressed = _fields(update.get("callback_query"))
    member = _fields(update.get("my_chat_member"))
    body = _fields(pressed.get("message")) if pressed else member or _fields(update.get("message"))
    chat = _fields(body.get("chat"))
    if chat.get("type") not in GROUPS or not isinstance(chat.get("id"), int):
        return None
    if pressed and pressed.get("data") != CONNECT_BUTTON:
        return None
    if member and _fields(member.get("new_chat_member")).get("status") not in {"administrator", "member", "restricted"}:
        return None
    if "message" in update and not body.get("text"):
        # Telegram itself says who came and went, and that a group moved.
        return None
    presser = _fields(pressed.get("from")).get("id", 0) if pressed else 0
    return Found(int(chat["id"]), str(chat.get("title", "")), int(presser))


def _fields(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


# Telegram's fixed texts, in lower case; where they say nothing the code does.
_TEXTS: Final = {
    "chat not found": Trouble.NO_CHAT,
    "chat_id is empty": Trouble.NO_CHAT,
    "peer_id_invalid": Trouble.NO_CHAT,
    "group chat was upgraded": Trouble.MOVED,
    "group chat was deactivated": Trouble.NO_CHAT,
}
_CODES: Final = {
    401: Trouble.TOKEN,
    403: Trouble.NO_MEMBER,
    404: Trouble.TOKEN,
    409: Trouble.CONFLICT,
    429: Trouble.BUSY,
}


def _result(status: int, body: bytes) -> Any:
    try:
        answer = json.loads(body)
    except ValueError:
        raise Unanswered(Trouble.NONSENSE, str(status)) from None
    if not isinstance(answer, dict) or "ok" not in answer:
        raise Unanswered(Trouble.NONSENSE, str(status))
    if answer["ok"]:
        return answer.get("result")
    code, said = answer.get("error_code", status), str(answer.get("description", "")).lower()
    moved = _fields(answer.get("parameters")).get("migrate_to_chat_id")
    if moved:
        raise Unanswered(Trouble.MOVED, str(moved))
    trouble = next((trouble for part, trouble in _TEXTS.items() if part in said), _CODES.get(code, Trouble.REFUSED))
    raise Unanswered(trouble, str(code))
