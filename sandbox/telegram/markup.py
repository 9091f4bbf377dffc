"""Keyboards: what Telegram checks in a `reply_markup` before a message is sent with it."""

from sandbox.telegram.errors import bad_request
from sandbox.telegram.records import Json

_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
)
DATA_LIMIT = 64
"""Bytes of callback_data."""
_MAX_BUTTONS = 100


def checked_markup(markup: Json | None, *, private: bool) -> Json | None:
    """Give the keyboard as it is kept; ApiError in Telegram's words when it is wrong. An empty one is none."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        return _inline(markup, private=private)
    if "keyboard" in markup:
        rows = markup["keyboard"]
        buttons = [b if isinstance(b, dict) else {"text": str(b)} for row in rows for b in row]
        if any(not button.get("text") for button in buttons):
            raise bad_request("keyboard button text must be non-empty")
        if not private and any(b.get("request_contact") or b.get("request_location") for b in buttons):
            raise bad_request("phone number can be requested in private chats only")
        return markup
    if markup.get("remove_keyboard") or markup.get("force_reply"):
        return markup
    return None


def _inline(markup: Json, *, private: bool) -> Json | None:
    rows = [row for row in markup["inline_keyboard"] if row]
    buttons = [button for row in rows for button in row]
    if len(buttons) > _MAX_BUTTONS:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    for button in buttons:
        _check_button(button, private=private)
    return {"inline_keyboard": rows} if rows else None


def _check_button(button: Json, *, private: bool) -> None:
    if not button.get("text"):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    actions = [name for name in _ACTIONS if name in button]
    if not actions:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= DATA_LIMIT:
        raise bad_request("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and not _good_url(str(url)):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    if "web_app" in button and not private:
        raise bad_request("BUTTON_TYPE_INVALID")


def _good_url(url: str) -> bool:
    scheme, colon, rest = url.partition("://")
    if not colon:
        return "." in url and " " not in url
    return scheme in {"http", "https", "tg", "ton"} and bool(rest) and " " not in rest
