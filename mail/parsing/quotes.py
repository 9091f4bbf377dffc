"""Tells what a person has newly written from the earlier letters their program quoted below, above or between.

Nothing is deleted: the whole text stays in the parsed mail, and a wrong cut costs at most a tap. Letters that are known word
for word are found by their words (`mail.parsing.known`); of others only what a program surely introduced is folded, and only
in an answer. When in doubt the text stays, since hiding a demand is worse than showing a quotation.
"""

import re
from collections.abc import Sequence

from mail.parsing.frames import DIVIDER, FORWARDED, LONGEST_LINE, QUOTED, certain, headers_follow, introduction, next_line
from mail.parsing.known import without_known

# What only advertising sent to many carries: nobody's demand is in a letter that has it.
_NEWSLETTER = re.compile(
    r"""you(?:'re|\ are|\ have)?\ receiv(?:e|ed|ing)\ this | view\ (?:this\ e-?mail\ )?in\ (?:your\ )?browser
      | manage\ (?:your\ )?(?:preferences|subscription) | вы\ получили\ это\ (?:письмо|сообщение) | вы\ получаете\ эт[оу]
      | чтобы\ отписаться | управлять\ подпиской | открыть\ в\ браузере
      | ^[\W_]*(?:unsubscribe|отписаться(?:\ от\ рассылки)?)[\W_]*$ | \|\s*(?:unsubscribe|отписаться)""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)


def own_words(
    text: str,
    *,
    ours: Sequence[str] = (),
    theirs: Sequence[str] = (),
    answers: bool,
    forwarded: bool,
    introduced: bool = False,
) -> str:
    """What the writer of `text` says themselves; empty when that is nothing but known letters.

    `ours` are letters we sent to them, `theirs` earlier ones of theirs. `answers` tells that the letter answers another one:
    a first letter quotes nobody, so whatever it sets apart is its writer's own. `introduced` tells that marks are quotations.
    """
    cut = without_known(text, ours, theirs) if ours else None
    if cut is not None and cut.found:
        return cut.text
    return without_quotes(text, answers=answers, forwarded=forwarded, introduced=introduced)


def without_quotes(text: str, *, answers: bool = True, forwarded: bool = False, introduced: bool = False) -> str:
    """`text` without the earlier letters quoted in it, or the whole of it when nothing else is there.

    Lines behind `>` are a quotation only in an answer, and only when a program introduced one above (or in the HTML, as
    `introduced` tells). A forwarded
    letter is what its sender wants read, so with `forwarded` (the subject says so), or below a line that says so, the text
    stays; only forwarded advertising does not, when words of the sender's own stand above it.
    """
    lines = text.split("\n")
    kept: list[str] = []
    cut = False
    position = 0
    while position < len(lines):
        line = lines[position]
        short = len(line) <= LONGEST_LINE
        if short and FORWARDED.fullmatch(line):
            passed_on = "\n".join(lines[position:])
            if not (_words_in(kept) and _NEWSLETTER.search(passed_on)):
                kept.append(passed_on)
            break
        if not answers or forwarded:
            kept.append(line)
            position += 1
            continue
        if QUOTED.match(line):
            introduced = introduced or _introduces_itself(lines, position)
            if not introduced:
                kept.append(line)
            position += 1
            continue
        if short and line.strip():
            if DIVIDER.fullmatch(line) or headers_follow(lines, position):
                cut = True
                break
            width = introduction(lines, position)
            if width:
                after = next_line(lines, position + width)
                if after < len(lines) and not QUOTED.match(lines[after]):
                    if certain(lines[position : position + width]):
                        cut = True
                        break
                else:
                    position += width
                    cut = introduced = True
                    continue
        kept.append(line)
        position += 1
    found = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    if not found or (cut and not any(c.isalnum() for c in found)):
        return text.strip()
    return found


def _introduces_itself(lines: Sequence[str], position: int) -> bool:
    """Whether the introduction stands behind the mark itself, as iOS and Mail.ru write it."""
    plain = [re.sub(r"^[ \t]*(?:>[ \t]?)+", "", line) for line in lines[position : position + 4]]
    return bool(introduction(plain, 0) or DIVIDER.fullmatch(plain[0]) or headers_follow(plain, 0)) if plain[0].strip() else False


def _words_in(lines: Sequence[str]) -> bool:
    return any(c.isalpha() for line in lines for c in line)
