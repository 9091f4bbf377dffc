"""The clocks of one request as plain JSON values, for `rightsdesk deadline --json` and whoever else asks."""

from datetime import date, datetime
from typing import NotRequired, TypedDict

from desk.law.counting import count
from desk.law.dates import ClockDates, Counting
from desk.law.explain import explain
from desk.law.instants import parse_instant
from desk.law.rules import Regime


class ClockJson(TypedDict):
    """A clock in the shape of `deadline --json`: days are ISO dates, instants ISO 8601 with the operator's offset."""

    key: str
    due: str
    due_at: str
    roll193: str | None
    safe: str
    safe_at: str
    target: str
    article: str
    why: list[str]


class UntoldJson(TypedDict):
    """A clock whose date cannot be told yet."""

    key: str
    why: str


class DeadlineJson(TypedDict):
    """The clocks of a request in the shape of `deadline --json`."""

    kind: str
    received_at: str
    extended: bool
    clocks: list[ClockJson]
    untold: NotRequired[list[UntoldJson]]


def deadline_json(
    kind: str,
    received_at: str | datetime,
    extended: bool,
    regime: Regime,
    counting: Counting,
    *,
    document_due: date | None = None,
    unlawful: bool = False,
    trigger_at: datetime | None = None,
    lang: str = "en",
) -> DeadlineJson:
    """Return the clocks of a request of `kind` received at `received_at` (ISO 8601 text or an aware instant).

    Days are ISO dates; instants are ISO 8601 with the operator's offset; `why` is the explanation in `lang`.
    A clock whose date cannot be told yet stands under `untold` with the sentence why; the key is there only then.
    Raises whatever `parse_instant`, `Regime.rule` and `count` raise, each a `LawError` with a sentence, and that sentence
    of the first clock where not one date can be told.
    """
    instant = parse_instant(received_at, counting.zone) if isinstance(received_at, str) else received_at
    # The rule is chosen by the day of receipt, so the instant must be in the operator's zone first.
    received = counting.local(instant)
    rule = regime.rule(kind, received.date())
    found = count(
        rule,
        received,
        counting,
        extended=extended,
        document_due=document_due,
        unlawful=unlawful,
        trigger_at=trigger_at,
    )
    if not found.dates:
        found.all()  # says why none can be told
    answer: DeadlineJson = {
        "kind": kind,
        "received_at": received.isoformat(),
        "extended": extended,
        "clocks": [
            clock_json(dates, list(dates.why) if lang != "ru" else explain(dates, rule, counting, lang)) for dates in found.dates
        ],
    }
    if found.untold:
        answer["untold"] = [{"key": key, "why": error.sentence(lang)} for key, error in found.untold.items()]
    return answer


def clock_json(dates: ClockDates, why: list[str]) -> ClockJson:
    """Return one clock in the shape of `deadline --json`."""
    return {
        "key": dates.key,
        "due": dates.due.isoformat(),
        "due_at": dates.due_at.isoformat(),
        "roll193": dates.roll193.isoformat() if dates.roll193 else None,
        "safe": dates.safe.isoformat(),
        "safe_at": dates.safe_at.isoformat(),
        "target": dates.target.isoformat(),
        "article": dates.article,
        "why": why,
    }
