"""The journal of requests: one line a demand, in the order in which they were registered, as an inspector asks for it.

The columns are those that supervisors and officers are used to (Art. 22.1(4) p. 3 and 18.1 of 152-FZ ask for a register, no act
gives its form). What was erased of a ticket leaves its line without a person.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import xlsxwriter

from desk.context import Desk
from desk.papers.paper import Paper, Signatures, Signer, Table
from desk.papers.words import day, moment, pages, spoken_in
from desk.record.blocking import blocking_words
from desk.record.proof_words import proof_words
from desk.terms import proofs, refusal
from desk.ticket import blocks, clocks, endings, legs
from desk.ticket.obligatory import standing
from desk.ticket.stated import stated
from models import (
    Action,
    Answer,
    Contact,
    Demand,
    Destruction,
    DestructionState,
    Direction,
    Ending,
    History,
    Mandate,
    Message,
    Outbox,
    Registration,
    Ticket,
)

SHOWN_SUBJECT = 160
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Line:
    """One demand as the journal has it; every value is a sentence or a date in words, empty where there is nothing to say."""

    number: int
    received: str
    channel: str
    incoming: str
    subject: str
    representative: str
    kind: str
    summary: str
    proofs: str
    identity: str
    blocking: str
    due: str
    extension: str
    executor: str
    measures: str
    reply: str
    refusal: str
    act: str
    closed: str
    note: str

    def values(self) -> list[str]:
        """The cells of the line in the order of `columns`."""
        return [str(getattr(self, one.name)) for one in fields(self)]


def columns(language: str) -> list[str]:
    """The heads of the columns."""
    _ = spoken_in(language)
    return [
        _("No."),
        _("Received"),
        _("Channel"),
        _("Incoming No."),
        _("Data subject"),
        _("Representative, authority"),
        _("Kind of request"),
        _("Summary"),
        _("Documents attached"),
        _("Identity"),
        _("Blocked from – to"),
        _("Due"),
        _("Extension"),
        _("Executor"),
        _("Measures taken"),
        _("Reply: date, No., way, result"),
        _("Ground of refusal"),
        _("Act No., date"),
        _("Closed"),
        _("Note"),
    ]


@dataclass(frozen=True)
class Span:
    """Days of receipt, both included, in the operator's time zone."""

    first: date
    last: date


async def lines(desk: Desk, span: Span, language: str) -> list[Line]:
    """The lines of demands received in a span. The number is the place in the whole register, and stays."""
    begin = datetime.combine(span.first, datetime.min.time(), desk.operator.zone)
    end = datetime.combine(span.last + timedelta(days=1), datetime.min.time(), desk.operator.zone)
    registered = Demand.exclude(outcome__in=list(endings.MISREAD))
    found = registered.filter(received_at__gte=begin, received_at__lt=end).order_by("id").prefetch_related("clocks", "steps")
    numbers = {number: place for place, number in enumerate(await registered.order_by("id").values_list("id", flat=True), 1)}
    return [await _line(desk, demand, int(numbers[demand.id]), language) for demand in await found]


async def _line(desk: Desk, demand: Demand, number: int, language: str) -> Line:
    ticket = await Ticket.get(id=demand.ticket_id).prefetch_related("requester", "assignee")
    joint = await legs.of(ticket)
    story = await History.filter(ticket_id__in=[one.id for one in joint]).order_by("id")
    messages = await Message.filter(ticket_id__in=[one.id for one in joint]).order_by("id").prefetch_related("attachments")
    registered = await Registration.filter(ticket_id__in=[one.id for one in joint]).order_by("id")
    rule, zone = clocks.rule_of(desk, demand), desk.operator.zone
    return Line(
        number=number,
        received=moment(demand.received_at, zone),
        channel=_ways(joint, registered, language),
        incoming=_incoming(ticket, registered),
        subject=await _person(ticket, joint, zone, language),
        representative=await _representative(ticket, joint, language),
        kind=f"{rule.name.said(language)} ({rule.cite.said(language)})",
        summary=_summary(ticket, messages),
        proofs="; ".join(file.name for one in messages if one.direction == Direction.IN for file in one.attachments),
        identity=await _identity(joint, language),
        blocking=await _blocking(joint, zone, language),
        due=_due(rule, demand, language),
        extension=_extension(story, demand, zone, language),
        executor=ticket.assignee.name if ticket.assignee else "",
        measures=await _measures(desk, demand, rule, language),
        reply=_reply(story, await _outgoing(desk, [one.id for one in joint]), demand, zone, language),
        refusal=_refused(rule, demand, language),
        act=await _acts(joint, language),
        closed=_closed(demand, ticket, zone, language),
        note=_closed_over(demand, language),
    )


