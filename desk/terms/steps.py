"""Steps: the checklist of what the law wants done for a demand; each is proved, or set aside, and a mistake is taken back.

A step whose rule says `clock` is the act that stops that clock: proved, the clock stops; taken back, it runs again. A demand is
met once every obligatory step is settled (desk.ticket.clocks.settle); what the requester hears follows the proof.
"""

from dataclasses import dataclass
from datetime import datetime

from tortoise.exceptions import IntegrityError

from desk import history
from desk.context import Desk
from desk.errors import Refused
from desk.law import Rule, rules
from desk.outward import progress
from desk.terms import proofs
from desk.terms.proofs import Proof
from desk.terms.silence import silent
from desk.ticket import blocks, clocks, endings, legs, obligatory, tickets, topic
from desk.ticket.staffing import actor
from models import (
    Action,
    Answer,
    Attachment,
    Clock,
    Demand,
    Ending,
    Outbox,
    OutboxState,
    ProofKind,
    Staff,
    Step,
    Ticket,
    TicketStatus,
)
from models.store.connect import transaction

ALREADY = "This was already recorded as done."


@dataclass(frozen=True)
class StepView:
    """A step as people see it, in the staff's language; `done_at` (UTC) is None while it is open.

    `wanted` is what proves it, `proof` what did (None where only a clock says so); `aside`: it was not done but set aside, for
    the reason in `evidence`. `elsewise` tells that its term ended otherwise (a refusal, a correction), or that it follows from
    what was not done, so that nothing is left to do. `over` tells that its whole demand did, `timed` that its rule has a clock
    for it.
    """

    demand: int
    kind: str
    key: str
    name: str
    text: str
    clock: int | None
    done_at: datetime | None = None
    done_by: str = ""
    evidence: str = ""
    elsewise: bool = False
    over: bool = False
    timed: bool = False
    wanted: rules.Proves = "fact"
    optional: bool = False
    proof: Proof | None = None
    aside: bool = False

    @property
    def open(self) -> bool:
        """Whether it is still to be done, and can be."""
        return self.done_at is None and not (self.elsewise or self.over)


async def of_ticket(desk: Desk, ticket: Ticket) -> list[StepView]:
    """The steps of a ticket's demands, each demand's in the order of its rule; none of demands that were misread."""
    demands = Demand.filter(ticket_id=ticket.id).exclude(outcome=Ending.CORRECTED).order_by("id")
    return [view for demand in await demands.prefetch_related("clocks", "steps") for view in views_of(desk, demand)]


def views_of(desk: Desk, demand: Demand) -> list[StepView]:
    """The steps of one demand, whose clocks and steps were fetched; those that the operator is asked for, or that were done."""
    rows, held = obligatory.standing(demand.steps), {clock.key: clock for clock in demand.clocks}
    over = demand.closed_at is not None and demand.outcome not in endings.ALIVE
    language, rule = desk.staff_language, clocks.rule_of(desk, demand)
    found = []
    for step in rule.steps:
        clock, row = held.get(step.clock or ""), rows.get(step.key)
        if row is None and not obligatory.asked(desk, step):
            continue
        # Before steps had rows, the card stopped clocks alone.
        carded = clock if clock is not None and clock.stopped_at is not None and obligatory.by_its_step(clock) else None
        elsewise = obligatory.elsewise(clock) or obligatory.not_asked(step, rule, held, rows)
        found.append(
            StepView(
                demand=demand.id,
                kind=demand.kind,
                key=step.key,
                name=step.name.said(language),
                text=step.text.said(language),
                clock=clock.id if clock is not None else None,
                done_at=row.done_at if row else carded.stopped_at if carded else None,
                done_by=row.done_by if row else carded.stopped_by if carded else "",
                evidence=row.evidence if row else "",
                elsewise=elsewise and row is None,
                over=over,
                # A term that only a policy may promise has no clock where it does not.
                timed=step.clock is not None and (clock is not None or demand.uncounted),
                wanted=step.proof,
                optional=step.optional,
                proof=proofs.of(row) if row is not None and not row.aside else None,
                aside=row is not None and row.aside,
            )
        )
    return found


