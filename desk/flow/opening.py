"""Opening: a ticket for what did not come by itself - paper, a visit, a call, a portal, an order, an incident, a purpose reached.

What staff know of it stands in its registration; the clocks count from the true moment of receipt, of a paper letter from the
first delivery attempt, whenever the ticket is opened.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from desk import history, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.flow import guide
from desk.flow.guide import Draft
from desk.i18n import LANGUAGES
from desk.matter import likeness
from desk.outward import acknowledgement
from desk.ports import File, Incoming, Sender
from desk.providers import spellings
from desk.recognising.languages import language as language_of
from desk.terms import corrections
from desk.ticket import attachments, clocks, legs, requesters, tickets, topic
from models import (
    Action,
    Clue,
    Contact,
    Demand,
    Direction,
    Level,
    Message,
    RecognisedBy,
    Registration,
    Requester,
    Ticket,
    TicketStatus,
    Way,
)
from models.store.query import column

# Nobody asked: there is nobody to acknowledge it to.
OF_ITS_OWN = frozenset({Way.INCIDENT, Way.PURPOSE})


@dataclass(frozen=True)
class Entry:
    """What is registered; `came_at` is the moment that counts (UTC), `contacts` are by kind: email, telegram, phone."""

    way: Way
    came_at: datetime
    kinds: tuple[str, ...]
    name: str = ""
    postal: str = ""
    contacts: tuple[tuple[str, str], ...] = ()
    number: str = ""
    attempted_at: datetime | None = None
    handed_over_at: datetime | None = None
    words: str = ""
    issuer: str = ""
    document_number: str = ""
    document_date: date | None = None
    document_due: date | None = None
    files: tuple[File, ...] = ()

    def contact(self, kind: str) -> str:
        """The contact of a kind; empty where none is known."""
        return dict(self.contacts).get(kind, "")


@dataclass(frozen=True)
class Opened:
    """A ticket that was opened, and over which channel its acknowledgement goes; none where no address is known."""

    ticket: Ticket
    acknowledged: str = ""


def entry(desk: Desk, draft: Draft, now: datetime) -> Entry:
    """What a finished draft registers. Raises Refused where something is missing or contradicts itself."""
    guide.needed(desk, draft, now)
    assert draft.way is not None
    held = draft.answers
    attempted, handed, came = (_moment(held.get(key)) for key in ("attempted", "handed_over", "came"))
    moments = [one for one in (attempted, handed, came) if one is not None]
    return Entry(
        way=draft.way,
        came_at=min(moments),
        kinds=guide.kinds_of(draft),
        name=held.get("name") or held.get("issuer", ""),
        postal=held.get("postal", ""),
        contacts=tuple(sorted(held.get("contacts", {}).items())),
        number=held.get("number", ""),
        attempted_at=attempted,
        handed_over_at=handed,
        words=held.get("words", ""),
        issuer=held.get("issuer", ""),
        document_number=held.get("document_number", ""),
        document_date=_day(held.get("document_date")),
        document_due=_day(held.get("document_due")),
        files=tuple(File.read(one) for one in draft.files),
    )


def _moment(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored).astimezone(UTC) if stored else None


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None


async def open_ticket(desk: Desk, entered: Entry, by: str, key: str, now: datetime) -> Opened:
    """Open the ticket of an entry: topic, card, clocks from the true moment, and an acknowledgement where it can go.

    `by` is who does it, as it stands in history; `key` names the registration, so that nothing is opened twice by it.
    Raises Refused for a Telegram account that the bot does not know, and where it was opened already.
    """
    if await Message.filter(external_id=_external_id(key)).exists():
        raise Refused("This was registered already.")
    incoming, requester = await _incoming(desk, entered, key, now)
    ticket = await tickets.open_ticket(desk, incoming, requester, entered.kinds, now)
    await history.add(ticket.id, by, Action.REGISTERED, {"way": entered.way, "came_at": entered.came_at.isoformat()}, now)
    await Demand.filter(ticket_id=ticket.id).update(recognised_by=RecognisedBy.STAFF)
    if entered.document_due is not None:
        await _term(desk, ticket, entered.document_due, by, now)
    await _record(desk, ticket, entered, by, key, now)
    for kind, value in likeness.clues(desk, incoming):
        await Clue.create(ticket_id=ticket.id, kind=kind, value=value)
    if entered.way not in OF_ITS_OWN and (alike := await likeness.alike(ticket)):
        await outbox.add(likeness.offer(ticket, [one.id for one in alike], now), ticket)
    told = False
    if entered.way not in OF_ITS_OWN:
        demands = await Demand.filter(ticket_id=ticket.id).order_by("id")
        told = await acknowledgement.acknowledge(desk, ticket, incoming, demands, now)
    if not told and entered.way not in OF_ITS_OWN:
        await _tell_unacknowledged(ticket, entered, now)
    return Opened(ticket, ticket.channel if told else "")


async def add_leg(desk: Desk, number: int, entered: Entry, by: str, key: str, now: datetime) -> Ticket:
    """Register an entry as one more way by which the matter of an open ticket came; the earliest receipt counts.

    What it newly demands is opened. Raises Refused for a ticket that is not open, and where it was registered already.
    """
    found = await Ticket.get_or_none(id=number) if 0 < number < 2**63 else None
    if found is None:
        raise Refused("There is no ticket № %(number)s.", number=number)
    ticket = await legs.locked(found)
    if ticket.status != TicketStatus.OPEN:
        raise Refused("№ %(number)s is closed. Open it again first, if its matter goes on.", number=ticket.id)
    if await Message.filter(external_id=_external_id(key)).exists():
        raise Refused("This was registered already.")
    await _record(desk, ticket, entered, by, key, now)
    moved = await corrections.came_earlier(desk, ticket, entered.came_at, now, kinds=set(entered.kinds))
    await tickets.add_demands(desk, ticket, entered.kinds, entered.came_at, RecognisedBy.STAFF, now)
    words = (
        "📮 Registered here too (%(date)s). It came first, so the terms count from it."
        if moved
        else "📮 Registered here too (%(date)s). The terms stay: the earliest receipt counts."
    )
    said = {"date": entered.came_at.astimezone(desk.operator.zone).strftime("%d.%m.%Y %H:%M")}
    await topic.tell(ticket, words, said, now, key=f"leg:{key}")
    details = {"way": entered.way, "came_at": entered.came_at.isoformat(), "moved": moved}
    await history.add(ticket.id, by, Action.WAY_REGISTERED, details, now)
    await topic.refresh_card(ticket, now)
    return ticket


async def likely(desk: Desk, entered: Entry) -> list[Ticket]:
    """The open tickets that an entry may be another way of: by contacts, or by the full name with what is demanded."""
    if entered.way in OF_ITS_OWN or entered.way == Way.ORDER:
        return []
    by_contact = list[int]()
    for kind, value in entered.contacts:
        values = spellings(value) if kind == "email" else (value.casefold().removeprefix("@"),)
        held = Contact.filter(kind=kind, value__in=list(values))
        held = Contact.filter(kind=kind, shown__iexact=value) if kind == "telegram" and value.startswith("@") else held
        by_contact += await column(held, "requester_id")
    own = {one.id for one in await Ticket.filter(requester_id__in=by_contact, status=TicketStatus.OPEN)}
    named = [("name", likeness.folded_name(entered.name)), ("phone", likeness.folded_phone(entered.contact("phone")))]
    named.append(("email", entered.contact("email").casefold()))
    for kind, value in named:
        if value:
            own |= set(await column(Clue.filter(kind=kind, value=value).order_by("-id").limit(likeness.SHARING), "ticket_id"))
    found = await legs.heads(await Ticket.filter(id__in=sorted(own)).order_by("-id"))
    near = [one for one in found if one.status == TicketStatus.OPEN and abs(one.received_at - entered.came_at) <= likeness.WITHIN]
    wanted = set(entered.kinds)
    return [one for one in near if wanted & set(await column(Demand.filter(ticket_id=one.id), "kind"))][: likeness.OFFERED]


# --- what it is made of


def _external_id(key: str) -> str:
    return f"registered:{key}"


async def _incoming(desk: Desk, entered: Entry, key: str, now: datetime) -> tuple[Incoming, Requester]:
    """The entry as a message of its requester, who is known by the best address that was named."""
    email, telegram = entered.contact("email"), entered.contact("telegram")
    language = await _language(desk, entered)
    chat = None if email or not telegram else await _account(telegram)
    if chat is not None:
        sender = Sender("telegram", chat.value, name=entered.name, shown=chat.shown, verified=Level.SAID)
        requester = await requesters.known(sender, language, now)
    elif email:
        sender = Sender("email", email.casefold(), name=entered.name, shown=email, verified=Level.SAID)
        requester = await requesters.known(sender, language, now)
    else:
        sender = Sender("", "", name=entered.name)
        requester = await Requester.create(name=entered.name[:255], language=language, created_at=now)
    channel = "telegram" if chat is not None else "mail" if email else entered.way.value
    # What the person is known by besides is found in the words, as in a letter.
    text = "\n".join(filter(None, [entered.words, *(value for _kind, value in entered.contacts)]))
    incoming = Incoming(
        channel=channel,
        sender=sender,
        received_at=entered.came_at,
        external_id=_external_id(key),
        text=text,
        new_text=text,
        language=language,
        answer_to=email,
        chat_id=int(chat.value) if chat is not None else None,
        kinds=entered.kinds,
        named=entered.name,
    )
    return incoming, requester


async def _account(telegram: str) -> Contact:
    """The account of a Telegram name or number. Raises Refused where it never wrote: a bot cannot write first."""
    name = telegram.removeprefix("@")
    held = Contact.filter(kind="telegram")
    found = await (held.filter(value=name) if name.isdecimal() else held.filter(shown__iexact=f"@{name}")).first()
    if found is None:
        raise Refused(
            "Nobody called %(name)s has written to the bot, and a bot cannot write first: leave the Telegram name out.",
            name=telegram,
        )
    return found


async def _language(desk: Desk, entered: Entry) -> str:
    """The language of the words; without any, the operator's own."""
    spoken = language_of(entered.words) if entered.words.strip() else desk.staff_language
    return spoken if spoken in LANGUAGES else desk.staff_language


