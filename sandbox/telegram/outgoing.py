"""The way of every message a bot sends: chat, reply, topic, rights, limits, and at last the message itself."""

from typing import Any

from sandbox.telegram import views
from sandbox.telegram.call import Call, kept_entity
from sandbox.telegram.entities import part, shifted, utf16_length
from sandbox.telegram.errors import bad_request
from sandbox.telegram.files import MEDIA_KINDS, Upload, store_media
from sandbox.telegram.markup import checked_markup
from sandbox.telegram.records import GENERAL_TOPIC, Chat, Json, Message

_PERMISSIONS = {
    "text": ("can_send_messages", "text messages"),
    "photo": ("can_send_photos", "photos"),
    "document": ("can_send_documents", "documents"),
    "audio": ("can_send_audios", "music"),
    "video": ("can_send_videos", "videos"),
    "voice": ("can_send_voice_notes", "voice notes"),
    "video_note": ("can_send_video_notes", "video notes"),
    "animation": ("can_send_other_messages", "animations"),
    "sticker": ("can_send_other_messages", "stickers"),
    "location": ("can_send_messages", "text messages"),
    "contact": ("can_send_messages", "text messages"),
    "poll": ("can_send_polls", "polls"),
}


def kind_of(content: Json) -> str:
    # An animation carries a document too, so the order matters.
    kinds = ("animation", "photo", "document", "audio", "video", "voice", "video_note", "sticker", "location", "contact")
    return next((kind for kind in kinds if kind in content), "text")


def send(call: Call, contents: list[Json], *, chat: Chat | None = None, **fields: Any) -> list[Message]:
    """Send messages (several are an album) where the call says, or refuse in Telegram's words."""
    target = chat or call.chat("write")
    markup = checked_markup(call.get("reply_markup"), private=target.type == "private")
    reply = _reply_fields(call, target)
    topic_id = topic_of(call, target, reply)
    for content in contents:
        call.require_permission(target, *_PERMISSIONS[kind_of(content)])
    call.limits.spend(call.bot.id, target.id, len(contents))
    call.world.touch("chat", target.key)
    shared = {**_options(call), **reply, "topic_id": topic_id, "markup": markup, **fields}
    return [call.world.post(target, call.bot.id, content, **shared) for content in contents]


def send_one(call: Call, content: Json, *, chat: Chat | None = None, **fields: Any) -> Json:
    target = chat or call.chat("write")
    return call.show(target, send(call, [content], chat=target, **fields)[0])


def _options(call: Call) -> Json:
    extra: Json = {}
    if call.get("message_effect_id"):
        extra["effect_id"] = call.get("message_effect_id")
    return {"protected": bool(call.get("protect_content")), "extra": extra}


def topic_of(call: Call, chat: Chat, reply: Json) -> int | None:
    """Topic (or reply thread) of a message to be sent."""
    thread = call.get("message_thread_id")
    if thread:
        # The General topic of a forum has an id, but a message is sent to it by giving none.
        topic = chat.topics.get(thread)
        if not chat.is_forum or topic is None or thread == GENERAL_TOPIC:
            raise bad_request("message thread not found")
    target = chat.live(reply["reply_to"]) if reply.get("reply_to") else None
    if not thread and target is not None:
        thread = thread_of_reply(chat, target)
    _check_open(call, chat, thread)
    return thread or None


def thread_of_reply(chat: Chat, target: Message) -> int | None:
    """Thread a reply belongs to: the topic of what it replies to, or in a plain supergroup the chain of replies."""
    if target.topic_id is not None and (chat.is_forum or target.topic_id not in chat.topics):
        return target.topic_id
    if chat.type == "supergroup" and not chat.is_forum:
        return target.id
    return None


def _check_open(call: Call, chat: Chat, thread: int | None) -> None:
    topic = chat.topics.get(thread or GENERAL_TOPIC) if chat.is_forum else None
    if topic is not None and topic.closed and not call.has_right(chat, "can_manage_topics"):
        raise bad_request("TOPIC_CLOSED")


