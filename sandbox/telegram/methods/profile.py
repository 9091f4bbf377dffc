"""Methods about the bot itself: who it is, its commands, names and descriptions by language, its menu button."""

import json
import re
from typing import Any

from sandbox.telegram import views
from sandbox.telegram.call import Call
from sandbox.telegram.errors import bad_request
from sandbox.telegram.methods import method
from sandbox.telegram.records import ADMIN_RIGHTS, Json

_LENGTHS = {"name": 64, "description": 512, "short_description": 120}
_MAX_COMMANDS = 100


@method("getMe")
def get_me(call: Call) -> Json:
    return views.me_json(call.world, call.bot)


@method("logOut")
def log_out(_call: Call) -> bool:
    """Telegram lets the bot log in elsewhere; here the bot simply goes on."""
    return True


@method("close")
def close(_call: Call) -> bool:
    """Telegram closes its instance of the bot; here there is one for ever."""
    return True


def _scope_key(call: Call) -> str:
    scope: Json = call.get("scope") or {"type": "default"}
    known = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
    if scope.get("type") in {"chat", "chat_administrators", "chat_member"}:
        inner = Call(call.world, call.bot, call.limits, {"chat_id": scope.get("chat_id", "")}, {})
        inner.chat("read")
    elif scope.get("type") not in known:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    return json.dumps(scope, sort_keys=True) + "/" + _language(call)


def _language(call: Call) -> str:
    language = str(call.get("language_code") or "")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("LANG_CODE_INVALID")
    return language


@method("setMyCommands")
def set_my_commands(call: Call) -> bool:
    commands: list[Json] = call.need("commands")
    if len(commands) > _MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    kept = []
    for command in commands:
        name = str(command.get("command", "")).removeprefix("/").lower()
        if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({**command, "command": name})
    call.bot.commands[_scope_key(call)] = kept
    call.world.touch("bot", call.bot.id)
    call.world.events.emit("commands", bot_id=call.bot.id)
    return True


@method("getMyCommands")
def get_my_commands(call: Call) -> list[Json]:
    return call.bot.commands.get(_scope_key(call), [])


@method("deleteMyCommands")
def delete_my_commands(call: Call) -> bool:
    call.bot.commands.pop(_scope_key(call), None)
    call.world.touch("bot", call.bot.id)
    return True


def _texts(call: Call, field: str) -> dict[str, str]:
    return {
        "name": call.bot.names,
        "description": call.bot.descriptions,
        "short_description": call.bot.short_descriptions,
    }[field]


def _set_text(field: str) -> Any:
    def set_text(call: Call) -> bool:
        value = str(call.get(field) or "")
        if len(value) > _LENGTHS[field]:
            raise bad_request(f"BOT_{field.upper()}_TOO_LONG")
        texts, language = _texts(call, field), _language(call)
        if value:
            texts[language] = value
        else:
            texts.pop(language, None)
        call.world.touch("bot", call.bot.id)
        return True

    return set_text


def _get_text(field: str) -> Any:
    def get_text(call: Call) -> Json:
        texts = _texts(call, field)
        fallback = texts.get("", call.bot.name if field == "name" else "")
        return {field: texts.get(_language(call), fallback)}

    return get_text


for _field, _name in (("name", "Name"), ("description", "Description"), ("short_description", "ShortDescription")):
    method(f"setMy{_name}")(_set_text(_field))
    method(f"getMy{_name}")(_get_text(_field))


@method("setChatMenuButton")
def set_chat_menu_button(call: Call) -> bool:
    key = "" if "chat_id" not in call.params else str(call.chat("read").id)
    call.bot.menu_buttons[key] = call.get("menu_button") or {"type": "default"}
    call.world.touch("bot", call.bot.id)
    return True


@method("getChatMenuButton")
def get_chat_menu_button(call: Call) -> Json:
    key = "" if "chat_id" not in call.params else str(call.chat("read").id)
    buttons = call.bot.menu_buttons
    return buttons.get(key) or buttons.get("") or {"type": "commands" if call.bot.commands else "default"}


@method("setMyDefaultAdministratorRights")
def set_my_default_administrator_rights(call: Call) -> bool:
    key = "channels" if call.get("for_channels") else "groups"
    given: Json = call.get("rights") or {}
    call.bot.admin_rights[key] = {right: bool(given.get(right)) for right in ("is_anonymous", *ADMIN_RIGHTS)}
    call.world.touch("bot", call.bot.id)
    return True


@method("getMyDefaultAdministratorRights")
def get_my_default_administrator_rights(call: Call) -> Json:
    kept = call.bot.admin_rights.get("channels" if call.get("for_channels") else "groups", {})
    return {"is_anonymous": False, **dict.fromkeys(ADMIN_RIGHTS, False), **kept}
