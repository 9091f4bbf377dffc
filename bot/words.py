"""A Telegram message in plain words, whatever it is: what has no text is described, what is unknown is named."""

from typing import Any

from aiogram.types import Contact, Location, Message, MessageEntity, Poll, User, Venue

from bot.decoding import LOST
from bot.text import Entity
from desk.i18n import words

# What bears files is shown by the files themselves and needs no words.
FILES = ("photo", "document", "voice", "audio", "video", "video_note", "animation", "sticker", "live_photo", "paid_media")
# What Telegram itself posts about a chat: nobody said it.
SERVICE = frozenset(
    {
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "channel_chat_created",
        "message_auto_delete_timer_changed",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_participants_invited",
        "boost_added",
        "chat_background_set",
        "chat_owner_left",
        "chat_owner_changed",
        "write_access_allowed",
        "proximity_alert_triggered",
        "giveaway_created",
        "poll_option_added",
        "poll_option_deleted",
        "connected_website",
    }
)
# Fields of a message that say how, where and by whom, but are not what was said.
_FRAME = frozenset(
    {
        "message_id",
        "date",
        "chat",
        "from",
        "from_user",
        "sender_chat",
        "text",
        "entities",
        "caption",
        "caption_entities",
        "reply_markup",
        "reply_to_message",
        "external_reply",
        "quote",
        "edit_date",
        "media_group_id",
        "message_thread_id",
        "is_topic_message",
        "link_preview_options",
        "effect_id",
        "has_media_spoiler",
        "show_caption_above_media",
        "has_protected_content",
        "via_bot",
        "author_signature",
        "is_from_offline",
        "sender_tag",
        "sender_boost_count",
        "rich_message",
        LOST,
    }
)


def is_service(message: Message) -> bool:
    """Whether Telegram itself says this about the chat."""
    return bool(SERVICE & (message.model_fields_set | set(message.model_extra or {})))


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
    parts: list[str] = []
    if message.venue:
        parts.append(_venue(message.venue))
    elif message.location:
        parts.append(_location(message.location))
    if message.contact:
        parts.append(_contact(message.contact))
    if message.poll:
        parts.append(_poll(message.poll))
    if message.dice:
        parts.append(f"{message.dice.emoji} {message.dice.value}")
    if message.sticker and message.sticker.emoji:
        parts.append(_("Sticker %(emoji)s") % {"emoji": message.sticker.emoji})
    lost = (message.model_extra or {}).get(LOST)
    if isinstance(lost, list) and lost:
        parts.append(_unknown(", ".join(str(one) for one in lost), language))
    if not parts and not (message.text or message.caption) and not any(getattr(message, one) for one in FILES):
        parts.append(_unknown(kind_of(message), language))
    return parts


def _unknown(kind: str, language: str) -> str:
    return words("bot", language).gettext("A message of a kind this desk cannot show: %(kind)s") % {"kind": kind}


def kind_of(message: Message) -> str:
    """The name of what a message holds, also of a kind newer than our library."""
    present = message.model_fields_set | set(message.model_extra or {})
    return ", ".join(sorted(one for one in present - _FRAME if getattr(message, one, None) is not None)) or "?"


def _location(place: Location) -> str:
    spot = f"{place.latitude:.6f},{place.longitude:.6f}"
    return f"📍 {spot}\nhttps://www.openstreetmap.org/?mlat={place.latitude:.6f}&mlon={place.longitude:.6f}"


def _venue(venue: Venue) -> str:
    return f"📍 {venue.title}, {venue.address}\n{_location(venue.location)}"


def _contact(contact: Contact) -> str:
    name = " ".join(part for part in (contact.first_name, contact.last_name) if part)
    return f"👤 {name}: {contact.phone_number}"


def _poll(poll: Poll) -> str:
    return "\n".join([f"📊 {poll.question}", *(f"• {option.text}" for option in poll.options)])


def shown_user(user: User) -> str:
    """How a person's Telegram account is shown to staff."""
    return f"@{user.username}" if user.username else f"id {user.id}"


def as_data(value: Any) -> Any:
    """A Telegram object as plain data."""
    return value.model_dump(mode="json", exclude_none=True)
