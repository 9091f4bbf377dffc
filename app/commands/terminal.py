"""What people see in the terminal: their language, tables, dates, JSON."""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from desk.texts import Text

RUSSIAN: Final = {
    "acts": "действия",
    "additional": "дополнительно",
    "article": "статья",
    "assignee": "исполнитель",
    "at": "когда",
    "at once": "немедленно",
    "attachments": "файлы",
    "attempts": "попыток",
    "calendar": "календарь",
    "candidates": "возможно, также",
    "channel": "канал",
    "clock": "срок",
    "closed": "закрыта",
    "count": "расчёт",
    "demands": "требования",
    "days off": "нерабочие Пн–Пт",
    "decree": "постановление",
    "counts": "срок отсюда",
    "due": "срок по закону",
    "error": "ошибка",
    "file": "файл",
    "from": "от кого",
    "goes on in ticket": "дело идёт дальше в заявке",
    "history": "история",
    "id": "№",
    "if rolled": "с переносом",
    "the date cannot be told yet": "срок пока назвать нельзя",
    "kinds": "виды",
    "language": "язык",
    "letters as they left": "отправленные письма, как они ушли",
    "messages": "сообщения",
    "month": "месяц",
    "no": "нет",
    "number": "№",
    "open": "открыта",
    "outcome": "итог",
    "received": "получено",
    "requester": "заявитель",
    "safe": "надёжный срок",
    "short days": "короткие дни",
    "state": "состояние",
    "status": "состояние",
    "stopped": "остановлен",
    "subject": "тема",
    "target": "цель",
    "ticket": "заявка",
    "working days": "рабочих дней",
    "working weekends": "рабочие выходные",
    "year": "год",
    "yes": "да",
    "Nothing here.": "Здесь пусто.",
    "automated": "автоматическое",
    "spam": "спам",
    "confidence": "уверенность",
    "why": "почему",
    "what": "что",
    "sum": "всего",
}


# What the tables of the desk call things, as people read it.
NAMED: Final = {
    "telegram": Text("Telegram", "Telegram"),
    "mail": Text("почта", "e-mail"),
    "staff": Text("группа сотрудников", "staff group"),
    "in": Text("от заявителя", "from the requester"),
    "out": Text("заявителю", "to the requester"),
    "note": Text("заметка", "note"),
    "paper": Text("бумага", "paper"),
    "visit": Text("визит", "visit"),
    "phone": Text("звонок", "phone"),
    "portal": Text("портал", "portal"),
    "order": Text("документ органа", "order"),
    "incident": Text("инцидент", "incident"),
    "purpose": Text("цель достигнута", "purpose reached"),
    "waiting": Text("ждёт", "waiting"),
    "parked": Text("отложено", "parked"),
    "done": Text("принято", "done"),
    "sent": Text("отправлено", "sent"),
    "dropped": Text("снято", "dropped"),
}


# Who acts, before the number that history keeps of a colleague.
ACTORS: Final = {
    "desk": Text("программа", "the desk"),
    "requester": Text("заявитель", "requester"),
    "staff": Text("сотрудник", "colleague"),
}
LANGUAGES: Final = {"ru": Text("русский", "Russian"), "en": Text("английский", "English")}


def language_named(code: str, lang: str) -> str:
    """A language that letters are written in."""
    return LANGUAGES[code].said(lang) if code in LANGUAGES else code


def named(word: str, lang: str) -> str:
    """A word of the tables (a channel, a state) as people read it; an unknown one without its underscores."""
    return NAMED[word].said(lang) if word in NAMED else word.replace("_", " ")


def actor_named(actor: str, lang: str) -> str:
    """Who did or wrote something, as history and messages name them: a colleague by the number of their account."""
    kind, _, number = actor.partition(":")
    who = ACTORS[kind].said(lang) if kind in ACTORS else actor
    return f"{who} {number}".rstrip()


def errand_named(channel: str, errand: str, lang: str) -> str:
    """What an outbox row does, as people read it; an unknown errand without its underscores."""
    from desk import contents

    kind = contents.kind(channel, errand)
    return kind.called.said(lang) if kind else errand.replace("_", " ")


def kinds_named(kinds: Sequence[str], lang: str) -> str:
    """Kinds of demands by their short names."""
    from bot.format import kind_short

    return ", ".join(kind_short(one, lang) for one in kinds)


def words(lang: str) -> Callable[[str], str]:
    """The translation of the words of tables."""
    return (lambda word: RUSSIAN.get(word, word)) if lang == "ru" else (lambda word: word)


def answer_json(value: Any) -> None:
    """Write one JSON value as a line of UTF-8."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as they need; the last one is cut at the edge of the terminal."""
    printable = [[" ".join(cell.split()) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [headings, *printable]) for i in range(len(headings))]
    edge = shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else 10_000
    for row in [headings, *printable]:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        print(line if len(line) <= edge else line[: edge - 1] + "…")


def moment(value: str | datetime | None, zone: ZoneInfo) -> str:
    """An instant in the operator's time, to the minute."""
    if value is None or value == "":
        return "–"
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{instant.astimezone(zone):%d.%m.%Y %H:%M}"


def day(value: str | date | None) -> str:
    """A date as people write it."""
    if value is None or value == "":
        return "–"
    return f"{date.fromisoformat(value) if isinstance(value, str) else value:%d.%m.%Y}"
