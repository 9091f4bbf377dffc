"""Telegram's refusals as the desk's errors: by type first, and by Telegram's own fixed texts where a type says too little.

Temporary      network, 5xx, a proxy's page instead of JSON, 429 (with the wait Telegram asked for)
├── Migrated       the group became a supergroup: `chat` is its new id
└── TopicClosed    the topic exists, but is closed: open it and try again
Permanent      any other 400
├── TopicGone      (desk) the topic was deleted, or topics were switched off
├── Unreachable    (desk) blocked, deactivated, never started
├── NotModified    the edit changes nothing: as good as done
├── MessageGone    the message to edit, copy or pin is not there any more
├── FileRefused    a file_id or an upload was not accepted; FileTooBig is one of them
├── NoForum        the group has no topics
└── TooOld         an answer to a tap that is too old to matter
Misconfigured  token, rights in the staff group, bot not in it
"""

from datetime import timedelta

import aiohttp
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from bot.limits import Paced
from bot.text import N_
from desk.errors import DeskError, Misconfigured, Permanent, Temporary, TopicGone, Unclear, Unreachable


class Migrated(Temporary):
    """The group became a supergroup."""

    def __init__(self, chat: int) -> None:
        super().__init__("The group became a supergroup.")
        self.chat = chat


class TopicClosed(Temporary):
    """The topic is closed."""


class NotModified(Permanent):
    """Nothing would change."""


class MessageGone(Permanent):
    """The message is not there any more."""


class QuoteGone(Permanent):
    """The quoted words do not stand in the message that is replied to."""


class FileRefused(Permanent):
    """Telegram does not take this file."""


class FileTooBig(FileRefused):
    """The file is bigger than Telegram lets bots fetch or send."""


class NoForum(Permanent):
    """The group has no topics."""


class TooOld(Permanent):
    """The tap is too old to be answered."""


BAD_TOKEN = N_("Telegram does not accept the bot token: check telegram.token.")
NOT_IN_GROUP = N_("The bot is not in the staff group: add it and make it an administrator, or check telegram.staff_chat.")
NO_RIGHTS = N_("The bot lacks a right in the staff group: make it an administrator that may manage topics and pin messages.")
UNREACHABLE = N_("The requester cannot be reached in Telegram: they blocked the bot, or their account is gone.")

# The texts are those of Telegram's server; a part in lower case is looked for in the description.
_TEXTS: tuple[tuple[str, type[DeskError], str], ...] = (
    ("message is not modified", NotModified, N_("Nothing would change.")),
    ("topic_not_modified", NotModified, N_("Nothing would change.")),
    ("message thread not found", TopicGone, N_("The topic is not there any more.")),
    ("topic_deleted", TopicGone, N_("The topic is not there any more.")),
    ("topic_id_invalid", TopicGone, N_("The topic is not there any more.")),
    ("topic_closed", TopicClosed, N_("The topic is closed.")),
    ("not a forum", NoForum, N_("The group has no topics.")),
    ("not a supergroup", NoForum, N_("The group has no topics.")),
    ("method is available only for supergroup", NoForum, N_("The group has no topics.")),
    ("message to edit not found", MessageGone, N_("The message is not there any more.")),
    ("message to copy not found", MessageGone, N_("The message is not there any more.")),
    ("messages to copy", MessageGone, N_("The message is not there any more.")),
    ("message to forward not found", MessageGone, N_("The message is not there any more.")),
    ("message to react not found", MessageGone, N_("The message is not there any more.")),
    ("message to pin not found", MessageGone, N_("The message is not there any more.")),
    ("message can't be edited", MessageGone, N_("The message is not there any more.")),
    ("message can't be copied", MessageGone, N_("The message is not there any more.")),
    ("message_id_invalid", MessageGone, N_("The message is not there any more.")),
    ("quote_text_invalid", QuoteGone, N_("The quoted words are not there any more.")),
    ("message to be replied not found", QuoteGone, N_("The quoted words are not there any more.")),
    ("quote not found", QuoteGone, N_("The quoted words are not there any more.")),
    ("query is too old", TooOld, N_("The tap is too old to be answered.")),
    ("query_id_invalid", TooOld, N_("The tap is too old to be answered.")),
    ("file identifier", FileRefused, N_("Telegram does not take this file.")),
    ("file_id", FileRefused, N_("Telegram does not take this file.")),
    ("wrong file", FileRefused, N_("Telegram does not take this file.")),
    ("file is too big", FileTooBig, N_("The file is too big for Telegram.")),
    ("photo_invalid", FileRefused, N_("Telegram does not take this file.")),
    ("image_process_failed", FileRefused, N_("Telegram does not take this file.")),
    ("voice_messages_forbidden", FileRefused, N_("The person does not take voice messages.")),
    ("not enough rights", Misconfigured, NO_RIGHTS),
    ("chat_admin_required", Misconfigured, NO_RIGHTS),
    ("have no rights", Misconfigured, NO_RIGHTS),
    ("need administrator rights", Misconfigured, NO_RIGHTS),
)
_NO_CHAT = ("chat not found", "peer_id_invalid", "user not found", "input_user_deactivated", "user is deactivated")


def translated(error: Exception, *, private: bool) -> DeskError:
    """What an error of a call means to the desk; `private` says that it went to a requester and not to the staff group."""
    match error:
        case DeskError():
            return error
        case TelegramRetryAfter():
            return Paced("Telegram asked us to wait.", timedelta(seconds=error.retry_after))
        case TelegramMigrateToChat():
            return Migrated(error.migrate_to_chat_id)
        case TelegramUnauthorizedError() | TelegramNotFound():
            return Misconfigured(BAD_TOKEN)
        case TelegramForbiddenError():
            return Unreachable(UNREACHABLE) if private else Misconfigured(NOT_IN_GROUP)
        case TelegramEntityTooLarge():
            return FileTooBig(N_("The file is too big for Telegram."))
        case TelegramBadRequest():
            return _refusal(str(error), private=private)
        case TelegramNetworkError() if isinstance(error.__cause__, aiohttp.ClientConnectorError):
            return Temporary("Telegram cannot be reached at the moment.")
        case TelegramServerError() | TelegramNetworkError():
            return Unclear("Telegram cannot be reached at the moment.")
        case TelegramConflictError():
            return Temporary("Telegram cannot be reached at the moment.")
        case ClientDecodeError() | AiogramError() | OSError() | UnicodeError():
            # A proxy's page, half an answer, an answer newer than our library: nobody knows what was done.
            return Unclear("Telegram gave no answer that makes sense.")
        case _:
            raise error


def _refusal(text: str, *, private: bool) -> DeskError:
    said = text.lower()
    for part, kind, sentence in _TEXTS:
        if part in said:
            if kind is Misconfigured and private:
                return Unreachable(UNREACHABLE)
            return kind(sentence)
    if any(part in said for part in _NO_CHAT):
        return Unreachable(UNREACHABLE) if private else Misconfigured(NOT_IN_GROUP)
    # Telegram's descriptions speak of parameters, never of people.
    return Permanent(f"Telegram refused: {text.removeprefix('Telegram server says - ')[:200]}")
