"""A Telegram message in plain words, whatever it is: what has no text is described, what is unknown is named."""

from typing import Any

from aiogram.types import Message, MessageEntity, User

from bot.content import CONTENT, FRAME, SAID, SERVICE, content_of, seen, written
from bot.content.salvage import words_in
from bot.decoding import LOST
from bot.text import Entity
from desk.i18n import words


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
    return [one.model_dump(mode="json", exclude_none=True) for one in found]


def full_name(user: User | None) -> str:
    return user.full_name.strip() if user else ""


def _written(message: Message) -> str:
    """Text or caption; the address behind a linked word is written out, for plain text would lose it."""
    text = message.text or message.caption or ""
    hidden = [one.url for one in message.entities or message.caption_entities or [] if one.type == "text_link" and one.url]
    links = [url for url in dict.fromkeys(hidden) if url.rstrip("/") not in text]
    return "\n".join([text, *links]) if links else text


def _origin(message: Message, language: str) -> str:
    return words("bot", language).gettext("↪️ Forwarded message") if message.forward_origin else ""


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


def as_data(value: Any) -> Any:
    """A Telegram object as plain data."""
    return value.model_dump(mode="json", exclude_none=True)
