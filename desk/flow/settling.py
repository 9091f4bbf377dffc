"""Settling: what follows from a delivery, in one transaction with the mark that it was done (or will not be).

What follows from a letter, and whether it still holds when it leaves after days, is in its record; what follows from a posting
is in a table below. An errand without a consequence just gets its mark.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from tortoise.expressions import Q

from desk import contents, history, letters, outbox
from desk.context import Desk
from desk.deed import releasing, writing
from desk.disclosure import codes
from desk.errors import DeskError, Unreachable
from desk.incident import notifying
from desk.outward import acknowledgement, closing, progress, replies, unreachable
from desk.ports import Delivered, Kept
from desk.record import kept
from desk.terms import answering, extension, refusal, steps
from desk.ticket import topic
from desk.ticket.replay import replay
from models import Action, Message, Outbox, OutboxState, Posted, Receipt, Ticket
from models.store.connect import client, is_postgres
from models.store.leases import LeaseLost, finish, finish_alike
from models.store.rows import Insertion, bound, change, insertions, within, write

# An answer is not held back longer than this for a group that cannot be told of it: its term runs on.
LONGEST_UNSEEN = timedelta(hours=1)

# Every letter that the desk writes; what follows from each stands in its record.
LETTERS: Final = (
    acknowledgement.LETTER,
    replies.LETTER,
    extension.LETTER,
    refusal.LETTER,
    progress.LETTER,
    closing.LETTER,
    codes.LETTER,
    codes.NEWS,
    notifying.LETTER,
    releasing.LETTER,
    writing.LETTER,
)
Consequence = Callable[[Desk, Outbox, Delivered, datetime], Awaitable[None]]


async def sent(desk: Desk, row: Outbox, delivered: Delivered, now: datetime) -> None:
    """Mark a row sent, keep its receipts and do what follows from it."""
    if plain(row):
        await sent_together(desk, [(row, delivered)], now)
        return
    await finish(row, state=OutboxState.SENT, done_at=now, error="", **_kept(delivered.kept))
    await _keep([(row, delivered)], now)
    letter, consequence = letters.of(row), AFTER_POSTED.get(row.errand)
    if letter is not None:
        await letter.sent(desk, row, delivered, now)
        await steps.sent(desk, row, letter.proves(row), now)
        await answering.ask(desk, row, now)
    elif consequence is not None:
        await consequence(desk, row, delivered, now)


def _kept(left: Sequence[Kept]) -> dict[str, Any]:
    """What left, as the row keeps it; what was kept before stays when nothing left."""
    return {"kept": [one.stored() for one in left]} if left else {}


def plain(row: Outbox) -> bool:
    """Whether so little follows from a row that it can be recorded with others: columns of its ticket, a line of history."""
    letter = letters.of(row)
    if letter is not None:
        return letter.noted is not None and letter.proves is letters.proves_nothing
    return row.errand not in AFTER_POSTED


async def sent_together(desk: Desk, handed: Sequence[tuple[Outbox, Delivered]], now: datetime) -> dict[int, bool]:
    """Mark plain rows sent, keep their receipts and do what follows; whether the conversation of each goes on, by its number.

    Raises `LeaseLost` when one of them is no longer this worker's; the transaction must then be undone. Written, and so
    locked, are the tickets, then the end of the history, then the rows of the outbox: in the order of every act of the desk.
    """
    shown = {row: int(delivered.sent[0].external_id) for row, delivered in handed if row.errand in PLACES and delivered.sent}
    noted = {row: letter.noted for row, _ in handed if (letter := letters.of(row)) is not None and letter.noted}
    made = {row: str(place) for row, place in shown.items() if row.errand == contents.Topic.errand}
    await _places_kept(shown)
    if noted or made:
        await history.lock()
    goes_on = await finish_alike(
        [row for row, _ in handed],
        {"state": OutboxState.SENT, "done_at": now, "error": ""},
        {row.id: _kept(delivered.kept) for row, delivered in handed if delivered.kept},
        along=_receipts(handed, now),
    )
    if len(goes_on) < len(handed):
        raise LeaseLost("The row was settled or leased by another worker meanwhile.")
    await _cards_made(handed, now)
    told = [
        history.entry(
            row.ticket_id, history.DESK, noted.get(row, Action.TOPIC_MADE), {"channel": row.channel} if row in noted else {}, now
        )
        for row, _ in handed
        if row in noted or row in made
    ]
    await history.append(*told)
    if made:
        await _topics_made(made, now)
    return goes_on


async def _places_kept(shown: Mapping[Outbox, int]) -> None:
    """Keep where tickets are shown."""
    tickets = sorted({row.ticket_id for row in shown if row.ticket_id})
    if len(tickets) > 1 and is_postgres():
        words = f"SELECT id FROM ticket WHERE id {within(1)} ORDER BY id FOR NO KEY UPDATE"  # noqa: S608
        await client().execute_query(words, bound([tickets]))
    await change([(Ticket(id=row.ticket_id), PLACES[row.errand](place)) for row, place in shown.items() if row.ticket_id])


async def unseen(desk: Desk, row: Outbox, now: datetime) -> bool:
    """Whether staff were not shown yet that something leaves which they may take back: its Undo waits still. Not for ever."""
    if not desk.undo or not _undoable(row) or now - row.created_at > LONGEST_UNSEEN:
        return False
    # In a topic that was made anew it is put again, under a longer key.
    offered = Q(unique_key=f"undo:{row.id}") | Q(unique_key__startswith=f"undo:{row.id}:")
    return await Outbox.filter(offered, errand="undo", state=OutboxState.WAITING).exists()


async def overtaken(desk: Desk, row: Outbox, now: datetime) -> bool:
    """Whether what a row says is not true any more though it was when it was decided; then it is dropped, for all to see."""
    letter = letters.of(row)
    if letter is None or not await letter.overtaken(desk, row, now):
        return False
    await finish(row, state=OutboxState.DROPPED, done_at=now, error="What it says was overtaken by what happened since.")
    await history.add(row.ticket_id, history.DESK, Action.DELIVERY_OVERTAKEN, {"act": row.errand, "channel": row.channel}, now)
    if letter.undoable:
        await replies.status(row, letter.overtaken_as, now)
    await topic.refresh_card(await Ticket.get(id=row.ticket_id), now)
    return True


def _undoable(row: Outbox) -> bool:
    letter = letters.of(row)
    return letter is not None and letter.undoable


async def unrecorded(desk: Desk, row: Outbox, delivered: Delivered, now: datetime) -> None:
    """A row was handed over, but what follows from it fails for good: staff see it, and it is not sent again by itself."""
    words = (
        "It was handed over, but what follows from it could not be recorded; the log has the details. Another try sends it again."
    )
    await finish(row, state=OutboxState.PARKED, done_at=now, error=words, **_kept(delivered.kept))
    await _keep([(row, delivered)], now)
    await _tell_parked(row, words, now)


async def _keep(handed: Sequence[tuple[Outbox, Delivered]], now: datetime) -> None:
    """Keep the receipts of what was posted."""
    await write(_receipts(handed, now))
    await _cards_made(handed, now)


def _receipts(handed: Sequence[tuple[Outbox, Delivered]], now: datetime) -> list[Insertion]:
    """The receipts of what was posted; one that is there already is of this row from now on."""
    found = [
        Receipt(
            outbox_id=row.id,
            channel=row.channel,
            place=posting.place,
            external_id=posting.external_id,
            role=posting.role,
            ticket_id=row.ticket_id,
            message_id=posting.message_id or row.message_id,
            at=now,
        )
        for row, delivered in handed
        for posting in delivered.sent
    ]
    # Each once: a statement changes a row once at most.
    once = {(one.channel, one.place, one.external_id): one for one in found}
    return insertions(list(once.values()), instead_of=("channel", "place", "external_id"))


async def _cards_made(handed: Sequence[tuple[Outbox, Delivered]], now: datetime) -> None:
    for row, delivered in handed:
        if row.errand == contents.Card.errand:
            await _shown_on_card(row, [one.message_id for one in delivered.sent if one.message_id], now)


async def _shown_on_card(row: Outbox, messages: Sequence[int], now: datetime) -> None:
    """The card shows these messages too: they need no posting of their own."""
    theirs = Outbox.filter(conversation=row.conversation, errand=contents.RequesterWords.errand, message_id__in=list(messages))
    if messages:
        await theirs.filter(state=OutboxState.WAITING, lease_until__isnull=True).update(
            state=OutboxState.SENT, done_at=now, error=""
        )


# Where a ticket is shown: the columns that a posting of these errands is kept in.
PLACES: dict[str, Callable[[int], dict[str, int | None]]] = {
    "topic": lambda number: {"topic_id": number, "card_id": None},
    "card": lambda number: {"card_id": number},
}


async def _topics_made(made: Mapping[Outbox, str], now: datetime) -> None:
    """A ticket that was begun is shown whole before the next one is; what is said in it now follows in its order."""
    arrived = Outbox.filter(
        conversation__in=[row.conversation for row in made], state=OutboxState.WAITING, priority__lte=outbox.NEW
    )
    await arrived.filter(priority__gt=outbox.SOON).update(priority=outbox.SOON)
    # A try whose answer was lost, and of which was heard only now, had made one too.
    shown = {row.id: (row, place) for row, place in made.items() if row.attempts > 1}
    again = [row.ticket_id for row, _ in shown.values()]
    receipts = await Receipt.filter(ticket_id__in=again, role=Posted.TOPIC) if again else []
    for other in sorted(receipts, key=lambda one: one.id):
        row, place = shown.get(other.outbox_id, (None, ""))
        if row is not None and other.external_id != place:
            await topic.close_double(await Ticket.get(id=row.ticket_id), int(other.external_id), now)


async def _undo_shown(desk: Desk, row: Outbox, delivered: Delivered, now: datetime) -> None:
    if delivered.sent and not contents.of(row, contents.Undo).held:
        await replies.shown(row, desk.undo, now)


# What else follows from a posting; what follows from a letter stands in its record (desk.letters).
AFTER_POSTED: dict[str, Consequence] = {
    "undo": _undo_shown,
}


async def parked(desk: Desk, row: Outbox, error: DeskError, now: datetime) -> None:
    """Put a row aside for good and let staff see it. What only served the moment is dropped without a word."""
    fleeting = row.errand in FLEETING
    state = OutboxState.DROPPED if fleeting else OutboxState.PARKED
    left = await kept.left(desk.vault, row) if kept.is_kept(row) else ()
    await finish(row, state=state, done_at=now, error=error.sentence, **_kept(left))
    if fleeting:
        return
    why = error.said(desk.staff_language)
    if row.ticket_id is not None:
        await history.add(row.ticket_id, history.DESK, Action.DELIVERY_PARKED, {"act": row.errand, "channel": row.channel}, now)
    letter = letters.of(row)
    if letter is not None and letter.one_of_many:
        await letter.failed(desk, row, now)
        return
    if _undoable(row):
        # What went before it failed is with the requester: to say that nothing was sent would not be true.
        became = "cut" if contents.steps_of(row) else "unreachable" if isinstance(error, Unreachable) else "parked"
        await replies.status(row, became, now, error=error.said(desk.staff_language))
    if row.channel == "telegram" and row.ticket_id is not None and isinstance(error, Unreachable):
        # Said once, with what else can be done. Only an answer of theirs do staff get to send again.
        await unreachable.tell(desk, await Ticket.get(id=row.ticket_id), now)
        if not _undoable(row):
            return
    elif row.ticket_id is not None and letter is not None and letter.unreached:
        ticket = await Ticket.get(id=row.ticket_id)
        await topic.tell(ticket, letter.unreached, {"why": why}, now, key=f"unacknowledged:{row.id}:{now.isoformat()}")
    await _tell_parked(row, why, now)


async def _tell_parked(row: Outbox, why: str, now: datetime) -> None:
    """Say in the general room that a delivery waits for a person; of such a word itself nothing is said."""
    if row.errand == "parked":
        return
    await outbox.put(
        channel="staff",
        conversation=outbox.GENERAL,
        key=f"parked:outbox:{row.id}:{now.isoformat()}",
        content=contents.Parked(outbox=row.id, error=why),
        now=now,
        ticket=await Ticket.get_or_none(id=row.ticket_id) if row.ticket_id else None,
        priority=outbox.SOON,
    )


# Acts that are worth nothing a moment later: an answer to a tap, a screen of a dialog, the look of a posting.
FLEETING = frozenset({"callback", "screen", "status", "card", "commands", "reaction", "removal", "pin"})


async def topic_gone(desk: Desk, row: Outbox, now: datetime) -> None:
    """The ticket's topic was deleted: make a new one, show the card, and let everything that waited follow in its order."""
    if row.ticket_id is None:
        return
    ticket = await Ticket.get(id=row.ticket_id)
    ticket.topic_id, ticket.card_id = None, None
    await ticket.save(update_fields=["topic_id", "card_id"])
    waiting = await Outbox.filter(conversation=row.conversation, state=OutboxState.WAITING).order_by("id")
    repeats = await Outbox.filter(ticket_id=ticket.id, errand="topic").count()
    await Outbox.filter(id__in=[one.id for one in waiting]).update(
        state=OutboxState.DROPPED, done_at=now, error="The topic was deleted; repeated in a new one.", lease_until=None
    )
    await history.add(ticket.id, history.DESK, Action.TOPIC_DELETED, {}, now)
    again = partial(outbox.put, channel="staff", conversation=row.conversation, now=now, ticket=ticket, priority=outbox.SOON)
    await again(key=f"topic:{ticket.id}:{repeats}", content=contents.Topic())
    await again(key=f"card:{ticket.id}:topic{repeats}", content=contents.Card())
    if repeats:
        await replay(ticket, now, key=f":topic{repeats}")
    for one in waiting:
        if one.errand not in {"topic", "card"}:
            message = await Message.get_or_none(id=one.message_id) if one.message_id else None
            await again(key=f"{one.unique_key}:topic{repeats}", content=contents.read(one), message=message)
