"""Intake: what a requester's message becomes, decided and written in one transaction.

The order of the decisions is the order of this file:

1. The same letter taken again (another folder, another UID) is a duplicate and changes nothing.
2. What robots send is never answered: a bounce is tied to the letter it reports on, the rest is shown in its ticket; without
   one it stands in the list of quiet letters, from which staff can raise it.
3. An edit adds a version to the message it changes.
4. A proven reference, borne by a person of that ticket, continues the ticket; a stranger's never does.
5. A second letter of the same person on the same matter is linked to the open ticket: what it repeats gets no new clock,
   what it demands besides gets its own. Where it was received first (a mailbox that could not be read, a spam folder), the
   clocks count from it.
6. Everything else opens a ticket; staff are told when it looks like the matter of somebody else's (desk.matter.likeness).

Of tickets that were merged (desk.matter.merging) a message is kept in the leg of the person who wrote it, and everything that
follows happens in the ticket in which the matter goes on.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from tortoise.expressions import Q

from desk import contents, history
from desk.context import Desk
from desk.flow import afterwards, quiet
from desk.flow.judging import PLAIN, WHY
from desk.i18n import N_
from desk.matter import likeness, persons
from desk.outward import acknowledgement, replies
from desk.outward.caps import base
from desk.outward.envelopes import NO_MESSAGE_ID, bare_subject
from desk.ports import Incoming, Outcome
from desk.terms import corrections, extension, refusal, repeats, triage
from desk.ticket import attachments, clocks, finding, legs, requesters, tickets, topic
from models import (
    Contact,
    Demand,
    Direction,
    Inbound,
    InboundState,
    Message,
    Outbox,
    OutboxState,
    Receipt,
    Requester,
    Ticket,
    TicketStatus,
)
from models.fields import clean_text
from models.store.query import column

FALLBACK = "question"
# The types of the parts of a report that are for machines.
MACHINE = ("message/", "text/rfc822-headers")
# A Message-ID longer than this cannot be indexed everywhere; its letter is known by its fingerprint.
LONGEST_ID = 400
# A linked second letter is acknowledged once in this time.
LINKED_ONCE_IN = timedelta(days=1)
# The parts of an album come as separate updates; its first part waits this long for the others.
ALBUM_WAIT = timedelta(milliseconds=1500)


async def take(desk: Desk, incoming: Incoming, row: Inbound, now: datetime) -> Outcome:
    """Take one message of a requester, inside the transaction of its inbound row."""
    # Only what was taken before can have been quiet.
    raised = await quiet.raised(row) if row.outcome else None
    if raised is None:
        return await _take(desk, incoming, row, now)
    heard = replace(incoming, automated=None, spam=False, answerable=False, silenced_by=("raised",))
    outcome = await _take(desk, heard, row, now, raised=True)
    raised.ticket_id = outcome.ticket_id
    await raised.save(update_fields=["ticket_id"])
    return outcome


async def _take(desk: Desk, incoming: Incoming, row: Inbound, now: datetime, *, raised: bool = False) -> Outcome:
    legal = tickets.in_this_law(desk, [kind for kind in incoming.kinds if kind not in PLAIN])
    plain = [kind for kind in incoming.kinds if kind in PLAIN and kind in desk.regime.kinds]
    incoming = triage.sorted_out(desk, replace(incoming, kinds=tuple(legal + plain)))
    if incoming.fingerprint:
        row.fingerprint = incoming.fingerprint
        await row.save(update_fields=["fingerprint"])
        twin = (
            await Inbound.filter(fingerprint=incoming.fingerprint, channel=row.channel, state=InboundState.DONE)
            .exclude(id=row.id)
            .first()
        )
        if twin is not None and not raised:
            return Outcome("duplicate", twin.ticket_id)
    if incoming.automated:
        return await _robot(desk, incoming, row, now)
    if incoming.reply_to and not raised and await _answers_alert(incoming):
        return await _robot(desk, replace(incoming, automated="staff", held_for=("staff",)), row, now)
    known = await requesters.find(incoming.sender)
    if incoming.version > 1 and (changed := await _edit(incoming, row, known, now)):
        return changed
    ticket = await _continued(incoming, known)
    if ticket is not None and not await _of_another(ticket, incoming):
        return await _continue(desk, ticket, incoming, row, now)
    if not raised and _only_recorded(desk, incoming):
        await quiet.keep(row, incoming, "recorded", ("recorded",))
        return Outcome("recorded")
    ticket = await _same_matter(incoming, known)
    if ticket is not None and await _only_repeats(ticket, incoming):
        return await _link(desk, ticket, incoming, row, now)
    ticket = ticket or await afterwards.objected_to(incoming, known, _demands(incoming), now)
    if ticket is not None:
        return await _continue(desk, ticket, incoming, row, now)
    return await _open(desk, incoming, row, now)


# What staff read above what a program or a colleague sent about a ticket.
_CAME = {
    "staff": N_("✉️ A colleague wrote about this ticket: “%(subject)s”. It was not taken for the requester's, and not answered."),
    "reaction": N_("👍 A reaction came: “%(subject)s”. It is kept as a note."),
    "recall": N_("↩️ The sender's mail program asks to give back “%(subject)s”. That withdraws nothing: the letter has come."),
}


async def _robot(desk: Desk, incoming: Incoming, row: Inbound, now: datetime) -> Outcome:
    """Tie a report or an automatic letter to its ticket, for staff to see; without one it is quiet. It is never answered."""
    letter = await _reported_letter(incoming)
    ticket_id = letter.ticket_id if letter else incoming.ticket_id
    ticket = await Ticket.get_or_none(id=ticket_id) if ticket_id else await _running(incoming)
    kind = incoming.automated or "auto_reply"
    if ticket is None:
        await quiet.keep(row, incoming, kind, incoming.held_for)
        return Outcome(kind)
    await history.add(ticket.id, "mail", kind.replace("_", " ") + " received", {}, now)
    if kind == "bounce" and letter is not None and _names(incoming, letter):
        await replies.bounced(letter, incoming, now)
        if letter.act == "refusal":
            await refusal.bounced(desk, letter, now)
        if letter.act == "extension":
            await extension.bounced(desk, letter, now)
        # What the report says in words, without the parts that only machines read.
        words_of_it = replace(incoming, files=tuple(file for file in incoming.files if not file.type.startswith(MACHINE)))
        await _show(ticket, await _add_message(ticket, words_of_it, row, now, direction=Direction.NOTE), now)
        return Outcome(kind, ticket.id)
    message = await _add_message(ticket, incoming, row, now, direction=Direction.NOTE)
    if message is not None:
        words = "🤖 An automatic letter came: “%(subject)s”. It was not answered."
        params = {"subject": (incoming.recalls or incoming.subject)[:200]}
        if kind == "bounce" and incoming.failed_recipients:
            words = "↩️ A report came about %(whom)s, to which this letter of ours did not go. Nothing was changed by it."
            params = {"whom": ", ".join(incoming.failed_recipients[:3])}
        await topic.tell(ticket, _CAME.get(kind, words), params, now, key=f"robot:{row.id}")
        await _show(ticket, message, now)
    return Outcome(kind, ticket.id)


def _names(bounce: Incoming, letter: Outbox) -> bool:
    """Whether a bounce is about the address that the letter went to; one that names nobody is."""
    named = {base(one) for one in bounce.failed_recipients}
    return not named or base(letter.content.get("to", "")) in named


async def _running(incoming: Incoming) -> Ticket | None:
    """The open ticket that an automatic letter without any reference goes with: the sender's own."""
    known = await requesters.find(incoming.sender) if incoming.automated in {"auto_reply", "reaction", "recall"} else None
    if known is None:
        return None
    if incoming.automated == "recall":
        return await _of_subject(incoming.recalls, known)
    return await Ticket.filter(requester_id=known.id, status=TicketStatus.OPEN).order_by("-id").first()


