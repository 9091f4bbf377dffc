"""How an operator wants to be reminded: which warnings of a day clock, and at which hours nobody is disturbed.

Whatever is chosen, four levels are always said, because no date may pass in silence: `opened`, `safe_morning`, `due` and
`overdue`. Hours clocks and "immediately" alarm by a plan of their own, which nothing here changes.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from desk.law.errors import LawError

FIXED = ("opened", "safe_morning", "due", "overdue")
STANDARD = ("half", "wd5", "wd3", "wd1", "safe_morning", "safe_2h")
FARTHEST = 30
LEAST = timedelta(hours=1)

Quiet = tuple[time, time]
"""From when to when nobody is disturbed; the end may lie on the next day. Its two bounds themselves are not quiet."""

Span = tuple[time, time]
"""Hours of a day in which a reminder may be said, both bounds included."""

_LEVEL = re.compile(r"wd([1-9][0-9]?)")
_QUIET = re.compile(r"([0-9]{1,2}:[0-9]{2})\s*[-–—]\s*([0-9]{1,2}:[0-9]{2})")


@dataclass(frozen=True)
class Reminding:
    """The warnings of a day clock besides the fixed ones, and the quiet hours (None: whenever the office is closed).

    `levels` are of `STANDARD`, or `wdN` with N from 1 to 30; naming a fixed one changes nothing. Raises `LawError`.
    """

    levels: tuple[str, ...] = STANDARD
    quiet: Quiet | None = None

    def __post_init__(self) -> None:
        for level in self.levels:
            if wrong := wrong_level(level):
                raise LawError(f"A reminder level {wrong}.")
        if self.quiet is not None and self.quiet[0] == self.quiet[1]:
            raise LawError(f"Quiet hours from {self.quiet[0]:%H:%M} to the same time would be the whole day, or none of it.")

    def wants(self, level: str) -> bool:
        """Tell whether a level is to be said."""
        return level in FIXED or level in self.levels

    @property
    def working_days(self) -> tuple[int, ...]:
        """How many working days before `target` a warning is wanted, the most first."""
        return tuple(sorted({int(found[1]) for level in self.levels if (found := _LEVEL.fullmatch(level))}, reverse=True))

    def spans(self, opening: time, closing: time) -> tuple[Span, ...]:
        """Return the hours of a working day, open from `opening` to `closing`, that are not quiet; in order."""
        if self.quiet is None:
            return ((opening, closing),) if opening <= closing else ()
        begin, end = self.quiet
        if begin < end:
            left = [(opening, min(closing, begin)), (max(opening, end), closing)]
        else:
            left = [(max(opening, end), min(closing, begin))]
        return tuple((first, last) for first, last in left if first < last)

    def refuse_silence(self, opening: time, closing: time) -> None:
        """Raise `LawError` when the quiet hours leave less than an hour of the office day, also of a short one."""
        if self.quiet is None or opening >= closing:
            return
        closing_early = _at(closing) - timedelta(hours=1)
        short = closing_early.time() if closing_early > _at(opening) else closing
        left = sum((_at(last) - _at(first) for first, last in self.spans(opening, short)), timedelta())
        if left < min(LEAST, _at(short) - _at(opening)):
            begin, end = self.quiet
            raise LawError(
                f"Quiet hours from {begin:%H:%M} to {end:%H:%M} leave less than an hour of the office day "
                f"({opening:%H:%M} to {closing:%H:%M}, an hour less on short days): no reminder could be said.",
                f"Тихие часы с {begin:%H:%M} до {end:%H:%M} оставляют меньше часа рабочего дня "
                f"({opening:%H:%M}–{closing:%H:%M}, в короткий день на час меньше): напоминать было бы некогда.",
            )


def wrong_level(level: str) -> str | None:
    """Return what is wrong with the name of a level, as words after it; None when nothing is."""
    found = _LEVEL.fullmatch(level)
    if level in FIXED or level in STANDARD or (found and int(found[1]) <= FARTHEST):
        return None
    days = f"wdN for N working days before the target (wd1 to wd{FARTHEST})"
    return f"is “{level[:40]}”, expected half, safe_morning, safe_2h, or {days}"


def parse_quiet(text: str) -> Quiet | None:
    """Read "19:00-10:00"; None for an empty text. Raises `LawError` with what was found and what is expected."""
    written = text.strip()
    if not written:
        return None
    if found := _QUIET.fullmatch(written):
        try:
            begin, end = (time.fromisoformat(part.zfill(5)) for part in found.groups())
        except ValueError:
            pass
        else:
            if begin != end:
                return begin, end
    raise LawError(
        f"“{written[:40]}” are not quiet hours, expected two different times of day such as 19:00-10:00.",
        f"«{written[:40]}» — не тихие часы; нужны два разных времени суток, например 19:00-10:00.",
    )


def _at(moment: time) -> datetime:
    return datetime(2000, 1, 1, moment.hour, moment.minute, moment.second)  # noqa: DTZ001 - only differences are taken
