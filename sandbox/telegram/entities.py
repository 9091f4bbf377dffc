"""Text with entities: what Telegram finds by itself, trimming, lengths.

Offsets and lengths are UTF-16 code units, as the Bot API counts them.
"""

import re
from dataclasses import dataclass, field

from sandbox.telegram.records import Json

TEXT_LIMIT = 4096
"""Characters of a message after its entities were parsed."""
CAPTION_LIMIT = 1024


def utf16_length(text: str) -> int:
    return len(text) + sum(ord(char) > 0xFFFF for char in text)


@dataclass
class FormattedText:
    """Text and its entities."""

    text: str
    entities: list[Json] = field(default_factory=list)


_FOUND = (
    ("url", re.compile(r"(?:https?://|www\.)[^\s<>\"«»]+[^\s<>\"«».,!?:;)]", re.IGNORECASE)),
    ("email", re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(?![\w-])")),
    ("bot_command", re.compile(r"(?<![\w/<>@#])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w/@#.])@[A-Za-z0-9_]{4,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#&/])#(?!\d+\b)\w{1,256}")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{3,8}(?!\w)")),
    ("phone_number", re.compile(r"(?<![\w+])\+\d[\d ()-]{8,18}\d(?!\w)")),
)

_NOTHING_FOUND_INSIDE = frozenset({"code", "pre", "text_link", "text_mention"})


def found_entities(text: str, taken: list[Json]) -> list[Json]:
    """Entities Telegram finds by itself (addresses, commands, mentions, tags), outside code, links and each other."""
    blocked = [(e["offset"], e["offset"] + e["length"]) for e in taken if e["type"] in _NOTHING_FOUND_INSIDE]
    found: list[Json] = []
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            offset = utf16_length(text[: match.start()])
            end = offset + utf16_length(match.group())
            if all(end <= start or offset >= stop for start, stop in blocked):
                blocked.append((offset, end))
                found.append({"type": kind, "offset": offset, "length": end - offset})
    return found


def finish(value: FormattedText) -> FormattedText:
    """Trim the text as Telegram does, cut the entities to what is left, add those found, and put them in order."""
    text = value.text.replace("\r\n", "\n").replace("\r", "\n")
    left = len(text) - len(text.lstrip())
    shift = utf16_length(text[:left])
    trimmed = text.strip()
    limit = utf16_length(trimmed)
    kept: list[Json] = []
    for entity in value.entities:
        start = max(0, entity["offset"] - shift)
        end = min(limit, entity["offset"] + entity["length"] - shift)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    everything = kept + found_entities(trimmed, kept)
    everything.sort(key=lambda e: (e["offset"], -e["length"]))
    return FormattedText(trimmed, everything)


def part(text: str, offset: int, length: int) -> str:
    """The piece of text an entity covers."""
    units = text.encode("utf-16-le")
    return units[2 * offset : 2 * (offset + length)].decode("utf-16-le", errors="replace")


def shifted(entities: list[Json], offset: int, length: int) -> list[Json]:
    """Entities of a piece of text, counted from its start."""
    inside = []
    for entity in entities:
        start = max(entity["offset"], offset)
        end = min(entity["offset"] + entity["length"], offset + length)
        if end > start:
            inside.append({**entity, "offset": start - offset, "length": end - start})
    return inside