async def _of_subject(subject: str, known: Requester) -> Ticket | None:
    """The ticket, open or closed, of the letter of a person that has this subject; of several the newest."""
    wanted = bare_subject(subject).casefold()
    letters = Message.filter(ticket__requester_id=known.id, channel="mail", direction=Direction.IN).select_related("ticket")
    return next(
        (one.ticket for one in await letters.order_by("-id").limit(200) if bare_subject(one.subject).casefold() == wanted), None
    )


async def _answers_alert(incoming: Incoming) -> bool:
    """Whether a letter answers an alert of ours: only the operator's own people get these."""
    letter = await _reported_letter(incoming)
    return letter is not None and letter.act == "alert"


async def _reported_letter(incoming: Incoming) -> Outbox | None:
    """The letter of ours that a report speaks of, by the Message-ID it quotes or refers to."""
    ids = [one for one in (incoming.original_message_id, *incoming.reply_to) if one]
    if not ids:
        return None
    receipt = await Receipt.filter(channel="mail", external_id__in=ids).order_by("-id").select_related("outbox").first()
    return receipt.outbox if receipt else None


async def _edit(incoming: Incoming, row: Inbound, known: Requester | None, now: datetime) -> Outcome | None:
    """Add a version to the message that was edited; None when the desk never saw its first version."""
    if known is None:
        return None
    message = (
        await Message.filter(
            channel=incoming.channel, external_id=incoming.external_id, direction=Direction.IN, ticket__requester_id=known.id
        )
        .order_by("-version")
        .select_related("ticket")
        .first()
    )
    if message is None:
        return None
    if message.text == incoming.text and not incoming.files:
        return Outcome("unchanged", message.ticket_id)
    added = await _add_message(message.ticket, incoming, row, now, version=message.version + 1)
    await _show(message.ticket, added, now)
    return Outcome("edited", message.ticket_id)


