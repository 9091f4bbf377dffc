"""Telling: what staff and the requester hear of a message when it was decided what it becomes (desk.flow.deciding). Pure too."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from desk import contents, history, outbox
from desk.context import Desk
from desk.disclosure import mandates, speakers
from desk.disclosure.speakers import Spoken
from desk.flow import matching
from desk.flow.effects import Effect
from desk.flow.seen import Seen
from desk.letters.envelopes import addressed, threaded
from desk.outward import acknowledgement
from desk.ports import Incoming
from desk.recognising.judging import WHY
from desk.terms import of_authority, repeats
from desk.ticket import topic
from models import (
    Action,
    Automatic,
    Clock,
    Demand,
    History,
    Inbound,
    Message,
    Outbox,
    OutboxState,
    Requester,
    Ticket,
)

# Demands, each with its clocks.
Counted = Sequence[tuple[Demand, Sequence[Clock]]]
# Letters of a requester with one ticket: when they came, and their Message-IDs.
Thread = Sequence[tuple[datetime, str]]


def speaking(desk: Desk, ticket: Ticket, incoming: Incoming, row: Inbound, now: datetime) -> tuple[Spoken, list[Effect]]:
    """What a message tells anew of who speaks, and what staff see of it; of what a dialog asked its answers count."""
    if incoming.spam or incoming.automated:
        return Spoken(), []
    read = speakers.read(f"{incoming.subject}\n{incoming.new_text}", now.astimezone(desk.operator.zone).date())
    role = "" if ticket.speaker or incoming.represented is not None else read.role
    spoken = Spoken(role, "" if ticket.minor == read.writer else read.writer, read.child)
    told: list[Effect] = []
    if spoken.role:
        words = "👥 The requester speaks for another: %(role)s. Personal data leave once the document was checked: /mandate."
        told.append(topic.notice(ticket, words, {"role": mandates.ROLES[spoken.role]}, now, key=f"speaker:{ticket.id}:{row.id}"))
    # Of a child it is said once, with the role in which somebody speaks for it.
    if spoken.writer or (spoken.child and (spoken.role or incoming.represented is not None)):
        told.append(speakers.posting(ticket, spoken, row.id, now))
        seen_so = {"writer": spoken.writer, "child": spoken.child}
        told.append(history.entry(ticket.id, history.DESK, Action.MINOR_SEEN, seen_so, now))
    return spoken, told


def repeated(desk: Desk, seen: Seen, ticket: Ticket, kinds: Iterable[str], received_at: datetime, now: datetime) -> list[Effect]:
    """Say in the topic which of these kinds repeat an earlier request too soon (desk.terms.repeats)."""
    theirs = seen.of_requester(ticket.requester_id)
    around = {one.id: one for leg in theirs for one in (leg, seen.head(leg))}
    before = [
        (demand, one)
        for one in around.values()
        for demand in seen.demands[one.id]
        if demand.received_at < received_at and demand.outcome not in repeats.OUTSIDE
    ]
    before.sort(key=lambda pair: (pair[0].received_at, pair[0].id))
    found: list[Effect] = []
    for kind in dict.fromkeys(kinds):
        first = repeats.original(desk, ticket, [pair for pair in before if pair[0].kind == kind], received_at)
        if first is not None:
            found.append(repeats.notice(desk, ticket, ticket, first, received_at, now, kind))
    return found


def names_another(ticket: Ticket, incoming: Incoming, row: Inbound, now: datetime) -> list[Effect]:
    """Tell staff that the words name the number of somebody else's ticket: they may be meant for it, or fish for it."""
    named = incoming.named_ticket_id
    if named is None or incoming.channel != "telegram":
        return []
    words = "⚠️ The message names № %(number)s, which is another person's request; it was not added there."
    return [topic.notice(ticket, words, {"number": named}, now, key=f"named:{row.id}")]


def warned(seen: Seen, ticket: Ticket, incoming: Incoming, row: Inbound, now: datetime) -> list[Effect]:
    """What staff should know of a new ticket before they answer."""
    said = partial(topic.notice, ticket, now=now)
    warnings: list[Effect] = []
    named = incoming.ticket_id or incoming.named_ticket_id
    if incoming.channel == "mail" and named is not None and seen.ticket(named) is not None:
        words = "This letter refers to ticket № %(number)s but comes from another sender, so it was not added there."
        warnings.append(said(words, {"number": named}, key=f"named:{row.id}"))
    sender = incoming.sender
    if sender.kind == "email" and matching.answers_to(incoming) not in {sender.value.casefold(), sender.shown.casefold()}:
        words = (
            "⚠️ Answers go to %(address)s, which is not the sender's address. Check who asks before you tell anything personal."
        )
        warnings.append(said(words, {"address": ticket.answer_to}, key=f"answers:{ticket.id}"))
    warnings += _how_it_came(ticket, incoming, now)
    if incoming.spam:
        words = "This looks like advertising or fraud; no automatic answer was sent."
        warnings.append(said(words, {}, key=f"spam:{ticket.id}"))
    return warnings


