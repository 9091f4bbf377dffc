"""Logs: structlog to stderr, lines for people on a terminal and JSON elsewhere, never a word of personal data.

Our own lines are a fixed sentence plus named values (ticket numbers, states, counts). What libraries say is kept at
levels where they speak of connections, not of contents; an exception is logged as its type and the lines of code it
passed, without its text: a database error quotes values, an SMTP error quotes addresses.
"""

import linecache
import logging
import re
import sys
from collections.abc import MutableMapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Final, TextIO

import structlog

# Below these levels the libraries print updates, letters, statements with their values, or addresses.
PINNED: Final = {
    "aiogram": logging.WARNING,
    "aiohttp": logging.WARNING,
    "aiohttp.access": logging.CRITICAL,
    "aioimaplib": logging.WARNING,
    "aiosmtplib": logging.WARNING,
    "aiosmtpd": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "apscheduler": logging.WARNING,
    "asyncio": logging.WARNING,
    "asyncpg": logging.WARNING,
    "mail.log": logging.ERROR,
    "pymap": logging.WARNING,
    "tortoise": logging.WARNING,
    "tortoise.db_client": logging.WARNING,
}
AIOSMTPD: Final = "mail.log"  # the logger of that library, whatever its name says
OUR: Final = frozenset({"app", "bot", "desk", "mail", "models", "sandbox"})
# Words may stand under these names only. Numbers may stand under any name but those that tell a person apart.
WORDS: Final = frozenset(
    {
        *("event", "level", "logger", "timestamp", "exception", "names", "why", "error", "reason"),
        *("action", "channel", "errand", "job", "kind", "kinds", "loop", "loops", "mailbox", "method", "role", "setting"),
        *(
            "source",
            "stage",
            "state",
            "status",
            "step",
            "signal",
            "version",
            "outcome",
            "word",
            "listen",
            "what",
            "holder",
            "host",
        ),
    }
)
# Sentences may repeat what a server of others answered, and servers like to repeat addresses.
SENTENCES: Final = frozenset({"event", "why", "reason"})
ADDRESS: Final = re.compile(r"[^\s<>@,;:\"']+@[^\s<>@,;:\"']+")
LONG_NUMBER: Final = re.compile(r"(?<![\w:-])(?!\d{4}-\d\d-\d\d)\+?\d(?:[\s().-]{0,2}\d){6,}")
PERSONAL: Final = frozenset({"chat", "chat_id", "user", "user_id", "telegram_id", "phone", "from_id", "sender", "requester"})


def set_up(*, level: str = "INFO", stream: TextIO | None = None, console: bool | None = None) -> None:
    """Send everything that is logged to stderr. `console` is decided by the terminal when not given."""
    stream = stream or sys.stderr
    console = stream.isatty() if console is None else console
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _place_of_exception,
        _only_known,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_silence_foreign_words, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, lowest in PINNED.items():
        logging.getLogger(name).setLevel(lowest)
    logging.captureWarnings(capture=True)


def _only_known(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every named value that might tell who somebody is or what they wrote, and say that it was dropped."""
    dropped = sorted(name for name, value in event.items() if not name.startswith("_") and not _may_stay(name, value))
    for name in dropped:
        del event[name]
    for name in SENTENCES & event.keys():
        event[name] = masked(str(event[name]))
    if dropped:
        event["names"] = dropped
    return event


def masked(sentence: str) -> str:
    """A sentence without e-mail addresses, and without numbers as long as that of a phone or a card."""
    return LONG_NUMBER.sub("(number)", ADDRESS.sub("(address)", sentence))


def _may_stay(name: str, value: Any) -> bool:
    if name in PERSONAL:
        return False
    if value is None or isinstance(value, bool | int | float | datetime | timedelta):
        return True
    if name == "error":
        # The name of an error's type, never its text.
        return isinstance(value, str) and value.replace(".", "_").isidentifier()
    return name in WORDS


def _silence_foreign_words(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the template of a library's line, not the values that were to fill it."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None and (record.name.partition(".")[0] not in OUR or record.name == AIOSMTPD):
        # A message that was put together before it was logged may hold anything, so its place must do.
        template = str(record.msg)
        event["event"] = template[:200] if template != event["event"] else f"{record.name} reports in {record.funcName}"
    return event


def _place_of_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Turn an exception into its types and the code it passed through."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()[1]
    elif isinstance(found, tuple):
        found = found[1]
    if isinstance(found, BaseException):
        event["exception"] = "\n".join(describe(found))
    return event


def describe(error: BaseException) -> list[str]:
    """The chain of an exception, oldest cause first: type names and places, none of the texts."""
    lines: list[str] = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        lines += [*describe(cause), "then"]
    lines += _frames(error.__traceback__)
    lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
    for inner in getattr(error, "exceptions", ()):
        lines += ["  " + line for line in describe(inner)]
    return lines


def _frames(traceback: TracebackType | None) -> list[str]:
    lines = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        source = linecache.getline(code.co_filename, traceback.tb_lineno).strip()
        lines.append(f"{code.co_filename}:{traceback.tb_lineno} {code.co_name}: {source}")
        traceback = traceback.tb_next
    return lines[-30:]
