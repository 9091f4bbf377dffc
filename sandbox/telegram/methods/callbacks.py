"""The answer to a tap on an inline button."""

from sandbox.telegram.call import Call
from sandbox.telegram.errors import QUERY_TOO_OLD, bad_request
from sandbox.telegram.methods import method

CALLBACK_SECONDS = 60
"""How long the sandbox takes an answer; Telegram promises no figure, and clients stop waiting within a minute."""
_TEXT_LIMIT = 200


@method("answerCallbackQuery")
def answer_callback_query(call: Call) -> bool:
    callback = call.world.callbacks.get(str(call.get("callback_query_id") or ""))
    now = call.world.now()
    if callback is None or callback.bot_id != call.bot.id or callback.answered or now - callback.date > CALLBACK_SECONDS:
        raise bad_request(QUERY_TOO_OLD)
    text = str(call.get("text") or "")
    if len(text) > _TEXT_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    callback.answered = True
    callback.text = text or None
    callback.show_alert = bool(call.get("show_alert"))
    callback.url = call.get("url")
    call.world.callback_answered(callback)
    return True