def _ways(joint: Sequence[Ticket], registered: Sequence[Registration], language: str) -> str:
    known = {one.ticket_id: str(one.way) for one in registered}
    return ", ".join(dict.fromkeys(way(known.get(one.id, one.channel), language) for one in joint))


def way(channel: str, language: str) -> str:
    """A channel or a kind of address in words."""
    _ = spoken_in(language)
    names = {
        "mail": _("e-mail"),
        "email": _("e-mail"),
        "telegram": "Telegram",
        "paper": _("paper letter"),
        "post": _("paper letter"),
        "phone": _("telephone"),
        "visit": _("visit"),
        "portal": _("portal"),
        "order": _("order of an authority"),
        "incident": _("found by the operator"),
        "purpose": _("purpose of processing reached"),
    }
    return names.get(channel, channel)


def _summary(ticket: Ticket, messages: Sequence[Message]) -> str:
    """What it is about, in the words of whoever asked: the subject, else the beginning of the first message."""
    first = next((one.text for one in messages if one.direction == Direction.IN and one.text.strip()), "")
    said = ticket.subject or " ".join(first.split())
    return said if len(said) <= SHOWN_SUBJECT else f"{said[: SHOWN_SUBJECT - 1].rstrip()}…"


def _incoming(ticket: Ticket, registered: Sequence[Registration]) -> str:
    """The desk's number, and what the clerk's office gave where it did not come by itself."""
    return ", ".join(dict.fromkeys([f"{ticket.id}", *(one.number for one in registered if one.number)]))


async def _person(ticket: Ticket, joint: Sequence[Ticket], zone: Any, language: str) -> str:
    """The person and their addresses; of a ticket that was erased, when that was."""
    if ticket.erased_at is not None:
        _ = spoken_in(language)
        return _("depersonalised %(at)s") % {"at": moment(ticket.erased_at, zone)}
    name = ticket.named or ticket.requester.name
    known = await Contact.filter(requester_id__in=[one.requester_id for one in joint]).order_by("id")
    return ", ".join(filter(None, [name, *dict.fromkeys(one.shown or one.value for one in known)]))


async def _representative(ticket: Ticket, joint: Sequence[Ticket], language: str) -> str:
    """Who speaks for the person, and the document that shows it."""
    _ = spoken_in(language)
    told = [str(value) for value in (ticket.represented or {}).values() if value]
    held = await Mandate.filter(ticket_id__in=[leg.id for leg in joint], taken_back_at__isnull=True).order_by("id")
    papers = [
        " ".join((f"{_('No.')} {one.number}" if one.number else "", day(one.dated) if one.dated else "")).strip() for one in held
    ]
    return ", ".join(filter(None, [*told, *papers]))


async def _acts(joint: Sequence[Ticket], language: str) -> str:
    _ = spoken_in(language)
    acts = Destruction.filter(ticket_id__in=[one.id for one in joint], state=DestructionState.RECORDED).order_by("id")
    return "; ".join(f"{_('No.')} {one.number}, {day(one.acted_on) if one.acted_on else '–'}" for one in await acts)


async def _identity(joint: Sequence[Ticket], language: str) -> str:
    known = await Contact.filter(requester_id__in=[one.requester_id for one in joint]).order_by("id")
    return "; ".join(dict.fromkeys(filter(None, (proved(one.verified, language) for one in known))))


def proved(level: str, language: str) -> str:
    """How far an address is proved, in words."""
    _ = spoken_in(language)
    said = {
        "said": _("said only"),
        "sender": _("wrote from the address"),
        "authenticated": _("sender confirmed by the mail server"),
        "code": _("confirmed by a code"),
        "document": _("document checked"),
        "staff": _("confirmed by staff"),
    }
    return said.get(level, "")