async def left(desk: Desk, ticket: Ticket) -> list[StepView]:
    """The obligatory steps of a ticket's open demands that are neither proved nor set aside."""
    found = []
    for demand in (
        await Demand.filter(ticket_id=ticket.id, closed_at__isnull=True).order_by("id").prefetch_related("clocks", "steps")
    ):
        open_ = {one.key for one in obligatory.left(desk, clocks.rule_of(desk, demand), demand.clocks, demand.steps)}
        found += [one for one in views_of(desk, demand) if one.key in open_]
    return found


async def prove(desk: Desk, demand_id: int, key: str, proof: Proof, staff: Staff | None, now: datetime) -> Step:
    """Record that a step was done, with what proves it; its clock, if it is the act that stops one, stops.

    Without `staff` it is the desk that does so. The requester hears of it where the settings say so. Raises Refused when the
    proof is not enough, the step was settled before, its term ended otherwise, its demand was taken away or the ticket is closed.
    """
    demand, ticket, step = await _locked(desk, demand_id, key)
    await _refuse(desk, ticket, demand.kind, step, proof, staff, now)
    return await _settle(desk, demand, ticket, step, proof, staff, now)


async def set_aside(desk: Desk, demand_id: int, key: str, reason: str, staff: Staff, now: datetime) -> Step:
    """Say that a step is not to be done here, for a reason in words that is kept with the name; its clock ends with it.

    Raises Refused without a reason, for a letter that a term waits for (that is refused to the requester, or the ticket closed
    over it), and as `prove` does.
    """
    demand, ticket, step = await _locked(desk, demand_id, key)
    if step.proof == "letter" and step.clock is not None:
        raise Refused(
            "A letter with a term of its own cannot be set aside: send it, refuse the demand (/refuse), or close over it."
        )
    why = " ".join(reason.split())[: tickets.LONGEST_REASON]
    if not why:
        raise Refused("Say why this step is not to be done: the reason is kept with your name.")
    return await _settle(desk, demand, ticket, step, Proof(ProofKind.FACT, words=why), staff, now, aside=True)


async def done(desk: Desk, demand_id: int, key: str, staff: Staff, now: datetime, evidence: str = "") -> Step:
    """Tick a step that a record of who did it when proves; `evidence` is what staff said of it. Raises Refused as `prove`."""
    return await prove(desk, demand_id, key, Proof(ProofKind.FACT, words=evidence), staff, now)


async def _refuse(
    desk: Desk, ticket: Ticket, kind: str, step: rules.Step, proof: Proof, staff: Staff | None, now: datetime
) -> None:
    """Raises Refused where a proof is not enough, or names what is not of this ticket."""
    proofs.check(step.proof, proof, now.astimezone(desk.operator.zone).date())
    if proof.kind is ProofKind.LETTER:
        row = await Outbox.get_or_none(id=proof.outbox_id)
        if row is None or row.ticket_id not in await legs.numbers(ticket) or row.channel == "staff":
            raise Refused("This letter does not belong to this ticket.")
        if row.state != OutboxState.SENT:
            raise Refused("This letter has not left yet.")
    if proof.attachment_id is not None:
        file = await Attachment.get_or_none(id=proof.attachment_id).select_related("message")
        if file is None or file.message is None or file.message.ticket_id not in await legs.numbers(ticket):
            raise Refused("This file does not belong to this ticket.")
    # The desk itself knows whom it asked; a member of staff who confirms for all has to name them all.
    if step.proof == "confirmation" and staff is not None and (waited := await silent(ticket, kind, step.key)):
        raise Refused(
            "Not confirmed yet: %(names)s. Record what they answer (/processors), or set the step aside.",
            names=", ".join(waited),
        )
    if step.proof == "confirmation" and step.clock is None and staff is not None:
        missing = [one.name for one in desk.processors if one.name.casefold() not in proof.by.casefold()]
        if missing:
            raise Refused(
                "These have not confirmed yet: %(names)s. Name everybody who has, or set the step aside.",
                names=", ".join(missing),
            )


