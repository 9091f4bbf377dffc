"""Quiet letters: what opened no ticket stands in a list that staff look through, and one tap makes a ticket of it.

Nothing is decided for good by a machine. A letter that is raised is taken again from its raw bytes, as the letter of a
person, with its own moment of receipt.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from desk import history
from desk.context import Desk
from desk.errors import Refused
from desk.ports import Incoming
from models import Action, Inbound, InboundState, Quiet, QuietState
from models.store.query import column
from models.store.rows import insert_unless_there

# Characters of a letter that the list keeps.
KEPT = 400


async def keep(row: Inbound, incoming: Incoming, kind: str, why: Sequence[str]) -> None:
    """Put a letter that opens nothing into the list; one that is there already stays as staff have judged it."""
    await insert_unless_there(kept(row, incoming, kind, why))


def kept(row: Inbound, incoming: Incoming, kind: str, why: Sequence[str]) -> Quiet:
    """What `keep` puts into the list."""
    return Quiet(
        inbound_id=row.id,
        kind=kind,
        received_at=incoming.received_at,
        sender=(incoming.sender.shown or incoming.sender.value)[:320] if incoming.sender.kind == "email" else "",
        subject=incoming.subject[:KEPT],
        words=" ".join((incoming.new_text or incoming.text).split())[:KEPT],
        files=len(incoming.files),
        why=list(dict.fromkeys(why)),
    )


async def unseen(limit: int, *, up_to: int | None = None) -> list[Quiet]:
    """The letters that nobody has looked at, the newest first; with `up_to` those from this id downwards."""
    waiting = Quiet.filter(state=QuietState.UNSEEN)
    return await (waiting if up_to is None else waiting.filter(id__lte=up_to)).order_by("-id").limit(limit)


async def counts() -> dict[str, int]:
    """How many letters nobody has looked at, by kind."""
    return dict(sorted(Counter(await column(Quiet.filter(state=QuietState.UNSEEN), "kind")).items()))


async def raised(rows: Iterable[Inbound]) -> list[Quiet]:
    """The decisions of staff that letters among these are to become tickets."""
    # Only what was taken before can have been quiet.
    before = [row.id for row in rows if row.outcome]
    return await Quiet.filter(inbound_id__in=before, state=QuietState.RAISED) if before else []


def heard(incoming: Incoming) -> Incoming:
    """A letter that staff raised: a person's, whatever the machine took it for, and never answered by itself."""
    return replace(incoming, automated=None, spam=False, answerable=False, silenced_by=("raised",))


async def make_ticket(desk: Desk, quiet_id: int, actor: str, now: datetime) -> None:
    """Have a quiet letter taken again, as a person's. Raises Refused when it was raised already, or is not there."""
    changed = (
        await Quiet.filter(id=quiet_id)
        .exclude(state=QuietState.RAISED)
        .update(state=QuietState.RAISED, decided_by=actor, decided_at=now)
    )
    if not changed:
        raise Refused("A ticket is made of this letter already.")
    quiet = await Quiet.get(id=quiet_id)
    await Inbound.filter(id=quiet.inbound_id, state=InboundState.DONE).update(
        state=InboundState.WAITING, attempts=0, next_try_at=now, done_at=None, lease_until=None
    )
    await history.add(None, actor, Action.QUIET_RAISED, {"inbound": quiet.inbound_id}, now)
    desk.wake.inbox.set()


async def seen(ids: Sequence[int], actor: str, now: datetime) -> int:
    """Note that staff have looked at these letters and nothing is to be done; how many were new to them."""
    return await Quiet.filter(id__in=list(ids), state=QuietState.UNSEEN).update(
        state=QuietState.SEEN, decided_by=actor, decided_at=now
    )
