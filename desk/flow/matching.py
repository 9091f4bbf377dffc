"""Matching: which ticket a message belongs to, of what was read; pure, for a stranger's reference must never open a matter."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from desk.context import Desk
from desk.deed import answers
from desk.flow.afterwards import REMEMBERED
from desk.flow.seen import Seen
from desk.letters.envelopes import NO_MESSAGE_ID, bare_subject
from desk.matter import likeness, persons
from desk.ports import Incoming
from desk.providers import base, key
from desk.recognising.courtesy import is_courtesy
from desk.recognising.judging import PLAIN
from desk.recognising.whose import About
from desk.terms import triage
from desk.ticket.tickets import in_this_law
from models import Direction, Ending, Inbound, Message, Outbox, Requester, Ticket, TicketStatus
from models.fields import clean_text

# What programs and people write where they have nothing to write.
_NO_SUBJECT = re.compile(r"^\W*(?:без темы|нет темы|no subject|приветствие|greetings?)\W*$", re.IGNORECASE)

# A Message-ID longer than this cannot be indexed everywhere.
LONGEST_ID = 400
# What programs send of one person each: it goes with their ticket.
SENT_BY_ONE = frozenset({"auto_reply", "reaction", "recall"})
# Among so many letters of a person the one is looked for that their program wants back.
RECALLED = 200


def lawful(desk: Desk, incoming: Incoming) -> Incoming:
    """A message with its kinds as the operator's law knows them, demands before the rest."""
    legal = in_this_law(desk, [kind for kind in incoming.kinds if kind not in PLAIN])
    plain = [kind for kind in incoming.kinds if kind in PLAIN and kind in desk.regime.kinds]
    return triage.sorted_out(desk, replace(incoming, kinds=tuple(legal + plain)))


def demanded(incoming: Incoming) -> set[str]:
    """What a message demands under the law."""
    return set(incoming.kinds) - PLAIN


def external_id(incoming: Incoming, row: Inbound) -> str:
    """The id of a message in its channel; a letter without a Message-ID that can be kept is known by its fingerprint."""
    if incoming.external_id and len(incoming.external_id) <= LONGEST_ID:
        return incoming.external_id
    return f"{NO_MESSAGE_ID}{incoming.fingerprint or row.id}"


def taken_before(seen: Seen, incoming: Incoming, row: Inbound) -> bool:
    """Whether the same letter was taken already, from another folder or under another number."""
    return incoming.fingerprint != "" and (row.channel, incoming.fingerprint) in seen.taken


def opens(desk: Desk, seen: Seen, incoming: Incoming, row: Inbound, now: datetime) -> bool:
    """Whether a message belongs to nothing that is there."""
    if incoming.automated or answers_alert(seen, incoming):
        return False
    if row.id not in seen.raised and (taken_before(seen, incoming, row) or only_recorded(desk, incoming)):
        return False
    contact = seen.contact(incoming.sender)
    known = seen.requesters[contact.requester_id] if contact else None
    if answers.instruction_of(seen, incoming, known) is not None:
        return False
    if incoming.version > 1 and edited(seen, incoming, known) is not None:
        return False
    leg = continued(seen, incoming, known)
    continues = leg is not None and not of_another(seen, leg, incoming)
    return not continues and (same_matter(seen, incoming, known) or objected_to(seen, incoming, known, now)) is None


def answers_to(incoming: Incoming) -> str:
    """The address that answers to a letter go to."""
    return (incoming.answer_to or (incoming.sender.value if incoming.sender.kind == "email" else "")).casefold()


def reported_letter(seen: Seen, incoming: Incoming) -> Outbox | None:
    """The letter of ours that a report speaks of, by the Message-ID it quotes or refers to."""
    ids = set(quoted(incoming))
    receipts = [one for one in seen.receipts if one.external_id in ids and one.outbox_id in seen.reported]
    return seen.reported[max(receipts, key=lambda one: one.id).outbox_id] if receipts else None


def quoted(incoming: Incoming) -> list[str]:
    """The Message-IDs that a report quotes or refers to."""
    return [one for one in (incoming.original_message_id, *incoming.reply_to) if one]


def edited(seen: Seen, incoming: Incoming, known: Requester | None) -> Message | None:
    """The newest version of the message that was edited; None when the desk never saw its first version."""
    if known is None:
        return None
    versions = [
        one
        for ticket in seen.of_requester(known.id)
        for one in seen.messages[ticket.id]
        if (one.channel, one.external_id, one.direction) == (incoming.channel, incoming.external_id, Direction.IN)
    ]
    return max(versions, key=lambda one: one.version, default=None)


def names(bounce: Incoming, letter: Outbox) -> bool:
    """Whether a bounce is about the address that the letter went to; one that names nobody is."""
    named = {base(one) for one in bounce.failed_recipients}
    return not named or base(letter.content.get("to", "")) in named


