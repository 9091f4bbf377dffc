"""The world of the sandbox: who exists, which chats there are, what was said, and which bot hears of it.

Everything here is a fact or the making of one. Who may do it is decided before: for bots in `methods`, for people in
`people`. Each change is noted for the state on disk, told to the bots as an update, and to watchers as an event.
"""

import asyncio
import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.telegram import views
from sandbox.telegram.errors import ControlError
from sandbox.telegram.events import EventLog
from sandbox.telegram.files import FileStore
from sandbox.telegram.records import (
    ADMIN_RIGHTS,
    Bot,
    Callback,
    Chat,
    Json,
    Member,
    Message,
    Person,
    Topic,
)
from sandbox.telegram.updates import UpdateQueue

_HEARD_BY_ITS_MAKER = frozenset(
    {
        "new_chat_title",
        "left_chat_member",
        "pinned_message",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
    }
)
"""Service messages a bot receives as updates even when it caused them itself."""

Changed = tuple[str, str]


class World:
    """People, bots, chats and files of one sandbox."""

    def __init__(
        self, timepiece: Callable[[], float] = time.time, files: FileStore | None = None, events: EventLog | None = None
    ) -> None:
        self.timepiece = timepiece
        self.clock_offset = 0.0
        """Seconds the sandbox's clock is ahead of the real one."""
        self.files = files or FileStore()
        self.events = events or EventLog()
        self.people: dict[int, Person] = {}
        self.bots: dict[int, Bot] = {}
        self.chats: dict[str, Chat] = {}
        self.queues: dict[int, UpdateQueue] = {}
        self.callbacks: dict[str, Callback] = {}
        self.counters: dict[str, int] = {}
        self.changed: set[Changed] = set()
        """Records to be written to disk, by kind and key."""
        self.webhook_changed: Callable[[Bot], None] = lambda _bot: None
        """Called when a bot's webhook was set or deleted."""
        self.answer_waiters: dict[str, asyncio.Event] = {}
        self.update_check: Callable[[Json], None] = lambda _update: None
        """Called with every update the world makes, to compare it with the schema."""

    # --- small facts -------------------------------------------------------------------------------------------

    def now(self) -> int:
        return int(self.timepiece() + self.clock_offset)

    def next(self, counter: str, start: int = 1) -> int:
        number = self.counters.get(counter, start - 1) + 1
        self.counters[counter] = number
        self.touch("counter", counter)
        return number

    def touch(self, kind: str, key: object) -> None:
        self.changed.add((kind, str(key)))

    def knows(self, user_id: int) -> bool:
        return user_id in self.people or user_id in self.bots

    @property
    def bot(self) -> Bot:
        """The first bot, which is the only one in nearly every story."""
        return next(iter(self.bots.values()))

    # --- who and where -----------------------------------------------------------------------------------------

    def add_bot(self, token: str, *, username: str = "rights_desk_bot", name: str = "Rights desk") -> Bot:
        """Register a bot. The digits before the colon of its token are its id."""
        if not re.fullmatch(r"\d{3,}:[\w-]{20,}", token):
            raise ControlError("A bot token is digits, a colon and at least 20 letters, digits, - or _")
        bot = Bot(int(token.partition(":")[0]), token, username, name)
        if bot.id in self.bots:
            raise ControlError(f"There is a bot with the id {bot.id} already")
        self.bots[bot.id] = bot
        self.queues[bot.id] = UpdateQueue(bot)
        self.touch("bot", bot.id)
        return bot

    def add_person(
        self,
        first_name: str,
        *,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "ru",
        person_id: int | None = None,
    ) -> Person:
        number = person_id if person_id is not None else self.next("person", 700_000_001)
        if self.knows(number):
            raise ControlError(f"The id {number} is taken")
        person = Person(number, first_name, last_name, username, language_code)
        self.people[number] = person
        self.touch("person", number)
        self.events.emit("person", person=views.user_json(self, number))
        return person

    def add_group(
        self,
        title: str,
        *,
        kind: str = "supergroup",
        forum: bool = False,
        owner: Person | int | None = None,
        members: Iterable[Person | int] = (),
        bot: str | None = "administrator",
        bot_rights: Iterable[str] | None = None,
        username: str | None = None,
        chat_id: int | None = None,
    ) -> Chat:
        """Make a group that is already there when the story begins: no update tells of it.

        `bot` is the standing of the first bot: administrator (with all rights, or those given), member, or None.
        """
        if kind not in {"group", "supergroup"} or (forum and kind == "group"):
            raise ControlError("A group is a group or a supergroup, and only a supergroup can be a forum")
        number = chat_id if chat_id is not None else self.new_group_id(kind)
        chat = Chat(number, kind, title=title, is_forum=forum, username=username)
        if kind == "supergroup":
            chat.last_message_id = 1  # its creation, which is also the id of the General topic
        for who, status in [(owner, "creator"), *((member, "member") for member in members)]:
            if who is not None:
                user_id = who if isinstance(who, int) else who.id
                if user_id not in self.people:
                    raise ControlError(f"There is no person {user_id}")
                chat.members.setdefault(user_id, Member(user_id, status))
        if bot is not None:
            rights = list(bot_rights if bot_rights is not None else ADMIN_RIGHTS)
            chat.members[self.bot.id] = Member(self.bot.id, bot, rights if bot == "administrator" else [])
            self.introduce(chat)
        self.chats[chat.key] = chat
        self.touch("chat", chat.key)
        self.events.emit("chat", chat=views.chat_json(self, chat))
        return chat

    def new_group_id(self, kind: str) -> int:
        if kind == "group":
            return -self.next("group", 4_000_000_001)
        return -(1_000_000_000_000 + self.next("supergroup", 2_000_000_001))

    def introduce(self, chat: Chat) -> None:
        """Make the members of a group known to the bots in it: they need no longer be strangers."""
        people = [user_id for user_id in chat.members if user_id in self.people]
        for bot in self.bots_in(chat):
            met = [user_id for user_id in people if user_id not in bot.known_users]
            if met:
                bot.known_users.extend(met)
                self.touch("bot", bot.id)

    def private_chat(self, bot: Bot, person: Person) -> Chat:
        """Get the private chat of a person with a bot; it comes into being when it is first looked at."""
        key = f"{bot.id}:{person.id}"
        if key not in self.chats:
            self.chats[key] = Chat(person.id, "private", bot_id=bot.id)
            self.touch("chat", key)
        return self.chats[key]

    def group(self, chat_id: int) -> Chat | None:
        return self.chats.get(f"0:{chat_id}")

    def bots_in(self, chat: Chat) -> list[Bot]:
        if chat.type == "private":
            return [self.bots[chat.bot_id]]
        return [self.bots[m.user_id] for m in chat.members.values() if m.present and m.user_id in self.bots]

    def member(self, chat: Chat, user_id: int) -> Member:
        """Tell how an account stands in a group; one never seen there has "left"."""
        return chat.members.get(user_id) or Member(user_id, "left")

    # --- messages ----------------------------------------------------------------------------------------------

    def post(self, chat: Chat, sender_id: int, content: Json, *, also: Iterable[Bot] = (), **fields: Any) -> Message:
        """Put a message into a chat, and tell the bots that hear it (`also` those who just lost the right to)."""
        message = Message(chat.key, self._message_id(chat), self.now(), sender_id, content, **fields)
        if "forum_topic_created" in content:
            message.topic_id = message.id
            created = content["forum_topic_created"]
            chat.topics[message.id] = Topic(
                message.id,
                created["name"],
                created["icon_color"],
                created.get("icon_custom_emoji_id"),
                creator_id=sender_id,
            )
        chat.messages[message.id] = message
        chat.last_message_id = message.id
        self.note(chat, message)
        self.touch("chat", chat.key)
        for bot in [*self.bots_in(chat), *also]:
            if self.hears(bot, chat, message) or bot in also:
                self.push(bot, "message", views.message_json(self, bot, chat, message))
        self.tell("message", chat, message)
        return message

    def _message_id(self, chat: Chat) -> int:
        """Supergroups count for themselves; private chats and small groups share one count."""
        return chat.last_message_id + 1 if chat.type == "supergroup" else self.next("message")

    def note(self, chat: Chat, message: Message) -> None:
        self.touch("message", f"{chat.key}/{message.id}")

    def tell(self, event: str, chat: Chat, message: Message, **more: Any) -> None:
        self.events.emit(
            event,
            chat_id=chat.id,
            bot_id=chat.bot_id,
            topic_id=message.topic_id,
            message_id=message.id,
            from_id=message.sender_id,
            **more,
        )

    def hears(self, bot: Bot, chat: Chat, message: Message) -> bool:
        if message.sender_id == bot.id:
            return bool(_HEARD_BY_ITS_MAKER & message.content.keys())
        if message.is_service or chat.type == "private":
            return True
        if message.sender_id in self.bots:
            return False  # bots do not hear each other
        if not bot.privacy_mode or self.member(chat, bot.id).status == "administrator":
            return True
        return self._meant_for(bot, chat, message)

    def _meant_for(self, bot: Bot, chat: Chat, message: Message) -> bool:
        target = chat.live(message.reply_to) if message.reply_to is not None else None
        if target is not None and target.sender_id == bot.id:
            return True
        text = str(message.content.get("text") or message.content.get("caption") or "")
        command = re.match(r"/\w+(?:@(\w+))?", text)
        if command is not None:
            return (command.group(1) or bot.username).lower() == bot.username.lower()
        return re.search(rf"@{re.escape(bot.username)}\b", text, re.IGNORECASE) is not None

    def change(
        self, chat: Chat, message: Message, editor_id: int, content: Json | None = None, markup: Json | None = None
    ) -> None:
        """Edit a message: new content, a new keyboard (an empty one takes it away), or both; tell bots."""
        if content is not None:
            message.versions.append({"content": message.content, "until": self.now()})
            message.content = content
            message.edit_date = self.now()
        if markup is not None:
            message.markup = markup or None
        self.note(chat, message)
        for bot in self.bots_in(chat):
            if bot.id != editor_id and self.hears(bot, chat, message):
                self.push(bot, "edited_message", views.message_json(self, bot, chat, message))
        self.tell("edited", chat, message)

    def delete(self, chat: Chat, message: Message) -> None:
        message.deleted = True
        message.pinned = False
        self.note(chat, message)
        self.tell("deleted", chat, message)

    def pin(self, chat: Chat, message: Message, who: int, *, pinned: bool) -> None:
        """Pin or unpin; pinning leaves a service message."""
        message.pinned = pinned
        self.note(chat, message)
        self.tell("pinned" if pinned else "unpinned", chat, message)
        if pinned:
            self.post(chat, who, {"pinned_message": message.id}, topic_id=message.topic_id)

    def delete_topic(self, chat: Chat, topic: Topic) -> None:
        """Delete a topic with every message in it. Bots are not told."""
        del chat.topics[topic.id]
        for message in chat.messages.values():
            if message.topic_id == topic.id and not message.deleted:
                message.deleted = True
                message.pinned = False
                self.note(chat, message)
        self.touch("chat", chat.key)
        self.events.emit("topic_deleted", chat_id=chat.id, topic_id=topic.id)

    # --- standing in groups ------------------------------------------------------------------------------------

    def set_member(self, chat: Chat, actor_id: int, new: Member) -> None:
        """Change how an account stands in a group; its bots learn it as my_chat_member or chat_member."""
        old = self.member(chat, new.user_id)
        before = views.member_json(self, old)
        heard_by = {bot.id: bot for bot in self.bots_in(chat)}
        chat.members[new.user_id] = new
        self.introduce(chat)
        heard_by |= {bot.id: bot for bot in self.bots_in(chat)}
        self.touch("chat", chat.key)
        change = {
            "chat": views.chat_json(self, chat),
            "from": views.user_json(self, actor_id),
            "date": self.now(),
            "old_chat_member": before,
            "new_chat_member": views.member_json(self, new),
        }
        for bot in heard_by.values():
            if bot.id == new.user_id:
                self.push(bot, "my_chat_member", change)
            elif self.member(chat, bot.id).status == "administrator":
                self.push(bot, "chat_member", change)
        self.events.emit("member", chat_id=chat.id, user_id=new.user_id, status=new.status, rights=new.rights)

    def set_blocked(self, chat: Chat, *, blocked: bool) -> None:
        """Let the person of a private chat stop the bot or let it in again."""
        bot = self.bots[chat.bot_id]
        status = ("member", "kicked") if blocked else ("kicked", "member")
        old, new = (views.member_json(self, Member(bot.id, name)) for name in status)
        chat.blocked = blocked
        self.touch("chat", chat.key)
        self.push(
            bot,
            "my_chat_member",
            {
                "chat": views.chat_json(self, chat),
                "from": views.user_json(self, chat.id),
                "date": self.now(),
                "old_chat_member": old,
                "new_chat_member": new,
            },
        )
        self.events.emit("blocked" if blocked else "unblocked", chat_id=chat.id, bot_id=bot.id)

    def callback_answered(self, callback: Callback) -> None:
        """The bot answered a tap: who waits for it goes on."""
        waiter = self.answer_waiters.get(callback.id)
        if waiter is not None:
            waiter.set()
        chat = self.chats[callback.chat]
        self.touch("callback", callback.id)
        self.events.emit(
            "callback_answered",
            callback_id=callback.id,
            chat_id=chat.id,
            bot_id=callback.bot_id,
            message_id=callback.message_id,
            person_id=callback.person_id,
            text=callback.text,
            show_alert=callback.show_alert,
            url=callback.url,
        )

    # --- telling bots ------------------------------------------------------------------------------------------

    def push(self, bot: Bot, kind: str, body: Json) -> None:
        """Queue an update for a bot, if it wants that kind."""
        queue = self.queues[bot.id]
        if not queue.wanted(kind):
            return
        update = {"update_id": bot.next_update_id, kind: body}
        self.update_check(update)
        queue.push(update)
        self.touch("bot", bot.id)

    def push_raw(self, bot: Bot, update: Json) -> int:
        """Queue an update exactly as given, however wrong; without `update_id` it gets the next number."""
        number = self.queues[bot.id].push(update)
        self.touch("bot", bot.id)
        return number
