"""Replies and notes: what staff say on a ticket, and whether it reached the requester.

A reply waits `desk.undo` before it leaves, over the channel the requester used. A note stays inside.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from desk import contents, history, letters, outbox
from desk.context import Desk
from desk.disclosure import gate
from desk.errors import Refused
from desk.letters.way_back import Way, way_back
from desk.outward import standing
from desk.ports import Delivered, File, Incoming
from desk.recognising.personal import hidden
from desk.ticket import attachments, clocks, finding, notes, obligatory, tickets, topic
from desk.ticket.staffing import actor
from models import Action, Clock, Demand, Direction, Message, Outbox, OutboxState, Staff, Step, Ticket

TOO_LATE = "too_late"
# Characters of what a reply answers that are quoted with it.
QUOTED = 1000


class Left(Refused):
    """What was to be changed has left already, or is leaving at this moment."""


async def reply(
    desk: Desk,
    ticket: Ticket,
    *,
    staff: Staff,
    text: str,
    entities: list[contents.Entity] | None,
    files: Sequence[File],
    external_id: str,
    album: str,
    reply_to: int | None,
    now: datetime,
    at: datetime | None = None,
    held: bool = False,
    leg: Ticket | None = None,
    answers: int | None = None,
    quote: str = "",
    marked: bool = False,
    proves: tuple[contents.Proved, ...] = (),
    states: tuple[contents.Proved, ...] = (),
) -> Outbox:
    """Decide that the requester gets these words and files, or that a reply which waits already is to be these now.

    `external_id` is "chat:message" of the staff member's own message, which may have been a note until now; `reply_to` is its
    message id in the group, `album` that of an album of which more may come. `at` is when it is to go, if not at once; a
    `held` one waits until a manager releases it. `leg` is the merged ticket whose message is answered: the answer goes to its
    address, over its channel. `answers` is the requester's message that is replied to, `quote` the words of it that were
    chosen: the requester sees both. `marked`: staff say that it holds personal data (desk.disclosure.gate).
    `proves` are the steps that it is, `states` those of which it says that they were done: it is dropped when one of them is
    taken back before it leaves.
    Raises Left when it has left and would be another now; Refused when there is nothing to send, nowhere to send it, `at` is
    past, or the matter goes on in another ticket.
    """
    tickets.unmerged(ticket)
    leg = leg or ticket
    if at is not None and at <= now:
        raise Refused("This moment is past.")
    if not text.strip() and not files:
        raise Refused("There is nothing to send: write some words or attach a file.")
    before = await standing.of(external_id)
    row = await standing.row_of(before)
    to = await way_back(desk, leg, now)
    letter = contents.Reply(
        number=to.number,
        joined=to.joined,
        language=leg.language,
        envelope=to.envelope,
        text=text,
        entities=tuple(entities or ()),
        held=held,
        asked_at=at,
        asked_held=held,
        marked=marked,
        proves=proves,
        states=states,
    )
    soonest = now + (max(desk.undo, outbox.ALBUM_WAIT) if album else desk.undo)
    leaves = now + outbox.NOT_BY_ITSELF if held else max(soonest, at or soonest)
    if before is not None and row is not None and row.state != OutboxState.DROPPED:
        return await _changed(desk, before, row, staff, letter, files, leaves, now)
    message = await _written(leg, before, actor(staff), text, external_id, album, now)
    await _refer(message, answers, quote)
    enclosed = await attachments.instead(message, files)
    quoted = await _quoted(message) if to.envelope is not None and answers is not None else None
    letter = replace(letter, attachments=tuple(enclosed), quoted=quoted)
    key = f"reply:{ticket.id}:{external_id}"
    tries = await Outbox.filter(Q(unique_key=key) | Q(unique_key__startswith=f"{key}:"), ticket_id=ticket.id).count()
    row = await outbox.put(
        channel=to.channel,
        conversation=to.conversation,
        key=f"{key}:{tries}" if tries else key,
        content=letter,
        now=now,
        ticket=ticket,
        message=message,
        priority=outbox.SOON,
        not_before=leaves,
    )
    if row is None:
        raise Refused("This reply was taken before.")
    if not await gate.look(desk, row, now, reply_to=reply_to):
        await offer_undo(ticket, row, leaves, reply_to, now)
    details = {"message": message.id, "files": len(enclosed), "at": at.isoformat() if at else None, "held": held}
    await history.add(ticket.id, actor(staff), Action.REPLY_WRITTEN, details, now)
    if at is not None or held:
        await topic.refresh_card(ticket, now)
    return row


async def _written(leg: Ticket, before: Message | None, author: str, text: str, own: str, album: str, now: datetime) -> Message:
    """The message of a reply: a new one, or the one that was a note (or was taken back) until now."""
    if before is None:
        return await Message.create(
            ticket=leg,
            direction=Direction.OUT,
            channel=leg.channel,
            author=author,
            at=now,
            text=text,
            new_text=text,
            external_id=own,
            album=album,
        )
    before.ticket_id, before.direction, before.channel = leg.id, Direction.OUT, leg.channel
    before.text = before.new_text = text
    await before.save(update_fields=["ticket_id", "direction", "channel", "text", "new_text"])
    return before


async def _refer(message: Message, answers: int | None, quote: str) -> None:
    """Keep which words of the requester a reply answers."""
    if answers is None or (message.answers == answers and message.quote == quote):
        return
    # Only what the requester wrote is quoted to them: a posting bears more than their words.
    answered = await Message.get(id=answers)
    message.answers = answers
    message.quote = quote.strip()[:QUOTED] if quote.strip() and quote.strip() in answered.text else ""
    await message.save(update_fields=["answers", "quote"])


async def _changed(
    desk: Desk,
    message: Message,
    row: Outbox,
    staff: Staff,
    wanted: contents.Reply,
    files: Sequence[File],
    leaves: datetime,
    now: datetime,
) -> Outbox:
    """Let a reply that waits be what its message has become: words, files, and when it is to leave."""
    letter, same_files = contents.of(row, contents.Reply), await attachments.are(message, files)
    same_way = (letter.asked_at, letter.asked_held) == (wanted.asked_at, wanted.asked_held)
    same_words = (letter.text, [*letter.entities]) == (wanted.text, [*wanted.entities])
    if same_words and same_files and same_way:
        return row
    if row.state != OutboxState.WAITING or row.lease_until is not None:
        raise Left("This reply has left already, so the edit was not sent. Reply once more to correct it.")
    letter = replace(letter, text=wanted.text, entities=wanted.entities, version=letter.version + 1)
    if not same_files:
        letter = replace(letter, attachments=tuple(await attachments.instead(message, files)))
        # The files of a whole may come one after the other.
        row.next_try_at = max(row.next_try_at, now + min(outbox.ALBUM_WAIT, desk.undo)) if message.album else row.next_try_at
    if not same_way:
        letter = replace(letter, held=wanted.held, asked_at=wanted.asked_at, asked_held=wanted.asked_held)
        row.next_try_at = leaves
    elif letter.released and staff.role != "manager":
        # What a manager let go was other words than these.
        letter = replace(letter, held=True, released="")
        row.next_try_at = now + outbox.NOT_BY_ITSELF
    letter = replace(letter, marked=letter.marked or wanted.marked)
    contents.amend(row, letter)
    await row.save(update_fields=["content", "next_try_at"])
    await gate.look(desk, row, now)
    message.text = message.new_text = wanted.text
    await message.save(update_fields=["text", "new_text"])
    await history.add(message.ticket_id, actor(staff), Action.REPLY_AMENDED, {"message": message.id}, now)
    await topic.refresh_card(await Ticket.get(id=row.ticket_id), now)
    return row


async def keep_inside(desk: Desk, ticket: Ticket, message: Message, staff: Staff, now: datetime) -> None:
    """A reply that has not left becomes a note of the ticket. Raises Left when it has."""
    row = await standing.row_of(message)
    waits = row is not None and row.state == OutboxState.WAITING
    stays = row is None or row.state == OutboxState.DROPPED or (waits and await undo(desk, row.id, staff, now))
    if not stays:
        raise Left("This reply has left already: it cannot become anything else.")
    last = await finding.last_version(ticket.id, "staff", message.external_id)
    message.ticket_id, message.direction, message.channel = ticket.id, Direction.NOTE, "staff"
    message.version = last.version + 1 if last else message.version
    await message.save(update_fields=["ticket_id", "direction", "channel", "version"])
    await history.add(ticket.id, actor(staff), Action.REPLY_BECAME_NOTE, {"message": message.id}, now)


async def _quoted(message: Message) -> contents.Quoted:
    """The letter that a letter answers, or the words chosen of it, with its moment: a quotation is its context."""
    answered = await Message.get(id=message.answers)
    words = hidden(message.quote or (answered.new_text or answered.text).strip())
    return contents.Quoted(at=answered.at, text=words if len(words) <= QUOTED else words[:QUOTED].rstrip() + " …")


async def decide(desk: Desk, ticket: Ticket, key: str, way: Way, letter: contents.Letter, now: datetime) -> Outbox | None:
    """Have a decided letter leave once it cannot be undone; None: it is written already."""
    leaves = now + desk.undo
    row = await outbox.put(
        channel=way.channel,
        conversation=way.conversation,
        key=key,
        content=letter,
        now=now,
        ticket=ticket,
        priority=outbox.URGENT,
        not_before=leaves,
    )
    if row is not None and not await gate.look(desk, row, now):
        await offer_undo(ticket, row, leaves, None, now)
    return row


async def offer_undo(ticket: Ticket, row: Outbox, until: datetime, reply_to: int | None, now: datetime) -> None:
    """Show in the topic what is about to leave, with a button to take it back until it does."""
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"undo:{row.id}",
        content=contents.Undo(reply=row.id, until=until, via=row.channel, reply_to=reply_to, held=is_held(row)),
        now=now,
        ticket=ticket,
        priority=outbox.URGENT,
    )


def is_held(row: Outbox) -> bool:
    """Whether a row is a reply that waits for a manager's release."""
    return row.errand == contents.Reply.errand and contents.of(row, contents.Reply).held


