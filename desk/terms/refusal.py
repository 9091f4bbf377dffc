"""Refusal: a demand is not met, or processing goes on, on a ground that its rule names; the terms end when that was told.

152-FZ Art. 14(8), 20(2): a refusal is written, reasoned, and names the provision it stands on. Art. 6(1), 9(2), 21(5): after
a withdrawal processing may go on where another ground of the law exists.
"""

from datetime import datetime

from desk import contents, history, letters, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import N_
from desk.law import Rule
from desk.law.rules import Ground
from desk.letters.way_back import way_back
from desk.outward import replies
from desk.ticket import blocks, clocks, endings, legs, tickets, topic
from desk.ticket.staffing import actor
from models import Action, Clock, Demand, Ending, Outbox, OutboxState, Staff, Ticket, TicketStatus


def ground_of(rule: Rule, ground_id: str) -> Ground | None:
    """The ground of that id, whether to refuse or to go on, if the rule offers it."""
    return next((one for one in rule.grounds if one.id == ground_id), None)


async def refusable(desk: Desk, ticket: Ticket) -> list[Demand]:
    """The demands of a ticket that can be refused now: open, with a running clock and a rule that knows grounds."""
    return [
        demand
        for demand in await tickets.unmet(ticket)
        if clocks.rule_of(desk, demand).grounds and await Clock.exists(demand_id=demand.id, stopped_at__isnull=True)
    ]


async def refused(ticket: Ticket) -> list[Demand]:
    """The demands of a ticket that stand refused, or unmet because processing goes on."""
    return await Demand.filter(ticket_id=ticket.id, outcome__in=list(endings.DECIDED)).order_by("id")


async def refuse(desk: Desk, demand_id: int, ground_id: str, staff: Staff, reasons: str, now: datetime) -> Outbox:
    """Write the reasoned refusal of a demand, or the notice that processing goes on; its terms end when it was sent.

    Raises Refused when no term of the demand runs, its rule does not offer the ground (or any), no reasons are given, they
    do not name the article that the ground wants named, and while an earlier refusal is on its way or parked.
    """
    demand = await _locked(demand_id)
    if demand is None:
        raise Refused("This demand does not exist.")
    ticket, rule = demand.ticket, clocks.rule_of(desk, demand)
    if not rule.grounds:
        raise Refused("%(why)s", why=rule.no_refusal.said(desk.staff_language) if rule.no_refusal else "")
    held = await Clock.filter(demand_id=demand.id).order_by("due_at", "id")
    running = [one for one in held if one.stopped_at is None]
    if demand.closed_at is not None or not running:
        raise Refused("No term of this demand runs: there is nothing to refuse.")
    ground = ground_of(rule, ground_id)
    if ground is None:
        offered = ", ".join(one.id for one in rule.grounds)
        raise Refused("“%(ground)s” is no ground of this demand. There are: %(offered)s.", ground=ground_id[:40], offered=offered)
    if not reasons.strip():
        raise Refused("The law wants a refusal with its reasons: say why, in words that the requester will read.")
    if ground.named and not any(character.isdigit() for character in reasons):
        raise Refused("Name the law and its article in the reasons: this ground stands on it.")
    tried = await _tried(demand)
    way, language = await way_back(desk, ticket, now), ticket.language
    letter = contents.Refusal(
        number=way.number,
        joined=way.joined,
        language=language,
        envelope=way.envelope,
        demand=demand.id,
        kind=demand.kind,
        name=rule.name.said(language),
        law=rule.cite.said(language),
        received_at=demand.received_at,
        outcome=Ending.REFUSED if ground in rule.refusal_grounds else Ending.CONTINUED,
        ground=ground.id,
        article=ground.cite.said(language),
        provision=ground.text.said(language),
        reason=reasons.strip(),
        met=tuple(_met(rule, one, language) for one in held if endings.was_done(one)),
        rest=tuple(rule.clock(one.key).name.said(language) for one in running),
        to_authority=any(one.to == "authority" for one in rule.send),
        by=actor(staff),
    )
    row = await replies.decide(desk, ticket, f"refusal:{demand.id}:{tried}", way, letter, now)
    if row is None:
        raise Refused("A refusal of this demand is on its way already.")
    await history.add(ticket.id, actor(staff), Action.REFUSAL_DECIDED, {"kind": demand.kind, "ground": ground.id}, now)
    return row


def _met(rule: Rule, clock: Clock, language: str) -> contents.Met:
    assert clock.stopped_at is not None
    return contents.Met(label=rule.clock(clock.key).name.said(language), at=clock.stopped_at)


def _of(row: Outbox) -> contents.Refusal:
    return contents.of(row, contents.Refusal)


async def _tried(demand: Demand) -> int:
    """How often this demand was refused before. Raises Refused while a refusal of it may still reach the requester."""
    rows = await Outbox.filter(errand="refusal", unique_key__startswith=f"refusal:{demand.id}:")
    if any(row.state == OutboxState.WAITING for row in rows):
        raise Refused("A refusal of this demand is on its way already.")
    if any(row.state == OutboxState.PARKED for row in rows):
        raise Refused("A refusal of this demand could not be delivered: try that one again, or drop it first.")
    return len(rows)


