"""Who is in the staff group: what Telegram says of an account, asked where the desk does not know it."""

from datetime import datetime, timedelta

import structlog
from aiogram import Bot
from aiogram.methods import GetChatMember
from aiogram.types import Message, Update

from bot.errors import translated
from desk.errors import DeskError, Misconfigured, Temporary
from models import Staff

log = structlog.get_logger(__name__)

PRESENT = frozenset({"creator", "administrator", "member", "restricted"})
# How long Telegram's last word on a member is trusted; updates (chat_member) tell of changes before that.
TRUSTED = timedelta(hours=12)
# How often an account that is no member is asked about.
DOUBTED = timedelta(minutes=1)
# So often an answer is waited for before the chat alone decides.
TRIES = 3


class Members:
    """Asks Telegram who is a member, and keeps what it said of strangers for a minute."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._strangers: dict[int, datetime] = {}

    async def of_update(self, update: Update, chat: int, attempts: int, now: datetime) -> bool | None:
        """Whether who acts in this update is in the group; None where nobody acts, or where Telegram does not say.

        Raises Temporary while Telegram gives no answer.
        """
        account = actor(update, chat)
        if account is None:
            return None
        known = await Staff.get_or_none(telegram_id=account)
        if known is not None and known.present and known.asked_at is not None and now - known.asked_at < TRUSTED:
            return True
        if (said := self._strangers.get(account)) is not None and now - said < DOUBTED:
            return False
        try:
            found = await standing(self._bot, chat, account)
        except Temporary:
            if attempts < TRIES:
                raise
            return None
        if found is False:
            if len(self._strangers) > 1000:
                self._strangers.clear()
            self._strangers[account] = now
        else:
            self._strangers.pop(account, None)
        return found


def actor(update: Update, chat: int) -> int | None:
    """The account that acts in the group by an update; None elsewhere, for bots, and for who speaks as a chat."""
    tap = update.callback_query
    if tap is not None:
        return tap.from_user.id if tap.message is not None and tap.message.chat.id == chat else None
    message = update.message or update.edited_message
    if message is None or message.chat.id != chat or message.sender_chat is not None:
        return None
    return _person(message)


def _person(message: Message) -> int | None:
    return message.from_user.id if message.from_user is not None and not message.from_user.is_bot else None


async def standing(bot: Bot, chat: int, account: int) -> bool | None:
    """Whether an account is in a chat; None where Telegram does not say. A deleted account has no name, and is nowhere.

    Raises Temporary.
    """
    try:
        found = await bot(GetChatMember(chat_id=chat, user_id=account))
    except Exception as raised:  # noqa: BLE001 - every refusal of Telegram has its meaning there
        error = translated(raised, private=False)
        if isinstance(error, Temporary):
            raise error from None
        return _refused(error)
    here = found.status in PRESENT and getattr(found, "is_member", True) is not False
    return here and bool(found.user.first_name)


def _refused(error: DeskError) -> bool | None:
    """What a refusal says of a member: that there is none, or nothing (the bot may not ask)."""
    if isinstance(error, Misconfigured) and "right" in error.sentence:
        return None
    said = error.sentence.lower()
    none_such = any(part in said for part in ("participant_id_invalid", "member not found", "user_id_invalid"))
    if not none_such:
        log.warning("a member could not be asked about", why=error.sentence)
    return False if none_such else None