async def undo(desk: Desk, outbox_id: int, staff: Staff, now: datetime) -> bool:
    """Take a reply back before it leaves; False when it has left, or is leaving at this moment."""
    taken = await _waiting(outbox_id).update(state=OutboxState.DROPPED, done_at=now, error="Taken back by staff.")
    if not taken:
        return False
    row = await Outbox.get(id=outbox_id)
    await history.add(row.ticket_id, actor(staff), Action.REPLY_TAKEN_BACK, {"message": row.message_id}, now)
    await status(row, "dropped", now)
    await topic.refresh_card(await Ticket.get(id=row.ticket_id), now)
    return True


def _waiting(outbox_id: int) -> QuerySet[Outbox]:
    """A reply or notice that has not left and is not leaving at this moment."""
    return Outbox.filter(
        id=outbox_id,
        errand__in=letters.undoable(),
        state=OutboxState.WAITING,
        attempts=0,
        lease_until__isnull=True,
    )


async def reschedule(desk: Desk, outbox_id: int, at: datetime, staff: Staff, now: datetime, *, seen: int | None = None) -> bool:
    """Have a waiting reply leave at another moment, released if it was held; False when it has left.

    `seen` is the version that whoever decides has before them. Raises Refused for a moment that is past, when the reply has
    become another since, and when somebody else than a manager would release a held one.
    """
    if at < now:
        raise Refused("This moment is past.")
    row = await _waiting(outbox_id).select_for_update().first()
    if row is None:
        return False
    if is_held(row):
        if staff.role != "manager":
            raise Refused("Only a manager can release a held reply.")
        letter = contents.of(row, contents.Reply)
        if seen is not None and seen != letter.version:
            raise Refused("It was changed after this button was shown: look at it once more.")
        contents.amend(row, replace(letter, held=False, released=actor(staff)))
    # Whatever put it off before does not keep it in the way of others until then.
    row.next_try_at, row.error = at, ""
    await row.save(update_fields=["next_try_at", "content", "error"])
    await history.add(
        row.ticket_id, actor(staff), Action.REPLY_RESCHEDULED, {"message": row.message_id, "at": at.isoformat()}, now
    )
    await topic.refresh_card(await Ticket.get(id=row.ticket_id), now)
    return True


