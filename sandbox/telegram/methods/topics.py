"""Methods for the topics of forums, the General topic included."""

from sandbox.telegram.call import Call
from sandbox.telegram.errors import bad_request
from sandbox.telegram.methods import method
from sandbox.telegram.records import GENERAL_TOPIC, Chat, Json, Topic

ICON_COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
"""Colours a topic can have (Bot API `createForumTopic`)."""
NAME_LIMIT = 128

ICONS = {
    "5312536423851630001": "💡",
    "5312016608254762256": "⚡️",
    "5379748062124056162": "❗️",
    "5373251851074415873": "📝",
    "5433614043006903194": "📆",
    "5357315181649076022": "📁",
    "5309965701241379366": "🔎",
    "5309984423003823246": "📣",
    "5312241539987020022": "🔥",
    "5377316857231450742": "❓",
    "5350305691942788490": "📈",
    "5350452584119279096": "💰",
    "5309929258443874898": "💸",
    "5377438129928020693": "⁉️",
    "5350554349074391003": "💻",
    "5312486108309757006": "🏠",
    "5310228579009699834": "🎉",
    "5377498341074542641": "‼️",
    "5408906741125490282": "🏁",
    "5350481781306958339": "📚",
    "5357121491508928442": "👀",
    "5309832892262654231": "🤖",
    "5357419403325481346": "🎓",
    "5348227245599105972": "💼",
    "5350548830041415279": "🏛",
    "5418115271267197333": "🪪",
    "5417915203100613993": "💬",
    "5238156910363950406": "✍️",
    "5235579393115438657": "⭐️",
    "5237699328843200968": "✅",
}
"""Some of the custom emoji every forum may use as topic icons. Ids are not promised: ask getForumTopicIconStickers."""


def _forum(call: Call) -> Chat:
    chat = call.chat("write")
    if chat.type != "supergroup" or not chat.is_forum:
        raise bad_request("the chat is not a forum")
    return chat


def _topic(call: Call, chat: Chat) -> Topic:
    topic = chat.topics.get(call.need("message_thread_id"))
    if topic is None or topic.id == GENERAL_TOPIC:
        raise bad_request("TOPIC_ID_INVALID")
    return topic


def _may_manage(call: Call, chat: Chat, topic: Topic, to_do: str) -> None:
    """Topics are managed by those with the right, and each by its creator."""
    if topic.creator_id != call.bot.id:
        call.require_right(chat, "can_manage_topics", to_do)


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise bad_request("TOPIC_TITLE_EMPTY")
    return cleaned[:NAME_LIMIT]


def _checked_icon(icon: str | None) -> str | None:
    if icon and icon not in ICONS:
        raise bad_request("DOCUMENT_INVALID")
    return icon or None


def general_topic(chat: Chat) -> Topic:
    """Give the General topic, which is there from the start and noted when something happens to it."""
    return chat.topics.setdefault(GENERAL_TOPIC, Topic(GENERAL_TOPIC, "General", ICON_COLORS[0]))


@method("getForumTopicIconStickers")
def get_forum_topic_icon_stickers(_call: Call) -> list[Json]:
    return [
        {
            "file_id": f"CAACAgIAAxkBAAtopicicon{emoji_id}",
            "file_unique_id": f"AgAD{emoji_id}",
            "type": "custom_emoji",
            "width": 512,
            "height": 512,
            "is_animated": True,
            "is_video": False,
            "emoji": emoji,
            "set_name": "Topics",
            "custom_emoji_id": emoji_id,
        }
        for emoji_id, emoji in ICONS.items()
    ]


