"""Progress: the requester hears of steps that were done, over their own channel, where the operator wants it.

A message waits `desk.undo` like a reply; steps ticked meanwhile join it, one that is taken back leaves it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tortoise.queryset import QuerySet

from desk import contents, history, letters, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import N_
from desk.law import rules
from desk.letters.way_back import way_back
from desk.outward import replies
from desk.ticket import clocks, legs, topic
from models import Action, Clock, Demand, Outbox, OutboxState, Ticket


async def add(desk: Desk, ticket: Ticket, demand: Demand, step: rules.Step, now: datetime) -> Outbox | None:
    """Let the requester hear that a step was done, if the step is for their ears, the settings want it and they can be told.

    Nobody hears the same thing twice.
    """
    if step.told is None or desk.progress == "never" or await _told(ticket, demand, step.key):
        return None
    words = step.told.said(ticket.language)
    line = contents.Told(demand=demand.id, key=step.key, at=now, words=words)
    row = await _open_row(ticket)
    if row is not None:
        told = _of(row)
        contents.amend(row, await _with_coming(desk, ticket, replace(told, steps=(*told.steps, line)), now))
        row.next_try_at = now + desk.undo
        await row.save(update_fields=["content", "next_try_at"])
        return row
    try:
        way = await way_back(desk, ticket, now)
    except Refused:  # no address to tell it to
        return None
    if way.channel == "mail" and not (desk.progress == "always" and await _written_to(ticket)):
        return None
    letter = contents.Progress(
        number=way.number, joined=way.joined, language=ticket.language, envelope=way.envelope, steps=(line,)
    )
    key = f"progress:{ticket.id}:{await Outbox.filter(ticket_id=ticket.id, errand=contents.Progress.errand).count()}"
    return await replies.decide(desk, ticket, key, way, await _with_coming(desk, ticket, letter, now), now)


async def remove(ticket: Ticket, demand: Demand, step: rules.Step, now: datetime) -> None:
    """A tick was taken back: it leaves the message that waits; where it was told already, by a letter too, staff hear that."""
    numbers = await legs.numbers(ticket)
    if (demand.id, step.key) in await _stated(numbers):
        await _told_wrongly(ticket, (step.told or step.name).said(ticket.language), demand, step, now)
    for row in await _rows(numbers).select_for_update():
        letter = _of(row)
        left = tuple(one for one in letter.steps if not _is(one, demand, step.key))
        if len(left) == len(letter.steps):
            continue
        if row.state == OutboxState.SENT or row.lease_until is not None:
            told = next(one.words for one in letter.steps if _is(one, demand, step.key))
            await _told_wrongly(ticket, told, demand, step, now)
            continue
        contents.amend(row, replace(letter, steps=left))
        if not left:
            row.state, row.done_at, row.error = OutboxState.DROPPED, now, "Its steps were taken back."
        await row.save(update_fields=["content", "state", "done_at", "error"])
        if not left:
            await replies.status(row, "dropped", now)


async def _told_wrongly(ticket: Ticket, told: str, demand: Demand, step: rules.Step, now: datetime) -> None:
    """Say to staff that the requester was told what is taken back."""
    words = "⚠️ The requester was told already: “%(what)s” If that is not so, write to them."
    key = f"untold:{demand.id}:{step.key}:{now.isoformat()}"
    await topic.tell(ticket, words, {"what": told}, now, key=key, priority=outbox.URGENT)


async def renewed(desk: Desk, row: Outbox, now: datetime) -> bool:
    """The message is about to leave for the first time: the dates ahead are those of now, and what a letter told is left out.

    It is overtaken where a letter told all of it.
    """
    if row.attempts > 1:
        return False
    letter, ticket = _of(row), await Ticket.get(id=row.ticket_id)
    stated = await _stated(await legs.numbers(ticket))
    left = tuple(one for one in letter.steps if (one.demand, one.key) not in stated)
    if left:
        contents.amend(row, await _with_coming(desk, ticket, replace(letter, steps=left), now))
        await row.save(update_fields=["content"])
    return not left


async def was_sent(_desk: Desk, row: Outbox, now: datetime) -> None:
    """The message went out: history and the topic say so."""
    steps = _of(row).steps
    kinds = {demand.id: demand.kind for demand in await Demand.filter(id__in=[one.demand for one in steps])}
    told = [f"{kinds.get(one.demand, '?')}.{one.key}" for one in steps]
    await history.add(row.ticket_id, history.DESK, Action.PROGRESS_SENT, {"steps": told, "channel": row.channel}, now)
    await replies.status(row, "sent", now)


def _rows(numbers: Sequence[int]) -> QuerySet[Outbox]:
    """The progress messages of these tickets (legs of one matter) that went out or may yet."""
    return Outbox.filter(ticket_id__in=numbers, errand=contents.Progress.errand).exclude(state=OutboxState.DROPPED).order_by("id")


async def _open_row(ticket: Ticket) -> Outbox | None:
    """The message that waits and may still be changed."""
    waiting = _rows([ticket.id]).filter(state=OutboxState.WAITING, attempts=0, lease_until__isnull=True)
    return await waiting.select_for_update().first()


async def _told(ticket: Ticket, demand: Demand, key: str) -> bool:
    """Whether the requester was, or is about to be, told this, or read it in a letter."""
    numbers = await legs.numbers(ticket)
    if (demand.id, key) in await _stated(numbers):
        return True
    return any(_is(one, demand, key) for row in await _rows(numbers) for one in _of(row).steps)


async def _stated(numbers: Sequence[int]) -> set[tuple[int, str]]:
    """The steps (demand and key) of which a letter of these tickets that left says that they were done."""
    left = Outbox.filter(ticket_id__in=numbers, errand=contents.Reply.errand, state=OutboxState.SENT)
    return {(one.demand, one.key) for row in await left for one in contents.of(row, contents.Reply).states}


def _of(row: Outbox) -> contents.Progress:
    return contents.of(row, contents.Progress)


def _is(line: contents.Told, demand: Demand, key: str) -> bool:
    """Whether a line speaks of this step; what was told before the demand was received anew speaks of what was done then."""
    return line.demand == demand.id and line.key == key and line.at is not None and line.at >= demand.received_at


async def _written_to(ticket: Ticket) -> bool:
    """Whether the desk wrote to the requester before."""
    written = Outbox.filter(ticket_id=ticket.id, channel="mail", errand__in=letters.errands(lambda one: one.addressed))
    return await written.filter(state__in=[OutboxState.WAITING, OutboxState.SENT]).exists()


async def _with_coming(desk: Desk, ticket: Ticket, letter: contents.Progress, now: datetime) -> contents.Progress:
    """The letter with what is still to come: the statutory dates ahead of what the requester asked for, in their language.

    `may_go_on` tells that the law may let the operator go on with some of the data.
    """
    running = Clock.filter(ticket_id=ticket.id, stopped_at__isnull=True, statutory=True, due_at__gt=now)
    coming, may_go_on = [], False
    for clock in await running.exclude(unit="immediately").order_by("due_at", "id").select_related("demand"):
        rule = clocks.rule_of(desk, clock.demand)
        if not any(send.to == "requester" for send in rule.send):
            continue
        spec = rule.clock(clock.key)
        coming.append(
            contents.Term(
                key=clock.key,
                name=spec.name.said(ticket.language),
                due=clock.due,
                article=spec.cite.said(ticket.language),
            )
        )
        may_go_on = may_go_on or bool(rule.continuing_grounds)
    return replace(letter, coming=tuple(coming), may_go_on=may_go_on)


def said_once(letter: contents.Progress) -> list[str]:
    """The sentences in order; what two demands have in common is said once."""
    return list(dict.fromkeys(one.words for one in letter.steps))


def _waiting(letter: contents.Progress) -> letters.Waiting:
    return letters.Waiting(N_("⏳ What was done goes to the requester by %(via)s in %(seconds)d s"), lines=said_once(letter))


LETTER = letters.register(
    letters.DecidedLetter(
        content=contents.Progress,
        sent=letters.whole(was_sent),
        overtaken=renewed,
        overtaken_as="told",
        of_demands=True,
        waiting=_waiting,
    )
)