def _due(rule: Any, demand: Demand, language: str) -> str:
    running = sorted(demand.clocks, key=lambda one: (one.due_at, one.id))
    named = (
        f"{rule.clock(one.key).name.said(language)}: "
        + (spoken_in(language)("at once") if one.unit == "immediately" else day(one.due))
        for one in running
    )
    return "; ".join(named)


def _extension(story: Sequence[History], demand: Demand, zone: Any, language: str) -> str:
    _ = spoken_in(language)
    keys = {one.key: one for one in demand.clocks}
    found = [one for one in story if one.action == Action.CLOCK_EXTENDED and one.details.get("kind") == demand.kind]
    return "; ".join(
        _("notified %(when)s, new term %(due)s") % {"when": moment(one.at, zone), "due": day(keys[str(one.details["key"])].due)}
        for one in found
        if str(one.details.get("key")) in keys
    )


async def _measures(desk: Desk, demand: Demand, rule: Any, language: str) -> str:
    """What stands proved, with its proof; what was set aside, with the reason."""
    _ = spoken_in(language)
    rows = standing(demand.steps)
    said = []
    for step in rule.steps:
        row = rows.get(step.key)
        if row is None:
            continue
        when = day(row.done_at.astimezone(desk.operator.zone).date())
        what = (
            _("set aside: %(reason)s") % {"reason": stated(row.evidence, language)}
            if row.aside
            else proof_words(proofs.of(row), language)
        )
        said.append(f"{step.name.said(language)} — {when}" + (f" ({what})" if what else ""))
    return "; ".join(said)


async def _outgoing(desk: Desk, numbers: Sequence[int]) -> dict[int, str]:
    """The outgoing numbers of answers that were sent, by the message that each was."""
    found = await Answer.filter(ticket_id__in=numbers, serial__isnull=False, outbox_id__isnull=False)
    rows = {one.outbox_id: desk.outgoing_number(one.serial, one.year) for one in found}
    sent = await Outbox.filter(id__in=list(rows), message_id__isnull=False).values_list("id", "message_id")
    return {message: rows[row] for row, message in sent}


def _reply(story: Sequence[History], outgoing: Mapping[int, str], demand: Demand, zone: Any, language: str) -> str:
    """What the requester was told, when, under which number and which way, by the history: it outlives the words."""
    _ = spoken_in(language)
    names = {
        Action.REPLY_SENT: _("answer"),
        Action.ANSWER_ON_PAPER: _("answer"),
        Action.DEMAND_REFUSED: _("refusal"),
        Action.CLOCK_EXTENDED: _("notice of extension"),
        Action.CLOSING_TOLD: _("closing"),
    }
    told = [one for one in story if one.action in names and one.details.get("kind", demand.kind) == demand.kind]
    said = []
    for one in told:
        number = str(one.details.get("outgoing") or outgoing.get(one.details.get("message") or 0, ""))
        what = f"{names[Action(one.action)]} {_('No.')} {number}" if number else names[Action(one.action)]
        on = day(date.fromisoformat(one.details["on"])) if one.details.get("on") else moment(one.at, zone)
        by = way(str(one.details.get("channel", "")), language) or str(one.details.get("way", ""))
        said.append(", ".join(filter(None, (f"{what} — {on}", by, str(one.details.get("tracking", ""))))))
    if demand.outcome:
        said.append(result(demand.outcome, language))
    return "; ".join(said)


def result(outcome: str, language: str) -> str:
    """How a demand or a term ended, in words."""
    _ = spoken_in(language)
    known = {
        "done": _("met"),
        "refused": _("refused"),
        "continued": _("processing goes on"),
        "dropped": _("closed unmet"),
        "merged": _("goes on in another line"),
        "impossible": _("destruction impossible, blocked"),
        "aside": _("set aside with a reason"),
        "corrected": _("misread, not demanded"),
        "not_demanded": _("not demanded, only asked about"),
        "apart": _("ended when the matters were taken apart"),
    }
    return known.get(outcome, outcome)


