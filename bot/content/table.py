"""The table of everything the Bot API lets a message hold (the fields of `Message`), as plain data.

Every field is either content (`CONTENT`: somebody sent it), Telegram's own word about a chat (`SERVICE`), or says how,
where and by whom something was sent (`FRAME`). A field that stands in none of them is a kind newer than this program:
it is named, and its words are shown. A test holds the table against the whole `Message` of our library.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.content.rich import rich_text
from bot.content.salvage import words_in

Gettext = Callable[[str], str]


@dataclass(frozen=True)
class Content:
    """One kind of content.

    `shown` gives the words by which staff see it ("" where its file shows it), `read` those that are read for demands.
    `small` is what asks for nothing by itself: a sticker, a die, a picture that moves.
    """

    shown: Callable[[Any, Gettext], str]
    read: Callable[[Any], str] = lambda _: ""
    small: bool = False


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _at(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _str(data: Any, *keys: str) -> str:
    found = _at(data, *keys)
    return str(found).strip() if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def _list(data: Any, *keys: str) -> list[Any]:
    found = _at(data, *keys)
    return found if isinstance(found, list) else []


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _named(data: Any) -> str:
    """A person or a chat by name."""
    name = " ".join(part for part in (_str(data, "first_name"), _str(data, "last_name")) if part) or _str(data, "title")
    nick = _str(data, "username")
    return (
        " ".join(part for part in (name, f"@{nick}" if nick else "") if part) or _str(data, "id") or _str(data, "user_id") or "?"
    )


def _by_its_file(_data: Any, _: Gettext) -> str:
    return ""


def _sticker(data: Any, _: Gettext) -> str:
    emoji = _str(data, "emoji")
    return _("Sticker %(emoji)s") % {"emoji": emoji} if emoji else ""


def _location(data: Any, _: Gettext) -> str:
    try:
        spot = f"{float(_at(data, 'latitude')):.6f}", f"{float(_at(data, 'longitude')):.6f}"
    except (TypeError, ValueError):
        return words_in(data)
    return f"📍 {spot[0]},{spot[1]}\nhttps://www.openstreetmap.org/?mlat={spot[0]}&mlon={spot[1]}"


def _venue(data: Any, _: Gettext) -> str:
    return _lines(
        f"📍 {', '.join(part for part in (_str(data, 'title'), _str(data, 'address')) if part)}",
        _location(_at(data, "location"), _),
    )


def _contact(data: Any, _: Gettext) -> str:
    name = " ".join(part for part in (_str(data, "first_name"), _str(data, "last_name")) if part)
    return _lines(f"👤 {name}: {_str(data, 'phone_number')}", _str(data, "vcard"))


def _poll_words(data: Any) -> str:
    options = [f"• {_str(one, 'text')}" for one in _list(data, "options")]
    return _lines(_str(data, "question"), _str(data, "description"), *options, _str(data, "explanation"))


def _poll(data: Any, _: Gettext) -> str:
    return f"📊 {_poll_words(data)}"


def _tasks(tasks: list[Any]) -> list[str]:
    return [f"{'✅' if _at(one, 'completion_date') else '☐'} {_str(one, 'text')}" for one in tasks]


def _checklist_words(data: Any) -> str:
    return _lines(_str(data, "title"), *(_str(one, "text") for one in _list(data, "tasks")))


def _checklist(data: Any, _: Gettext) -> str:
    return _lines(f"☑️ {_str(data, 'title')}", *_tasks(_list(data, "tasks")))


def _tasks_added(data: Any, _: Gettext) -> str:
    return _lines(_("☑️ Added to the checklist:"), *_tasks(_list(data, "tasks")))


def _tasks_done(data: Any, _: Gettext) -> str:
    named = {_at(one, "id"): _str(one, "text") for one in _list(data, "checklist_message", "checklist", "tasks")}
    marks = [("✅", _list(data, "marked_as_done_task_ids")), ("☐", _list(data, "marked_as_not_done_task_ids"))]
    return _lines(_("☑️ Marked in the checklist:"), *(f"{mark} {named.get(one) or one}" for mark, ids in marks for one in ids))


def _option_added(data: Any, _: Gettext) -> str:
    return _("📊 Added to the poll: %(option)s") % {"option": _str(data, "option_text")}


def _option_deleted(data: Any, _: Gettext) -> str:
    return _("📊 Taken out of the poll: %(option)s") % {"option": _str(data, "option_text")}


def _dice(data: Any, _: Gettext) -> str:
    return f"{_str(data, 'emoji')} {_str(data, 'value')}".strip()


def _story(data: Any, _: Gettext) -> str:
    nick = _str(data, "chat", "username")
    link = f"https://t.me/{nick}/s/{_str(data, 'id')}" if nick else ""
    return _lines(_("📖 A story of %(whose)s") % {"whose": _named(_at(data, "chat"))}, link)


def _game(data: Any, _: Gettext) -> str:
    return _lines(f"🎮 {_str(data, 'title')}", _str(data, "description"), _str(data, "text"))


def _price(data: Any) -> str:
    """A sum in the smallest units of its currency, as Telegram gives it; nearly all currencies have hundredths."""
    amount, currency = _at(data, "total_amount"), _str(data, "currency")
    if not isinstance(amount, int):
        return currency
    return f"{amount} {currency}" if currency == "XTR" else f"{amount / 100:.2f} {currency}"


def _invoice(data: Any, _: Gettext) -> str:
    return _lines(
        _("🧾 Invoice: %(title)s, %(sum)s") % {"title": _str(data, "title"), "sum": _price(data)}, _str(data, "description")
    )


def _paid(data: Any, _: Gettext) -> str:
    return _("💳 Payment: %(sum)s") % {"sum": _price(data)}


def _paid_back(data: Any, _: Gettext) -> str:
    return _("💳 Payment returned: %(sum)s") % {"sum": _price(data)}


def _paid_media(data: Any, _: Gettext) -> str:
    hidden = [one for one in _list(data, "paid_media") if _str(one, "type") == "preview"]
    told = _("⭐️ Media for %(stars)s stars") % {"stars": _str(data, "star_count") or "?"}
    return _lines(told, _("%(count)d of them cannot be seen without paying.") % {"count": len(hidden)} if hidden else "")


def _gift(data: Any, _: Gettext) -> str:
    return _lines(
        f"🎁 {_('A gift')} {_str(data, 'gift', 'sticker', 'emoji') or _str(data, 'gift', 'base_name')}".strip(),
        _str(data, "text"),
    )


def _giveaway(data: Any, _: Gettext) -> str:
    chats = ", ".join(_named(one) for one in _list(data, "chats") or [_at(data, "chat")] if one)
    return _lines(_("🎁 A prize draw: %(chats)s") % {"chats": chats or "?"}, _str(data, "prize_description"))


def _draw_over(_data: Any, _: Gettext) -> str:
    return _("🎁 A prize draw is over")


def _users(data: Any, _: Gettext) -> str:
    people = [_named(one) for one in _list(data, "users")] or [_str({"id": one}, "id") for one in _list(data, "user_ids")]
    return f"👤 {', '.join(people or [_str(data, 'user_id')])}"


def _chat(data: Any, _: Gettext) -> str:
    return f"👥 {_str(data, 'title') or _str(data, 'username') or _str(data, 'chat_id')}"


def _web_app(data: Any, _: Gettext) -> str:
    return _lines(_str(data, "button_text"), _str(data, "data"))


def _passport(data: Any, _: Gettext) -> str:
    kinds = ", ".join(_str(one, "type") for one in _list(data, "data"))
    return _("🛂 Telegram Passport data were sent (%(kinds)s). They cannot be read here, and are not needed.") % {"kinds": kinds}


def _text(key: str) -> Callable[[Any], str]:
    return lambda data: _str(data, key)


CONTENT: Mapping[str, Content] = {
    # Files: they show themselves.
    "photo": Content(_by_its_file),
    "document": Content(_by_its_file),
    "voice": Content(_by_its_file),
    "audio": Content(_by_its_file),
    "video": Content(_by_its_file),
    "video_note": Content(_by_its_file),
    "live_photo": Content(_by_its_file),
    "animation": Content(_by_its_file, small=True),
    "sticker": Content(_sticker, small=True),
    "paid_media": Content(_paid_media),
    # What holds words of its own.
    "rich_message": Content(lambda data, _: rich_text(data), rich_text),
    "checklist": Content(_checklist, _checklist_words),
    "checklist_tasks_added": Content(_tasks_added, _checklist_words),
    "checklist_tasks_done": Content(_tasks_done),
    "poll": Content(_poll, _poll_words),
    "poll_option_added": Content(_option_added, _text("option_text")),
    "poll_option_deleted": Content(_option_deleted),
    "gift": Content(_gift, _text("text"), small=True),
    "unique_gift": Content(_gift, _text("text"), small=True),
    "gift_upgrade_sent": Content(_gift, _text("text"), small=True),
    "web_app_data": Content(_web_app, _text("data")),
    # Things.
    "location": Content(_location),
    "venue": Content(_venue),
    "contact": Content(_contact),
    "dice": Content(_dice, small=True),
    "story": Content(_story, small=True),
    "game": Content(_game, small=True),
    "invoice": Content(_invoice),
    "successful_payment": Content(_paid),
    "refunded_payment": Content(_paid_back),
    "giveaway": Content(_giveaway, small=True),
    "giveaway_winners": Content(_giveaway, small=True),
    "giveaway_completed": Content(_draw_over, small=True),
    "users_shared": Content(_users),
    "user_shared": Content(_users),
    "chat_shared": Content(_chat),
    "passport_data": Content(_passport),
}
# What Telegram itself posts about a chat: nobody said it.
SERVICE = _words(
    """
    new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo group_chat_created
    supergroup_chat_created channel_chat_created message_auto_delete_timer_changed migrate_to_chat_id
    migrate_from_chat_id pinned_message forum_topic_created forum_topic_edited forum_topic_closed forum_topic_reopened
    general_forum_topic_hidden general_forum_topic_unhidden video_chat_scheduled video_chat_started video_chat_ended
    video_chat_participants_invited boost_added chat_background_set chat_owner_left chat_owner_changed
    write_access_allowed proximity_alert_triggered giveaway_created connected_website managed_bot_created
    community_chat_added community_chat_removed community_chat_joined direct_message_price_changed
    paid_message_price_changed suggested_post_approved suggested_post_approval_failed suggested_post_declined
    suggested_post_paid suggested_post_refunded
    """
)
# How, where and by whom something was said.
FRAME = _words(
    """
    message_id date chat from from_user sender_chat text entities caption caption_entities reply_markup reply_to_message
    external_reply quote reply_to_story reply_to_checklist_task_id reply_to_poll_option_id edit_date media_group_id
    message_thread_id is_topic_message link_preview_options effect_id has_media_spoiler show_caption_above_media
    has_protected_content via_bot author_signature is_from_offline sender_tag sender_boost_count forward_origin
    forward_date forward_from forward_from_chat forward_from_message_id forward_sender_name forward_signature
    is_automatic_forward direct_messages_topic sender_business_bot business_connection_id receiver_user
    ephemeral_message_id guest_query_id guest_bot_caller_user guest_bot_caller_chat is_paid_post paid_star_count
    suggested_post_info
    """
)
# Of the frame, what is said all the same.
SAID = frozenset({"text", "caption"})
# Beside these Telegram sends the same thing once more, for programs that do not know them.
_TWICE = {"venue": "location", "live_photo": "photo", "animation": "document"}


def content_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """What a message (as plain data) holds besides its text: by kind, known or not, in the order of the table."""
    held = {key: value for key, value in message.items() if key not in FRAME and key not in SERVICE and value not in (None, [])}
    for key, repeated in _TWICE.items():
        if key in held:
            held.pop(repeated, None)
    order = list(CONTENT)
    return dict(sorted(held.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order)))


def seen(kind: str, data: Any, _: Gettext, *, whole: bool = True) -> str:
    """How staff see one content. Of one that is not known, or not `whole`, its name and whatever words it holds."""
    known = CONTENT.get(kind)
    words = known.shown(data, _).strip() if known is not None and _has_shape(data) else ""
    if known is not None and (whole or words):
        return words
    named = _("A message of a kind this desk cannot show: %(kind)s") % {"kind": kind}
    return _lines(named, words or words_in({"": data}))


def written(kind: str, data: Any) -> str:
    """What of one content is read for demands."""
    known = CONTENT.get(kind)
    return known.read(data) if known is not None and _has_shape(data) else words_in({"": data})


def _has_shape(data: Any) -> bool:
    """Whether data can be what the table expects: an object of the Bot API, or a list of pictures."""
    return isinstance(data, dict | list)
