"""What people do: write, send files, tap buttons, edit, react, come and go, block.

People and chats may be given as records or by id; `chat=None` is the person's private chat with the first bot. What a
person could not do in Telegram raises ControlError with the reason. What they do with groups is in `groups`.
"""

import asyncio
import zlib
from dataclasses import dataclass
from typing import Any

from sandbox.telegram import views
from sandbox.telegram.call import caption_fields, formatted
from sandbox.telegram.entities import TEXT_LIMIT, shifted, utf16_length
from sandbox.telegram.errors import ApiError, ControlError
from sandbox.telegram.files import MEDIA_KINDS, Upload, store_media
from sandbox.telegram.groups import Groups
from sandbox.telegram.outgoing import kind_of, thread_of_reply
from sandbox.telegram.records import GENERAL_TOPIC, Callback, Chat, Json, Message, Person
from sandbox.telegram.world import World

_PERMISSION_OF = {
    "text": "can_send_messages",
    "photo": "can_send_photos",
    "document": "can_send_documents",
    "audio": "can_send_audios",
    "video": "can_send_videos",
    "voice": "can_send_voice_notes",
    "video_note": "can_send_video_notes",
    "animation": "can_send_other_messages",
    "sticker": "can_send_other_messages",
}

_DEFAULT_NAMES = {
    "document": "document.txt",
    "audio": "music.mp3",
    "video": "video.mp4",
    "animation": "animation.mp4",
}

Who = Person | int
Where = Chat | int | None
What = Message | int


@dataclass
class Press:
    """A tap on a button. `answered()` waits for the bot; then `text`, `show_alert` and `url` are what it said."""

    world: World
    callback: Callback

    @property
    def id(self) -> str:
        return self.callback.id

    @property
    def text(self) -> str | None:
        return self.callback.text

    @property
    def show_alert(self) -> bool:
        return self.callback.show_alert

    @property
    def url(self) -> str | None:
        return self.callback.url

    async def answered(self, seconds: float = 10.0) -> bool:
        """Wait for the bot's answer; False when none came in time."""
        waiter = self.world.answer_waiters.setdefault(self.callback.id, asyncio.Event())
        try:
            if not self.callback.answered:
                async with asyncio.timeout(seconds):
                    await waiter.wait()
        except TimeoutError:
            return False
        finally:
            self.world.answer_waiters.pop(self.callback.id, None)
        return True


GROUP_ANONYMOUS_BOT: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
"""Under whom bots see what administrators write in the name of their group (Bot API `Message.sender_chat`)."""