async def _settle(
    desk: Desk,
    demand: Demand,
    ticket: Ticket,
    step: rules.Step,
    proof: Proof,
    staff: Staff | None,
    now: datetime,
    *,
    aside: bool = False,
) -> Step:
    """Write the row of a step that is proved or set aside, stop its clock, and let everybody hear of it who is to."""
    by = actor(staff) if staff is not None else history.DESK
    clock = await Clock.get_or_none(demand_id=demand.id, key=step.clock) if step.clock else None
    if await Step.standing(demand_id=demand.id, key=step.key).exists():
        raise Refused(ALREADY)
    if demand.closed_at is not None and demand.outcome not in endings.ALIVE:
        raise Refused("This demand has ended otherwise, so nothing of it is left to be done.")
    if clock is not None and obligatory.by_its_step(clock):
        raise Refused(ALREADY)
    if obligatory.elsewise(clock):
        raise Refused("The term of this step has ended otherwise.")
    try:
        # A transaction of its own inside the caller's, which a refusal of the database would undo whole.
        async with transaction():
            row = await Step.create(
                demand=demand,
                ticket_id=ticket.id,
                key=step.key,
                done_at=now,
                done_by=by,
                evidence=proof.words.strip(),
                proof=proof.kind.value,
                outbox_id=proof.outbox_id,
                attachment_id=proof.attachment_id,
                number=proof.number.strip()[:64],
                dated=proof.dated,
                way=proof.way.strip()[:64],
                tracking=proof.tracking.strip()[:64],
                confirmed_by=proof.by.strip(),
                aside=aside,
            )
    except IntegrityError:
        raise Refused(ALREADY) from None
    details = {"kind": demand.kind, "key": step.key}
    if aside:
        await history.add(ticket.id, by, Action.STEP_SET_ASIDE, details, now)
    else:
        await history.add(ticket.id, by, Action.STEP_DONE, details | {"proof": row.proof}, now)
    if step.key == blocks.BLOCK:
        await blocks.settled(ticket, demand, row.evidence, by, now, aside=aside)
    elif step.key == blocks.CORRECT and not aside:
        await blocks.corrected(ticket, by, now)
    ending, why = (Ending.ASIDE, row.evidence) if aside else (Ending.DONE, obligatory.STEP)
    if clock is not None and clock.stopped_at is None:
        await clocks.stop(desk, clock.id, by, now, why=why, ending=ending)
    elif clock is not None:
        # It was stopped by no act of its own, so now it was.
        await Clock.filter(id=clock.id).update(ending=ending, stopped_why=why)
    await clocks.settle(desk, demand.id, now)
    await clocks.lead(ticket)
    await _tell(desk, ticket, demand, now)
    await topic.refresh_card(ticket, now)
    return row


async def _tell(desk: Desk, ticket: Ticket, demand: Demand, now: datetime) -> None:
    """Let the requester hear of what is proved, once all that a sentence waits for is; what was set aside tells nothing."""
    proved = {row.key: row for row in await Step.standing(demand_id=demand.id, aside=False)}
    for step in clocks.rule_of(desk, demand).steps:
        if step.key in proved and told_now(desk, clocks.rule_of(desk, demand), step, proved):
            await progress.add(desk, ticket, demand, step, now)


def told_now(desk: Desk, rule: Rule, step: rules.Step, proved: dict[str, Step]) -> bool:
    """Whether everything that a step's sentence waits for is proved, or not asked of this operator."""
    waited = [one for one in rule.steps if one.key in step.told_after]
    return all(one.key in proved or not obligatory.asked(desk, one) for one in waited)


async def undone(desk: Desk, demand_id: int, key: str, staff: Staff | None, now: datetime) -> Clock | None:
    """Take a step back that was proved or set aside: its row stays, with both moments, and stands no more.

    The clock it stopped runs again by the dates of its rule, and is returned; its demand is open again. Without `staff` it is
    the desk that does so. Raises Refused when the step is not settled, its demand has ended otherwise since, or the ticket is
    closed.
    """
    demand, ticket, step = await _locked(desk, demand_id, key)
    if demand.closed_at is not None and demand.outcome not in ({"", Ending.DONE} if step.clock else endings.ALIVE):
        raise Refused("This demand has ended otherwise; that would have to be taken back first.")
    by = actor(staff) if staff is not None else history.DESK
    stood = await Step.standing(demand_id=demand.id, key=key).first()
    taken = await clocks.untick(Step.standing(demand_id=demand.id, key=key), by, now)
    clock = await Clock.get_or_none(demand_id=demand.id, key=step.clock) if step.clock else None
    if clock is not None and not (obligatory.by_its_step(clock) or clock.ending == Ending.ASIDE):
        clock = None
    if not taken and clock is None:
        raise Refused("This step is not ticked.")
    await history.add(ticket.id, by, Action.STEP_TAKEN_BACK, {"kind": demand.kind, "key": key}, now)
    if key == blocks.BLOCK:
        await blocks.taken_back(ticket, demand, by, now)
    elif key in blocks.PROVED_BY and stood is not None and not stood.aside:
        await blocks.not_ended(ticket, key, stood.done_at, by, now)
    if clock is not None:
        await clocks.undo_stop(desk, clock, demand, now)
        await history.add(ticket.id, by, Action.CLOCK_RUNS_AGAIN, {"kind": demand.kind, "key": clock.key}, now)
    await _open_again(desk, demand, key)
    await clocks.settle(desk, demand.id, now)
    await clocks.lead(ticket)
    proved = {row.key: row for row in await Step.standing(demand_id=demand.id, aside=False)}
    rule = clocks.rule_of(desk, demand)
    for one in rule.steps:
        if one.key == key or (key in one.told_after and not told_now(desk, rule, one, proved)):
            await progress.remove(ticket, demand, one, now)
    await topic.refresh_card(ticket, now)
    return clock