def referred_to(seen: Seen, incoming: Incoming) -> int | None:
    """The number of the ticket that a program's letter refers to."""
    letter = reported_letter(seen, incoming)
    told = seen.instructions.get(incoming.instruction) if incoming.instruction is not None else None
    return letter.ticket_id if letter else told.ticket_id if told else incoming.ticket_id


def of_its_sender(seen: Seen, incoming: Incoming) -> bool:
    """Whether a program's letter refers to nothing, and may go with what its sender asked."""
    return incoming.automated in SENT_BY_ONE and not referred_to(seen, incoming)


def running(seen: Seen, incoming: Incoming, known: Requester | None) -> Ticket | None:
    """The open ticket that an automatic letter without any reference goes with: the sender's own."""
    if known is None:
        return None
    if incoming.automated == "recall":
        return _of_subject(seen, incoming.recalls, known)
    return next((one for one in seen.of_requester(known.id) if one.status == TicketStatus.OPEN), None)


def _of_subject(seen: Seen, subject: str, known: Requester) -> Ticket | None:
    """The ticket, open or closed, of the letter of a person that has this subject; of several the newest."""
    wanted = bare_subject(subject).casefold()
    letters = sorted((pair for one in seen.of_requester(known.id) for pair in seen.subjects[one.id]), reverse=True)
    numbers = {number: one.id for one in seen.of_requester(known.id) for number, _ in seen.subjects[one.id]}
    found = next((number for number, one in letters[:RECALLED] if bare_subject(one).casefold() == wanted), None)
    return seen.ticket(numbers[found]) if found is not None else None


def answers_alert(seen: Seen, incoming: Incoming) -> bool:
    """Whether a letter answers an alert of ours: only the operator's own people get these."""
    letter = reported_letter(seen, incoming) if incoming.reply_to else None
    return letter is not None and letter.errand == "alert"


def held_already(seen: Seen, ticket: Ticket, incoming: Incoming, external_id: str) -> bool:
    """Whether a letter is there, byte for byte in what the person sent: words, subject and files."""
    said = (clean_text(incoming.text), clean_text(incoming.subject))
    files = sorted((file.name, file.blob.sha256 if file.blob else "") for file in incoming.files)
    return any(
        (clean_text(one.text), clean_text(one.subject)) == said
        and sorted((file.name, file.sha256) for file in seen.attachments[one.id]) == files
        for one in seen.versions(ticket, incoming.channel, external_id)
    )


def answered(seen: Seen, ticket: Ticket, references: Sequence[str]) -> int | None:
    """The message of a ticket that a letter answers: the first of the Message-IDs it refers to that is known, as they stand."""
    matter = {leg.id for leg in seen.legs(seen.head(ticket))}
    theirs = [one for number in matter for one in seen.messages[number] if one.channel == "mail"]
    known = {one.external_id: one.id for one in sorted(theirs, key=lambda one: one.id)}
    known |= {one.external_id: one.message_id for one in seen.receipts if one.message_id and one.ticket_id in matter}
    return next((known[one] for one in references if one in known), None)


def of_another(seen: Seen, ticket: Ticket, incoming: Incoming) -> bool:
    """Whether an answer demands something for another person than its ticket is about, in words and not only by its signature."""
    whom = incoming.about
    if whom is None or not (whom.stated or whom.relations or whom.born) or not demanded(incoming):
        return False
    return another(seen, ticket, whom)


def another(seen: Seen, ticket: Ticket, letter: About) -> bool:
    """Whether a letter is about another person than a ticket of its sender."""
    return persons.another(seen.about(ticket), letter)


def continued(seen: Seen, incoming: Incoming, known: Requester | None) -> Ticket | None:
    """The ticket that a proven reference leads to, when its bearer belongs to it; of merged ones, the bearer's own leg."""
    named = seen.ticket(incoming.ticket_id)
    if named is None:
        return None
    theirs = [leg for leg in seen.legs(seen.head(named)) if _belongs(leg, incoming, known)]
    return min(theirs, key=lambda leg: (leg.channel != incoming.channel, leg.id != named.id, leg.id), default=None)


def _belongs(ticket: Ticket, incoming: Incoming, known: Requester | None) -> bool:
    """Whether the sender is the requester of the ticket, or the address that its answers go to."""
    return (known is not None and known.id == ticket.requester_id) or (
        incoming.sender.kind == "email" and ticket.answer_to != "" and incoming.sender.value == key(ticket.answer_to)
    )


def only_recorded(desk: Desk, incoming: Incoming) -> bool:
    """A mailbox that takes requests only: letters that demand nothing are kept as inbound rows and go no further."""
    mailbox = desk.mailbox(incoming.mailbox) if incoming.channel == "mail" else None
    return mailbox is not None and mailbox.take == "requests" and not demanded(incoming) and not incoming.candidates


