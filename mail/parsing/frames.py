"""What programs write around a letter they quote: introductions, header blocks, dividers and rules, in many languages."""

import re
from collections.abc import Collection, Sequence
from typing import Final

LONGEST_LINE: Final = 600
"""Characters of a line that may introduce a quotation."""
_WRAPPED = 4  # lines an introduction may be spread over
_FEW = 3  # blank lines tolerated between an introduction and what it introduces
_HIGHEST = 14  # lines above a quotation that may be its frame

QUOTED: Final = re.compile(r"[ \t]{0,3}(?:>|\|[ \t]?>)")

# What a program writes above the letter it quotes, whole and on its own line.
DIVIDER: Final = re.compile(
    r"""[-‐–—_*=\s]{0,80}(?:
        original\ (?:message|mail|appointment) | исходное\ (?:сообщение|письмо) | оригинальное\ (?:сообщение|письмо)
      | исходное\ електронне\ повідомлення | ursprüngliche\ nachricht | message\ d['’]origine | mensaje\ original
      | messaggio\ originale | oryginalna\ wiadomość | mensagem\ original | özgün\ ileti | reply\ above\ this\ line
    )[-‐–—_*=\s:]{0,80}""",
    re.IGNORECASE | re.VERBOSE,
)
FORWARDED: Final = re.compile(
    r"""[-‐–—_*=\s]{0,80}(?:
        (?:begin\ )?forwarded\ (?:message|mail)(?:\ follows)? | (?:начало\ )?пере(?:сылаемое|сланное|адресованное|адресованного)
        \ (?:сообщени[ея]|письм[оа]) | пересылаемое\ письмо | weitergeleitete\ nachricht | message\ transféré
      | mensaje\ reenviado | messaggio\ inoltrato
    )[-‐–—_*=\s:]{0,80}""",
    re.IGNORECASE | re.VERBOSE,
)
_LABEL: Final = r"""(?P<name>from|sent|date|to|cc|subject|reply-to|от|от\ кого|отправлено|отправитель|дата|кому|копия|тема
        |von|gesendet|datum|an|betreff|de|envoyé|à|objet|enviado|para|asunto|da|inviato|a|oggetto|od|wysłano|do|temat
        |від|надіслано|дата|кому|тема)"""
_HEADER_LINE = re.compile(rf"[\s*]{{0,6}}{_LABEL}[\s*]{{0,4}}:[\s*]{{0,4}}\S", re.IGNORECASE | re.VERBOSE)
# eM Client, Notes and tables leave the colon out, or put the value into the next line.
_BARE_HEADER = re.compile(rf"[\s*]{{0,6}}{_LABEL}(?:[\s*]{{0,4}}:?[\s*]{{0,4}}$|\ )", re.IGNORECASE | re.VERBOSE)
_FIRST_HEADER = frozenset({"from", "от", "от кого", "отправитель", "von", "de", "da", "od", "від"})
_OUTLOOK_RULE = re.compile(r"_{20,}|-{30,}")
_RULE = re.compile(r"(?:[^\w\s]|_){3,}(?:\s*(?:[^\w\s]|_)+)*")

_DATE = r"""(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}
    |\d{1,2}(?:-?го|\.|,|º)?\s+(?:de\s+)?[^\W\d]{3,12}\.?,?\s+(?:de\s+)?\d{4}
    |[^\W\d]{3,12}\.?\s+\d{1,2},?\s+\d{4}
    |\d{4}\s*年|\d{1,2}\s+[^\W\d]{3,12}\b)"""
_WROTE = r"""(?:wrote|writes|написал(?:а|\(а\)|\(-а\)|и)?|пишет|писал(?:а|\(а\)|и)?|написав|написала|пише|schrieb|a\s+écrit
    |écrivait|escribió|ha\s+scritto|pisze|napisał(?:\(a\)|a)?|escreveu|yazdı|жазды|写道)"""