async def _continued(incoming: Incoming, known: Requester | None) -> Ticket | None:
    """The ticket that a proven reference leads to, when its bearer belongs to it; of merged ones, the bearer's own leg."""
    if incoming.ticket_id is None:
        return None
    named = await Ticket.get_or_none(id=incoming.ticket_id)
    if named is None:
        return None
    theirs = [leg for leg in await legs.of(await legs.head(named)) if _belongs(leg, incoming, known)]
    return min(theirs, key=lambda leg: (leg.channel != incoming.channel, leg.id != named.id, leg.id), default=None)


async def _of_another(ticket: Ticket, incoming: Incoming) -> bool:
    """Whether an answer demands something for another person than its ticket is about, in words and not only by its signature."""
    whom = incoming.about
    if whom is None or not (whom.stated or whom.relations or whom.born) or not _demands(incoming):
        return False
    return await persons.another(ticket, whom)


def _belongs(ticket: Ticket, incoming: Incoming, known: Requester | None) -> bool:
    """Whether the sender is the requester of the ticket, or the address that its answers go to."""
    return (known is not None and known.id == ticket.requester_id) or (
        incoming.sender.kind == "email"
        and ticket.answer_to != ""
        and incoming.sender.value.casefold() == ticket.answer_to.casefold()
    )


def _only_recorded(desk: Desk, incoming: Incoming) -> bool:
    """A mailbox that takes requests only: letters that demand nothing are kept as inbound rows and go no further."""
    mailbox = desk.mailbox(incoming.mailbox) if incoming.channel == "mail" else None
    return mailbox is not None and mailbox.take == "requests" and not _demands(incoming) and not incoming.candidates


def _demands(incoming: Incoming) -> set[str]:
    return set(incoming.kinds) - PLAIN


def _answers(incoming: Incoming) -> str:
    """The address that answers to a letter go to."""
    return (incoming.answer_to or (incoming.sender.value if incoming.sender.kind == "email" else "")).casefold()