async def release(desk: Desk, outbox_id: int, staff: Staff, now: datetime, *, seen: int | None = None) -> bool:
    """A manager lets a held reply go; False when it has left or was taken back. Raises Refused for anybody else."""
    if staff.role != "manager":
        raise Refused("Only a manager can release a held reply.")
    return await reschedule(desk, outbox_id, now, staff, now, seen=seen)


async def held(ticket: Ticket) -> list[int]:
    """The replies of a ticket that wait for a manager's release."""
    waiting = await Outbox.filter(ticket_id=ticket.id, errand="reply", state=OutboxState.WAITING).order_by("id")
    return [row.id for row in waiting if is_held(row)]


async def note(
    desk: Desk, ticket: Ticket, *, staff: Staff, text: str, files: Sequence[File], external_id: str, now: datetime
) -> Message:
    """Keep what staff say among themselves in the topic; it goes nowhere. An edited note is kept as a further version.

    What was a reply until now becomes a note. Raises Left when it has left.
    """
    before = await standing.of(external_id)
    if before is not None and before.direction == Direction.OUT:
        await keep_inside(desk, ticket, before, staff, now)
    held = await finding.last_version(ticket.id, "staff", external_id)
    if held is not None and held.text == text and await attachments.are(held, files):
        return held
    version = held.version + 1 if held else 1
    message = await notes.keep(ticket.id, actor(staff), text, external_id, now, version=version)
    await attachments.keep(message, files)
    return message