# "On Fri, Nov 20, 2026 at 10:00 AM Anna <a@b> wrote:", "пт, 20 нояб. 2026 г. в 11:00, Анна <a@b>:",
# "Пятница, 20 ноября 2026, 11:00 +03:00 от Анна <a@b>:", "20.11.2026 11:00, Anna пишет:"
_INTRODUCTION = re.compile(
    rf"""(?=.{{0,300}}{_DATE})
        (?:.{{0,560}}?\b{_WROTE}\s*:|.{{0,400}}?<?[^\s<>@]{{1,64}}@[^\s<>@]{{1,255}}>?\)?\s*(?:{_WROTE}\s*)?:)\s*""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_WROTE_ADDRESS = re.compile(
    rf""".{{0,300}}?(?:<[^\s<>@]{{1,64}}@[^\s<>@]{{1,255}}>|"[^"]{{1,80}}")[,\s]{{0,4}}{_WROTE}\s*:\s*""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_STARTS = re.compile(
    r"""[\s>*"«]{0,6}(?:on\b|le\b|am\b|el\b|il\b|em\b|w\s+dniu|op\b|den\b|\d{1,4}[./-]\d|\d{1,2}\s+[^\W\d]|
        (?:пн|вт|ср|чт|пт|сб|вс|нд|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)\b|
        (?:mon|tue|wed|thu|fri|sat|sun)\w{0,6}\b|в\ |во\ |["«]?[^\n]{1,80}(?:<|пишет|wrote|писал))""",
    re.IGNORECASE | re.VERBOSE,
)
# How an introduction begins that was broken into several lines.
_BEGINS = re.compile(
    r"""[\s>]{0,6}(?:on|le|am|el|il|em|op|den|\d{1,4}[./-]\d|\d{1,2}\s+[^\W\d]|пн|вт|ср|чт|пт|сб|вс|mon|tue|wed|thu|fri|sat|sun
        |понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_TIME = re.compile(r"\b\d{1,2}:\d{2}\b")
_ANGLE_ADDRESS = re.compile(r"<[^\s<>@]{1,64}@[^\s<>@]{1,255}>")
_ADDRESS = re.compile(r"[^\s<>@\"(]{1,64}@[^\s<>@\")]{1,255}")
_ENCLOSED = re.compile(r"(?P<edge>>{2,}|-{3,}|={3,}|\*{3,}|_{3,})\s*\S.{0,400}?(?P=edge)[\s:]*", re.DOTALL)
# Notes: "Anna ---20.11.2026 11:00:10---Здравствуйте! …"
_NOTES = re.compile(r"[^\n]{1,80}-{3}\s?\d{1,4}[./-]\d{1,2}[./-]\d{2,4}[\s\d:,.APMapm]{0,20}-{3}")
_QUOTE_WORD = re.compile(
    r"[\s>*_-]*(?:цитата|цитирую|вы\ писали|quoting|quote|zitat|citat|вы\ написали)\b[^\n]{0,120}:[\s]*",
    re.IGNORECASE | re.VERBOSE,
)
_MOMENT = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}:\d{2}(?::\d{2})?|\b\d{4}\b|\d{1,2}|[+-]\d{2}:?\d{2}|\b(?:г|года|в|at|am|pm|от)\b"
    r"|\b[^\W\d]{3,4}\b\.?|\b(?:понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)\b"
    r"|\b(?:январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр)\w{0,2}\b",
    re.IGNORECASE,
)


def is_rule(line: str) -> bool:
    """Whether a line is nothing but a row of signs."""
    return bool(_RULE.fullmatch(line.strip()))


def next_line(lines: Sequence[str], position: int) -> int:
    """The next line that is not blank, when it is near; else `position`."""
    for offset in range(_FEW + 1):
        if position + offset >= len(lines) or lines[position + offset].strip():
            return position + offset
    return position


def headers_follow(lines: Sequence[str], position: int) -> bool:
    """Whether the header block of an earlier letter (From, Sent, To, Subject) starts here."""
    if _OUTLOOK_RULE.fullmatch(lines[position].strip()):
        position = next_line(lines, position + 1)
    found: list[str] = []
    missed = 0
    for line in lines[position : position + 12]:
        match = _HEADER_LINE.match(line[:LONGEST_LINE])
        if match:
            found.append(" ".join(match["name"].lower().split()))
        elif line.strip() or not found:
            missed += 1
            if not found or missed > 2:
                break
        if len(set(found)) >= 3:
            return found[0] in _FIRST_HEADER or {"date", "дата", "subject", "тема"} & {found[0]} != set()
    return False


def introduction(lines: Sequence[str], position: int) -> int:
    """How many lines from here introduce a quotation ("on that day that person wrote:"), 0 for none."""
    if not _STARTS.match(lines[position]):
        return 0
    joined = ""
    for count, line in enumerate(lines[position : position + _WRAPPED], 1):
        if not line.strip() or QUOTED.match(line) or len(line) > LONGEST_LINE:
            break
        joined = f"{joined} {line.strip()}".strip()
        if joined.endswith(":") and (_INTRODUCTION.fullmatch(joined) or _WROTE_ADDRESS.fullmatch(joined) or _introduces(joined)):
            return count
    return 0


def certain(lines: Sequence[str]) -> bool:
    """Whether an introduction was surely written by a program, so that even unmarked text after it is quoted."""
    joined = " ".join(lines)
    return bool(_ANGLE_ADDRESS.search(joined) or _TIME.search(joined))


# --- above a quotation that was found by its words


def frame_above(rows: Sequence[str], line: int, gone: Collection[int]) -> set[int]:
    """The lines right above `line`, where a known letter begins, that a program wrote to introduce it."""
    plain = {at: _unmarked(rows[at]) for at in range(max(0, line - _HIGHEST), line)}
    frame: set[int] = set()
    at = line - 1
    while at in plain and at not in gone:
        if not plain[at]:
            at -= 1
            continue
        height = _piece(plain, at)
        if not height:
            break
        frame.update(range(at - height + 1, at + 1))
        at -= height
    return frame


def _unmarked(row: str) -> str:
    """A line without marks of quotation; three of them at once are GroupWise's own frame."""
    return row.strip() if row.startswith(">>>") else re.sub(r"^[ \t]*(?:>[ \t]?)+", "", row).strip()


def _piece(plain: dict[int, str], at: int) -> int:
    """How many lines that end with `at` are one piece of a frame; 0 for none."""
    line = plain[at]
    if len(line) > LONGEST_LINE:
        return 0
    if DIVIDER.fullmatch(line) or is_rule(line) or _QUOTE_WORD.fullmatch(line) or _NOTES.match(line):
        return 1
    block = _header_block(plain, at)
    if block:
        return block
    joined = ""
    found = 0
    for height in range(1, _WRAPPED + 1):
        top = plain.get(at - height + 1, "")
        if not top or (found and top.endswith((".", "!", "?", ":"))):
            break
        joined = f"{top} {joined}".strip()
        if _introduces(joined) and (not found or _BEGINS.match(top)):
            found = height
    return found


def _introduces(line: str) -> bool:
    if _ENCLOSED.fullmatch(line) and (_ADDRESS.search(line) or _TIME.search(line)):
        return True
    if not line.endswith((":", "----", ">>>")):
        return False
    dated = bool(re.search(_DATE, line, re.VERBOSE) or _TIME.search(line))
    if re.search(rf"\b{_WROTE}\b\W{{0,8}}$", line, re.IGNORECASE | re.VERBOSE):
        return dated or bool(_ADDRESS.search(line))
    if re.search(rf"\b{_WROTE}\b", line, re.IGNORECASE | re.VERBOSE):
        return dated and len(line.split()) <= 14
    if _ADDRESS.search(line):
        return dated
    # A date and a time alone.
    return dated and not re.search(r"\w", _MOMENT.sub("", line))


def _header_block(plain: dict[int, str], at: int) -> int:
    """Lines that end with `at` and are the header of a letter, blank lines within them included."""
    labels: set[str] = set()
    height = top = others = 0
    while at - height in plain and height < _HIGHEST:
        line = plain[at - height]
        found = _HEADER_LINE.match(line) or _BARE_HEADER.match(line)
        height += 1
        if found:
            labels.add(" ".join(found["name"].lower().split()))
            top, others = height, 0
        elif line:
            others += 1
            if others > 1:
                break
    return top if len(labels) >= 3 else 0
