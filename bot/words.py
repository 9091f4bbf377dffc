"""A Telegram message in plain words, whatever it is: what has no text is described, what is unknown is named."""

from typing import Any, cast

from aiogram.types import (
    ExternalReplyInfo,
    Message,
    MessageEntity,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUnion,
    MessageOriginUser,
    User,
)

from bot.content import CONTENT, FRAME, SAID, SERVICE, content_of, seen, written
from bot.content.salvage import words_in
from bot.decoding import LOST
from desk.i18n import words
from desk.lines import one_line
from models import Entity


def is_service(message: Message) -> bool:
    """Whether Telegram itself says this about the chat."""
    return bool(SERVICE & (message.model_fields_set | set(message.model_extra or {}) | set(_lost(message))))


def said(message: Message, language: str) -> str:
    """Everything a message says, in plain text; empty when its files say it all."""
    parts = [_origin(message, language), _written(message), *described(message, language)]
    return "\n".join(part for part in parts if part)


def entities_of(message: Message) -> list[Entity]:
    """The formatting of a message's text or caption, as it is stored and sent again."""
    found: list[MessageEntity] = message.entities or message.caption_entities or []
    return [cast("Entity", one.model_dump(mode="json", exclude_none=True)) for one in found]


def full_name(user: User | None) -> str:
    return one_line(user.full_name) if user else ""


def _written(message: Message) -> str:
    """Text or caption; the address behind a linked word is written out, for plain text would lose it."""
    text = message.text or message.caption or ""
    hidden = [one.url for one in message.entities or message.caption_entities or [] if one.type == "text_link" and one.url]
    links = [url for url in dict.fromkeys(hidden) if url.rstrip("/") not in text]
    return "\n".join([text, *links]) if links else text


def _origin(message: Message, language: str) -> str:
    if message.forward_origin is None:
        return ""
    _, name = words("bot", language).gettext, origin_name(message.forward_origin)
    said_on = f"{message.forward_origin.date:%d.%m.%Y}"
    if not name:
        return _("↪️ Forwarded message")
    return _("↪️ Forwarded message: %(whose)s, %(date)s") % {"whose": name, "date": said_on}


def by_this_bot(message: Message) -> bool:
    """Whether these are the bot's own words, forwarded."""
    origin = message.forward_origin
    return isinstance(origin, MessageOriginUser) and message.bot is not None and origin.sender_user.id == message.bot.id


def has_files(message: Message) -> bool:
    """Whether a message bears a file that may hold a matter."""
    return bool(content_of(_held(message) | _lost(message))) and not is_small(message)


def referred(message: Message, language: str, *, known: bool) -> str:
    """The words a message replies to: those its author chose, or, where the message is not `known`, whatever it said."""
    if message.quote is not None and message.quote.text.strip():
        return message.quote.text.strip()
    replied, elsewhere = message.reply_to_message, message.external_reply
    task = message.reply_to_checklist_task_id
    if replied is not None and replied.checklist is not None and task is not None:
        return next((one.text for one in replied.checklist.tasks if one.id == task), "")
    option = message.reply_to_poll_option_id
    if replied is not None and replied.poll is not None and option is not None:
        return next((one.text for one in replied.poll.options if one.persistent_id == option), "")
    if replied is not None:
        return "" if known else said(replied, language)
    if message.reply_to_story is not None:
        return seen("story", message.reply_to_story.model_dump(mode="json", exclude_none=True), words("bot", language).gettext)
    if elsewhere is not None:
        return _elsewhere(elsewhere, language)
    return ""


def _elsewhere(reply: ExternalReplyInfo, language: str) -> str:
    """A message of another chat that was replied to: whose it is, and what it held."""
    _ = words("bot", language).gettext
    held = content_of(reply.model_dump(mode="json", exclude_none=True, exclude={"origin", "chat", "message_id", *FRAME}))
    parts = [origin_name(reply.origin), *(seen(kind, data, _) or kind for kind, data in held.items())]
    return ": ".join(part for part in parts if part)


def origin_name(origin: MessageOriginUnion) -> str:
    """Who wrote a forwarded message first, as far as Telegram tells."""
    match origin:
        case MessageOriginUser():
            name = full_name(origin.sender_user)
            return f"{name} (@{origin.sender_user.username})" if origin.sender_user.username else name
        case MessageOriginHiddenUser():
            return one_line(origin.sender_user_name)
        case MessageOriginChat():
            return one_line(origin.sender_chat.title or origin.author_signature or "")
        case MessageOriginChannel():
            link = f" https://t.me/{origin.chat.username}/{origin.message_id}" if origin.chat.username else ""
            return one_line(origin.chat.title or "") + link
    return ""


def described(message: Message, language: str) -> list[str]:
    """What a message holds besides text and files, in words: a place, a contact, a poll, a kind we do not know."""
    _ = words("bot", language).gettext
    held, lost = _held(message), _lost(message)
    parts = [seen(kind, data, _) for kind, data in held.items() if kind not in lost]
    parts += [seen(kind, data, _, whole=False) for kind, data in content_of(lost).items()]
    parts += [seen(kind, lost[kind], _, whole=False) for kind in sorted(SAID & set(lost))]
    if not held and not lost and not (message.text or message.caption):
        parts.append(_("(an empty message)"))
    return [part for part in parts if part]


def demanding(message: Message) -> str:
    """What is read for demands: the text, and the words within a checklist, a rich message, a poll, a kind we do not know."""
    lost = _lost(message)
    held = content_of(_held(message) | lost)
    parts = [message.text or message.caption or "", *(written(kind, data) for kind, data in held.items())]
    parts += [words_in({kind: lost[kind]}) for kind in SAID if kind in lost]
    return "\n".join(part for part in parts if part)


def is_small(message: Message) -> bool:
    """Whether a message holds nothing but what asks for nothing by itself: a sticker, a die, a picture that moves."""
    held = content_of(_held(message) | _lost(message))
    return bool(held) and not demanding(message) and all(kind in CONTENT and CONTENT[kind].small for kind in held)


def _held(message: Message) -> dict[str, Any]:
    """The content of a message as plain data."""
    return content_of(message.model_dump(mode="json", exclude_none=True, exclude={*FRAME, *SERVICE, LOST}))


def _lost(message: Message) -> dict[str, Any]:
    """What of a message could not be read whole, as it came."""
    lost = (message.model_extra or {}).get(LOST)
    return lost if isinstance(lost, dict) else {}


def shown_user(user: User) -> str:
    """How a person's Telegram account is shown to staff."""
    return f"@{user.username}" if user.username else f"id {user.id}"