def _reply_fields(call: Call, chat: Chat) -> Json:
    """Fields of the message that come from `reply_parameters`."""
    given: Json | None = call.get("reply_parameters")
    if not given or not given.get("message_id"):
        return {}
    source = chat
    if given.get("chat_id") not in {None, chat.id}:
        source = Call(call.world, call.bot, call.limits, {"chat_id": given["chat_id"]}, {}).chat("read")
    target = source.live(given["message_id"])
    if target is None:
        if given.get("allow_sending_without_reply"):
            return {}
        raise bad_request("message to be replied not found")
    fields: Json = {}
    if source is not chat:
        fields["external_reply"] = external_reply(call, source, target)
    else:
        fields["reply_to"] = target.id
    if given.get("quote"):
        fields["quote"] = _quote(call, target, given)
    return fields


def external_reply(call: Call, source: Chat, target: Message) -> Json:
    """Show a message of another chat that is replied to."""
    sender = views.user_json(call.world, target.sender_id)
    origin: Json = {"type": "user", "date": target.date, "sender_user": sender}
    body: Json = {"origin": origin}
    if source.type == "supergroup":
        body |= {"chat": views.chat_json(call.world, source), "message_id": target.id}
    return body | {key: value for key, value in target.content.items() if key in {*MEDIA_KINDS, "location", "contact"}}


def _quote(call: Call, target: Message, given: Json) -> Json:
    """Find the quoted piece of a message; Telegram insists that it is there."""
    field = "text" if "text" in target.content else "caption"
    whole = str(target.content.get(field) or "")
    asked = {"quote": given["quote"], "parse_mode": given.get("quote_parse_mode")}
    wanted = call.text({**asked, "quote_entities": given.get("quote_entities")}, "quote", "quote_entities").text
    hint = int(given.get("quote_position") or 0)
    before = part(whole, 0, hint)
    found = whole.find(wanted, len(before))
    if found < 0:
        found = whole.find(wanted)
    if found < 0 or not wanted:
        raise bad_request("QUOTE_TEXT_INVALID")
    offset = utf16_length(whole[:found])
    entities = shifted(
        target.content.get("entities" if field == "text" else "caption_entities", []), offset, utf16_length(wanted)
    )
    body: Json = {"text": wanted, "position": offset, "is_manual": True}
    kept = [kept_entity(e) for e in entities if e["type"] in {"bold", "italic", "underline", "strikethrough", "spoiler"}]
    return body | ({"entities": kept} if kept else {})


def file_value(call: Call, kind: str, given: str | None, upload: Upload | None, details: Json) -> Any:
    """Value of the message field of a file: an upload kept, `attach://name`, or a file id sent before."""
    if given is not None and given.startswith("attach://"):
        upload = call.uploads.get(given.removeprefix("attach://"))
        if upload is None:
            raise bad_request(f"there is no {kind} in the request")
    if upload is not None:
        if not upload.data:
            raise bad_request("file must be non-empty")
        return store_media(call.world.files, kind, upload, details)
    if not given:
        raise bad_request(f"there is no {kind} in the request")
    if given.startswith(("http://", "https://")):
        # The sandbox never goes to the network for somebody else's address.
        raise bad_request("failed to get HTTP URL content")
    return sent_before(call, kind, given)


def sent_before(call: Call, kind: str, file_id: str) -> Any:
    """Value of a file that is sent again by its id; its kind cannot change, as at Telegram."""
    record = call.world.files.get(file_id)
    if record is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if record.kind != kind:
        names = {"photo": "Photo", "document": "Document", "video": "Video", "audio": "Audio", "voice": "VoiceNote"}
        used, wanted = (names.get(k, k.replace("_", " ").title().replace(" ", "")) for k in (record.kind, kind))
        raise bad_request(f"can't use file of type {used} as {wanted}")
    return record.value
