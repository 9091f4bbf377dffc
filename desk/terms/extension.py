"""Extension: a term moves only where its rule allows, once, in time, and only after the reasoned notice has gone out."""

from datetime import datetime

from desk import contents, history, letters, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import N_
from desk.law import LawError, extension_for
from desk.letters.way_back import way_back
from desk.outward import replies
from desk.ticket import clocks, legs, topic
from desk.ticket.staffing import actor
from models import Action, Clock, Outbox, OutboxState, Staff, Ticket


async def extend(desk: Desk, clock_id: int, staff: Staff, reason: str, now: datetime) -> Outbox:
    """Write the reasoned notice of an extension (as 152-FZ Art. 20(1) wants it); the clock moves when it was sent.

    Raises Refused, quoting the article, where the rule knows no extension, it was used, or the term is over; and when no
    reason is given, or the notice is on its way already.
    """
    clock = await _locked(clock_id)
    if clock is None or clock.stopped_at is not None:
        raise Refused("This term does not run.")
    if not reason.strip():
        raise Refused("The law wants the reasons for an extension: say why more time is needed.")
    demand, ticket = clock.demand, clock.ticket
    rule = clocks.rule_of(desk, demand)
    dates = clocks.dates_of(desk, clock, demand.kind)
    try:
        extension = extension_for(rule, dates, now, times_extended=clock.times_extended)
        new = clocks.extended(desk, demand, clock)
    except LawError as error:
        raise Refused("%(why)s", why=error.sentence(desk.staff_language)) from error
    tried = await _tried(clock)
    way = await way_back(desk, ticket, now)
    letter = contents.Extension(
        number=way.number,
        joined=way.joined,
        language=ticket.language,
        envelope=way.envelope,
        kind=demand.kind,
        name=rule.name.said(ticket.language),
        label=rule.clock(clock.key).name.said(ticket.language),
        article=extension.cite.said(ticket.language),
        received_at=demand.received_at,
        reason=reason.strip(),
        old_due=clock.due,
        new_due=new.due,
        clock=clock.id,
        times=clock.times_extended,
        notice_to=extension.notice_to,
    )
    row = await replies.decide(desk, ticket, f"extension:{clock.id}:{clock.times_extended}:{tried}", way, letter, now)
    if row is None:
        raise Refused("The notice of this extension is on its way already.")
    await history.add(ticket.id, actor(staff), Action.EXTENSION_DECIDED, {"kind": demand.kind, "key": clock.key}, now)
    return row


def _of(row: Outbox) -> contents.Extension:
    return contents.of(row, contents.Extension)


async def _locked(clock_id: int) -> Clock | None:
    """A clock with its demand and ticket, the ticket locked: what else happens to the term waits for us, or is over."""
    clock = await Clock.get_or_none(id=clock_id).select_related("ticket")
    if clock is None:
        return None
    await legs.locked(clock.ticket)
    return await Clock.get_or_none(id=clock_id).select_related("demand", "ticket")


async def _tried(clock: Clock) -> int:
    """How often a notice of this clock was written before. Raises Refused while one may still reach the requester."""
    notices = await Outbox.filter(errand="extension", unique_key__startswith=f"extension:{clock.id}:")
    if any(row.state == OutboxState.WAITING for row in notices):
        raise Refused("The notice of this extension is on its way already.")
    if any(row.state == OutboxState.PARKED for row in notices):
        raise Refused("A notice of this extension could not be delivered: try that one again, or drop it first.")
    return len(notices)


async def sent(desk: Desk, row: Outbox, now: datetime) -> None:
    """The notice went out: now the clock moves; if it went too late, it does not, and that is said loudly."""
    letter = _of(row)
    clock = await _locked(letter.clock)
    ticket = await Ticket.get(id=row.ticket_id)
    if clock is None:
        # Corrected away, or asked for anew, while the notice was leaving.
        await _void(row, ticket, now)
        return
    if letter.times is not None and clock.times_extended != letter.times:
        return
    if now >= clock.due_at or clock.stopped_at is not None:
        words = "⚠️ The notice of the extension went out after the term had ended: the date does not move."
        await topic.tell(ticket, words, {}, now, key=f"extended too late:{row.id}", priority=outbox.URGENT)
        return
    demand = clock.demand
    dates = clocks.extended(desk, demand, clock)
    await clocks.move(desk, clock, dates, now)
    await Clock.filter(id=clock.id).update(times_extended=clock.times_extended + 1, extended_at=now)
    await clocks.lead(ticket)
    details = {"kind": demand.kind, "key": clock.key, "from": clock.due.isoformat(), "to": dates.due.isoformat()}
    await history.add(ticket.id, history.DESK, Action.CLOCK_EXTENDED, details, now)
    await replies.status(row, "sent", now)
    await topic.refresh_card(ticket, now)


async def overtaken(desk: Desk, row: Outbox, now: datetime) -> bool:
    """Whether a notice that is about to leave would not be true any more; staff are told that it does not leave."""
    letter = _of(row)
    clock = await Clock.get_or_none(id=letter.clock)
    runs = clock is not None and clock.stopped_at is None and clock.ticket_id == row.ticket_id
    if clock is not None and runs and clock.due == letter.old_due and now < clock.due_at:
        return False
    await _void(row, await Ticket.get(id=row.ticket_id), now)
    return True


async def _void(row: Outbox, ticket: Ticket, now: datetime) -> None:
    words = "⚠️ The notice of the extension does not hold: its term has ended or changed since it was decided. No date moves."
    await topic.tell(ticket, words, {}, now, key=f"extension void:{row.id}", priority=outbox.URGENT)


async def bounced(desk: Desk, row: Outbox, now: datetime) -> None:
    """The notice came back: the requester was told nothing, so the term ends when it would have ended without it."""
    letter = _of(row)
    clock = await _locked(letter.clock)
    if clock is None or clock.times_extended != (letter.times or 0) + 1:
        return
    clock.times_extended, clock.extended_at = clock.times_extended - 1, None
    await clock.save(update_fields=["times_extended", "extended_at"])
    details = {"kind": clock.demand.kind, "key": clock.key}
    await history.add(clock.ticket_id, history.DESK, Action.EXTENSION_WITHDRAWN, details, now)
    if clock.stopped_at is not None:
        return
    try:
        await clocks.recount(desk, clock.demand, clock, now)
    except LawError as error:
        await topic.tell_uncounted(desk, clock.ticket, clock.demand, error, now)
    await clocks.lead(clock.ticket)
    words = "⚠️ The letter with the extension came back, so the requester was told nothing: the term ends on its first date."
    await topic.tell(clock.ticket, words, {}, now, key=f"extension bounced:{row.id}", priority=outbox.URGENT)
    await topic.refresh_card(clock.ticket, now)


def _waiting(letter: contents.Extension) -> letters.Waiting:
    words = N_("⏳ The notice of the extension until %(date)s goes to the requester by %(via)s in %(seconds)d s")
    return letters.Waiting(words, {"date": letter.new_due})


LETTER = letters.register(
    letters.DecidedLetter(
        content=contents.Extension,
        sent=letters.whole(sent),
        overtaken=overtaken,
        bounced=bounced,
        addressed=True,
        of_demands=True,
        waiting=_waiting,
    )
)