class People(Groups):
    """Acts of people in private chats and groups, and (inherited) with groups and topics themselves."""

    # --- writing -----------------------------------------------------------------------------------------------

    def say(
        self,
        person: Who,
        text: str,
        *,
        chat: Where = None,
        topic: int | None = None,
        reply_to: What | None = None,
        quote: str | None = None,
        parse_mode: str | None = None,
        entities: list[Json] | None = None,
        anonymous: bool = False,
    ) -> Message:
        """Write a text. In a private chat the first message starts the conversation.

        An administrator of a group may write `anonymous`: bots see the group itself as the sender.
        """
        try:
            value = formatted(text, parse_mode, entities)
        except ApiError as error:
            raise ControlError(error.description) from error
        if not value.text:
            raise ControlError("A message needs a text")
        if len(value.text) > TEXT_LIMIT:
            raise ControlError(f"A message has at most {TEXT_LIMIT} characters: people's apps send it in pieces")
        content: Json = {"text": value.text}
        if value.entities:
            content["entities"] = value.entities
        extra = self._as_group(person, chat) if anonymous else {}
        return self._put(person, chat, content, topic=topic, reply_to=reply_to, quote=quote, extra=extra)

    def _as_group(self, person: Who, where: Where) -> Json:
        """How bots see what an administrator writes in the name of the group."""
        chat = self._chat(person, where)
        if self.world.member(chat, self._person(person).id).status not in {"creator", "administrator"}:
            raise ControlError("Only administrators write in the name of the group")
        return {"from": GROUP_ANONYMOUS_BOT, "sender_chat": views.chat_json(self.world, chat)}

    def start(self, person: Who, payload: str = "", *, bot_id: int | None = None) -> Message:
        """Press Start, perhaps with the payload of a link; a blocked bot is let in again."""
        chat = self._private(person, bot_id)
        if chat.blocked:
            self.world.set_blocked(chat, blocked=False)
        return self.say(person, f"/start {payload}".strip(), chat=chat)

    def send(
        self,
        person: Who,
        kind: str,
        data: bytes,
        *,
        name: str | None = None,
        mime_type: str | None = None,
        caption: str = "",
        chat: Where = None,
        topic: int | None = None,
        reply_to: What | None = None,
        media_group_id: str | None = None,
        details: Json | None = None,
    ) -> Message:
        """Send a file as photo, document, audio, video, voice, animation, video_note or sticker."""
        if kind not in MEDIA_KINDS:
            raise ControlError(f"There is no kind of file {kind!r}; there are {', '.join(MEDIA_KINDS)}")
        upload = Upload(name or _DEFAULT_NAMES.get(kind), mime_type, data)
        try:
            content: Json = {kind: store_media(self.world.files, kind, upload, details or {})}
        except ApiError as error:
            raise ControlError(error.description) from error
        content |= caption_fields(formatted(caption, None, None))
        return self._put(person, chat, content, topic=topic, reply_to=reply_to, media_group_id=media_group_id)

    def send_album(
        self,
        person: Who,
        items: list[Json],
        *,
        chat: Where = None,
        topic: int | None = None,
        reply_to: What | None = None,
    ) -> list[Message]:
        """Send an album: each item has `kind`, `data`, and perhaps `name`, `mime_type`, `caption`."""
        if not 2 <= len(items) <= 10:
            raise ControlError("An album has two to ten items")
        group = str(13_000_000_000_000_000 + self.world.next("album"))
        return [self.send(person, chat=chat, topic=topic, reply_to=reply_to, media_group_id=group, **item) for item in items]

    def send_location(
        self, person: Who, latitude: float, longitude: float, *, chat: Where = None, topic: int | None = None
    ) -> Message:
        content = {"location": {"latitude": latitude, "longitude": longitude}}
        return self._put(person, chat, content, topic=topic)

    def send_contact(
        self,
        person: Who,
        phone_number: str,
        *,
        first_name: str | None = None,
        own: bool = True,
        chat: Where = None,
        topic: int | None = None,
    ) -> Message:
        """Share a contact; an `own` one carries the account's id, as the "share my number" button sends it."""
        who = self._person(person)
        contact: Json = {"phone_number": phone_number, "first_name": first_name or who.first_name}
        if own:
            contact["user_id"] = who.id
        return self._put(person, chat, {"contact": contact}, topic=topic)

    def forward(self, person: Who, message: What, source: Where, *, chat: Where = None, topic: int | None = None) -> Message:
        """Forward a message the person sees to another chat."""
        origin_chat = self._chat(person, source)
        found = self._message(origin_chat, message)
        origin: Json = found.forward_origin or {
            "type": "user",
            "date": found.date,
            "sender_user": views.user_json(self.world, found.sender_id),
        }
        return self._put(person, chat, dict(found.content), topic=topic, forward_origin=origin)

    def _put(
        self,
        person: Who,
        where: Where,
        content: Json,
        *,
        topic: int | None = None,
        reply_to: What | None = None,
        quote: str | None = None,
        **fields: Any,
    ) -> Message:
        who = self._person(person)
        chat = self._chat(who, where)
        self._may_write(who, chat, content)
        target = self._message(chat, reply_to) if reply_to is not None else None
        thread = topic if topic != GENERAL_TOPIC else None
        if target is not None and thread is None:
            thread = thread_of_reply(chat, target)
        if topic is not None and thread is not None and (not chat.is_forum or thread not in chat.topics):
            raise ControlError(f"There is no topic {topic} in this chat")
        state = chat.topics.get(thread or GENERAL_TOPIC)
        if chat.is_forum and state is not None and state.closed and not self._manages(chat, who, "can_manage_topics"):
            raise ControlError("The topic is closed")
        if target is not None and quote is not None:
            fields["quote"] = _quoted(target, quote)
        if chat.type == "private":
            self._meet(chat)
        return self.world.post(
            chat, who.id, content, topic_id=thread, reply_to=target.id if target is not None else None, **fields
        )

    def _may_write(self, who: Person, chat: Chat, content: Json) -> None:
        if chat.type == "private":
            if chat.blocked:
                raise ControlError("The person has blocked the bot: unblock or start it first")
            return
        if chat.migrated_to is not None:
            raise ControlError(f"The group was upgraded to the supergroup {chat.migrated_to}")
        member = self.world.member(chat, who.id)
        if not member.present and (member.status == "kicked" or not chat.open_to_all):
            raise ControlError("The person is not a member of the group")
        allowed = set(chat.permissions)
        if member.status == "restricted":
            allowed &= set(member.rights)
        permission = _PERMISSION_OF.get(kind_of(content), "can_send_messages")
        if member.status in {"member", "restricted"} and permission not in allowed:
            raise ControlError("The person may not send this to the group")

    def _meet(self, chat: Chat) -> None:
        chat.started = True
        bot = self.world.bots[chat.bot_id]
        if chat.id not in bot.known_users:
            bot.known_users.append(chat.id)
            self.world.touch("bot", bot.id)

    # --- with messages -----------------------------------------------------------------------------------------

    def edit(self, person: Who, message: What, text: str, *, chat: Where = None, parse_mode: str | None = None) -> Message:
        """Change the text, or the caption of a file, of one's own message."""
        who = self._person(person)
        where = self._chat(who, chat)
        found = self._message(where, message)
        if found.sender_id != who.id or found.is_service:
            raise ControlError("People edit only what they wrote themselves")
        value = formatted(text, parse_mode, None)
        if "text" in found.content:
            content: Json = {"text": value.text} | ({"entities": value.entities} if value.entities else {})
        else:
            kept = {k: v for k, v in found.content.items() if k not in {"caption", "caption_entities"}}
            content = kept | caption_fields(value)
        self.world.change(where, found, who.id, content)
        return found

    def edit_media(
        self,
        person: Who,
        message: What,
        kind: str,
        data: bytes,
        *,
        name: str | None = None,
        mime_type: str | None = None,
        caption: str | None = None,
        chat: Where = None,
    ) -> Message:
        """Put another file in the place of one's own; without `caption` the words stay."""
        who = self._person(person)
        where = self._chat(who, chat)
        found = self._message(where, message)
        if found.sender_id != who.id or not set(MEDIA_KINDS) & found.content.keys():
            raise ControlError("People replace only the files they sent themselves")
        upload = Upload(name or _DEFAULT_NAMES.get(kind), mime_type, data)
        try:
            content: Json = {kind: store_media(self.world.files, kind, upload, {})}
        except ApiError as error:
            raise ControlError(error.description) from error
        kept = {k: v for k, v in found.content.items() if k in {"caption", "caption_entities"}}
        content |= kept if caption is None else caption_fields(formatted(caption, None, None))
        self.world.change(where, found, who.id, content)
        return found

    def delete(self, person: Who, message: What, *, chat: Where = None) -> None:
        """Delete a message for everybody. Bots are not told, as at Telegram."""
        who = self._person(person)
        where = self._chat(who, chat)
        found = self._message(where, message)
        own = found.sender_id == who.id or where.type == "private"
        if not own and not self._manages(where, who, "can_delete_messages"):
            raise ControlError("The person may not delete this message")
        self.world.delete(where, found)

    def press(self, person: Who, message: What, button: str, *, chat: Where = None) -> Press:
        """Tap an inline button, named by its callback data or by its text."""
        who = self._person(person)
        where = self._chat(who, chat)
        found = self._message(where, message)
        rows = (found.markup or {}).get("inline_keyboard", [])
        buttons = [one for row in rows for one in row]
        exact = [b for b in buttons if b.get("callback_data") == button] or [b for b in buttons if b["text"] == button]
        if not exact or "callback_data" not in exact[0]:
            there = ", ".join(repr(b["text"]) for b in buttons) or "none"
            raise ControlError(f"The message has no button {button!r} to tap; there are: {there}")
        if where.type != "private" and not where.open_to_all and not self.world.member(where, who.id).present:
            raise ControlError("The person is not a member of the group")
        return self.tap(who, found, exact[0]["callback_data"], chat=where)

    def tap(self, person: Who, message: What, data: str, *, chat: Where = None) -> Press:
        """Send a callback whether there is such a button or not: old keyboards and forged data exist.

        The message may be deleted, and the person a stranger to the chat.
        """
        who = self._person(person)
        chat = self._chat(who, chat)
        number = message if isinstance(message, int) else message.id
        if number not in chat.messages:
            raise ControlError(f"There never was a message {number} in this chat")
        message = chat.messages[number]
        bot = self.world.bots.get(message.sender_id)
        if bot is None:
            raise ControlError("Only messages of bots have buttons")
        query_id = str(4_300_000_000_000_000_000 + self.world.next("callback"))
        callback = Callback(query_id, bot.id, who.id, chat.key, message.id, data, self.world.now())
        self.world.callbacks[callback.id] = callback
        self.world.touch("callback", callback.id)
        query: Json = {
            "id": callback.id,
            "from": views.user_json(self.world, who.id),
            "message": views.reference_json(self.world, bot, chat, message.id),
            "chat_instance": str(zlib.crc32(f"{chat.key} {bot.id}".encode())),
            "data": data,
        }
        shown = chat.live(message.id)
        if shown is not None:
            query["message"] = views.message_json(self.world, bot, chat, shown)
        self.world.push(bot, "callback_query", query)
        self.world.tell("press", chat, message, person_id=who.id, callback_id=callback.id)
        return Press(self.world, callback)

    def react(self, person: Who, message: What, emoji: str | None, *, chat: Where = None) -> None:
        """Leave a reaction, or take it back with None."""
        who = self._person(person)
        where = self._chat(who, chat)
        found = self._message(where, message)
        old = found.reactions.get(str(who.id), [])
        new: list[Json] = [{"type": "emoji", "emoji": emoji}] if emoji else []
        found.reactions[str(who.id)] = new
        self.world.note(where, found)
        update = {
            "chat": views.chat_json(self.world, where),
            "message_id": found.id,
            "user": views.user_json(self.world, who.id),
            "date": self.world.now(),
            "old_reaction": old,
            "new_reaction": new,
        }
        for bot in self.world.bots_in(where):
            if where.type == "private" or self.world.member(where, bot.id).status == "administrator":
                self.world.push(bot, "message_reaction", update)
        self.world.tell("reaction", where, found, by=update["user"], reactions=new)

    # --- with the private chat ---------------------------------------------------------------------------------

    def block(self, person: Who, *, bot_id: int | None = None) -> None:
        """Stop the bot: it learns so, and can write no more."""
        chat = self._private(person, bot_id)
        if not chat.blocked:
            self.world.set_blocked(chat, blocked=True)

    def unblock(self, person: Who, *, bot_id: int | None = None) -> None:
        chat = self._private(person, bot_id)
        if chat.blocked:
            self.world.set_blocked(chat, blocked=False)

    def delete_chat(self, person: Who, *, bot_id: int | None = None, for_both: bool = True, block: bool = False) -> None:
        """Delete the private chat: for the person alone, or its messages for both; and perhaps block the bot."""
        chat = self._private(person, bot_id)
        chat.cleared_at = max(chat.messages, default=0)
        if for_both:
            for message in chat.messages.values():
                if not message.deleted:
                    self.world.delete(chat, message)
        self.world.touch("chat", chat.key)
        self.world.events.emit("chat_deleted", chat_id=chat.id, bot_id=chat.bot_id)
        if block:
            self.block(person, bot_id=bot_id)

    def deactivate(self, person: Who) -> None:
        """Delete the person's account."""
        who = self._person(person)
        who.deactivated = True
        self.world.touch("person", who.id)


def _quoted(target: Message, quote: str) -> Json:
    """Show a quotation of a message, as the reply that carries it."""
    field = "text" if "text" in target.content else "caption"
    whole = str(target.content.get(field) or "")
    found = whole.find(quote)
    if found < 0 or not quote:
        raise ControlError("The quoted words are not in the message")
    offset = utf16_length(whole[:found])
    body: Json = {"text": quote, "position": offset, "is_manual": True}
    entities = shifted(target.content.get("entities" if field == "text" else "caption_entities", []), offset, utf16_length(quote))
    return body | ({"entities": entities} if entities else {})
