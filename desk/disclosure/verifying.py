"""Verifying: staff record what they compared to find out who somebody is. Kinds of facts, never their values, never a scan."""

from collections.abc import Collection
from datetime import datetime

from desk import history
from desk.context import Desk
from desk.disclosure import gate, identity
from desk.errors import Refused
from desk.i18n import N_
from desk.ticket import legs, topic
from desk.ticket.staffing import actor
from models import Action, Level, Staff, Ticket, Verification

# What can be compared with what the operator holds, in the order of the buttons.
FACTS: dict[str, str] = {
    "contract": N_("contract number"),
    "order": N_("order number"),
    "birth": N_("date of birth"),
    "document": N_("number of the identity document"),
    "account": N_("login of the account"),
    "phone": N_("phone number, by a call back"),
    "address": N_("postal address"),
    "visit": N_("came in person and showed the document"),
    "signature": N_("electronic or handwritten signature"),
}
# What proves the person by a document; whatever else is compared, staff vouch for.
BY_DOCUMENT = frozenset({"document", "signature"})


def level_of(compared: Collection[str]) -> Level:
    """The level that a comparison proves: a document alone is one; anything besides is staff's own judgement."""
    return Level.DOCUMENT if set(compared) <= BY_DOCUMENT else Level.STAFF


async def verify(desk: Desk, ticket: Ticket, compared: Collection[str], staff: Staff, now: datetime) -> Level:
    """Record what was compared of whoever gets the answers; the level it proves. What the gate stopped is looked at anew.

    Raises Refused where nothing was compared, or it is not known whom it is about.
    """
    facts = [one for one in FACTS if one in compared]
    place = await identity.answered_at(ticket)
    if not facts:
        raise Refused("Say what was compared: tap at least one fact.")
    if place is None:
        raise Refused("This requester left no address to answer to.")
    level = level_of(facts)
    await Verification.create(
        ticket=ticket, kind=place.kind, value=place.value, level=level, compared=facts, by=actor(staff), at=now
    )
    await history.add(ticket.id, actor(staff), Action.IDENTITY_VERIFIED, {"level": level.value, "compared": facts}, now)
    await gate.look_again(desk, ticket, now)
    await topic.refresh_card(await legs.head(ticket), now)
    return level


async def take_back(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> Level | None:
    """Take the newest check of a matter back, a code too; the level that is left. None: there is none to take back."""
    found = await identity.standing(await legs.of(await legs.head(ticket)))
    if not found:
        return None
    last = found[-1]
    last.taken_back_at, last.taken_back_by = now, actor(staff)
    await last.save(update_fields=["taken_back_at", "taken_back_by"])
    await history.add(last.ticket_id, actor(staff), Action.VERIFICATION_TAKEN_BACK, {"level": last.level.value}, now)
    await topic.refresh_card(await legs.head(ticket), now)
    return await identity.level(ticket)