@method("createForumTopic")
def create_forum_topic(call: Call) -> Json:
    chat = _forum(call)
    call.require_right(chat, "can_manage_topics", "create a topic")
    name = _checked_name(str(call.get("name") or ""))
    if len(str(call.get("name"))) > NAME_LIMIT and call.limits.enforced:
        raise bad_request("TOPIC_TITLE_TOO_LONG")
    color = call.get("icon_color") or ICON_COLORS[0]
    if color not in ICON_COLORS:
        raise bad_request("TOPIC_ICON_COLOR_INVALID")
    created: Json = {"name": name, "icon_color": color}
    icon = _checked_icon(call.get("icon_custom_emoji_id"))
    if icon is not None:
        created["icon_custom_emoji_id"] = icon
    call.limits.spend(call.bot.id, chat.id)
    message = call.world.post(chat, call.bot.id, {"forum_topic_created": created})
    return {"message_thread_id": message.id, **created}


@method("editForumTopic")
def edit_forum_topic(call: Call) -> bool:
    chat = _forum(call)
    topic = _topic(call, chat)
    _may_manage(call, chat, topic, "edit the topic")
    edited: Json = {}
    if call.get("name"):
        name = _checked_name(call.get("name"))
        if name != topic.name:
            edited["name"] = topic.name = name
    if "icon_custom_emoji_id" in call.params:
        icon = _checked_icon(call.get("icon_custom_emoji_id"))
        if icon != topic.icon_custom_emoji_id:
            topic.icon_custom_emoji_id = icon
            edited["icon_custom_emoji_id"] = icon or ""
    if not edited:
        raise bad_request("TOPIC_NOT_MODIFIED")
    call.world.post(chat, call.bot.id, {"forum_topic_edited": edited}, topic_id=topic.id)
    return True


def _set_closed(call: Call, *, closed: bool) -> bool:
    chat = _forum(call)
    topic = _topic(call, chat)
    _may_manage(call, chat, topic, "edit the topic")
    if topic.closed == closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = closed
    field = "forum_topic_closed" if closed else "forum_topic_reopened"
    call.world.post(chat, call.bot.id, {field: {}}, topic_id=topic.id)
    return True


@method("closeForumTopic")
def close_forum_topic(call: Call) -> bool:
    return _set_closed(call, closed=True)


@method("reopenForumTopic")
def reopen_forum_topic(call: Call) -> bool:
    return _set_closed(call, closed=False)


@method("deleteForumTopic")
def delete_forum_topic(call: Call) -> bool:
    chat = _forum(call)
    topic = _topic(call, chat)
    call.require_right(chat, "can_delete_messages", "delete the topic")
    call.world.delete_topic(chat, topic)
    return True


# --- the General topic -------------------------------------------------------------------------------------------


def _general(call: Call) -> tuple[Chat, Topic]:
    chat = _forum(call)
    call.require_right(chat, "can_manage_topics", "edit the topic")
    return chat, general_topic(chat)


@method("editGeneralForumTopic")
def edit_general_forum_topic(call: Call) -> bool:
    chat, topic = _general(call)
    name = _checked_name(str(call.get("name") or ""))
    if name == topic.name:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.name = name
    call.world.post(chat, call.bot.id, {"forum_topic_edited": {"name": name}})
    return True


def _toggle_general(call: Call, flag: str, value: bool, field: str) -> bool:
    chat, topic = _general(call)
    if getattr(topic, flag) == value:
        raise bad_request("TOPIC_NOT_MODIFIED")
    setattr(topic, flag, value)
    call.world.post(chat, call.bot.id, {field: {}})
    return True


@method("closeGeneralForumTopic")
def close_general_forum_topic(call: Call) -> bool:
    return _toggle_general(call, "closed", True, "forum_topic_closed")


@method("reopenGeneralForumTopic")
def reopen_general_forum_topic(call: Call) -> bool:
    return _toggle_general(call, "closed", False, "forum_topic_reopened")


@method("hideGeneralForumTopic")
def hide_general_forum_topic(call: Call) -> bool:
    _chat, topic = _general(call)
    topic.closed = True  # hiding closes it as well
    return _toggle_general(call, "hidden", True, "general_forum_topic_hidden")


@method("unhideGeneralForumTopic")
def unhide_general_forum_topic(call: Call) -> bool:
    return _toggle_general(call, "hidden", False, "general_forum_topic_unhidden")