def only_greets(desk: Desk, incoming: Incoming) -> bool:
    """Whether a letter that belongs to no matter greets, thanks or takes leave, in subject and words, and shows nothing besides.

    All of it is looked at, what was folded away too: what somebody quotes may be what they ask for.
    """
    if incoming.channel != "mail" or incoming.way or demanded(incoming) or incoming.candidates:
        return False
    if not incoming.text.strip() or any(not file.aside for file in incoming.files):
        return False
    spoken_to = f"{incoming.sender.name} {desk.operator.name} {desk.operator.short_name}"
    names = frozenset(re.findall(r"\w+", spoken_to.casefold().replace("ё", "е")))
    said = (_NO_SUBJECT.sub("", bare_subject(incoming.subject)), incoming.text)
    return all(not one or is_courtesy(one, names=names) for one in said)


def same_matter(seen: Seen, incoming: Incoming, known: Requester | None) -> Ticket | None:
    """An open ticket of the same person that this message repeats: one of its demands, or its subject without any."""
    if known is None or incoming.way == "device":
        # What a scanner sends is as likely another person's.
        return None
    whom = incoming.about
    nobody = whom is not None and not whom.told and seen.speaks_for_many(known.id)
    subject, demands = bare_subject(incoming.subject).casefold(), demanded(incoming)
    theirs = {answers_to(incoming)} | {
        one.casefold() for contact in seen.contacts_of(known.id) for one in (contact.value, contact.shown)
    }
    for ticket in seen.of_requester(known.id):
        joint = seen.head(ticket)
        if joint.status != TicketStatus.OPEN:
            continue
        if ticket.channel == "mail" and ticket.answer_to.casefold() not in theirs:
            # Its answers go where this person never wrote from: somebody may have asked in their name.
            continue
        if whom is not None and (nobody or another(seen, joint, whom)):
            continue
        if persons.came_otherwise(seen.persons[ticket.id], incoming.way):
            continue
        # What was done already, a new letter does not repeat: it asks anew.
        if demands & seen.open_kinds(joint) and incoming.represented == joint.represented:
            return ticket
        if not demands and incoming.channel == "mail" and subject and subject == bare_subject(ticket.subject).casefold():
            return ticket
    return None


def objected_to(seen: Seen, incoming: Incoming, known: Requester | None, now: datetime) -> Ticket | None:
    """The ticket that a letter without a reference objects to: closed over its terms not long ago, and demanding no less.

    Only where its answers go to an address this person wrote from: somebody may have asked in their name.
    """
    closed = _closed_lately(seen, known, now) if incoming.channel == "mail" and not incoming.spam else None
    if known is None or closed is None:
        return None
    held = seen.demands[closed.id]
    if not any(one.outcome == Ending.DROPPED for one in held) or not demanded(incoming) <= {one.kind for one in held}:
        return None
    own = {key(one.value) for one in seen.contacts_of(known.id) if one.kind == "email"}
    if key(incoming.answer_to or incoming.sender.value) not in own:
        return None
    theirs = (leg for leg in seen.legs(closed) if leg.requester_id == known.id and leg.channel == "mail")
    return next((leg for leg in theirs if leg.answer_to.casefold() in own), None)


def _closed_lately(seen: Seen, known: Requester | None, now: datetime) -> Ticket | None:
    """The ticket of a requester that was closed last, if that was not long ago; of merged ones, where the matter went on."""
    own = [
        one
        for one in (seen.of_requester(known.id) if known is not None else [])
        if one.status == TicketStatus.CLOSED and one.closed_at is not None and one.closed_at >= now - REMEMBERED
    ]
    heads = (seen.head(one) for one in sorted(own, key=lambda one: (one.closed_at, one.id), reverse=True))
    return next((one for one in heads if one.status == TicketStatus.CLOSED), None)


def only_repeats(seen: Seen, leg: Ticket, incoming: Incoming) -> bool:
    """Whether a message demands nothing that is not demanded in the matter already, and open."""
    return demanded(incoming) <= seen.open_kinds(seen.head(leg))


def shared(seen: Seen, number: int, clues: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The clues of a message that a ticket shares, itself or by its legs."""
    matter = {one.id for one in seen.legs(seen.tickets[number])}
    return [clue for clue in clues if matter & {ticket for ticket, _ in seen.sharing[clue]}]


def alike(seen: Seen, ticket: Ticket, clues: Iterable[tuple[str, str]], kinds: set[str]) -> list[int]:
    """The open tickets of other requesters that share a clue with a new one and demand the same, the newest first."""
    named = [seen.tickets[number] for number in sorted(seen.named_by(clues, ticket), reverse=True) if number in seen.tickets]
    heads = {one.id: one for one in map(seen.head, named)}
    return [
        one.id
        for one in heads.values()
        if likeness.comparable(ticket, one) and kinds & {demand.kind for demand in seen.demands[one.id]}
    ]
