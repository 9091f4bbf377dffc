"""The values of counting: how an operator counts, and the dates that come out."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from desk.law.calendar import Calendar, load_calendar
from desk.law.errors import LawError
from desk.law.regime_file import longest_of
from desk.law.reminder_settings import Reminding
from desk.law.rules import Start, Unit

HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Counting:
    """How this operator counts: time zone, working hours, calendar, the claim term it promised, and how it is reminded.

    `claim_days` (calendar days) may shorten the term of rules that name this setting, never lengthen it: `LawError` otherwise.
    `breach_notice_hours` is what the policy promises to the people concerned by an incident; 0: nothing, and there is no clock.
    """

    zone: ZoneInfo
    closing: time = time(18, 0)
    opening: time = time(9, 0)
    claim_days: int = 30
    breach_notice_hours: int = 0
    calendar: Calendar = field(default_factory=lambda: load_calendar("ru"))
    reminding: Reminding = field(default_factory=Reminding)

    def __post_init__(self) -> None:
        longest = longest_of("claim_days")
        if not 1 <= self.claim_days <= longest:
            raise LawError(
                f"claim_days is {self.claim_days}: it may only shorten the term of {longest} calendar days, "
                f"so it must be from 1 to {longest}.",
                f"claim_days равно {self.claim_days}: эта настройка может только сократить срок {longest} календарных "
                f"дней, то есть допустимо от 1 до {longest}.",
            )
        if self.opening >= self.closing:
            raise LawError(
                f"The working day cannot close at {self.closing:%H:%M}, before or when it opens ({self.opening:%H:%M}).",
                f"Рабочий день не может закончиться в {self.closing:%H:%M}: он начинается в {self.opening:%H:%M}.",
            )
        self.reminding.refuse_silence(self.opening, self.closing)

    def closing_at(self, day: date) -> datetime:
        """Return the closing instant of `day`, an hour earlier on a short day (a day of an unverified year is full)."""
        closing = datetime.combine(day, self.closing, self.zone)
        short = self.calendar.is_verified(day) and self.calendar.is_short(day)
        return closing - HOUR if short else closing

    def local(self, instant: datetime) -> datetime:
        """Return `instant` in the operator's time zone. Raises `LawError` when it is naive or out of range."""
        if instant.tzinfo is None or instant.utcoffset() is None:
            raise LawError(
                "The instant of receipt has no time zone; parse_instant gives it the operator's.",
                "У момента получения нет часового пояса; parse_instant подставит пояс оператора.",
            )
        try:
            return instant.astimezone(self.zone)
        except OverflowError:
            raise LawError(
                f"The year {instant.year} is outside what can be counted.",
                f"Год {instant.year} нельзя посчитать.",
            ) from None


@dataclass(frozen=True)
class ClockDates:
    """The counted dates of one clock; days and instants are in the operator's time zone.

    `due_at` is exclusive: for a day clock the midnight after `due`, for hours and "immediately" the exact instant.
    `safe_at` is the closing hour of `safe` (never before the receipt); for hours and "immediately" it is `due_at`.
    `why` explains the dates in English, line by line; `explain` does so in either language. `amount` is the length that
    was counted (in `unit`), `extended` whether an extension is in it, `unmoved` the last day before the regime's own law
    moved it to a working day (None when nothing was moved).
    `roll193` is None where the term ends on a day off before a year whose working days nobody knows yet; `since` is what it was
    counted from.
    """

    key: str
    kind: str
    start_at: datetime
    due: date
    due_at: datetime
    roll193: date | None
    safe: date
    safe_at: datetime
    target: date
    article: str
    statutory: bool
    unit: Unit
    immediate: bool
    why: tuple[str, ...] = ()
    amount: int | None = None
    extended: bool = False
    unmoved: date | None = None
    since: Start = "receipt"
