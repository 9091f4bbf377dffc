"""What staff mean by a text: for certain a command, perhaps one, or plain words.

A reply to a requester leaves the house, and a note must not. So nothing that could be a command is ever sent by itself:

1. a stroke and the name of a command at the very start, whatever alphabet, look-alike letters or keyboard layout spell it, is
   that command (`/note`, `／NOTE`, `/заметка`, `/zametka`, `/тщеу`, `.тщеу`);
2. what only resembles one (mistyped, decorated, in the middle, on a later line, without its stroke) may be one: staff are asked;
3. everything else is words.

Pure: `judge` knows the text alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache

from bot.staff.lettering import LETTER_KEYS, Glyph, alike, folded, glyphs, in_other_layout, keys_of, nearest, sketch, spelt
from bot.text import Piece, shifted, units
from models import Entity

# The commands of the group, each with the words by which Russian speakers call it.
CALLED: dict[str, tuple[str, ...]] = {
    "note": ("заметка", "заметку", "заметки", "примечание", "ноут"),
    "reply": ("ответ", "ответить", "ответь", "реплай"),
    "new": ("новое", "новая", "новый", "нью"),
    "incident": ("инцидент", "утечка"),
    "t": ("шаблон", "шаблоны", "шаблоном"),
    "take": ("взять", "беру", "возьму", "тейк"),
    "later": ("позже", "потом", "лейтер"),
    "data": ("данные", "пд", "персональные"),
    "hold": ("придержать", "удержать", "задержать", "холд"),
    "kind": ("вид",),
    "step": ("шаг", "шаги", "степ"),
    "block": ("блок", "заблокировать", "блокировать", "блокирование", "блокировка"),
    "unblock": ("разблокировать", "разблокирование", "разблокировка", "разблок"),
    "destroy": ("уничтожить", "уничтожение", "уничтожено"),
    "processors": ("обработчики", "обработчик", "обработчикам"),
    "extend": ("продлить", "продление"),
    "term": ("срок",),
    "proofs": ("подтверждения",),
    "detected": ("выявлено",),
    "letter": ("письмо",),
    "impossible": ("невозможно",),
    "why": ("почему",),
    "plan": ("план",),
    "refuse": ("отказ", "отказать"),
    "merge": ("объединить", "слить", "мердж"),
    "unmerge": ("разъединить", "разделить"),
    "verify": ("проверить", "проверка", "подтвердить", "сверить"),
    "mandate": ("полномочия", "полномочие", "доверенность", "представитель"),
    "code": ("код",),
    "close": ("закрыть", "закрой", "клоуз"),
    "reopen": ("переоткрыть", "открыть"),
    "history": ("история",),
    "journal": ("журнал",),
    "dossier": ("досье",),
    "due": ("сроки",),
    "parked": ("отложенное", "отложенные"),
    "quiet": ("тихие",),
    "address": ("адрес",),
    "help": ("помощь", "хелп"),
    "start": ("старт",),
}
# What requesters write to the bot themselves: an answer may well tell them to.
FOR_REQUESTERS = frozenset({"start", "help", "menu", "status", "privacy", "language", "lang", "cancel", "stop"})
# Strokes that are read as the stroke of a command, and those that are only meant as one.
STROKES = frozenset("/⁄∕╱⧸⟋⫽")
_STROKE_LIKE = frozenset("\\∖⧵╲⟍⧹|¦ǀ!#@~")
# The key of the stroke in the other layout: Russian . is English /, English | is Russian / .
_OTHER_KEY = {".": True, "|": False}
# What may leave the house at once: a further command among its words is asked about.
OUTWARD = frozenset({"reply", "data", "later", "hold", "extend", "refuse", "impossible"})
# Words that promise, without a stroke, that what follows stays inside; «примечание» also begins many a letter.
_INSIDE = frozenset({"note", "заметка", "заметку"})
# After these a sentence begins, not a note: "Note that we …".
_NOTE_THAT = frozenset({"that", "the", "this", "these", "those", "how", "also", "please", "your", "you", "well", "to"})
_COLONS = frozenset(":—–-=>")
_TRAILING = ":,.;!—–-"
# Letters of a name from which on a mistype of it is believed where nothing else tells of a command.
_LONG_ENOUGH = 4
_SPREAD = re.compile(r"\W*((?:[^\W\d_][\s.\-_*·•|]+){2,}[^\W\d_])(?![^\W\d_])")


class Verdict(StrEnum):
    """What a text is."""

    COMMAND = "command"
    MAYBE = "maybe"
    WORDS = "words"


@dataclass(frozen=True)
class Meaning:
    """`names` are the commands that may be meant, the likeliest first; `cut` is the part of the text that names them.

    `plainly` is what the text is if it is taken as it is: a command with another one among its words, or words.
    """

    verdict: Verdict
    names: tuple[str, ...] = ()
    cut: tuple[int, int] = (0, 0)
    plainly: "Meaning | None" = None

    def as_command(self, text: str, entities: list[Entity], name: str = "") -> Piece:
        """The text as it would be written with the command plainly at its start."""
        start, end = self.cut
        rest, kept = text[:start].rstrip() + (" " if text[:start].strip() else "") + text[end:].lstrip(), list[Entity]()
        lead = f"/{name or self.names[0]} "
        before, gap = units(lead), units(text[end:]) - units(text[end:].lstrip())
        moved = units(lead) + units(rest) - units(text[end:].lstrip()) - units(text[:end]) - gap
        for one in entities:
            if one["type"] == "bot_command":
                continue
            if one["offset"] + one["length"] <= units(text[:start].rstrip()):
                kept += shifted([one], before)
            elif one["offset"] + one["length"] > units(text[:end]) + gap:
                first = max(one["offset"], units(text[:end]) + gap)
                kept.append({**one, "offset": first + moved, "length": one["offset"] + one["length"] - first})
        return (lead + rest).rstrip(), kept


WORDS = Meaning(Verdict.WORDS)


def judge(text: str) -> Meaning:
    """What a text or caption of the staff group means."""
    certain: Meaning | None = None
    for number, line in enumerate(_lines(glyphs(text))):
        found = _of_line(line, text, first=number == 0)
        if found.verdict == Verdict.COMMAND and found.names[0] in OUTWARD:
            certain, found = found, _inside(line, text, after=found.cut[1])
        if found.verdict != Verdict.WORDS:
            return replace(found, plainly=certain)
    return certain or WORDS


def _lines(seen: list[Glyph]) -> Iterator[list[Glyph]]:
    """The lines that show something."""
    line: list[Glyph] = []
    for glyph in [*seen, ("\n", -1)]:
        if glyph[0] in "\n\r\u2028\u2029":
            if any(not one.isspace() for one, _ in line):
                yield line
            line = []
        else:
            line.append(glyph)


@dataclass(frozen=True)
class _Word:
    """A word of a line: its letters, all its signs up to the next space, what stands before and after it."""

    letters: str
    token: str
    lead: str
    after: str
    start: int
    start_in_line: int
    end: int
    stop: int


def _of_line(line: list[Glyph], text: str, *, first: bool) -> Meaning:
    head = _word(line, 0)
    if head is None:
        return WORDS
    found = _at_start(head, line, text, first=first)
    if found.verdict != Verdict.WORDS:
        return found
    return _inside(line, text)


def _word(line: list[Glyph], at: int) -> _Word | None:
    """The first word from `at` on, with what precedes it in the line."""
    shown = "".join(one for one, _ in line)
    begin = next((place for place in range(at, len(shown)) if shown[place].isalnum()), None)
    if begin is None:
        return None
    end = begin
    while end < len(shown) and (shown[end].isalnum() or shown[end] == "_"):
        end += 1
    stop = begin
    while stop < len(shown) and not shown[stop].isspace():
        stop += 1
    # In the other layout a word may begin with a sign: [tkg is хелп.
    if begin > at and shown[begin - 1] in LETTER_KEYS and shown[begin - 1 : end] in _words_of_layout():
        begin -= 1
    first = next(place for place in range(begin + 1) if place == begin or not shown[place].isspace())
    return _Word(shown[begin:end], shown[begin:stop], shown[at:begin], shown[end:], line[first][1], begin, end, stop)


def _at_start(head: _Word, line: list[Glyph], text: str, *, first: bool) -> Meaning:
    """What the beginning of a line says."""
    lead = head.lead.lstrip()
    stroke = bool(lead) and lead[-1] in STROKES
    whole, end = _whole(head)
    marked = any(one in STROKES or one in _STROKE_LIKE for one in lead)
    names = _exact(whole) or (_by_stroke(whole) if marked or lead in _OTHER_KEY else ())
    cut = (0 if first else head.start, _cut_end(line, end, text))
    if names and first and _is_plain(lead, whole, stroke=stroke) and _ends_well(line, end):
        return Meaning(Verdict.COMMAND, names, cut)
    if stroke and first and lead in STROKES and not head.letters.isdigit():
        # A command that we do not have, or that was mistyped.
        guesses = names or _near(whole, 2)
        if not guesses and (spread := _spread(line)) is not None:
            guesses, cut = _exact(spread[0]), (0, _cut_end(line, spread[1], text))
        if not guesses and (run := _run_on(whole)):
            guesses, cut = (run[0],), (0, line[head.start_in_line + run[1]][1])
        return Meaning(Verdict.MAYBE, guesses, cut if guesses else (0, 0))
    if marked and not (head.letters in FOR_REQUESTERS and not first):
        guesses = names or (_near(whole, 1) if len(whole) >= _LONG_ENOUGH else ())
        if guesses and not _is_path(line, end):
            return Meaning(Verdict.MAYBE, guesses, cut)
    if (spread := _spread(line)) is not None and _exact(spread[0]):
        return Meaning(Verdict.MAYBE, _exact(spread[0]), (cut[0], _cut_end(line, spread[1], text)))
    guesses = _bare(whole, line, end, first=first)
    return Meaning(Verdict.MAYBE, guesses, cut) if guesses else WORDS


def _whole(head: _Word) -> tuple[str, int]:
    """The word that may be a command, and where it ends: with the signs that are letters in the other layout, if need be."""
    if head.token != head.letters and not _exact(head.letters):
        # With its last sign first: it may be a letter too.
        for token in (head.token, head.token.rstrip(_TRAILING)):
            if _exact(token):
                return token, head.stop - (len(head.token) - len(token))
    return head.letters, head.end


def _is_plain(lead: str, whole: str, *, stroke: bool) -> bool:
    """Whether nothing but one stroke stands before the word; the key of the stroke in the other layout goes with its letters."""
    if stroke:
        return len(lead) == 1
    if lead not in _OTHER_KEY:
        return False
    typed_russian = any("а" <= one <= "я" for one in whole)
    return typed_russian is _OTHER_KEY[lead] and bool(_by_layout(whole))


def _ends_well(line: list[Glyph], end: int) -> bool:
    """Whether the word ends there: by a space, by punctuation before one, or by the name of a bot."""
    rest = "".join(one for one, _ in line[end:])
    return not rest or rest[0].isspace() or rest[0] == "@" or not rest.split(maxsplit=1)[0].strip(_TRAILING)


def _is_path(line: list[Glyph], end: int) -> bool:
    return end < len(line) and line[end][0] in STROKES


def _cut_end(line: list[Glyph], end: int, text: str) -> int:
    """Where the words after a command begin in the text: after its punctuation, and after the name of the bot."""
    while end < len(line) and line[end][0] in _TRAILING and (end + 1 == len(line) or not line[end + 1][0].isalnum()):
        end += 1
    if end < len(line) and line[end][0] == "@":
        while end < len(line) and not line[end][0].isspace():
            end += 1
    return line[end][1] if end < len(line) else (line[-1][1] + 1)


def _inside(line: list[Glyph], text: str, *, after: int = 0) -> Meaning:
    """A command with its stroke within a line, behind `after`, where a word may begin."""
    shown = "".join(one for one, _ in line)
    for place, one in enumerate(shown):
        before = shown[place - 1] if place else "a"
        if one not in STROKES or line[place][1] < after or before.isalnum() or before in STROKES or before == ":":
            continue
        word = _word(line, place)
        if word is None or word.lead != one or word.letters in FOR_REQUESTERS or _is_path(line, word.end):
            continue
        names = _exact(word.letters) or _by_stroke(word.letters)
        names = names or (_near(word.letters, 1) if len(word.letters) >= _LONG_ENOUGH else ())
        if names:
            return Meaning(Verdict.MAYBE, names, (line[place][1], _cut_end(line, word.end, text)))
    return WORDS


def _bare(whole: str, line: list[Glyph], end: int, *, first: bool) -> tuple[str, ...]:
    """The command that a line may begin with though it has no stroke.

    The other keyboard layout makes of a name what is no word; a word that means "note" promises that it stays inside; a name
    alone is no answer.
    """
    if whole in _words_of_layout():
        return _by_layout(whole)
    rest = "".join(one for one, _ in line[end:]).strip()
    names = _exact(whole)
    if not names:
        mistyped = len(whole) > _LONG_ENOUGH and rest[:1] == ":" and "note" in _near(whole, 1)
        return ("note",) if mistyped else ()
    if names[0] == "note" and (_INSIDE & {*alike(whole), spelt(whole)}):
        after = rest.split(maxsplit=1)[0].strip(_TRAILING) if rest else ""
        if rest[:1] in _COLONS or not rest:
            return names
        return names if (first and after not in _NOTE_THAT) else ()
    alone = first and not rest.strip(_TRAILING) and names[0] != "reply"
    return names if alone else ()


def _spread(line: list[Glyph]) -> tuple[str, int] | None:
    """A word whose letters were written apart (n o t e) at the start of the line, and where it ends."""
    found = _SPREAD.match("".join(one for one, _ in line))
    return (re.sub(r"[\s.\-_*·•|]", "", found[1]), found.end(1)) if found else None


def _run_on(word: str) -> tuple[str, int] | None:
    """The longest name that a word begins with, where the space after it is missing, and its length."""
    found = [spelling for spelling in _spellings() if len(spelling) >= _LONG_ENOUGH and word.startswith(spelling)]
    longest = max(found, key=len, default="")
    return (_spellings()[longest], len(longest)) if longest else None


# --- the names in every spelling -------------------------------------------------------------------------------------


@cache
def _spellings() -> dict[str, str]:
    """Each command by its name and the words it is called by, folded."""
    return {folded(word): name for name, words in CALLED.items() for word in (name, *words)}


@cache
def _sketches() -> dict[str, str]:
    drawn = {sketch(word): name for word, name in _spellings().items() if not word.isascii()}
    # "ye" spells both е and ые.
    return {word.replace("ие", "е"): name for word, name in drawn.items()} | drawn


@cache
def _in_layout() -> dict[str, str]:
    """What comes of the names and words when the keyboard stands in the other layout."""
    found = {typed: name for word, name in _spellings().items() for typed in in_other_layout(word)}
    found |= {keys_of(word): name for name, words in CALLED.items() for word in words if not word.isascii()}
    return {typed: name for typed, name in found.items() if typed not in _spellings()}


@cache
def _words_of_layout() -> dict[str, str]:
    """The same without what a word can be by accident: a letter or two mean a command by their stroke only (/е is /t)."""
    return {typed: name for typed, name in _in_layout().items() if len(typed) > 2}


def _by_stroke(word: str) -> tuple[str, ...]:
    """The command that a folded word of a letter or two names in the other layout or in Latin letters, for it bears a stroke."""
    drawn = _sketches().get(spelt(word)) if word.isascii() else None
    return _by_layout(word) or ((drawn,) if drawn else ())


def _by_layout(word: str) -> tuple[str, ...]:
    """The command whose name the keys of a folded word write in the other layout; for a word that bears a stroke."""
    found = _in_layout().get(word)
    return (found,) if found else ()


@lru_cache(maxsize=4096)
def _exact(word: str) -> tuple[str, ...]:
    """The command that a folded word names, by whatever letters."""
    for one in alike(word):
        if one in _spellings():
            return (_spellings()[one],)
    if word in _words_of_layout():
        return _by_layout(word)
    if word.isascii() and len(word) > 2 and spelt(word) in _sketches():
        return (_sketches()[spelt(word)],)
    return ()


@lru_cache(maxsize=4096)
def _near(word: str, most: int) -> tuple[str, ...]:
    """Up to two commands that differ from a folded word by so many letters, the nearest first; of short names by one."""
    if len(word) < 2:
        return ()
    ways = {*alike(word), *in_other_layout(word)} | ({spelt(word)} if word.isascii() else set())
    found: dict[str, int] = {}
    for known in (_spellings(), _sketches()):
        for spelling, name in known.items():
            far = nearest(ways, (spelling,))
            if far <= (most if len(spelling) > _LONG_ENOUGH + 1 else 1) and far < len(spelling) - 1:
                found[name] = min(far, found.get(name, far))
    return tuple(sorted(found, key=lambda name: (found[name], list(CALLED).index(name)))[:2])
