"""Courtesies: a message that only greets, thanks, nods or takes leave, and so opens nothing and opens nothing again.

The wording is data (`courtesy.toml`). A message is a courtesy only when it is made of nothing else: one word more, a
number, a question, and it is a matter. Signs without letters (👍, "…") are courtesies as well.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from re import Pattern

from desk.recognising.normal import sentences
from desk.recognising.reading import frames
from desk.recognising.reading.clauses import senses_of
from desk.recognising.reading.tables import DEEDS

__all__ = ["answers", "is_courtesy"]

# Longer than this nobody only says thank you.
LONGEST = 400
_WORD = re.compile(r"[^\W\d_]+")
_LINK = re.compile(r"https?:|www\.|\w@\w|\w\.(?:ru|рф|com|org|net)\b", re.IGNORECASE)
# Three of the same letter and more are one, drawn out.
_DRAWN = re.compile(r"(\w)\1{2,}")
# Below these words a letter bears a name and an address.
_SIGNED = re.compile(
    r"(?:^|\n)\s*(?:--\s*$|с уважением\b|(?:best|kind|warm) regards\b|regards\b|sincerely\b|yours \w+)",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE = 12
# What programs put below the words of whoever writes from a telephone.
_DEVICE = re.compile(r"(?:^|\n)\s*(?:отправлено (?:с|из|через)|sent (?:from|via)) [^\n]{1,60}\s*$", re.IGNORECASE)


@cache
def _grammar() -> tuple[list[tuple[Pattern[str], bool]], Pattern[str]]:
    """What a courtesy is made of, each with whether it may stand alone; and what answers a question."""
    told = tomllib.loads(files(__package__).joinpath("courtesy.toml").read_text("utf-8"))
    thanked = told["object"].replace("{more}", told["more"])
    alone = [one.replace("{object}", thanked).replace("{thing}", told["thing"]) for one in told["alone"]]
    parts = [*((one, True) for one in alone), *((one, False) for one in told["beside"])]
    return [(re.compile(f"(?:{one}) "), stands) for one, stands in parts], re.compile(f"(?:(?:{'|'.join(told['answers'])}) )+")


def is_courtesy(text: str, *, names: frozenset[str] = frozenset()) -> bool:
    """Whether the text asks for nothing. `names` (small letters) may be spoken to: those of staff, of the operator."""
    text = _DEVICE.sub("", text)
    if len(text) > LONGEST or "?" in text or any(sign.isdigit() for sign in text) or _LINK.search(text):
        return False
    words = _plain(_unsigned(text), names)
    return not words or _made_of_courtesies(words)


def answers(text: str) -> bool:
    """Whether the text may be the answer to a question that was put: yes, no, agreed."""
    words = _plain(text, frozenset())
    return bool(words) and bool(_grammar()[1].fullmatch(words))


def _made_of_courtesies(words: str) -> bool:
    """Whether the words can be cut into courtesies, at least one of which may stand alone. Takes time in proportion to them."""
    reached = {0: False}
    for start in [0, *(found.end() for found in re.finditer(" ", words))]:
        if start not in reached:
            continue
        for pattern, stands in _grammar()[0]:
            if found := pattern.match(words, start):
                reached[found.end()] = reached.get(found.end(), False) or reached[start] or stands
    return reached.get(len(words), False)


def _unsigned(text: str) -> str:
    """The text without the name and address at the end of a letter, where they are short enough to be that."""
    found = _SIGNED.search(text)
    if found is None or not _WORD.search(text[: found.start()]) or len(_WORD.findall(text[found.start() :])) > _SIGNATURE:
        return text
    signature = text[found.start() :]
    # Who greets first and signs before they ask, asks all the same.
    return text if any(_says_more(signature, language) for language in ("ru", "en")) else text[: found.start()]


def _says_more(signature: str, language: str) -> bool:
    """Whether something is done or asked in what should be a name and an address."""
    return any((DEEDS | {"asking"}) & senses_of(frames.cut(one, language)) for one in sentences(signature))


def _plain(text: str, names: frozenset[str]) -> str:
    """The words alone, each with a blank behind it."""
    told = (_DRAWN.sub(r"\1", word) for word in _WORD.findall(text.casefold().replace("ё", "е")) if word not in names)
    return "".join(f"{word} " for word in told)
