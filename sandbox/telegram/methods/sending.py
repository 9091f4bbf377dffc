"""Methods that send something new: text, files, albums, places, people, actions, reactions."""

from typing import Any

from sandbox.telegram import views
from sandbox.telegram.call import Call
from sandbox.telegram.entities import TEXT_LIMIT
from sandbox.telegram.errors import bad_request
from sandbox.telegram.files import DETAILS, file_json
from sandbox.telegram.methods import method
from sandbox.telegram.outgoing import file_value, send, send_one, topic_of
from sandbox.telegram.records import GENERAL_TOPIC, Json

ALBUM_LIMIT = (2, 10)
_CHAT_ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}


def text_content(call: Call) -> Json:
    """Content of a text message; ApiError for one that is empty or too long."""
    if not call.get("text"):
        raise bad_request("message text is empty")
    value = call.text(call.params, "text", "entities")
    if not value.text:
        raise bad_request("text must be non-empty")
    content: Json = {"text": value.text}
    if value.entities:
        content["entities"] = value.entities
    if call.get("link_preview_options"):
        content["link_preview_options"] = call.get("link_preview_options")
    return content


@method("sendMessage")
def send_message(call: Call) -> Json:
    content = text_content(call)
    chat = call.chat("write")
    if len(content["text"]) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return send_one(call, content, chat=chat)


def _media(kind: str, *, caption: bool = True) -> Any:
    def send_media(call: Call) -> Json:
        content = call.caption(call.params) if caption else {}
        chat = call.chat("write")
        content |= media_content(call, kind, call.params)
        return send_one(call, content, chat=chat)

    return send_media


def media_content(call: Call, kind: str, given: Json, field: str | None = None) -> Json:
    """Content of one file of a kind, with its thumbnail; `field` names where the file stands in what was given."""
    name = field or kind
    value = file_value(call, kind, given.get(name), call.uploads.get(name) if field is None else None, given)
    thumbnail = given.get("thumbnail") or ("attach://thumbnail" if "thumbnail" in call.uploads else None)
    if thumbnail and kind in {"document", "audio", "video", "animation", "video_note"}:
        picture = file_value(call, "photo", thumbnail, None, {})
        value = {**value, "thumbnail": picture[0]}
    content: Json = {kind: value}
    if kind == "animation":
        # Telegram shows an animation as a document too, for clients that know only documents.
        record = call.world.files.get(value["file_id"])
        assert record is not None
        content["document"] = {k: v for k, v in file_json(record).items() if k not in DETAILS["animation"]}
    if given.get("has_spoiler") and kind in {"photo", "video", "animation"}:
        content["has_media_spoiler"] = True
    return content


for _kind in ("photo", "document", "audio", "video", "voice", "animation"):
    method(f"send{_kind.capitalize()}")(_media(_kind))
method("sendVideoNote")(_media("video_note", caption=False))
method("sendSticker")(_media("sticker", caption=False))


@method("sendLocation")
def send_location(call: Call) -> Json:
    latitude, longitude = call.need("latitude"), call.need("longitude")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad_request("wrong latitude specified" if abs(latitude) > 90 else "wrong longitude specified")
    location: Json = {"latitude": latitude, "longitude": longitude}
    for name in ("horizontal_accuracy", "live_period", "heading", "proximity_alert_radius"):
        if call.get(name) is not None:
            location[name] = call.get(name)
    return send_one(call, {"location": location})


@method("sendContact")
def send_contact(call: Call) -> Json:
    contact: Json = {"phone_number": call.get("phone_number"), "first_name": call.get("first_name")}
    if not contact["phone_number"]:
        raise bad_request("phone number is empty")
    if not contact["first_name"]:
        raise bad_request("first name is empty")
    for name in ("last_name", "vcard"):
        if call.get(name):
            contact[name] = call.get(name)
    return send_one(call, {"contact": contact})


@method("sendMediaGroup")
def send_media_group(call: Call) -> list[Json]:
    items: list[Json] = call.get("media") or []
    if not items:
        raise bad_request("there are no messages to send")
    if len(items) > ALBUM_LIMIT[1]:
        raise bad_request("too many messages to send as an album")
    if call.limits.enforced and len(items) < ALBUM_LIMIT[0]:
        raise bad_request("album must have at least 2 messages")
    kinds = {item.get("type") for item in items}
    for loner in ("document", "audio"):
        if loner in kinds and len(kinds) > 1:
            raise bad_request(f"{loner} can't be mixed with other media types")
    if kinds - {"photo", "video", "document", "audio"}:
        raise bad_request("can't parse InputMedia: InputMedia must be one of photo, video, document, audio")
    chat = call.chat("write")
    contents = [call.caption(item) | media_content(call, item["type"], item, "media") for item in items]
    group = str(13_000_000_000_000_000 + call.world.next("album")) if len(items) > 1 else None
    return [call.show(chat, message) for message in send(call, contents, chat=chat, media_group_id=group)]


@method("sendChatAction")
def send_chat_action(call: Call) -> bool:
    action = call.get("action")
    if action not in _CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = call.chat("write")
    # Here, unlike in sending, the General topic may be named by its id.
    thread = call.get("message_thread_id")
    if thread and not (chat.is_forum and thread == GENERAL_TOPIC):
        topic_of(call, chat, {})
    call.world.events.emit("action", chat_id=chat.id, bot_id=call.bot.id, topic_id=thread, action=action)
    return True


@method("setMessageReaction")
def set_message_reaction(call: Call) -> bool:
    chat = call.chat("edit")
    message = call.message(chat, "message to react")
    reactions: list[Json] = call.get("reaction") or []
    if len(reactions) > 1:
        raise bad_request("too many reactions")  # a bot may leave one
    if any(r.get("type") == "emoji" and r.get("emoji") not in REACTIONS for r in reactions):
        raise bad_request("REACTION_INVALID")
    if message.is_service:
        raise bad_request("MESSAGE_ID_INVALID")
    message.reactions.pop(str(call.bot.id), None)
    if reactions:
        message.reactions[str(call.bot.id)] = reactions
    call.world.note(chat, message)
    by = views.user_json(call.world, call.bot.id)
    call.world.tell("reaction", chat, message, by=by, reactions=reactions)
    return True


_REACTIONS = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌
🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓
🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡
🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀
😡
"""
REACTIONS = frozenset(_REACTIONS.split())
"""Emoji a bot may react with (Bot API `ReactionTypeEmoji`)."""