async def sent(desk: Desk, row: Outbox, now: datetime) -> None:
    """The refusal was told: what still runs of its demand ends now, by whoever decided it; a late one is recorded as late."""
    letter = _of(row)
    demand = await _locked(letter.demand)
    told = await Ticket.get(id=row.ticket_id)
    await replies.status(row, "sent", now)
    if demand is None or not _stands(demand, letter):
        if demand is None or demand.ground != letter.ground:
            words = "⚠️ A refusal went out, but its demand has changed since it was decided: no term stops. Check what was told."
            await topic.tell(told, words, {}, now, key=f"refusal overtaken:{row.id}", priority=outbox.URGENT)
        return
    # The demand may have moved to another ticket since.
    ticket, outcome, ground = demand.ticket, letter.outcome, letter.ground
    ended = await clocks.end(desk, demand, by=letter.by, ending=outcome, why=ground, now=now)
    late = [one.key for one in ended if one.due_at <= now and one.unit != "immediately"]
    await clocks.lead(ticket)
    details = {"kind": demand.kind, "outcome": outcome, "ground": ground, "clocks": [one.key for one in ended], "late": late}
    await history.add(ticket.id, letter.by, Action.DEMAND_REFUSED, details, now)
    if late:
        words = "⚠️ The refusal went out after the term had ended. It counts, but it was late."
        await topic.tell(ticket, words, {}, now, key=f"refused too late:{row.id}", priority=outbox.URGENT)
    if await blocks.lasting(ticket):
        words = "🔒 The demand was not met, but the data are still blocked: lift the blocking (/unblock)."
        await topic.tell(ticket, words, {}, now, key=f"still blocked:{row.id}", priority=outbox.SOON)
    await topic.refresh_card(ticket, now)


async def _locked(demand_id: int) -> Demand | None:
    """A demand with its ticket, which is locked: what else happens to the demand waits for us, or is over."""
    demand = await Demand.get_or_none(id=demand_id).select_related("ticket")
    if demand is None:
        return None
    await legs.locked(demand.ticket)
    demand = await Demand.filter(id=demand_id).select_for_update().get()
    await demand.fetch_related("ticket")
    return demand


async def overtaken(desk: Desk, row: Outbox, now: datetime) -> bool:
    """Whether a refusal that is about to leave would not be true any more; staff are told that it does not leave.

    That of a demand which was only dropped with its ticket meanwhile is as true as before.
    """
    letter = _of(row)
    demand = await Demand.get_or_none(id=letter.demand)
    if demand is not None and demand.ticket_id == row.ticket_id:
        open_ = demand.closed_at is None or demand.outcome in {Ending.DROPPED, *endings.DECIDED}
        if open_ and demand.received_at <= letter.received_at:
            return False
    words = "⚠️ The refusal was not sent: its demand has changed since it was decided. Check what is still to be told."
    await topic.tell(await Ticket.get(id=row.ticket_id), words, {}, now, key=f"refusal void:{row.id}", priority=outbox.URGENT)
    return True


def _stands(demand: Demand, letter: contents.Refusal) -> bool:
    """Whether the demand is still the one that was refused: open, and not made anew since by a later letter."""
    return demand.closed_at is None and demand.received_at <= letter.received_at


async def take_back(desk: Desk, demand_id: int, by: str, now: datetime) -> Demand:
    """A refusal was wrong: the demand is open again and its terms run with the dates they had; a closed ticket opens.

    `by` is who decided that, as it stands in history. Raises Refused when the demand is not refused, and when its ticket was
    merged: the demand of that kind stands in the other one.
    """
    demand = await _locked(demand_id)
    if demand is None or demand.outcome not in endings.DECIDED:
        raise Refused("This demand is not refused.")
    tickets.unmerged(demand.ticket)
    ticket, before = demand.ticket, {"kind": demand.kind, "outcome": demand.outcome, "ground": demand.ground}
    resumed = await clocks.resume(desk, demand, endings.DECIDED, now)
    await history.add(ticket.id, by, Action.REFUSAL_WITHDRAWN, before | {"clocks": [one.key for one in resumed]}, now)
    if ticket.status == TicketStatus.CLOSED:
        await tickets.reopen(desk, ticket, None, now, by=by)
    await clocks.lead(ticket)
    await topic.refresh_card(ticket, now)
    return demand


async def bounced(desk: Desk, row: Outbox, now: datetime) -> None:
    """The letter came back: the requester was told nothing, so the terms run again."""
    letter = _of(row)
    demand = await _locked(letter.demand)
    if demand is None or demand.outcome not in endings.DECIDED or demand.ground != letter.ground:
        return
    if demand.ticket.merged_into is not None:
        words = "⚠️ The letter with the refusal of № %(number)s came back: its requester was told nothing. Check the terms here."
        key = f"refusal bounced:{row.id}"
        await topic.tell(demand.ticket, words, {"number": demand.ticket_id}, now, key=key, priority=outbox.URGENT)
        return
    await take_back(desk, demand.id, history.DESK, now)
    words = "⚠️ The letter with the refusal came back, so the requester was told nothing: the terms run again."
    await topic.tell(demand.ticket, words, {}, now, key=f"refusal bounced:{row.id}", priority=outbox.URGENT)


def _waiting(letter: contents.Refusal) -> letters.Waiting:
    if letter.outcome == Ending.REFUSED:
        return letters.Waiting(N_("🚫 The refusal goes to the requester by %(via)s in %(seconds)d s"))
    return letters.Waiting(N_("⚖️ The notice that processing goes on leaves for the requester by %(via)s in %(seconds)d s"))


LETTER = letters.register(
    letters.DecidedLetter(
        content=contents.Refusal,
        waiting=_waiting,
        sent=letters.whole(sent),
        overtaken=overtaken,
        bounced=bounced,
        addressed=True,
        of_demands=True,
    )
)
