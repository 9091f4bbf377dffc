"""Tells what a person has newly written from the earlier letters their program quoted below, above or between.

Nothing is deleted: the whole text stays in the parsed mail, and a wrong cut costs at most a click. When in doubt the
text stays, since hiding a demand is worse than showing a quotation.
"""

import re

_LONGEST_LINE = 600  # characters of a line that may introduce a quotation
_WRAPPED = 4  # lines an introduction may be spread over
_FEW = 3  # blank lines tolerated between an introduction and what it introduces

_QUOTED = re.compile(r"[ \t]{0,3}(?:>|\|[ \t]?>)")

# What a program writes above the letter it quotes, whole and on its own line.
_DIVIDER = re.compile(
    r"""[-_*=\s]{0,80}(?:
        original\ (?:message|mail|appointment) | исходное\ (?:сообщение|письмо) | оригинальное\ (?:сообщение|письмо)
      | исходное\ електронне\ повідомлення | ursprüngliche\ nachricht | message\ d['’]origine | mensaje\ original
      | messaggio\ originale | oryginalna\ wiadomość | mensagem\ original | özgün\ ileti | reply\ above\ this\ line
    )[-_*=\s:]{0,80}""",
    re.IGNORECASE | re.VERBOSE,
)
_FORWARDED = re.compile(
    r"""[-_*=\s]{0,80}(?:
        (?:begin\ )?forwarded\ (?:message|mail)(?:\ follows)? | (?:начало\ )?пере(?:сылаемое|сланное|адресованное|адресованного)
        \ (?:сообщени[ея]|письм[оа]) | пересылаемое\ письмо | weitergeleitete\ nachricht | message\ transféré
      | mensaje\ reenviado | messaggio\ inoltrato
    )[-_*=\s:]{0,80}""",
    re.IGNORECASE | re.VERBOSE,
)
_HEADER_LINE = re.compile(
    r"""[\s*]{0,6}(?P<name>from|sent|date|to|cc|subject|reply-to|от|от\ кого|отправлено|отправитель|дата|кому|копия|тема
        |von|gesendet|datum|an|betreff|de|envoyé|à|objet|enviado|para|asunto|da|inviato|a|oggetto|od|wysłano|do|temat
        |від|надіслано|дата|кому|тема)
        [\s*]{0,4}:[\s*]{0,4}\S""",
    re.IGNORECASE | re.VERBOSE,
)
_FIRST_HEADER = frozenset({"from", "от", "от кого", "отправитель", "von", "de", "da", "od", "від"})
# What only advertising sent to many carries: nobody's demand is in a letter that has it.
_NEWSLETTER = re.compile(
    r"""you(?:'re|\ are|\ have)?\ receiv(?:e|ed|ing)\ this | view\ (?:this\ e-?mail\ )?in\ (?:your\ )?browser
      | manage\ (?:your\ )?(?:preferences|subscription) | вы\ получили\ это\ (?:письмо|сообщение) | вы\ получаете\ эт[оу]
      | чтобы\ отписаться | управлять\ подпиской | открыть\ в\ браузере
      | ^[\W_]*(?:unsubscribe|отписаться(?:\ от\ рассылки)?)[\W_]*$ | \|\s*(?:unsubscribe|отписаться)""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_OUTLOOK_RULE = re.compile(r"_{20,}|-{30,}")

_DATE = r"""(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}
    |\d{1,2}(?:-?го|\.|,|º)?\s+(?:de\s+)?[^\W\d]{3,12}\.?,?\s+(?:de\s+)?\d{4}
    |[^\W\d]{3,12}\.?\s+\d{1,2},?\s+\d{4}
    |\d{4}\s*年|\d{1,2}\s+[^\W\d]{3,12}\b)"""
_WROTE = r"""(?:wrote|writes|написал(?:а|\(а\)|\(-а\))?|пишет|писал(?:а|\(а\))?|написав|написала|пише|schrieb|a\s+écrit|écrivait
    |escribió|ha\s+scritto|pisze|napisał(?:\(a\)|a)?|escreveu|yazdı|жазды|写道)"""

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
_TIME = re.compile(r"\b\d{1,2}:\d{2}\b")
_ANGLE_ADDRESS = re.compile(r"<[^\s<>@]{1,64}@[^\s<>@]{1,255}>")


def without_quotes(text: str, *, forwarded: bool = False) -> str:
    """`text` without the earlier letters quoted in it, or the whole of it when nothing else is there.

    A forwarded letter is what its sender wants read, so with `forwarded` (the subject says so), or below a line that
    says so, the text stays; only forwarded advertising does not, when words of the sender's own stand above it.
    """
    lines = text.split("\n")
    kept: list[str] = []
    cut = False
    position = 0
    while position < len(lines):
        line = lines[position]
        if _QUOTED.match(line):
            if forwarded:
                kept.append(line)
            position += 1
            continue
        short = len(line) <= _LONGEST_LINE
        if short and _FORWARDED.fullmatch(line):
            passed_on = "\n".join(lines[position:])
            if not (_words_in(kept) and _NEWSLETTER.search(passed_on)):
                kept.append(passed_on)
            break
        if not forwarded and short and line.strip():
            if _DIVIDER.fullmatch(line) or _headers_follow(lines, position):
                cut = True
                break
            width = _introduction(lines, position)
            if width:
                after = _next(lines, position + width)
                if after < len(lines) and not _QUOTED.match(lines[after]):
                    if _certain(lines[position : position + width]):
                        cut = True
                        break
                else:
                    position += width
                    cut = True
                    continue
        kept.append(line)
        position += 1
    found = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    if not found or (cut and not any(c.isalnum() for c in found)):
        return text.strip()
    return found


def _words_in(lines: list[str]) -> bool:
    return any(c.isalpha() for line in lines for c in line)


def _next(lines: list[str], position: int) -> int:
    """The next line that is not blank, when it is near; else `position`."""
    for offset in range(_FEW + 1):
        if position + offset >= len(lines) or lines[position + offset].strip():
            return position + offset
    return position


def _headers_follow(lines: list[str], position: int) -> bool:
    """Whether the header block of an earlier letter (From, Sent, To, Subject) starts here."""
    if _OUTLOOK_RULE.fullmatch(lines[position].strip()):
        position = _next(lines, position + 1)
    found: list[str] = []
    missed = 0
    for line in lines[position : position + 12]:
        match = _HEADER_LINE.match(line[:_LONGEST_LINE])
        if match:
            found.append(" ".join(match["name"].lower().split()))
        elif line.strip() or not found:
            missed += 1
            if not found or missed > 2:
                break
        if len(set(found)) >= 3:
            return found[0] in _FIRST_HEADER or {"date", "дата", "subject", "тема"} & {found[0]} != set()
    return False


def _introduction(lines: list[str], position: int) -> int:
    """How many lines from here introduce a quotation ("on that day that person wrote:"), 0 for none."""
    if not _STARTS.match(lines[position]):
        return 0
    joined = ""
    for count, line in enumerate(lines[position : position + _WRAPPED], 1):
        if not line.strip() or _QUOTED.match(line) or len(line) > _LONGEST_LINE:
            break
        joined = f"{joined} {line.strip()}".strip()
        if joined.endswith(":") and (_INTRODUCTION.fullmatch(joined) or _WROTE_ADDRESS.fullmatch(joined)):
            return count
    return 0


def _certain(lines: list[str]) -> bool:
    """Whether an introduction was surely written by a program, so that even unmarked text after it is quoted."""
    joined = " ".join(lines)
    return bool(_ANGLE_ADDRESS.search(joined) or _TIME.search(joined))