async def _same_matter(incoming: Incoming, known: Requester | None) -> Ticket | None:
    """An open ticket of the same person that this message repeats: one of its demands, or its subject without any."""
    if known is None or incoming.way == "device":
        # What a scanner sends is as likely another person's.
        return None
    whom = incoming.about
    nobody = whom is not None and not whom.told and await persons.speaks_for_many(known)
    subject = bare_subject(incoming.subject).casefold()
    theirs = {_answers(incoming)} | {
        one.casefold() for pair in await Contact.filter(requester_id=known.id).values_list("value", "shown") for one in pair
    }
    own = Ticket.filter(Q(status=TicketStatus.OPEN) | Q(merged_into__isnull=False), requester_id=known.id)
    for ticket in await own.order_by("-id"):
        joint = await legs.head(ticket)
        if joint.status != TicketStatus.OPEN:
            continue
        if ticket.channel == "mail" and ticket.answer_to.casefold() not in theirs:
            # Its answers go where this person never wrote from: somebody may have asked in their name.
            continue
        if whom is not None and (nobody or await persons.another(joint, whom)):
            continue
        if await persons.came_otherwise(ticket, incoming.way):
            continue
        # What was done already, a new letter does not repeat: it asks anew.
        held = set(await column(Demand.filter(ticket_id=joint.id, closed_at__isnull=True), "kind"))
        demands = _demands(incoming)
        if demands & held and incoming.represented == joint.represented:
            return ticket
        if not demands and incoming.channel == "mail" and subject and subject == bare_subject(ticket.subject).casefold():
            return ticket
    return None


async def _only_repeats(leg: Ticket, incoming: Incoming) -> bool:
    """Whether a message demands nothing that is not demanded in the matter already, and open."""
    joint = await legs.head(leg)
    return _demands(incoming) <= set(await column(Demand.filter(ticket_id=joint.id, closed_at__isnull=True), "kind"))


async def _continue(desk: Desk, leg: Ticket, incoming: Incoming, row: Inbound, now: datetime) -> Outcome:
    """Add the message to its ticket. What it newly demands gets its own clocks; a closed ticket opens again."""
    ticket = await legs.locked(leg)
    message = await _add_message(leg, incoming, row, now)
    if message is None:
        return Outcome("duplicate", leg.id)
    await persons.learn(leg, incoming.about)
    await _asked_over(leg, ticket, incoming, now)
    closed = ticket.status == TicketStatus.CLOSED
    if closed and await afterwards.asks_nothing(incoming, ticket, legal=bool(_demands(incoming))):
        await _show(ticket, message, now)
        return Outcome("courtesy", leg.id)
    if closed:
        await tickets.reopen(desk, ticket, None, now)
    await _restart(desk, ticket, incoming, now, closed=closed)
    new = await tickets.add_demands(
        desk, ticket, sorted(_demands(incoming), key=incoming.kinds.index), incoming.received_at, "machine", now
    )
    new += await triage.heard(desk, ticket, incoming, now)
    await corrections.came_earlier(desk, ticket, incoming.received_at, now, kinds=_demands(incoming))
    await repeats.tell(desk, ticket, [demand.kind for demand in new], incoming.received_at, now)
    await _show(ticket, message, now)
    await _tell_foreign(ticket, incoming, row, now)
    await topic.refresh_card(ticket, now)
    if new:
        await acknowledgement.acknowledge(desk, leg, incoming, new, now)
    return Outcome("added", leg.id)


async def _tell_foreign(ticket: Ticket, incoming: Incoming, row: Inbound, now: datetime) -> None:
    """Tell staff that the words name the number of somebody else's ticket: they may be meant for it, or fish for it."""
    named = incoming.claimed_ticket_id
    if named is not None and incoming.channel == "telegram":
        words = "⚠️ The message names № %(number)s, which is another person's request; it was not added there."
        await topic.tell(ticket, words, {"number": named}, now, key=f"named:{row.id}")


async def _asked_over(leg: Ticket, ticket: Ticket, incoming: Incoming, now: datetime) -> None:
    """Keep what was demanded over a merged leg: it demands that for itself, should the two be taken apart."""
    if leg.id != ticket.id and (kinds := sorted(_demands(incoming))):
        details = {"kinds": kinds, "received_at": incoming.received_at.isoformat(), "into": ticket.id}
        await history.add(leg.id, "requester", legs.ASKED, details, now)