async def _blocking(joint: Sequence[Ticket], zone: ZoneInfo, language: str) -> str:
    """From when to when the data of a matter were blocked, or why they were not."""
    _ = spoken_in(language)
    return "; ".join(blocking_words(one, zone, language) for one in await blocks.standing([leg.id for leg in joint]))


def _refused(rule: Any, demand: Demand, language: str) -> str:
    if demand.outcome not in endings.DECIDED:
        return ""
    ground = refusal.ground_of(rule, demand.ground)
    return ground.cite.said(language) if ground else demand.ground


def _closed_over(demand: Demand, language: str) -> str:
    """Why a demand was closed unmet, in the words that were kept."""
    over = (one.stopped_why for one in demand.clocks if one.ending == Ending.DROPPED and one.stopped_why)
    return "; ".join(dict.fromkeys(stated(one, language) for one in over))


def _closed(demand: Demand, ticket: Ticket, zone: Any, language: str) -> str:
    at = demand.closed_at or ticket.closed_at
    return moment(at, zone) if at is not None else spoken_in(language)("open")


# -- as files


def as_csv(found: Sequence[Line], language: str) -> bytes:
    """The journal for a spreadsheet: UTF-8 with its mark, semicolons, and nothing that a spreadsheet would run."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerow(columns(language))
    writer.writerows([_harmless(cell) for cell in line.values()] for line in found)
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


# Characters of a column's width, by its place.
_WIDTHS: Final = (6, 18, 12, 12, 28, 24, 34, 30, 26, 22, 20, 34, 26, 18, 40, 40, 26, 16, 18, 20)


def as_xlsx(found: Sequence[Line], language: str, title: str) -> bytes:
    """The journal as a workbook; words stay words, whatever they begin with."""
    _ = spoken_in(language)
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet = book.add_worksheet(_("Journal"))
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#EEEEEE", "border": 1})
    cell = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    for column, (name, width) in enumerate(zip(columns(language), _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, name, head)
    for row, line in enumerate(found, 2):
        sheet.write_number(row, 0, line.number, cell)
        for column, value in enumerate(line.values()[1:], 1):
            sheet.write_string(row, column, value, cell)
    sheet.freeze_panes(2, 2)
    sheet.autofilter(1, 0, max(len(found) + 1, 1), len(_WIDTHS) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)
    book.close()
    return file.getvalue()


# What stands in one cell of the printed table: so many columns fit on no page.
_TOGETHER: Final = (
    (("number", "received", "channel", "incoming"), 1.1),
    (("subject", "representative", "identity"), 1.4),
    (("kind", "summary", "proofs"), 1.7),
    (("due", "extension", "blocking"), 1.5),
    (("executor", "measures"), 1.6),
    (("reply", "refusal"), 1.6),
    (("act", "closed", "note"), 1.0),
)


def as_paper(desk: Desk, found: Sequence[Line], language: str, span: Span, now: datetime) -> Paper:
    """The journal to be printed."""
    _ = spoken_in(language)
    named = dict(zip((one.name for one in fields(Line)), columns(language), strict=True))
    heads = [", ".join(named[name] for name in names) for names, _width in _TOGETHER]
    rows = [[_joined(line, names, language) for names, _width in _TOGETHER] for line in found]
    operator = desk.operator
    return Paper(
        language=language,
        title=heading(span, language),
        head=[one for one in (operator.name, operator.address) if one],
        place_date=moment(now, operator.zone),
        blocks=[
            Table(heads, rows, [width for _names, width in _TOGETHER]),
            Signatures([Signer()], (_("position"), _("signature"), _("name"))),
        ],
        footer=heading(span, language),
        page=pages(language),
        author=operator.name,
        landscape=True,
    )


def _joined(line: Line, names: Sequence[str], language: str) -> str:
    """The values that share a cell; the number of the request is marked as one, beside the line's own."""
    marks = {"incoming": f"{spoken_in(language)('No.')} "}
    return "\n".join(marks.get(one, "") + str(getattr(line, one)) for one in names if getattr(line, one))


def heading(span: Span, language: str) -> str:
    """What the journal is called."""
    _ = spoken_in(language)
    return _("Journal of requests of data subjects, %(first)s – %(last)s") % {"first": day(span.first), "last": day(span.last)}
