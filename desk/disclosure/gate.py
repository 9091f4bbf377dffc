"""The gate of disclosure: personal data do not leave to somebody who is not proved, unless staff answer for it by name.

Every letter to a requester comes by here, over either channel, whoever wrote it and whenever it was to leave: once when it is
decided, so that staff hear of it at once, and again right before it leaves (desk.flow.delivery), for an address, a check or a
mandate may have changed since. What is stopped waits in the outbox; nothing but a person lets it go:

* the recipient becomes proved (/verify, a code, a mandate): it is looked at once more;
* a colleague answers for it by name, with a reason; of the number of a document only that it is none;
* it is taken back, or edited into something else, which is looked at anew.

An override is for these very words to this very address: whatever changes them ends it.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from desk import contents, history, letters, outbox
from desk.context import Desk
from desk.disclosure import identity, mandates
from desk.disclosure.filewords import calls_itself_a_document, words_of_async
from desk.errors import Refused
from desk.recognising.personal import CONTACTS, NUMBERS, Datum, Found, contact, find
from desk.ticket import legs, topic
from desk.ticket.staffing import actor
from desk.vault import VaultError
from models import Action, Attachment, Contact, Direction, Level, Message, Outbox, OutboxState, Staff, Ticket
from models.store.connect import transaction
from models.store.leases import give_back

# Why something is stopped.
LEVEL, MANDATE, EXPIRED, MINOR = "level", "mandate", "expired", "minor"
_STANDS = {"missing": MANDATE, "expired": EXPIRED, "minor": MINOR}
# Files up to this size are looked into when an answer is decided; larger ones before it leaves.
EARLY = 3_000_000
# Words of the requester's that are compared with what is about to leave.
_OWN_WORDS = 200_000


@dataclass(frozen=True)
class Closed:
    """That a letter must not leave: what was `found` in it, why, how far its reader is proved, and which words it is."""

    found: tuple[Datum, ...]
    reasons: tuple[str, ...]
    level: Level
    digest: str

    @property
    def strict(self) -> bool:
        """Whether it holds the number of a document, which no reason lets go."""
        return bool(NUMBERS & set(self.found))


async def closed(desk: Desk, row: Outbox, now: datetime, *, largest: int | None = None) -> Closed | None:
    """Whether a letter must not leave as things stand; None: it may. Files above `largest` bytes are not looked into."""
    decided = letters.of(row)
    if decided is None or not decided.gated or row.ticket_id is None:
        return None
    letter = contents.of(row, contents.Letter)
    said = await _holds(desk, row, letter, largest)
    if not said:
        return None
    ticket = await _leg(row, letter)
    place = identity.place_of(row.channel, row.conversation)
    found = [one.datum for one in said if one.datum not in CONTACTS or not await _theirs(desk, ticket, place, one)]
    if not found:
        return None
    level = await identity.towards(ticket, place)
    reasons = await _reasons(desk, ticket, level, now)
    words = digest(row, letter)
    what = tuple(one for one in Datum if one in found)
    if not reasons or _cleared(letter, words, reasons, what):
        return None
    return Closed(what, reasons, level, words)


async def _reasons(desk: Desk, ticket: Ticket, level: Level, now: datetime) -> tuple[str, ...]:
    stands = await mandates.stands(desk, ticket, now)
    found = [LEVEL] if level < desk.disclose_from else []
    return (*found, _STANDS[stands]) if stands in _STANDS else tuple(found)


def _cleared(letter: contents.Letter, words: str, reasons: Iterable[str], found: Iterable[Datum]) -> bool:
    cleared = letter.cleared
    if cleared is None or cleared.digest != words:
        return False
    return cleared.false_alarm or (set(reasons) <= set(cleared.reasons) and not NUMBERS & set(found))


def digest(row: Outbox, letter: contents.Letter) -> str:
    """Which words, files and address a letter is: what an override is for."""
    files = [*getattr(letter, "attachments", ())]
    to = letter.envelope.to if letter.envelope else ""
    said = json.dumps([row.channel, row.conversation, to, _words(letter), files], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


# --- what it holds


async def _holds(desk: Desk, row: Outbox, letter: contents.Letter, largest: int | None) -> list[Found]:
    found = list(find(_words(letter)))
    for attachment in await Attachment.filter(id__in=list(getattr(letter, "attachments", ()))):
        if attachment.blob and (largest is None or attachment.size <= largest):
            found += await _in_file(desk, attachment)
    if isinstance(letter, contents.Reply) and letter.marked:
        found.append(Found(Datum.MARKED, ""))
    return found


_FILES: dict[str, list[Found]] = {}


async def _in_file(desk: Desk, attachment: Attachment) -> list[Found]:
    """What a file holds; looked at once, however often its letter is tried."""
    known = f"{attachment.sha256}:{attachment.name}"
    if known not in _FILES:
        try:
            content = await desk.vault.read_async(attachment.blob)
        except VaultError:  # the letter cannot leave without it either, and says why
            return []
        if len(_FILES) > 500:
            _FILES.clear()
        _FILES[known] = find(await words_of_async(attachment.name, content))
        if calls_itself_a_document(attachment.name):
            _FILES[known].append(Found(Datum.DOCUMENT, attachment.name))
    return _FILES[known]


# What of a letter is no words of people about the matter.
_NO_WORDS = frozenset({"envelope", "language", "cleared", "privacy", "quoted", "law", "provision", "article", "released", "by"})


def _words(letter: contents.Letter) -> str:
    """Every word of a letter that people or templates wrote, in the order of its fields."""
    return "\n".join(_strings({each.name: getattr(letter, each.name) for each in fields(letter) if each.name not in _NO_WORDS}))


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [one for part in value.values() for one in _strings(part)]
    if isinstance(value, list | tuple):
        return [one for part in value for one in _strings(part)]
    if is_dataclass(value) and not isinstance(value, type):
        return _strings({each.name: getattr(value, each.name) for each in fields(value) if each.name not in _NO_WORDS})
    return []


async def _theirs(desk: Desk, ticket: Ticket, place: identity.Place, found: Found) -> bool:
    """Whether a contact tells its reader nothing: the operator's own, the reader's, or one that they wrote to us."""
    if found.value in _published(desk) or (found.datum == Datum.EMAIL and found.value.rpartition("@")[2] in _domains(desk)):
        return True
    if found.datum == Datum.POSTAL and _same_place(found.value, desk.operator.address):
        return True
    if found.value == contact(place.value):
        return True
    joint = [one.id for one in await legs.of(await legs.head(ticket))]
    told = Contact.filter(requester__tickets__id=ticket.id)
    if found.value in {contact(one.value) for one in await told}:
        return True
    left = _OWN_WORDS
    for message in await Message.filter(ticket_id__in=joint, direction=Direction.IN).order_by("id"):
        text = message.text[:left]
        left -= len(text)
        if found.value in {one.value for one in _contacts_in(text) if one.datum == found.datum}:
            return True
    return False


@lru_cache(64)
def _contacts_in(text: str) -> tuple[Found, ...]:
    return tuple(one for one in find(text) if one.datum in CONTACTS)


def _published(desk: Desk) -> frozenset[str]:
    return desk.addresses | {desk.alert_email.casefold()} - {""}


def _domains(desk: Desk) -> set[str]:
    """Domains of the operator's own, whose addresses are no person's secret."""
    site = desk.operator.site.casefold().split("//")[-1].split("/")[0].removeprefix("www.")
    return {site} - {""}


def _same_place(value: str, address: str) -> bool:
    own = {one.value for one in find(address) if one.datum == Datum.POSTAL}
    return any(value in one or one in value for one in own)


async def _leg(row: Outbox, letter: contents.Letter) -> Ticket:
    """The ticket of the person who gets it: of a merged matter the leg that it names."""
    return (await Ticket.get_or_none(id=letter.number) if letter.number else None) or await Ticket.get(id=row.ticket_id)


# --- what becomes of it


async def look(desk: Desk, row: Outbox, now: datetime, *, reply_to: int | None = None) -> bool:
    """Look at a letter that was just decided, inside the caller's transaction; whether it was stopped.

    `reply_to` is the message of the group that decided it.
    """
    found = await closed(desk, row, now, largest=EARLY)
    letter = contents.of(row, contents.Letter)
    if found is None:
        if letter.stopped:
            await _let_go(desk, row, replace(letter, stopped=False), now)
        return False
    contents.amend(row, replace(letter, stopped=True))
    row.next_try_at = now + outbox.NOT_BY_ITSELF
    await row.save(update_fields=["content", "next_try_at"])
    await _say(desk, row, found, now, reply_to)
    return True


async def leaves(desk: Desk, row: Outbox, now: datetime) -> bool:
    """Look at a claimed letter right before it leaves; False: it was stopped, and waits for staff."""
    found = await closed(desk, row, now)
    if found is None:
        return True
    async with transaction():
        contents.amend(row, replace(contents.of(row, contents.Letter), stopped=True))
        if await give_back(row, next_try_at=now + outbox.NOT_BY_ITSELF, counted=False, error="", content=row.content):
            await _say(desk, row, found, now)
    return False


async def _say(desk: Desk, row: Outbox, found: Closed, now: datetime, reply_to: int | None = None) -> None:
    """Ask staff what to do with what was stopped; once for the same words and reasons."""
    ticket = await legs.head(await Ticket.get(id=row.ticket_id))
    about = hashlib.sha256(":".join([found.digest, *found.reasons, *found.found, found.level]).encode()).hexdigest()[:16]
    asked = await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"gate:{row.id}:{about}",
        content=contents.Gate(
            reply=row.id,
            found=tuple(found.found),
            reasons=found.reasons,
            level=found.level,
            wanted=desk.disclose_from,
            digest=found.digest,
            reply_to=reply_to,
        ),
        now=now,
        ticket=ticket,
        priority=outbox.URGENT,
    )
    if asked is not None:
        details = {"outbox": row.id, "found": list(found.found), "why": list(found.reasons), "level": found.level.value}
        await history.add(row.ticket_id, history.DESK, Action.DISCLOSURE_STOPPED, details, now)
        await topic.refresh_card(ticket, now)


async def override(
    desk: Desk, outbox_id: int, seen: str, reason: str, staff: Staff, now: datetime, *, false_alarm: bool = False
) -> bool:
    """A member of staff lets a stopped letter go, by name; False when it does not wait any more.

    `seen` is the digest of what they had before them. Raises Refused without a reason, when it has become another since, and
    for the number of a document unless it is a `false_alarm`: that it is none.
    """
    if not reason.strip():
        raise Refused("Say in words why it may leave: the reason is kept with your name.")
    row = await _stopped(outbox_id).select_for_update(of=("outbox",)).first()
    if row is None:
        return False
    letter = contents.of(row, contents.Letter)
    if digest(row, letter) != seen:
        raise Refused("It was changed after this button was shown: look at it once more.")
    found = await closed(desk, row, now)
    if found is not None and found.strict and not false_alarm:
        raise Refused(
            "The number of a document does not leave to somebody who is not verified. Take it out, verify the person (/verify), "
            "or say that it is no such number."
        )
    if found is not None:
        cleared = contents.Cleared(digest=seen, reasons=found.reasons, by=actor(staff), false_alarm=false_alarm)
        letter = replace(letter, cleared=cleared)
        details = {"outbox": row.id, "found": list(found.found), "why": list(found.reasons), "level": found.level.value}
        told = details | {"reason": reason.strip()[:1000], "false_alarm": false_alarm}
        await history.add(row.ticket_id, actor(staff), Action.DISCLOSURE_OVERRIDDEN, told, now)
    await _let_go(desk, row, replace(letter, stopped=False), now)
    return True


async def look_again(desk: Desk, ticket: Ticket, now: datetime) -> int:
    """Somebody was proved: what was stopped in a matter is looked at once more; how many letters leave now."""
    joint = [one.id for one in await legs.of(await legs.head(ticket))]
    gone = 0
    for row in await _stopped().filter(ticket_id__in=joint).select_for_update(of=("outbox",)).order_by("id"):
        if _is_stopped(row) and await closed(desk, row, now) is None:
            await _let_go(desk, row, replace(contents.of(row, contents.Letter), stopped=False), now)
            gone += 1
    return gone


async def stopped_of(ticket: Ticket) -> list[int]:
    """The letters of a ticket that the gate keeps."""
    return [row.id for row in await _stopped().filter(ticket_id=ticket.id).order_by("id") if _is_stopped(row)]


def _stopped(outbox_id: int | None = None) -> Any:
    rows = Outbox.filter(state=OutboxState.WAITING, lease_until__isnull=True, errand__in=letters.errands(lambda one: one.gated))
    return rows.filter(id=outbox_id) if outbox_id is not None else rows


def _is_stopped(row: Outbox) -> bool:
    return contents.of(row, contents.Letter).stopped


async def _let_go(desk: Desk, row: Outbox, letter: contents.Letter, now: datetime) -> None:
    """Have a letter leave when it was to: at its moment, or when Undo is over; a held one waits for its manager still."""
    contents.amend(row, letter)
    at = getattr(letter, "asked_at", None)
    soon = now + desk.undo
    row.next_try_at = now + outbox.NOT_BY_ITSELF if getattr(letter, "held", False) else max(soon, at) if at else soon
    row.error = ""
    await row.save(update_fields=["content", "next_try_at", "error"])
    await topic.refresh_card(await legs.head(await Ticket.get(id=row.ticket_id)), now)