async def _restart(desk: Desk, ticket: Ticket, incoming: Incoming, now: datetime, *, closed: bool) -> None:
    """What is demanded again after it was done, refused, taken back or corrected runs again, from the new receipt.

    What was only dropped with its ticket runs already, from its own. A ticket that was closed never stands without a
    clock: where nothing is demanded and nothing runs, a question is open.
    """
    kinds = _demands(incoming)
    if closed and not kinds and not await tickets.unmet(ticket):
        await tickets.ask(desk, ticket, incoming.received_at, "machine", now)
    held = await Demand.filter(ticket_id=ticket.id, kind__in=list(kinds), closed_at__isnull=False).order_by("id")
    # Before the clocks forget the first receipt.
    await repeats.tell(desk, ticket, [demand.kind for demand in held], incoming.received_at, now)
    for demand in held:
        await tickets.demand_anew(desk, ticket, demand, incoming.received_at, now)
    if closed and not held:
        await tickets.add_demands(desk, ticket, sorted(kinds), incoming.received_at, "machine", now)
    await clocks.lead(ticket)


async def _link(desk: Desk, leg: Ticket, incoming: Incoming, row: Inbound, now: datetime) -> Outcome:
    """Add a repeated letter to the open ticket and say so once a day."""
    ticket = await legs.locked(leg)
    message = await _add_message(leg, incoming, row, now)
    if message is None:
        return Outcome("duplicate", leg.id)
    await persons.learn(leg, incoming.about)
    await _asked_over(leg, ticket, incoming, now)
    await history.add(ticket.id, "requester", "repeated letter linked", {"kinds": list(incoming.kinds)}, now)
    if await corrections.came_earlier(desk, ticket, incoming.received_at, now, kinds=_demands(incoming)):
        await topic.refresh_card(ticket, now)
    await _show(ticket, message, now)
    recently = await Outbox.filter(ticket_id=leg.id, act="acknowledgement", created_at__gt=now - LINKED_ONCE_IN).count()
    if recently < 2:
        demands = await Demand.filter(ticket_id=ticket.id).order_by("id")
        await acknowledgement.acknowledge(desk, leg, incoming, demands, now, linked=True)
    return Outcome("linked", leg.id)


async def _open(desk: Desk, incoming: Incoming, row: Inbound, now: datetime) -> Outcome:
    """Open a ticket: demands, clocks, topic, card, the words and files, and the acknowledgement."""
    requester = await requesters.known(incoming.sender, incoming.language, now)
    kinds = incoming.kinds or (FALLBACK,)
    ticket = await tickets.open_ticket(desk, incoming, requester, kinds, now)
    message = await _add_message(ticket, incoming, row, now)
    await _show(ticket, message, now)
    await repeats.tell(desk, ticket, kinds, incoming.received_at, now)
    await _tell_foreign(ticket, incoming, row, now)
    named = incoming.ticket_id or incoming.claimed_ticket_id
    if incoming.channel == "mail" and named is not None and await Ticket.exists(id=named):
        await topic.tell(
            ticket,
            "This letter refers to ticket № %(number)s but comes from another sender, so it was not added there.",
            {"number": named},
            now,
            key=f"named:{row.id}",
        )
    if incoming.sender.kind == "email" and _answers(incoming) not in {
        incoming.sender.value.casefold(),
        incoming.sender.shown.casefold(),
    }:
        await topic.tell(
            ticket,
            "⚠️ Answers go to %(address)s, which is not the sender's address. Check who asks before you tell anything personal.",
            {"address": ticket.answer_to},
            now,
            key=f"answers:{ticket.id}",
        )
    await _tell_how_it_came(ticket, incoming, now)
    if incoming.spam:
        await topic.tell(
            ticket, "This looks like advertising or fraud; no automatic answer was sent.", {}, now, key=f"spam:{ticket.id}"
        )
    demands = await Demand.filter(ticket_id=ticket.id).order_by("id")
    await acknowledgement.acknowledge(desk, ticket, incoming, demands, now)
    await likeness.remember(desk, ticket, incoming)
    if incoming.about is not None:
        await persons.remember(ticket, incoming.about, incoming.way)
        await persons.tell_others(ticket, incoming.about, incoming.way, now)
    if not incoming.spam:
        await likeness.hint(desk, ticket, now)
    return Outcome("opened", ticket.id)


