"""How things look to a bot: users, chats, members and messages as Bot API objects."""

from typing import TYPE_CHECKING, Any

from sandbox.telegram.records import ADMIN_RIGHTS, PERMISSIONS, Bot, Chat, Json, Member, Message

if TYPE_CHECKING:
    from sandbox.telegram.world import World


def user_json(world: "World", user_id: int) -> Json:
    bot = world.bots.get(user_id)
    if bot is not None:
        name = bot.names.get("", bot.name)
        return {"id": bot.id, "is_bot": True, "first_name": name, "username": bot.username}
    person = world.people[user_id]
    if person.deactivated:
        # Of a deleted account nothing is left but its number.
        return {"id": person.id, "is_bot": False, "first_name": ""}
    body: Json = {"id": person.id, "is_bot": False, "first_name": person.first_name}
    for field in ("last_name", "username", "language_code"):
        if (value := getattr(person, field)) is not None:
            body[field] = value
    return body


def me_json(world: "World", bot: Bot) -> Json:
    return {
        **user_json(world, bot.id),
        "can_join_groups": True,
        "can_read_all_group_messages": not bot.privacy_mode,
        "supports_guest_queries": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_join_request_queries": False,
    }


def chat_json(world: "World", chat: Chat) -> Json:
    if chat.type == "private":
        person = world.people[chat.id]
        body: Json = {"id": chat.id, "first_name": person.first_name}
        for field in ("last_name", "username"):
            if (value := getattr(person, field)) is not None:
                body[field] = value
        return {**body, "type": "private"}
    body = {"id": chat.id, "title": chat.title}
    if chat.username is not None:
        body["username"] = chat.username
    if chat.is_forum:
        body["is_forum"] = True
    return {**body, "type": chat.type}


def permissions_json(names: list[str]) -> Json:
    return {name: name in names for name in PERMISSIONS}


def chat_full_json(world: "World", bot: Bot, chat: Chat) -> Json:
    body = {
        **chat_json(world, chat),
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if chat.type == "private":
        if world.people[chat.id].private_forwards:
            body["has_private_forwards"] = True
    else:
        body["permissions"] = permissions_json(chat.permissions)
        if chat.description:
            body["description"] = chat.description
        if chat.linked_chat_id is not None:
            body["linked_chat_id"] = chat.linked_chat_id
    pinned = [m for m in chat.messages.values() if m.pinned and not m.deleted]
    if pinned:
        body["pinned_message"] = message_json(world, bot, chat, pinned[-1], depth=0)
    return body


def member_json(world: "World", member: Member) -> Json:
    body: Json = {"user": user_json(world, member.user_id), "status": member.status}
    if member.status == "creator":
        body["is_anonymous"] = False
    elif member.status == "administrator":
        body |= {"can_be_edited": False, "is_anonymous": False}
        body |= {right: right in member.rights for right in ADMIN_RIGHTS}
    elif member.status == "restricted":
        body |= {"is_member": member.is_member, "until_date": member.until_date}
        body |= permissions_json(member.rights)
    elif member.status == "kicked":
        body["until_date"] = member.until_date
    if member.custom_title and member.status in {"creator", "administrator"}:
        body["custom_title"] = member.custom_title
    return body


def entities_json(world: "World", entities: list[Json]) -> list[Json]:
    """Entities for the wire; a mention by id is kept as an id and shown as a user."""
    shown = []
    for entity in entities:
        if entity["type"] == "text_mention":
            user_id = entity["user_id"]
            if not world.knows(user_id):
                continue
            entity = {k: v for k, v in entity.items() if k != "user_id"} | {"user": user_json(world, user_id)}  # noqa: PLW2901
        shown.append(entity)
    return shown


def content_json(world: "World", bot: Bot | None, chat: Chat, content: Json) -> Json:
    body: Json = {}
    for key, value in content.items():
        shown: Any = value
        if key in {"entities", "caption_entities"}:
            shown = entities_json(world, value)
            if not shown:
                continue
        elif key == "new_chat_members":
            shown = [user_json(world, user_id) for user_id in value]
        elif key == "left_chat_member":
            shown = user_json(world, value)
        elif key == "pinned_message":
            shown = reference_json(world, bot, chat, value)
        body[key] = shown
    return body


def reference_json(world: "World", bot: Bot | None, chat: Chat, message_id: int) -> Json:
    """Show a message another one points at; one that is gone is "inaccessible"."""
    message = chat.live(message_id)
    if message is None:
        return {"chat": chat_json(world, chat), "message_id": message_id, "date": 0}
    return message_json(world, bot, chat, message, depth=0)


def message_json(world: "World", bot: Bot | None, chat: Chat, message: Message, depth: int = 1) -> Json:
    """Show a message as the bot receives it; what it replies to is shown one level deep."""
    body: Json = {
        "message_id": message.id,
        "from": user_json(world, message.sender_id),
        "chat": chat_json(world, chat),
        "date": message.date,
    }
    if message.topic_id is not None:
        body["message_thread_id"] = message.topic_id
        if message.topic_id in chat.topics:
            body["is_topic_message"] = True
    if depth > 0 and (target := _reply_target(chat, message)) is not None:
        body["reply_to_message"] = message_json(world, bot, chat, target, depth - 1)
    optional = {
        "edit_date": message.edit_date,
        "external_reply": message.external_reply if depth > 0 else None,
        "quote": message.quote if depth > 0 else None,
        "forward_origin": message.forward_origin,
        "media_group_id": message.media_group_id,
        "has_protected_content": message.protected or None,
    }
    body |= {key: value for key, value in optional.items() if value is not None}
    body |= message.extra
    body |= content_json(world, bot, chat, message.content)
    if message.markup is not None and "inline_keyboard" in message.markup:
        body["reply_markup"] = message.markup
    return body


def _reply_target(chat: Chat, message: Message) -> Message | None:
    """What a message replies to; in a topic a message without a reply replies to the topic's creation."""
    if message.reply_to is not None:
        return chat.live(message.reply_to)
    if message.topic_id in chat.topics and message.topic_id != message.id:
        return chat.live(message.topic_id)
    return None
