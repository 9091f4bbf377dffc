"""One call of a Bot API method, and the questions every method asks: which chat, which message, may the bot.

The order of the checks and their words follow Telegram's own server.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.telegram import views
from sandbox.telegram.entities import CAPTION_LIMIT, FormattedText, finish
from sandbox.telegram.errors import ApiError, bad_request, forbidden
from sandbox.telegram.files import Upload
from sandbox.telegram.limits import Limits
from sandbox.telegram.parse_html import ParseError, parse_html
from sandbox.telegram.parse_markdown import parse_markdown, parse_markdown_v2
from sandbox.telegram.records import Bot, Chat, Json, Message
from sandbox.telegram.world import World

_PARSERS = {"html": parse_html, "markdownv2": parse_markdown_v2, "markdown": parse_markdown}


@dataclass
class Call:
    """A method called by a bot, with typed parameters and uploaded files."""

    world: World
    bot: Bot
    limits: Limits
    params: dict[str, Any]
    uploads: dict[str, Upload]

    def get(self, name: str, default: Any = None) -> Any:
        return self.params.get(name, default)

    def need(self, name: str) -> Any:
        """Take a parameter that must be there."""
        if name not in self.params:
            raise bad_request(f'parameter "{name}" is required')
        return self.params[name]

    # --- chats -------------------------------------------------------------------------------------------------

    def chat(self, access: str = "write", name: str = "chat_id") -> Chat:
        """Find the chat a parameter names, as far as the bot may `read`, `edit` or `write` there."""
        if name not in self.params or self.params[name] == "":
            raise bad_request("chat_id is empty")
        chat = self._resolve(self.params[name])
        if chat is None:
            raise bad_request("chat not found")
        if chat.type == "private":
            self._check_private(chat, access)
        else:
            self._check_group(chat, access)
        return chat

    def _resolve(self, chat_id: int | str) -> Chat | None:
        if isinstance(chat_id, str):
            wanted = chat_id.removeprefix("@").lower()
            public = (c for c in self.world.chats.values() if c.username and c.username.lower() == wanted)
            return next(public, None) if chat_id.startswith("@") else None
        if chat_id < 0:
            return self.world.group(chat_id)
        person = self.world.people.get(chat_id)
        if person is None or person.id not in self.bot.known_users:
            return None
        return self.world.private_chat(self.bot, person)

    def _check_private(self, chat: Chat, access: str) -> None:
        if access == "read":
            return
        if self.world.people[chat.id].deactivated:
            raise forbidden("user is deactivated")
        if access != "write":  # what was sent before can be edited and deleted
            return
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")

    def _check_group(self, chat: Chat, access: str) -> None:
        if chat.migrated_to is not None:
            if access != "read":
                raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
            return
        kind = "supergroup chat" if chat.type == "supergroup" else "group chat"
        standing = self.world.member(chat, self.bot.id)
        if chat.type == "group" and access == "read":
            return
        if standing.status == "kicked":
            raise forbidden(f"bot was kicked from the {kind}")
        if not standing.present and (access != "read" or chat.username is None):
            raise forbidden(f"bot is not a member of the {kind}")

    def supergroup(self) -> Chat:
        chat = self.chat()
        if chat.type != "supergroup":
            raise bad_request("method is available for supergroup and channel chats only")
        return chat

    # --- rights ------------------------------------------------------------------------------------------------

    def has_right(self, chat: Chat, right: str) -> bool:
        member = self.world.member(chat, self.bot.id)
        if member.status == "administrator":
            return right in member.rights
        return False

    def is_admin(self, chat: Chat) -> bool:
        return self.world.member(chat, self.bot.id).status == "administrator"

    def require_right(self, chat: Chat, right: str, to_do: str) -> None:
        """Refuse when an administrator's right is missing."""
        if not self.has_right(chat, right):
            raise bad_request(f"not enough rights to {to_do}")

    def require_permission(self, chat: Chat, permission: str, what: str) -> None:
        """Refuse when the bot may not send this kind of thing to the group."""
        if chat.type == "private" or self.is_admin(chat):
            return
        member = self.world.member(chat, self.bot.id)
        allowed = set(chat.permissions)
        if member.status == "restricted":
            allowed &= set(member.rights)
        if permission not in allowed:
            raise bad_request(f"not enough rights to send {what} to the chat")

    # --- messages ----------------------------------------------------------------------------------------------

    def message(self, chat: Chat, kind: str, name: str = "message_id") -> Message:
        """Find the message a parameter names; `kind` is how Telegram calls it when it is not there."""
        message = chat.live(self.params.get(name, 0))
        if message is None:
            raise bad_request(f"{kind} not found" if name in self.params else "message identifier is not specified")
        return message

    def show(self, chat: Chat, message: Message) -> Json:
        return views.message_json(self.world, self.bot, chat, message)

    # --- text --------------------------------------------------------------------------------------------------

    def text(self, given: Json, field: str, entities_field: str) -> FormattedText:
        """Text of a message or caption with its entities, parsed as the call asks."""
        return formatted(given.get(field) or "", given.get("parse_mode"), given.get(entities_field))

    def caption(self, given: Json) -> Json:
        """Caption fields of a message from what the call (or one item of an album) gives."""
        value = self.text(given, "caption", "caption_entities")
        if len(value.text) > CAPTION_LIMIT:
            raise bad_request("message caption is too long")
        return caption_fields(value, above=bool(given.get("show_caption_above_media")))


def caption_fields(value: FormattedText, *, above: bool = False) -> Json:
    content: Json = {}
    if value.text:
        content["caption"] = value.text
        if value.entities:
            content["caption_entities"] = value.entities
        if above:
            content["show_caption_above_media"] = True
    return content


def formatted(text: str, parse_mode: str | None, entities: list[Json] | None) -> FormattedText:
    """Parse text by its mode, or take the entities given; ApiError in Telegram's words."""
    if parse_mode and parse_mode.lower() != "none":
        parser = _PARSERS.get(parse_mode.lower())
        if parser is None:
            raise bad_request("unsupported parse_mode")
        try:
            return finish(parser(text))
        except ParseError as error:
            raise bad_request(f"can't parse entities: {error}") from error
    return finish(FormattedText(text, [kept_entity(entity) for entity in entities or []]))


def kept_entity(entity: Json) -> Json:
    """Keep an entity from outside: a mention of a user by object is kept by id."""
    if entity.get("type") == "text_mention" and isinstance(entity.get("user"), dict):
        rest = {key: value for key, value in entity.items() if key != "user"}
        return {**rest, "user_id": entity["user"].get("id")}
    return dict(entity)


def not_implemented(name: str) -> ApiError:
    return ApiError(501, f"Not Implemented: {name} is a method of the Bot API this sandbox does not play")