async def status(row: Outbox, state: str, now: datetime, error: str = "") -> None:
    """Show in the topic what became of a reply, by an edit of the posting that held its Undo button."""
    ticket = await Ticket.get(id=row.ticket_id)
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"status:{row.id}:{state}:{now.isoformat()}",
        content=contents.Status(reply=row.id, state=state, error=error),
        now=now,
        ticket=ticket,
        priority=outbox.SOON,
    )


async def shown(row: Outbox, until: timedelta, now: datetime) -> None:
    """The button that takes a reply back is on the screen: its seconds (`until`) count from now."""
    waiting = _waiting(contents.of(row, contents.Undo).reply).filter(next_try_at__lt=now + until)
    await waiting.update(next_try_at=now + until)


async def bounced(letter: Outbox, incoming: Incoming, now: datetime) -> None:
    """The requester's server could not take a letter of ours: say so where staff see it."""
    decided = letters.of(letter)
    if decided is not None and decided.undoable:
        await status(letter, "bounced", now, error=incoming.subject[:200])
    ticket = await Ticket.get(id=letter.ticket_id)
    await topic.tell(
        ticket,
        "↩️ A letter of ours came back undelivered: “%(subject)s”. Check the address, or reach the person another way.",
        {"subject": incoming.subject[:200]},
        now,
        key=f"bounced:{letter.id}:{incoming.external_id or incoming.fingerprint}",
    )


async def _sent(_desk: Desk, row: Outbox, delivered: Delivered, now: datetime) -> None:
    await history.add(row.ticket_id, history.DESK, Action.REPLY_SENT, {"message": row.message_id, "channel": row.channel}, now)
    state, error = ("partly", ", ".join(delivered.missed)) if delivered.missed else ("sent", "")
    await status(row, state, now, error=error)
    await topic.refresh_card(await Ticket.get(id=row.ticket_id), now)


async def _overtaken(desk: Desk, row: Outbox, _now: datetime) -> bool:
    """Whether a step of which the letter says that it was done is not done any more."""
    return not all([await _stands(desk, one) for one in contents.of(row, contents.Reply).states])


async def _stands(desk: Desk, step: contents.Proved) -> bool:
    if await Step.standing(demand_id=step.demand, key=step.key).exists():
        return True
    # Before steps had rows, the card stopped clocks alone.
    demand = await Demand.get_or_none(id=step.demand)
    act = clocks.rule_of(desk, demand).step(step.key) if demand is not None else None
    clock = await Clock.get_or_none(demand_id=step.demand, key=act.clock) if act is not None and act.clock else None
    return clock is not None and clock.stopped_at is not None and obligatory.by_its_step(clock)


def _proves(row: Outbox) -> list[tuple[int, str]]:
    """The steps that a reply is: those of the template it was made from."""
    return [(one.demand, one.key) for one in contents.of(row, contents.Reply).proves]


LETTER = letters.register(
    letters.DecidedLetter(content=contents.Reply, sent=_sent, overtaken=_overtaken, proves=_proves, addressed=True)
)
