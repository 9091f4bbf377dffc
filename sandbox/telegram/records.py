"""What the sandbox's Telegram consists of: people, bots, chats, topics, messages, as plain records.

Records hold no behaviour beyond small questions about themselves; the world changes them, views show them.
"""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

GENERAL_TOPIC = 1
"""The id of the topic every forum has; its messages carry no topic."""

ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
    "can_pin_messages",
    "can_manage_topics",
)
"""Rights an administrator of a group can have (Bot API `ChatAdministratorRights`)."""

PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
"""What a member of a group may do (Bot API `ChatPermissions`)."""

MEMBER_STATUSES = frozenset({"creator", "administrator", "member", "restricted"})


@dataclass
class Person:
    """A human with a Telegram account."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    private_forwards: bool = False
    """Forwards of this person's messages show a name and no account."""
    deactivated: bool = False


@dataclass
class Bot:
    """A bot account, its settings as BotFather and the Bot API keep them."""

    id: int
    token: str
    username: str
    name: str
    privacy_mode: bool = True
    """With privacy mode a bot that is no administrator sees only what is meant for it."""
    commands: dict[str, list[Json]] = field(default_factory=dict)
    """Command lists by scope and language."""
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    menu_buttons: dict[str, Json] = field(default_factory=dict)
    admin_rights: dict[str, Json] = field(default_factory=dict)
    known_users: list[int] = field(default_factory=list)
    """People the bot has met; towards others Telegram says that the chat does not exist."""
    allowed_updates: list[str] | None = None
    next_update_id: int = 500_000_001
    webhook: Json | None = None


@dataclass
class Member:
    """The standing of one account in one group."""

    user_id: int
    status: str
    """creator, administrator, member, restricted, left or kicked."""
    rights: list[str] = field(default_factory=list)
    """Rights of an administrator, or what a restricted member may still do."""
    is_member: bool = True
    """Only for restricted ones: whether they are in the group."""
    custom_title: str | None = None
    until_date: int = 0

    @property
    def present(self) -> bool:
        return self.status in MEMBER_STATUSES and (self.status != "restricted" or self.is_member)


@dataclass
class Topic:
    """A topic of a forum; its id is the id of the service message that created it."""

    id: int
    name: str
    icon_color: int
    icon_custom_emoji_id: str | None = None
    creator_id: int = 0
    closed: bool = False
    hidden: bool = False


@dataclass
class Message:
    """One message with everything that happened to it."""

    chat: str
    """Key of its chat (see `Chat.key`)."""
    id: int
    date: int
    sender_id: int
    content: Json
    """Bot API fields of the content: text, entities, photo, caption, or a service field."""
    topic_id: int | None = None
    """Topic of a forum, or the first message of a reply thread elsewhere."""
    reply_to: int | None = None
    external_reply: Json | None = None
    quote: Json | None = None
    forward_origin: Json | None = None
    media_group_id: str | None = None
    protected: bool = False
    markup: Json | None = None
    """Inline keyboard; reply keyboards are kept too, but only people see them."""
    edit_date: int | None = None
    pinned: bool = False
    deleted: bool = False
    versions: list[Json] = field(default_factory=list)
    """Contents before each edit, oldest first, with the time they were replaced."""
    reactions: dict[str, list[Json]] = field(default_factory=dict)
    extra: Json = field(default_factory=dict)
    """Further Bot API fields of the message itself (effect_id, …)."""

    @property
    def is_service(self) -> bool:
        return bool(SERVICE_FIELDS & self.content.keys())


@dataclass
class Chat:
    """A private chat of one bot with one person, a group, or a supergroup."""

    id: int
    type: str
    """private, group or supergroup."""
    bot_id: int = 0
    """Whose private chat it is; 0 for groups."""
    title: str | None = None
    username: str | None = None
    description: str | None = None
    linked_chat_id: int | None = None
    """The channel whose discussion group this is."""
    is_forum: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    permissions: list[str] = field(default_factory=lambda: list(PERMISSIONS))
    topics: dict[int, Topic] = field(default_factory=dict)
    migrated_to: int | None = None
    migrated_from: int | None = None
    last_message_id: int = 0
    started: bool = False
    """The person has written to the bot."""
    blocked: bool = False
    """The person has blocked the bot."""
    cleared_at: int = 0
    """Messages up to this id are gone for the person, who deleted the chat."""
    messages: dict[int, Message] = field(default_factory=dict)

    @property
    def open_to_all(self) -> bool:
        """Whether people who are no members may write: a public group, and the discussion group of a channel."""
        return self.type != "private" and (self.username is not None or self.linked_chat_id is not None)

    @property
    def key(self) -> str:
        return f"{self.bot_id}:{self.id}"

    def live(self, message_id: int) -> Message | None:
        message = self.messages.get(message_id)
        return None if message is None or message.deleted else message


@dataclass
class Callback:
    """A tap on an inline button and the bot's answer to it."""

    id: str
    bot_id: int
    person_id: int
    chat: str
    message_id: int
    data: str
    date: int
    answered: bool = False
    text: str | None = None
    show_alert: bool = False
    url: str | None = None


@dataclass
class StoredFile:
    """A file somebody sent; the bytes are with the file store under the unique id."""

    file_id: str
    unique_id: str
    size: int
    kind: str
    name: str | None = None
    mime_type: str | None = None
    details: Json = field(default_factory=dict)
    """Bot API fields of this kind of file: width, height, duration, …"""
    value: Any = None
    """The message field this file was first sent in; sending it again by id shows the same."""


SERVICE_FIELDS = frozenset(
    {
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "group_chat_created",
        "supergroup_chat_created",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
    }
)
