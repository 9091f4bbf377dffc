"""Deciding: what a message of a requester becomes. Pure: of what was read (desk.flow.seen), the message and `now`, to effects.

The order of the decisions is the order of this file:

1. The same letter taken again (another folder, another UID) is a duplicate and changes nothing.
2. What robots send is never answered: a bounce is tied to the letter it reports on, the rest is shown in its ticket; without
   one it stands in the list of quiet letters, from which staff can raise it.
3. An edit adds a version to the message it changes.
4. What refers to an instruction to a processor is its answer, or a stranger's word about it (desk.deed.answers); it is kept
   beside the matter and never taken for the requester's.
5. A proven reference, borne by a person of that ticket, continues the ticket; a stranger's never does.
   A letter that only greets or thanks opens none: it goes with the ticket its writer has, or into the list of quiet letters.
6. A second letter of the same person on the same matter is linked to the open ticket: what it repeats gets no new clock,
   what it demands besides gets its own. Where it was received first (a mailbox that could not be read, a spam folder), the
   clocks count from it.
7. Everything else opens a ticket; staff are told when it looks like the matter of somebody else's (desk.matter.likeness).

Of tickets that were merged (desk.matter.merging) a message is kept in the leg of the person who wrote it, and everything that
follows happens in the ticket in which the matter goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from desk import history, letters, outbox
from desk.context import Desk
from desk.deed import answers
from desk.disclosure import codes
from desk.disclosure.identity import Place
from desk.flow import afterwards, again, belonging, matching, quiet, telling
from desk.flow.effects import Act, Change, Effect
from desk.flow.matching import demanded
from desk.flow.seen import Seen
from desk.flow.telling import Counted, Thread
from desk.i18n import N_
from desk.matter import likeness
from desk.ports import Incoming, Outcome, Sender
from desk.terms import triage
from desk.ticket import attachments, clocks, tickets, topic
from models import (
    Action,
    Became,
    Clue,
    Direction,
    Inbound,
    Instruction,
    Message,
    RecognisedBy,
    Requester,
    Ticket,
    TicketStatus,
)

FALLBACK = "question"
# The types of the parts of a report that are for machines.
MACHINE = ("message/", "text/rfc822-headers")
# A linked second letter is acknowledged once in this time.
LINKED_ONCE_IN = timedelta(days=1)


@dataclass(frozen=True)
class Becomes:
    """What a message becomes: its outcome, and what has to be so.

    After an act among the effects `then` decides what follows, of what is seen after it and the numbers of demands it opened.
    """

    outcome: Outcome
    effects: list[Effect] = field(default_factory=list)
    then: Callable[[Seen, list[int]], list[Effect]] | None = None

    @property
    def acts(self) -> bool:
        """Whether another room acts, so that everything is to be read anew before the next decision."""
        return any(isinstance(one, Act) for one in self.effects)


def decide(desk: Desk, seen: Seen, incoming: Incoming, row: Inbound, now: datetime) -> Becomes:
    """What one message becomes, that is as `quiet.heard` and `matching.lawful` give it. Raises UnknownKind."""
    becomes = _coded(desk, incoming, _decide(desk, seen, incoming, row, now), now)
    becomes = replace(becomes, effects=telling.without_idle_card(becomes.effects))
    raised = seen.raised.get(row.id)
    if raised is None:
        return becomes
    return replace(becomes, effects=[*becomes.effects, Change(raised, {"ticket_id": becomes.outcome.ticket_id})])


def _coded(desk: Desk, incoming: Incoming, becomes: Becomes, now: datetime) -> Becomes:
    """A letter may bring a code back (desk.disclosure.codes); in Telegram that is heard before anything else."""
    code = codes.in_text(incoming.new_text) if incoming.channel == "mail" and not incoming.automated else ""
    if not code or becomes.outcome.ticket_id is None or becomes.outcome.word == "duplicate":
        return becomes
    act = Act(partial(_code_came, desk, Place(incoming.sender.kind, incoming.sender.value.casefold()), code, now))
    return replace(becomes, effects=[*becomes.effects, act])


async def _code_came(desk: Desk, place: Place, code: str, now: datetime) -> list[int]:
    await codes.answered(desk, place, code, now)
    return []


def _decide(desk: Desk, seen: Seen, incoming: Incoming, row: Inbound, now: datetime) -> Becomes:
    raised = row.id in seen.raised
    if not raised and matching.taken_before(seen, incoming, row):
        return Becomes(Outcome(Became.DUPLICATE, seen.taken[row.channel, incoming.fingerprint]))
    if not incoming.automated and not raised and matching.answers_alert(seen, incoming):
        incoming = replace(incoming, automated="staff", held_for=("staff",))
    if incoming.automated and not matching.of_its_sender(seen, incoming):
        return _robot(desk, seen, incoming, row, None, now)
    known, effects = _known(seen, incoming.sender)
    decided = _robot if incoming.automated else _of_person
    becomes = decided(desk, seen, incoming, row, known, now)
    return replace(becomes, effects=[*effects, *becomes.effects])


def _of_person(desk: Desk, seen: Seen, incoming: Incoming, row: Inbound, known: Requester | None, now: datetime) -> Becomes:
    if incoming.version > 1 and (held := matching.edited(seen, incoming, known)) is not None:
        return _edit(seen, incoming, row, held, now)
    told = answers.instruction_of(seen, incoming, known)
    if told is not None:
        return _about_instruction(desk, seen, told, incoming, row, now)
    leg = matching.continued(seen, incoming, known)
    if leg is not None and not matching.of_another(seen, leg, incoming):
        return _continue(desk, seen, leg, incoming, row, now)
    if row.id not in seen.raised and matching.only_recorded(desk, incoming):
        return Becomes(Outcome(Became.RECORDED), [quiet.kept(row, incoming, "recorded", ("recorded",))])
    if row.id not in seen.raised and matching.only_greets(desk, incoming):
        leg = matching.running(seen, incoming, known)
        if leg is not None:
            return _continue(desk, seen, leg, incoming, row, now)
        return Becomes(Outcome(Became.COURTESY), [quiet.kept(row, incoming, "courtesy", ("courtesy",))])
    leg = matching.same_matter(seen, incoming, known)
    if leg is not None and matching.only_repeats(seen, leg, incoming):
        return _link(desk, seen, leg, incoming, row, now)
    leg = leg or matching.objected_to(seen, incoming, known, now)
    if leg is not None:
        return _continue(desk, seen, leg, incoming, row, now)
    return _open(desk, seen, incoming, row, known, now)


def _known(seen: Seen, sender: Sender) -> tuple[Requester | None, list[Effect]]:
    """The requester behind a sender, if seen before. A better proof of the contact is kept, a weaker one changes nothing."""
    contact = seen.contact(sender)
    if contact is None:
        return None, []
    requester = seen.requesters[contact.requester_id]
    effects: list[Effect] = []
    if sender.verified > contact.verified:
        effects.append(Change(contact, {"verified": sender.verified}))
    if sender.name and not requester.name:
        effects.append(Change(requester, {"name": sender.name[:255]}))
    return requester, effects


# What staff read above what a program or a colleague sent about a ticket.
_CAME = {
    "staff": N_("✉️ A colleague wrote about this ticket: “%(subject)s”. It was not taken for the requester's, and not answered."),
    "reaction": N_("👍 A reaction came: “%(subject)s”. It is kept as a note."),
    "recall": N_("↩️ The sender's mail program asks to give back “%(subject)s”. That withdraws nothing: the letter has come."),
}


def _robot(desk: Desk, seen: Seen, incoming: Incoming, row: Inbound, known: Requester | None, now: datetime) -> Becomes:
    """Tie a report or an automatic letter to its ticket, for staff to see; without one it is quiet. It is never answered."""
    letter, number = matching.reported_letter(seen, incoming), matching.referred_to(seen, incoming)
    ticket = seen.ticket(number) if number else matching.running(seen, incoming, known)
    kind = incoming.automated or "auto_reply"
    if ticket is None:
        return Becomes(Outcome(Became(kind)), [quiet.kept(row, incoming, kind, incoming.held_for)])
    outcome = Outcome(Became(kind), ticket.id)
    effects: list[Effect] = [history.entry(ticket.id, "mail", Action(f"{kind.replace('_', ' ')} received"), {}, now)]
    if kind == "bounce" and letter is not None and matching.names(incoming, letter):
        effects.append(Act(partial(again.bounced, desk, letter, incoming, now)))
        decided = letters.of(letter)
        if decided is not None and decided.one_of_many:
            return Becomes(outcome, effects)
        return Becomes(outcome, effects, partial(_reported, ticket.id, incoming, row, now))
    message = belonging.message(seen, ticket, incoming, row, direction=Direction.NOTE)
    if message is not None:
        words = "🤖 An automatic letter came: “%(subject)s”. It was not answered."
        params = {"subject": (incoming.recalls or incoming.subject)[:200]}
        if kind == "bounce" and incoming.failed_recipients:
            words = "↩️ A report came about %(whom)s, to which this letter of ours did not go. Nothing was changed by it."
            params = {"whom": ", ".join(incoming.failed_recipients[:3])}
        said = topic.notice(seen.head(ticket), _CAME.get(kind, words), params, now, key=f"robot:{row.id}")
        effects += [*belonging.kept(message, incoming, now), said, *telling.shown(seen, ticket, message, now)]
    return Becomes(outcome, effects)


def _reported(number: int, incoming: Incoming, row: Inbound, now: datetime, seen: Seen, _opened: Sequence[int]) -> list[Effect]:
    """What a report says in words is kept and shown, without the parts that only machines read."""
    ticket = seen.tickets[number]
    words = replace(incoming, files=tuple(file for file in incoming.files if not file.type.startswith(MACHINE)))
    message = belonging.message(seen, ticket, words, row, direction=Direction.NOTE)
    return [*belonging.kept(message, words, now), *telling.shown(seen, ticket, message, now)] if message is not None else []


def _about_instruction(desk: Desk, seen: Seen, told: Instruction, incoming: Incoming, row: Inbound, now: datetime) -> Becomes:
    """Keep what a processor answers, or a stranger with its reference says, beside the matter, for staff to judge."""
    leg = seen.tickets[told.ticket_id]
    ticket, theirs = seen.head(leg), answers.is_of(told, incoming)
    author = f"processor:{told.id}" if theirs else "stranger"
    message = belonging.message(seen, leg, incoming, row, direction=Direction.NOTE, author=author)
    if message is None:
        return Becomes(Outcome(Became.DUPLICATE, leg.id))
    said = {"instruction": told.id, "message": message.id}
    effects: list[Effect] = [
        message,
        *attachments.rows(message, incoming.files),
        history.entry(ticket.id, "processor" if theirs else "stranger", Action.INSTRUCTION_ANSWERED, said, now),
        *telling.shown(seen, leg, message, now),
    ]
    if theirs and incoming.instruction is not None:
        effects.append(Change(told, answers.taken(told, message.id, now)))
    effects.append(answers.posting(ticket, told, message, incoming, now))
    lists = [one for one in seen.letters[ticket.id] if one.errand == "processors"]
    if not any(telling.waits(one) for one in lists):
        effects.append(topic.processors(ticket, len(lists), now))
    return Becomes(Outcome(Became.PROCESSOR if theirs else Became.STRANGER, leg.id), [*effects, *telling.card(seen, ticket, now)])


def _edit(seen: Seen, incoming: Incoming, row: Inbound, held: Message, now: datetime) -> Becomes:
    """Add a version to the message that was edited."""
    if held.text == incoming.text and not incoming.files:
        return Becomes(Outcome(Became.UNCHANGED, held.ticket_id))
    ticket = seen.tickets[held.ticket_id]
    message = belonging.message(seen, ticket, incoming, row, version=held.version + 1)
    effects = [*belonging.kept(message, incoming, now), *telling.shown(seen, ticket, message, now)] if message is not None else []
    return Becomes(Outcome(Became.EDITED, ticket.id), effects)


def _continue(desk: Desk, seen: Seen, leg: Ticket, incoming: Incoming, row: Inbound, now: datetime) -> Becomes:
    """Add the message to its ticket. What it newly demands gets its own clocks; a closed ticket opens again."""
    message = belonging.message(seen, leg, incoming, row)
    if message is None:
        return Becomes(Outcome(Became.DUPLICATE, leg.id))
    ticket, wanted = seen.head(leg), demanded(incoming)
    outcome = Outcome(Became.ADDED, leg.id)
    effects = belonging.continued(seen, leg, ticket, message, incoming, now)
    spoken, told = telling.speaking(desk, leg, incoming, row, now)
    effects += [Change(leg, {"speaker": spoken.role or leg.speaker, "minor": spoken.writer or leg.minor}), *told] if told else []
    held = seen.demands[ticket.id]
    over = [one for one in held if one.kind in wanted and one.closed_at is not None]
    closed = ticket.status == TicketStatus.CLOSED
    if closed and afterwards.only_courteous(incoming, was_asked=seen.was_asked(ticket), legal=bool(wanted)):
        return Becomes(Outcome(Became.COURTESY, leg.id), [*effects, *telling.shown(seen, leg, message, now)])
    if closed or over or belonging.came_earlier(held, incoming) or triage.answering(ticket, held, incoming) is not None:
        # Terms that were over run again, or from another receipt, or it is said what is demanded: their rooms know how.
        effects.append(Act(partial(again.runs, desk, ticket.id, incoming, now)))
        return Becomes(outcome, effects, partial(_goes_on, desk, leg.id, message, incoming, row, now))
    opened = [kind for kind in incoming.kinds if kind in wanted - {one.kind for one in held}]
    demands = belonging.demands(
        desk, seen, ticket, [one.kind for one in held], opened, incoming.received_at, RecognisedBy.MACHINE, now
    )
    effects += demands.effects
    if demands.counted:
        running = [*(clock for one in held for clock in seen.clocks[one.id]), *demands.clocks]
        effects.append(Change(ticket, dict(zip(("due_at", "safe_at"), clocks.leading(running), strict=True))))
    fresh = [kind for kind in incoming.candidates if kind not in {*opened, *(one.kind for one in held)}]
    if fresh and not ticket.candidates:
        effects.append(Change(ticket, {"candidates": fresh}))
    thread = [*seen.thread[leg.id], *belonging.in_thread(message)]
    return Becomes(outcome, [*effects, *_answered(desk, seen, leg, message, incoming, row, demands.counted, thread, now)])


def _goes_on(
    desk: Desk,
    number: int,
    message: Message,
    incoming: Incoming,
    row: Inbound,
    now: datetime,
    seen: Seen,
    opened: Sequence[int],
) -> list[Effect]:
    """What follows in a ticket whose terms run again; `opened` are the demands that are new to it."""
    leg = seen.tickets[number]
    held = {one.id: one for one in seen.demands[seen.head(leg).id]}
    counted = [(held[one], seen.clocks[one]) for one in opened]
    return _answered(desk, seen, leg, message, incoming, row, counted, seen.thread[leg.id], now)


def _answered(
    desk: Desk,
    seen: Seen,
    leg: Ticket,
    message: Message,
    incoming: Incoming,
    row: Inbound,
    counted: Counted,
    thread: Thread,
    now: datetime,
) -> list[Effect]:
    """The message is shown on the ticket that it continues, and what it newly demands is acknowledged."""
    ticket = seen.head(leg)
    effects = [
        *telling.repeated(desk, seen, ticket, [demand.kind for demand, _ in counted], incoming.received_at, now),
        *telling.shown(seen, leg, message, now),
        *telling.names_another(ticket, incoming, row, now),
        *telling.named(desk, seen, leg, message, incoming, {*seen.demands[ticket.id], *(one for one, _ in counted)}, now),
        *telling.card(seen, ticket, now),
    ]
    return [*effects, *telling.acknowledged(desk, seen, leg, incoming, counted, thread, now)] if counted else effects


def _link(desk: Desk, seen: Seen, leg: Ticket, incoming: Incoming, row: Inbound, now: datetime) -> Becomes:
    """Add a repeated letter to the open ticket and say so once a day."""
    message = belonging.message(seen, leg, incoming, row)
    if message is None:
        return Becomes(Outcome(Became.DUPLICATE, leg.id))
    ticket = seen.head(leg)
    effects = belonging.continued(seen, leg, ticket, message, incoming, now)
    said = {"kinds": list(incoming.kinds)}
    effects.append(history.entry(ticket.id, "requester", Action.REPEATED_LETTER_LINKED, said, now))
    if belonging.came_earlier(seen.demands[ticket.id], incoming):
        effects.append(Act(partial(again.runs_from_earlier, desk, ticket.id, incoming, now)))
        return Becomes(Outcome(Became.LINKED, leg.id), effects, partial(_linked, desk, leg.id, message, incoming, (), now))
    return Becomes(
        Outcome(Became.LINKED, leg.id),
        [*effects, *_linked(desk, leg.id, message, incoming, belonging.in_thread(message), now, seen, ())],
    )


def _linked(
    desk: Desk,
    number: int,
    message: Message,
    incoming: Incoming,
    more: Thread,
    now: datetime,
    seen: Seen,
    _opened: Sequence[int],
) -> list[Effect]:
    """A repeated letter is shown, and acknowledged with all that is demanded; `more` of its thread was not read."""
    leg = seen.tickets[number]
    effects = telling.shown(seen, leg, message, now)
    held = seen.demands[seen.head(leg).id]
    effects += telling.named(desk, seen, leg, message, incoming, held, now)
    recently = [one for one in seen.acknowledgements(leg) if one.created_at > now - LINKED_ONCE_IN]
    if len(recently) >= 2:
        return effects
    counted = [(one, seen.clocks[one.id]) for one in held]
    thread = [*seen.thread[leg.id], *more]
    return [*effects, *telling.acknowledged(desk, seen, leg, incoming, counted, thread, now, linked=True)]


def _open(desk: Desk, seen: Seen, incoming: Incoming, row: Inbound, known: Requester | None, now: datetime) -> Becomes:
    """Open a ticket: demands, clocks, topic, card, the words and files, and the acknowledgement."""
    requester, effects = (known, []) if known is not None else belonging.introduced(seen, incoming, now)
    kinds = incoming.kinds or (FALLBACK,)
    ticket = tickets.row(incoming, requester.id, now)
    ticket.id = seen.numbers.next(Ticket)
    by = tickets.recognised_by(incoming)
    demands = belonging.demands(desk, seen, ticket, (), tickets.in_this_law(desk, kinds), incoming.received_at, by, now)
    ticket.due_at, ticket.safe_at = clocks.leading(demands.clocks)
    opened = {"channel": incoming.channel, "kinds": list(kinds)}
    effects += [ticket, history.entry(ticket.id, "requester", Action.TICKET_OPENED, opened, now)]
    first = [topic.opening(ticket, now), topic.card(ticket, 0, now)]
    if tickets.pressing(demands.clocks, now):
        for one in first:
            one.priority = outbox.PRESSING
    effects += [*first, *demands.effects]
    message = belonging.new_message(seen, ticket, incoming, row, matching.external_id(incoming, row), Direction.IN, 1)
    effects += [*belonging.kept(message, incoming, now), *telling.shown(seen, ticket, message, now)]
    effects += telling.repeated(desk, seen, ticket, kinds, incoming.received_at, now)
    effects += telling.names_another(ticket, incoming, row, now)
    effects += telling.named(desk, seen, ticket, message, incoming, [demand for demand, _ in demands.counted], now)
    effects += telling.warned(seen, ticket, incoming, row, now)
    effects += telling.acknowledged(
        desk, seen, ticket, incoming, demands.counted, belonging.in_thread(message), now, requester=requester
    )
    clues = likeness.clues(desk, incoming)
    effects += [Clue(ticket_id=ticket.id, kind=kind, value=value) for kind, value in clues]
    effects += belonging.about(seen, ticket, incoming, now)
    spoken, told = telling.speaking(desk, ticket, incoming, row, now)
    ticket.speaker, ticket.minor = spoken.role or ticket.speaker, spoken.writer or ticket.minor
    effects += told
    if not incoming.spam and (alike := matching.alike(seen, ticket, clues, {demand.kind for demand, _ in demands.counted})):
        copies = [one for one in alike if likeness.surely(matching.shared(seen, one, clues), seen.tickets[one])]
        joins = len(copies) == 1 == len(alike)
        effects.append(
            Act(partial(again.joins, desk, ticket.id, copies[0], now)) if joins else likeness.offer(ticket, alike, now)
        )
    return Becomes(Outcome(Became.OPENED, ticket.id), effects)