async def _record(desk: Desk, ticket: Ticket, entered: Entry, by: str, key: str, now: datetime) -> Message:
    """Keep the entry as a message of the ticket, with its files and its registration, and show it in the topic."""
    words = entered.words or entered.name
    message = await Message.create(
        ticket_id=ticket.id,
        direction=Direction.IN,
        channel=entered.way.value,
        author=by,
        at=entered.came_at,
        text=words,
        new_text=words,
        external_id=_external_id(key),
    )
    await attachments.keep(message, entered.files)
    await Registration.create(
        ticket_id=ticket.id,
        message_id=message.id,
        way=entered.way,
        came_at=entered.came_at,
        attempted_at=entered.attempted_at,
        handed_over_at=entered.handed_over_at,
        number=entered.number,
        name=entered.name,
        postal=entered.postal,
        phone=entered.contact("phone"),
        issuer=entered.issuer,
        document_number=entered.document_number,
        document_date=entered.document_date,
    )
    await topic.show(ticket, message, now)
    return message


async def _term(desk: Desk, ticket: Ticket, due: date, by: str, now: datetime) -> None:
    """Enter the date that the document sets, where a demand takes its term from it."""
    for demand in await Demand.filter(ticket_id=ticket.id):
        if clocks.rule_of(desk, demand).needs_document:
            demand.document_due = due
            await demand.save(update_fields=["document_due"])
            await corrections.recount(desk, demand, now)
            await history.add(ticket.id, by, Action.DOCUMENT_DATE, {"kind": demand.kind, "due": due.isoformat()}, now)
    await clocks.lead(ticket)


async def _tell_unacknowledged(ticket: Ticket, entered: Entry, now: datetime) -> None:
    """Say that nothing was acknowledged by itself, and by what the person can be reached."""
    known = ", ".join(filter(None, [entered.postal, entered.contact("phone")]))
    words = (
        "📮 No e-mail address or Telegram account is known, so nothing was acknowledged by itself. Answer on paper: %(known)s"
        if entered.postal
        else "☎️ No address is known, only %(known)s, so nothing was acknowledged by itself."
        if known
        else "✉️ No address is known, so nothing was acknowledged by itself. Name one when you learn it: /address name@mail.ru"
    )
    await topic.tell(ticket, words, {"known": known} if known else {}, now, key=f"unaddressed:{ticket.id}")
