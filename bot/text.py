"""Text as Telegram counts it: UTF-16 units, entities by offset, messages of at most 4096 and captions of at most 1024 units."""

import re
from collections.abc import Iterable, Sequence

from models import Entity

MESSAGE_LIMIT = 4096
CAPTION_LIMIT = 1024

# A text with its formatting.
Piece = tuple[str, list[Entity]]

_COMMAND = re.compile(r"\s*/[A-Za-z0-9_]+(?:@\w+)?[ \t]*\n?")


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks words for the catalogue; they are translated where they are shown."""
    return message


def units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text) + sum(character > "\uffff" for character in text)


def clip(text: str, limit: int) -> str:
    """A text cut to so many units, with an ellipsis where something was cut."""
    return text if units(text) <= limit else text[: _fitting(text, 0, limit - 1)].rstrip() + "…"


def short(text: str, limit: int) -> str:
    """A text cut to so many units between two words, where it has several."""
    if units(text) <= limit:
        return text
    head, gap, _tail = text[: _fitting(text, 0, limit)].rpartition(" ")
    return head.rstrip(" ,;:.·—-") + "…" if gap and units(head) > limit // 2 else clip(text, limit)


def shifted(entities: Iterable[Entity], by: int) -> list[Entity]:
    """Entities of a text that got `by` units put before it (or, when negative, taken from its start)."""
    moved = list[Entity]()
    for entity in entities:
        start, end = entity["offset"] + by, entity["offset"] + entity["length"] + by
        if end > max(start, 0):
            moved.append({**entity, "offset": max(start, 0), "length": end - max(start, 0)})
    return moved


def quoting(piece: Piece, quote: str, head: int) -> Piece:
    """A text with a quotation below its first line, which is `head` units long."""
    words = quote.strip()
    if not words:
        return piece
    text, entities = piece
    cut = _fitting(text, 0, head)
    by = units(words) + 1
    moved = shifted([one for one in entities if one["offset"] >= head], by)
    mark: Entity = {"type": "blockquote", "offset": head + 1, "length": by - 1}
    return f"{text[:cut]}\n{words}{text[cut:]}", [*(one for one in entities if one["offset"] < head), mark, *moved]


def split(text: str, entities: Sequence[Entity] = (), limit: int = MESSAGE_LIMIT) -> list[Piece]:
    """Cut a text into messages, preferably between paragraphs, lines or words; entities go with their words."""
    pieces: list[Piece] = []
    start = 0
    while start < len(text):
        end = _fitting(text, start, limit)
        if end < len(text):
            end = _pleasant(text, start, end)
        body = text[start:end]
        words = body.strip()
        if words:
            first = units(text[: start + len(body) - len(body.lstrip())])
            pieces.append((words, _within(entities, first, first + units(words))))
        start = end
    return pieces


def without_command(text: str, entities: Sequence[Entity] = ()) -> Piece:
    """The words after a command, with their entities where they now stand."""
    found = _COMMAND.match(text)
    rest = text[found.end() :] if found else text
    stripped = rest.lstrip()
    cut = len(text) - len(stripped)
    return stripped, shifted([one for one in entities if one["type"] != "bot_command"], -units(text[:cut]))


def after_moment(text: str, entities: Sequence[Entity] = ()) -> tuple[str, Piece]:
    """The words before the first | or line break (a moment), and what stands after it, with its entities."""
    cut = min((at for at in (text.find("|"), text.find("\n")) if at >= 0), default=len(text))
    rest = text[cut + 1 :].lstrip()
    return text[:cut].strip(), (rest, shifted(entities, -units(text[: len(text) - len(rest)])))


def _fitting(text: str, start: int, limit: int) -> int:
    """The furthest end (in characters) of a piece from `start` that has no more than `limit` units."""
    end = min(len(text), start + limit)
    while (over := units(text[start:end]) - limit) > 0:
        end -= max(1, over // 2)
    return end


def _pleasant(text: str, start: int, end: int) -> int:
    """A place to cut at or before `end`, in the second half of the piece, where a reader would cut."""
    half = start + (end - start) // 2
    for mark in ("\n\n", "\n", " "):
        found = text.rfind(mark, half, end)
        if found > start:
            return found + len(mark)
    return end


def _within(entities: Sequence[Entity], first: int, last: int) -> list[Entity]:
    kept = list[Entity]()
    for entity in entities:
        start, end = max(entity["offset"], first), min(entity["offset"] + entity["length"], last)
        if start < end:
            kept.append({**entity, "offset": start - first, "length": end - start})
    return kept
