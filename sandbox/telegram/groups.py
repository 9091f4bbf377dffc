"""What people do with groups: coming and going, rights, topics, upgrades; and what all acts of people share."""

from collections.abc import Iterable

from sandbox.telegram.errors import ControlError
from sandbox.telegram.methods.topics import ICON_COLORS, general_topic
from sandbox.telegram.records import ADMIN_RIGHTS, GENERAL_TOPIC, Bot, Chat, Json, Member, Message, Person, Topic
from sandbox.telegram.world import World

Who = Person | int
Where = Chat | int | None


class Groups:
    """Acts of people with groups. `person` is who acts; None is the owner (or the first administrator)."""

    def __init__(self, world: World) -> None:
        self.world = world

    # --- who and where -----------------------------------------------------------------------------------------

    def _person(self, person: Who) -> Person:
        if isinstance(person, Person):
            return person
        found = self.world.people.get(person)
        if found is None:
            raise ControlError(f"There is no person {person}")
        return found

    def _bot(self, bot_id: int | None) -> Bot:
        if bot_id is None:
            return self.world.bot
        if bot_id not in self.world.bots:
            raise ControlError(f"There is no bot {bot_id}")
        return self.world.bots[bot_id]

    def _private(self, person: Who, bot_id: int | None) -> Chat:
        return self.world.private_chat(self._bot(bot_id), self._person(person))

    def _chat(self, person: Who, chat: Where) -> Chat:
        if isinstance(chat, Chat):
            return chat
        who = self._person(person)
        if chat is None or chat == who.id:
            return self._private(who, None)
        if chat in self.world.bots:
            return self._private(who, chat)
        return self._group(chat)

    def _group(self, chat: Chat | int) -> Chat:
        found = chat if isinstance(chat, Chat) else self.world.group(chat)
        if found is None or found.type == "private":
            raise ControlError(f"There is no group {chat if isinstance(chat, int) else chat.id}")
        return found

    def _message(self, chat: Chat, message: Message | int) -> Message:
        number = message if isinstance(message, int) else message.id
        found = chat.live(number)
        if found is None:
            raise ControlError(f"There is no message {number} in this chat")
        return found

    def _actor(self, chat: Chat, person: Who | None) -> int:
        if person is not None:
            return self._person(person).id
        members = [m for m in chat.members.values() if m.user_id in self.world.people and m.present]
        members.sort(key=lambda m: ("creator", "administrator").index(m.status) if m.status in _RULERS else 2)
        if not members:
            raise ControlError("The group has no people in it to do this")
        return members[0].user_id

    def _manages(self, chat: Chat, person: Person, right: str) -> bool:
        member = self.world.member(chat, person.id)
        return member.status == "creator" or (member.status == "administrator" and right in member.rights)

    # --- coming and going --------------------------------------------------------------------------------------

    def join(self, person: Who, chat: Chat | int, *, by: Who | None = None) -> None:
        """Enter a group, alone or brought in by somebody."""
        who, group = self._person(person), self._group(chat)
        actor = self._person(by).id if by is not None else who.id
        self.world.set_member(group, actor, Member(who.id, "member"))
        self.world.post(group, actor, {"new_chat_members": [who.id]})

    def leave(self, person: Who, chat: Chat | int, *, by: Who | None = None, kicked: bool = False) -> None:
        """Go, or be removed by somebody (`kicked`: banned as well)."""
        who, group = self._person(person), self._group(chat)
        actor = self._person(by).id if by is not None else who.id
        self.world.set_member(group, actor, Member(who.id, "kicked" if kicked else "left"))
        self.world.post(group, actor, {"left_chat_member": who.id})

    def promote(self, person: Who, chat: Chat | int, rights: Iterable[str] | None = None) -> None:
        """Make a person an administrator with these rights (default: all); an empty list takes it back."""
        who, group = self._person(person), self._group(chat)
        wanted = list(ADMIN_RIGHTS if rights is None else rights)
        status = "administrator" if wanted else "member"
        self.world.set_member(group, self._actor(group, None), Member(who.id, status, _known(wanted)))

    # --- the bot in the group ----------------------------------------------------------------------------------

    def add_bot(
        self,
        chat: Chat | int,
        *,
        person: Who | None = None,
        bot_id: int | None = None,
        rights: Iterable[str] | None = (),
    ) -> None:
        """Bring the bot into a group; with rights (None: all) as an administrator at once."""
        group, bot = self._group(chat), self._bot(bot_id)
        actor = self._actor(group, person)
        self.world.set_member(group, actor, Member(bot.id, "member"))
        self.world.post(group, actor, {"new_chat_members": [bot.id]})
        wanted = list(ADMIN_RIGHTS if rights is None else rights)
        if wanted:
            self.set_bot_rights(group, wanted, person=person, bot_id=bot_id)

    def set_bot_rights(
        self,
        chat: Chat | int,
        rights: Iterable[str] | None,
        *,
        person: Who | None = None,
        bot_id: int | None = None,
    ) -> None:
        """Make the bot an administrator with exactly these rights (None: all); an empty list makes it a member."""
        group, bot = self._group(chat), self._bot(bot_id)
        if not self.world.member(group, bot.id).present:
            raise ControlError("The bot is not in the group")
        wanted = list(ADMIN_RIGHTS if rights is None else rights)
        new = Member(bot.id, "administrator" if wanted else "member", _known(wanted))
        self.world.set_member(group, self._actor(group, person), new)

    def remove_bot(self, chat: Chat | int, *, person: Who | None = None, bot_id: int | None = None, kicked: bool = True) -> None:
        """Take the bot out of a group (`kicked`: it may not come back)."""
        group, bot = self._group(chat), self._bot(bot_id)
        actor = self._actor(group, person)
        self.world.set_member(group, actor, Member(bot.id, "kicked" if kicked else "left"))
        self.world.post(group, actor, {"left_chat_member": bot.id}, also=[bot])

    def set_permissions(self, chat: Chat | int, permissions: Iterable[str]) -> None:
        """Say what ordinary members may do (Bot API `ChatPermissions`)."""
        group = self._group(chat)
        group.permissions = list(permissions)
        self.world.touch("chat", group.key)

    def set_privacy_mode(self, *, on: bool, bot_id: int | None = None) -> None:
        """Switch the bot's privacy mode, as its owner does with BotFather."""
        bot = self._bot(bot_id)
        bot.privacy_mode = on
        self.world.touch("bot", bot.id)

    # --- the group itself --------------------------------------------------------------------------------------

    def rename(self, chat: Chat | int, title: str, *, person: Who | None = None) -> None:
        group = self._group(chat)
        group.title = title
        self.world.post(group, self._actor(group, person), {"new_chat_title": title})

    def upgrade(self, chat: Chat | int, *, forum: bool = False) -> Chat:
        """Turn a group into a supergroup, as Telegram does when topics are switched on: it gets a new id."""
        old = self._group(chat)
        if old.type != "group" or old.migrated_to is not None:
            raise ControlError("Only a plain group can be upgraded, and only once")
        actor = self._actor(old, None)
        new = Chat(
            self.world.new_group_id("supergroup"),
            "supergroup",
            title=old.title,
            description=old.description,
            is_forum=forum,
            members={user_id: Member(**vars(member)) for user_id, member in old.members.items()},
            permissions=list(old.permissions),
            migrated_from=old.id,
        )
        self.world.chats[new.key] = new
        self.world.post(old, actor, {"migrate_to_chat_id": new.id})
        old.migrated_to = new.id
        self.world.touch("chat", old.key)
        self.world.post(new, actor, {"migrate_from_chat_id": old.id})
        self.world.events.emit("migrated", chat_id=old.id, to=new.id)
        return new

    def set_public(self, chat: Chat | int, username: str | None) -> None:
        """Give a group a name by which everybody finds it, or take it away. Bots are not told."""
        group = self._group(chat)
        group.username = username
        self.world.touch("chat", group.key)

    def link_channel(self, chat: Chat | int, channel_id: int | None) -> None:
        """Make a group the discussion group of a channel, or end that. Bots are not told."""
        group = self._group(chat)
        group.linked_chat_id = channel_id
        self.world.touch("chat", group.key)

    def set_forum(self, chat: Chat | int, *, on: bool) -> None:
        """Switch topics on or off. Bots are not told; their next call finds out."""
        group = self._group(chat)
        if group.type != "supergroup":
            raise ControlError("Only a supergroup has topics: upgrade the group first")
        group.is_forum = on
        self.world.touch("chat", group.key)
        self.world.events.emit("forum", chat_id=group.id, on=on)

    # --- topics ------------------------------------------------------------------------------------------------

    def create_topic(self, chat: Chat | int, name: str, *, person: Who | None = None) -> int:
        """Create a topic by hand; gives its id."""
        group = self._forum(chat)
        created: Json = {"name": name, "icon_color": ICON_COLORS[0]}
        return self.world.post(group, self._actor(group, person), {"forum_topic_created": created}).id

    def edit_topic(self, chat: Chat | int, topic: int, name: str, *, person: Who | None = None) -> None:
        group = self._forum(chat)
        found = self._topic(group, topic)
        found.name = name
        self._note_topic(group, found, {"forum_topic_edited": {"name": name}}, person)

    def close_topic(self, chat: Chat | int, topic: int, *, person: Who | None = None) -> None:
        self._set_closed(chat, topic, person, closed=True)

    def reopen_topic(self, chat: Chat | int, topic: int, *, person: Who | None = None) -> None:
        self._set_closed(chat, topic, person, closed=False)

    def delete_topic(self, chat: Chat | int, topic: int) -> None:
        """Delete a topic and all that was said in it. Bots are not told."""
        group = self._forum(chat)
        if topic == GENERAL_TOPIC:
            raise ControlError("The General topic cannot be deleted")
        self.world.delete_topic(group, self._topic(group, topic))

    def _set_closed(self, chat: Chat | int, topic: int, person: Who | None, *, closed: bool) -> None:
        group = self._forum(chat)
        found = self._topic(group, topic)
        found.closed = closed
        field = "forum_topic_closed" if closed else "forum_topic_reopened"
        self._note_topic(group, found, {field: {}}, person)

    def _note_topic(self, group: Chat, topic: Topic, content: Json, person: Who | None) -> None:
        thread = topic.id if topic.id != GENERAL_TOPIC else None
        self.world.post(group, self._actor(group, person), content, topic_id=thread)

    def _forum(self, chat: Chat | int) -> Chat:
        group = self._group(chat)
        if not group.is_forum:
            raise ControlError("The group has no topics")
        return group

    def _topic(self, group: Chat, topic: int) -> Topic:
        if topic == GENERAL_TOPIC:
            return general_topic(group)
        if topic not in group.topics:
            raise ControlError(f"There is no topic {topic} in this group")
        return group.topics[topic]

    # --- pins --------------------------------------------------------------------------------------------------

    def pin(self, person: Who, message: Message | int, *, chat: Where = None) -> None:
        who = self._person(person)
        where = self._chat(who, chat)
        self.world.pin(where, self._message(where, message), who.id, pinned=True)

    def unpin(self, person: Who, message: Message | int, *, chat: Where = None) -> None:
        who = self._person(person)
        where = self._chat(who, chat)
        self.world.pin(where, self._message(where, message), who.id, pinned=False)


_RULERS = frozenset({"creator", "administrator"})


def _known(rights: list[str]) -> list[str]:
    unknown = set(rights) - set(ADMIN_RIGHTS)
    if unknown:
        raise ControlError(f"There is no right {', '.join(sorted(unknown))}")
    return rights