async def _tell_how_it_came(ticket: Ticket, incoming: Incoming, now: datetime) -> None:
    """Say who passed a letter on, where its answers cannot go, and why nothing was answered by itself."""
    if incoming.passed_on_by:
        words = "📨 %(who)s passed this letter on. The requester is %(name)s; answers go to %(address)s."
        if not ticket.answer_to:
            words = "📨 %(who)s passed this letter on, without the requester's address. Ask for it: /address name@mail.ru"
        params = {"who": incoming.passed_on_by, "name": incoming.sender.name or ticket.answer_to, "address": ticket.answer_to}
        await topic.tell(ticket, words, params, now, key=f"passed:{ticket.id}")
    elif incoming.channel == "mail" and not ticket.answer_to:
        words = "✉️ This letter does not tell an address to answer to. Find out who wrote: /address name@mail.ru"
        await topic.tell(ticket, words, {}, now, key=f"nowhere:{ticket.id}")
    elif incoming.silenced_by and not incoming.spam:
        words = "🔇 No automatic answer was sent: %(why)s. Answer by hand."
        why = WHY.get(incoming.silenced_by[0], incoming.silenced_by[0])
        await topic.tell(ticket, words, {"why": why}, now, key=f"silenced:{ticket.id}")


async def _add_message(
    ticket: Ticket, incoming: Incoming, row: Inbound, now: datetime, *, direction: Direction = Direction.IN, version: int = 1
) -> Message | None:
    """The message with its files as a row of the ticket; None when it is there already."""
    external_id = incoming.external_id
    if not external_id or len(external_id) > LONGEST_ID:
        external_id = f"{NO_MESSAGE_ID}{incoming.fingerprint or row.id}"
    held = await finding.last_version(ticket.id, incoming.channel, external_id)
    if held is not None and version == 1:
        if incoming.channel != "mail" or await _held_already(held, incoming):
            return None
        # Another letter under a Message-ID that was used before: it is kept beside the first.
        version = held.version + 1
    message = await Message.create(
        ticket=ticket,
        direction=direction,
        channel=incoming.channel,
        author="requester",
        at=incoming.received_at,
        subject=incoming.subject,
        text=incoming.text,
        new_text=incoming.new_text,
        remarks=[dict(one) for one in incoming.remarks],
        external_id=external_id,
        album=incoming.album,
        answers=incoming.answers or await finding.answered_by(ticket, incoming.reply_to),
        quote=incoming.quote,
        version=version,
        inbound=row,
    )
    await attachments.keep(message, incoming.files)
    await history.add(
        ticket.id, "requester", "message received", {"message": message.id, "version": version, "files": len(incoming.files)}, now
    )
    return message


async def _held_already(last: Message, incoming: Incoming) -> bool:
    """Whether a letter is there, byte for byte in what the person sent: words, subject and files."""
    versions = Message.filter(ticket_id=last.ticket_id, channel=last.channel, external_id=last.external_id)
    said = (clean_text(incoming.text), clean_text(incoming.subject))
    files = sorted((file.name, file.blob.sha256 if file.blob else "") for file in incoming.files)
    for one in await versions.prefetch_related("attachments"):
        if (one.text, one.subject) == said and sorted((file.name, file.sha256) for file in one.attachments) == files:
            return True
    return False


async def _show(ticket: Ticket, message: Message | None, now: datetime) -> None:
    """Post the requester's words and files in the topic in which the matter goes on."""
    if message is None:
        return
    ticket = await legs.head(ticket)
    albums = await _waiting_albums(ticket)
    if message.album and message.version == 1 and any(_album(row) == message.album for row in albums):
        return  # the delivery posts all parts of the album together
    waits = [row.next_try_at for row in albums] + ([now + ALBUM_WAIT] if message.album else [])
    await topic.show(ticket, message, now, not_before=max(waits, default=None))


async def _waiting_albums(ticket: Ticket) -> list[Outbox]:
    """Albums of the ticket that still wait for their later parts; what comes after them is posted after them."""
    waiting = await Outbox.filter(
        ticket_id=ticket.id, channel="staff", act="requester", state=OutboxState.WAITING, lease_until__isnull=True
    ).select_for_update()
    return [row for row in waiting if _album(row)]


def _album(row: Outbox) -> str:
    return contents.of(row, contents.RequesterWords).album