def _how_it_came(ticket: Ticket, incoming: Incoming, now: datetime) -> list[Effect]:
    """Say who passed a letter on, where its answers cannot go, and why nothing was answered by itself."""
    said = partial(topic.notice, ticket, now=now)
    if incoming.passed_on_by:
        words = "📨 %(who)s passed this letter on. The requester is %(name)s; answers go to %(address)s."
        if not ticket.answer_to:
            words = "📨 %(who)s passed this letter on, without the requester's address. Ask for it: /address name@mail.ru"
        params = {"who": incoming.passed_on_by, "name": incoming.sender.name or ticket.answer_to, "address": ticket.answer_to}
        return [said(words, params, key=f"passed:{ticket.id}")]
    if incoming.channel == "mail" and not ticket.answer_to:
        words = "✉️ This letter does not tell an address to answer to. Find out who wrote: /address name@mail.ru"
        return [said(words, {}, key=f"nowhere:{ticket.id}")]
    if incoming.silenced_by and not incoming.spam:
        words = "🔇 No automatic answer was sent: %(why)s. Answer by hand."
        why = WHY.get(incoming.silenced_by[0], incoming.silenced_by[0])
        return [said(words, {"why": why}, key=f"silenced:{ticket.id}")]
    return []


def acknowledged(
    desk: Desk,
    seen: Seen,
    ticket: Ticket,
    incoming: Incoming,
    counted: Counted,
    thread: Thread,
    now: datetime,
    *,
    linked: bool = False,
    requester: Requester | None = None,
) -> list[Effect]:
    """Tell the requester number and dates, over the channel they used, where an automatic answer may go."""
    if not acknowledgement.wanted(incoming):
        return []
    in_order = [(demand, sorted(running, key=lambda clock: clock.due_at)) for demand, running in counted]
    content = acknowledgement.told(desk, ticket, in_order, incoming.received_at, linked=linked)
    counted_by: list[Automatic] = []
    if ticket.channel == "telegram" and ticket.chat_id is not None:
        channel, conversation = "telegram", outbox.private(ticket.chat_id)
    elif ticket.answer_to:
        channel, conversation = "mail", outbox.mail_conversation(ticket.answer_to)
        letter = acknowledgement.letter_of(ticket, incoming, now)
        cap = seen.automatic.closed(letter)
        if cap is not None:
            return list(acknowledgement.capped(desk, seen.head(ticket), ticket, letter, cap, now))
        person = requester or seen.requesters[ticket.requester_id]
        whole = threaded(thread, seen.sent_to(ticket, conversation))
        content = replace(content, envelope=addressed(desk, ticket, person, ticket.answer_to, whole, now))
        counted_by = [acknowledgement.counted_row(letter)]
    else:
        return []
    number = len(seen.acknowledgements(ticket))
    return [*counted_by, acknowledgement.row(ticket, channel, conversation, number, content, now)]


def named(
    desk: Desk, seen: Seen, leg: Ticket, message: Message, incoming: Incoming, demands: Iterable[Demand], now: datetime
) -> list[Effect]:
    """Propose to staff the dates that the letter of an authority names (desk.terms.of_authority)."""
    asked = of_authority.posting(desk, seen.head(leg), message, incoming, demands, now)
    return [asked] if asked is not None else []


def shown(seen: Seen, leg: Ticket, message: Message, now: datetime) -> list[Effect]:
    """Post the requester's words and files in the topic in which the matter goes on."""
    ticket = seen.head(leg)
    albums = [one for one in seen.letters[ticket.id] if waits(one) and _album(one)]
    if message.album and message.version == 1 and any(_album(one) == message.album for one in albums):
        return []  # the delivery posts all parts of the album together
    # What comes after an album that still waits for its later parts is posted after it.
    moments = [one.next_try_at for one in albums] + ([now + outbox.ALBUM_WAIT] if message.album else [])
    return [topic.shown(ticket, message, now, not_before=max(moments, default=None))]


def card(seen: Seen, ticket: Ticket, now: datetime) -> list[Effect]:
    """Have the card show the present state; changes that have not left yet are merged into one."""
    cards = [one for one in seen.letters[ticket.id] if one.errand == "card"]
    return [] if any(waits(one) for one in cards) else [topic.card(ticket, len(cards), now)]


def without_idle_card(effects: list[Effect]) -> list[Effect]:
    """Leave the card out where it shows what it showed: words of a chat stand below it, and nothing of them on it.

    An edit that changes nothing is one of the twenty messages a minute that the group may get.
    """
    if any(_on_card(one) for one in effects):
        return effects
    return [one for one in effects if not (isinstance(one, Outbox) and one.errand == contents.Card.errand)]


def _on_card(effect: Effect) -> bool:
    """Whether a card may show something of an effect."""
    if isinstance(effect, Message):
        return effect.channel != "telegram" or bool(effect.remarks)
    return not isinstance(effect, History | Outbox | Automatic)


def _album(row: Outbox) -> str:
    return contents.of(row, contents.RequesterWords).album if row.errand == "requester" else ""


def waits(row: Outbox) -> bool:
    return row.state == OutboxState.WAITING and row.lease_until is None
