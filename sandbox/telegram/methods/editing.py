"""Methods that change or remove what the bot sent: text, caption, file, keyboard, deletion, pins."""

from typing import Any

from sandbox.telegram.call import Call
from sandbox.telegram.entities import TEXT_LIMIT
from sandbox.telegram.errors import NOT_MODIFIED, bad_request
from sandbox.telegram.files import MEDIA_KINDS
from sandbox.telegram.markup import checked_markup
from sandbox.telegram.methods import method
from sandbox.telegram.methods.sending import media_content, text_content
from sandbox.telegram.records import GENERAL_TOPIC, Chat, Json, Message

_DELETE_LIMIT = 100
DELETABLE_SECONDS = 48 * 3600


def _editable(call: Call) -> tuple[Chat, Message]:
    if "chat_id" not in call.params and call.get("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = call.chat("edit")
    message = call.message(chat, "message to edit")
    return chat, message


def _apply(call: Call, chat: Chat, message: Message, content: Json | None) -> Json:
    """Change the message; the keyboard goes when none is given, as at Telegram."""
    if message.sender_id != call.bot.id or message.is_service or message.forward_origin is not None:
        raise bad_request("message can't be edited")
    markup = checked_markup(call.get("reply_markup"), private=chat.type == "private")
    old_inline = message.markup if message.markup and "inline_keyboard" in message.markup else None
    if (content is None or content == message.content) and markup == old_inline:
        raise bad_request(NOT_MODIFIED)
    call.limits.spend(call.bot.id, chat.id)
    changed = None if content == message.content else content
    call.world.change(chat, message, call.bot.id, changed, {} if markup is None else markup)
    return call.show(chat, message)


@method("editMessageText")
def edit_message_text(call: Call) -> Json:
    content = text_content(call)
    chat, message = _editable(call)
    if "text" not in message.content:
        raise bad_request("there is no text in the message to edit")
    if len(content["text"]) > TEXT_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    return _apply(call, chat, message, content)


@method("editMessageCaption")
def edit_message_caption(call: Call) -> Json:
    caption = call.caption(call.params)
    chat, message = _editable(call)
    if not any(kind in message.content for kind in MEDIA_KINDS):
        raise bad_request("there is no caption in the message to edit")
    kept = {k: v for k, v in message.content.items() if k not in _CAPTION_FIELDS}
    return _apply(call, chat, message, kept | caption)


_CAPTION_FIELDS = frozenset({"caption", "caption_entities", "show_caption_above_media"})


@method("editMessageMedia")
def edit_message_media(call: Call) -> Json:
    item: Json = call.get("media") or {}
    kind = item.get("type")
    if kind not in {"photo", "video", "animation", "audio", "document"}:
        raise bad_request("can't parse InputMedia: InputMedia has unsupported type")
    chat, message = _editable(call)
    if message.media_group_id and _album_family(kind) != _album_family(_media_kind(message)):
        raise bad_request("message content type can't be changed in an album")
    content = media_content(call, kind, item, "media") | call.caption(item)
    return _apply(call, chat, message, content)


def _media_kind(message: Message) -> str | None:
    return next((kind for kind in MEDIA_KINDS if kind in message.content), None)


def _album_family(kind: str | None) -> str | None:
    return "picture" if kind in {"photo", "video"} else kind


@method("editMessageReplyMarkup")
def edit_message_reply_markup(call: Call) -> Json:
    chat, message = _editable(call)
    return _apply(call, chat, message, None)


# --- deletion ----------------------------------------------------------------------------------------------------


def _deletable(call: Call, chat: Chat, message: Message) -> bool:
    """Whether a bot may delete a message (Bot API `deleteMessage` lists the rules)."""
    created = message.content.keys() & {"supergroup_chat_created", "group_chat_created", "forum_topic_created"}
    if created and message.id in {1, message.topic_id}:
        return False
    if chat.type != "private" and call.has_right(chat, "can_delete_messages"):
        return True
    if call.world.now() - message.date > DELETABLE_SECONDS:
        return False
    return message.sender_id == call.bot.id or chat.type == "private"


@method("deleteMessage")
def delete_message(call: Call) -> bool:
    chat = call.chat("edit")
    message = call.message(chat, "message to delete")
    if not _deletable(call, chat, message):
        raise bad_request("message can't be deleted")
    call.world.delete(chat, message)
    return True


@method("deleteMessages")
def delete_messages(call: Call) -> bool:
    ids: list[int] = call.get("message_ids") or []
    if not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > _DELETE_LIMIT:
        raise bad_request("too many message identifiers specified")
    chat = call.chat("edit")
    found = [message for message_id in ids if (message := chat.live(message_id)) is not None]
    if any(not _deletable(call, chat, message) for message in found):
        raise bad_request("message can't be deleted")
    for message in found:  # those not found are skipped silently
        call.world.delete(chat, message)
    return True


# --- pins --------------------------------------------------------------------------------------------------------


def _may_pin(call: Call, chat: Chat) -> None:
    if chat.type != "private":
        call.require_right(chat, "can_pin_messages", "manage pinned messages in the chat")


@method("pinChatMessage")
def pin_chat_message(call: Call) -> bool:
    chat = call.chat("write")
    message = call.message(chat, "message to pin")
    _may_pin(call, chat)
    if message.is_service:
        raise bad_request("message can't be pinned")
    if message.pinned:
        raise bad_request("CHAT_NOT_MODIFIED")
    call.world.pin(chat, message, call.bot.id, pinned=True)
    return True


@method("unpinChatMessage")
def unpin_chat_message(call: Call) -> bool:
    chat = call.chat("write")
    _may_pin(call, chat)
    pinned = [m for m in chat.messages.values() if m.pinned and not m.deleted]
    if "message_id" in call.params:
        message = call.message(chat, "message to unpin")
    elif pinned:
        message = pinned[-1]
    else:
        raise bad_request("message to unpin not found")
    if message.pinned:
        call.world.pin(chat, message, call.bot.id, pinned=False)
    return True


def _unpin_all(call: Call, chat: Chat, wanted: Any) -> bool:
    _may_pin(call, chat)
    for message in chat.messages.values():
        if message.pinned and wanted(message):
            call.world.pin(chat, message, call.bot.id, pinned=False)
    return True


@method("unpinAllChatMessages")
def unpin_all_chat_messages(call: Call) -> bool:
    return _unpin_all(call, call.chat("write"), lambda _message: True)


@method("unpinAllForumTopicMessages")
def unpin_all_forum_topic_messages(call: Call) -> bool:
    chat = call.chat("write")
    thread = call.need("message_thread_id")
    if thread not in chat.topics:
        raise bad_request("message thread not found")
    return _unpin_all(call, chat, lambda message: message.topic_id == thread)


@method("unpinAllGeneralForumTopicMessages")
def unpin_all_general_forum_topic_messages(call: Call) -> bool:
    chat = call.chat("write")
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    return _unpin_all(call, chat, lambda message: message.topic_id in {None, GENERAL_TOPIC})