async def _open_again(desk: Desk, demand: Demand, key: str) -> None:
    """Open a demand that was met, where it is not any more without this step.

    What was met before steps had proofs, by its clocks alone, stays met when another step of it is taken back.
    """
    if demand.outcome != Ending.DONE:
        return
    demand = await Demand.get(id=demand.id).prefetch_related("clocks", "steps")
    if key in {one.key for one in obligatory.left(desk, clocks.rule_of(desk, demand), demand.clocks, demand.steps)}:
        await Demand.filter(id=demand.id).update(closed_at=None, outcome="")


async def came_back(desk: Desk, letter: Outbox, now: datetime) -> list[Step]:
    """A letter came back undelivered: what it had proved is open again, and staff are told; the rows that fell."""
    fallen = []
    for row in await Step.standing(outbox_id=letter.id, proof=ProofKind.LETTER.value).order_by("id"):
        ticket = await Ticket.get(id=row.ticket_id)
        if ticket.status == TicketStatus.CLOSED and ticket.merged_into is None:
            await tickets.reopen(desk, ticket, None, now, by=history.DESK)
        try:
            await undone(desk, row.demand_id, row.key, None, now)
        except Refused:  # its demand ended otherwise since: nothing stands on this letter any more
            continue
        fallen.append(row)
    for ticket_id in dict.fromkeys(row.ticket_id for row in fallen):
        words = "⚠️ The letter that came back had answered this request: what it proved is open again, and its terms run."
        await topic.tell(await Ticket.get(id=ticket_id), words, {}, now, key=f"unproved:{letter.id}:{ticket_id}")
    return fallen


async def sent(desk: Desk, letter: Outbox, proved: list[tuple[int, str]], now: datetime) -> None:
    """A letter was handed over: it proves the steps that it is; those that were settled otherwise since stay as they are."""
    if not proved:
        return
    proof = await _as_proof(desk, letter)
    for demand_id, key in proved:
        try:
            async with transaction():
                await prove(desk, demand_id, key, proof, None, now)
        except Refused:
            continue


async def _as_proof(desk: Desk, letter: Outbox) -> Proof:
    """A letter as a proof, with the outgoing number that it bears where it has one."""
    own = await Answer.filter(outbox_id=letter.id, serial__not_isnull=True).first()
    number = desk.outgoing_number(own.serial, own.year) if own is not None else ""
    return Proof(ProofKind.LETTER, outbox_id=letter.id, number=number, dated=own.dated if own is not None else None)


async def _locked(desk: Desk, demand_id: int, key: str) -> tuple[Demand, Ticket, rules.Step]:
    """A demand, its ticket and a step of its rule, with the ticket locked until the transaction ends: one tap after another."""
    demand = await Demand.get_or_none(id=demand_id)
    while demand is not None:
        ticket = await Ticket.filter(id=demand.ticket_id).select_for_update(no_key=True).get()
        demand = await Demand.get(id=demand_id)
        if demand.ticket_id == ticket.id:
            break  # else it was merged into another ticket while we waited
    else:
        raise Refused("This step does not exist.")
    tickets.unmerged(ticket)
    step = clocks.rule_of(desk, demand).step(key)
    if step is None or demand.outcome == Ending.CORRECTED:
        raise Refused("This step does not exist.")
    if ticket.status == TicketStatus.CLOSED:
        raise Refused("This ticket is closed: open it again first.")
    return demand, ticket, step
