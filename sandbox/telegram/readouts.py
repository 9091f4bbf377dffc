"""How things look to people: chats, topics and messages with their history, for tests and pages."""

from typing import Any

from sandbox.telegram import views
from sandbox.telegram.files import MEDIA_KINDS
from sandbox.telegram.records import GENERAL_TOPIC, Bot, Chat, Json, Message, Person
from sandbox.telegram.world import World


def message_readout(world: World, chat: Chat, message: Message) -> Json:
    """Show a message with all that happened to it: edits, pins, deletion, reactions, and every kind of keyboard."""
    shown = views.message_json(world, None, chat, message, depth=0)
    target = chat.messages.get(message.reply_to) if message.reply_to is not None else None
    shown |= {
        "chat_id": chat.id,
        "bot_id": chat.bot_id,
        "topic_id": message.topic_id,
        "reply_to": message.reply_to,
        "pinned": message.pinned,
        "deleted": message.deleted,
        "service": message.is_service,
        "versions": [
            {"content": views.content_json(world, None, chat, v["content"]), "until": v["until"]} for v in message.versions
        ],
        "reactions": message.reactions,
    }
    if target is not None:
        shown["reply_preview"] = {
            "message_id": target.id,
            "from": views.user_json(world, target.sender_id),
            "text": preview(target),
            "deleted": target.deleted,
        }
    for name, value in (("quote", message.quote), ("external_reply", message.external_reply)):
        if value is not None:
            shown[name] = value
    if message.markup is not None:
        shown["reply_markup"] = message.markup
    return shown


def preview(message: Message) -> str:
    """Give a few words of a message: its text, caption, or what kind of thing it is."""
    text = message.content.get("text") or message.content.get("caption")
    if text:
        return str(text)[:80]
    return next((kind for kind in (*MEDIA_KINDS, "location", "contact") if kind in message.content), "")


def chat_readout(world: World, chat: Chat) -> Json:
    shown = views.chat_json(world, chat)
    last = max((m.id for m in chat.messages.values() if not m.deleted), default=None)
    shown |= {
        "bot_id": chat.bot_id,
        "started": chat.started,
        "blocked": chat.blocked,
        "migrated_to": chat.migrated_to,
        "migrated_from": chat.migrated_from,
        "last_message_id": last,
    }
    if chat.type != "private":
        shown["members"] = [views.member_json(world, member) for member in chat.members.values()]
        shown["permissions"] = chat.permissions
        shown["topics"] = [topic_readout(chat, topic_id) for topic_id in sorted(chat.topics)]
    return shown


def topic_readout(chat: Chat, topic_id: int) -> Json:
    topic = chat.topics[topic_id]
    return {
        "message_thread_id": topic.id,
        "name": topic.name,
        "icon_color": topic.icon_color,
        "icon_custom_emoji_id": topic.icon_custom_emoji_id,
        "closed": topic.closed,
        "hidden": topic.hidden,
    }


def person_readout(world: World, person: Person) -> Json:
    return {**views.user_json(world, person.id), "deactivated": person.deactivated}


def bot_readout(world: World, bot: Bot) -> Json:
    queue = world.queues[bot.id]
    return {
        **views.me_json(world, bot),
        "commands": bot.commands,
        "menu_buttons": bot.menu_buttons,
        "descriptions": bot.descriptions,
        "pending_update_count": len(queue.waiting),
        "webhook": None if bot.webhook is None else bot.webhook["url"],
    }


def chat_messages(
    chat: Chat, *, topic: int | None = None, deleted: bool = False, after: int = 0, for_person: bool = False
) -> list[Message]:
    """List messages of a chat in order: of one topic (1 is General), with or without those deleted."""
    floor = max(after, chat.cleared_at if for_person else 0)
    return [
        message
        for message in sorted(chat.messages.values(), key=lambda m: m.id)
        if message.id > floor
        and (deleted or not message.deleted)
        and (topic is None or (message.topic_id or GENERAL_TOPIC) == topic)
    ]


def reply_keyboard(chat: Chat) -> Json | None:
    """Give the reply keyboard (or forced reply) the person sees under the text field, if any."""
    for message in sorted(chat.messages.values(), key=lambda m: -m.id):
        markup = message.markup or {}
        if markup.get("remove_keyboard"):
            return None
        if not message.deleted and ("keyboard" in markup or markup.get("force_reply")):
            return markup
    return None


def world_readout(world: World) -> Json:
    """Everything at a glance: bots, people, chats; the number of the last event to follow from."""
    return {
        "now": world.now(),
        "last_event": world.events.last,
        "bots": [bot_readout(world, bot) for bot in world.bots.values()],
        "people": [person_readout(world, person) for person in world.people.values()],
        "chats": [chat_readout(world, chat) for chat in world.chats.values()],
    }


def any_readout(world: World, value: Any) -> Any:
    """Show whatever an act of people gave back."""
    if isinstance(value, Message):
        return message_readout(world, world.chats[value.chat], value)
    if isinstance(value, Chat):
        return chat_readout(world, value)
    if isinstance(value, Person):
        return person_readout(world, value)
    if isinstance(value, list):
        return [any_readout(world, entry) for entry in value]
    return value
