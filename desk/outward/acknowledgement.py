"""The acknowledgement: number and dates, told to the requester over the channel they used."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from desk import contents, outbox
from desk.context import Desk
from desk.flow.judging import PLAIN
from desk.i18n import N_
from desk.i18n import words as words_of
from desk.outbox import mail_conversation
from desk.outward.caps import Cap, Letter, Level, base, caps_for, closed, level, near, sketch
from desk.outward.envelopes import bare_subject, envelope
from desk.ports import Incoming
from desk.reminders import alerts
from desk.terms import triage
from desk.ticket import clocks, topic
from models import Automatic, Clock, Demand, Outbox, Ticket
from models.store.query import column

# What staff read of a cap that closed (desk.outward.caps).
CAPPED = {
    "address": N_("this address had %(count)s of them within a day"),
    "ticket": N_("this ticket had %(count)s of them within a day"),
    "domain": N_("addresses of this domain had %(count)s of them in a short time"),
    "text": N_("%(count)s letters in nearly the same words had one in a short time"),
    "all": N_("%(count)s of them left in a short time"),
}
# So many letters are compared by their words.
COMPARED = 300
_OURS = re.compile(r"\bRD-\d{1,18}-[a-z2-7]{10}\b", re.IGNORECASE)
_REPLY = re.compile(r"^\s*(?:re|aw|sv|отв|ответ)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)


async def acknowledge(
    desk: Desk, ticket: Ticket, incoming: Incoming, demands: Sequence[Demand], now: datetime, *, linked: bool = False
) -> bool:
    """Tell the requester number and dates, over the channel they used. False when no automatic answer may go."""
    if not incoming.answerable or incoming.spam:
        return False
    content = await _acknowledgement(desk, ticket, demands, incoming.received_at, linked=linked)
    if ticket.channel == "telegram" and ticket.chat_id is not None:
        channel, conversation = "telegram", outbox.private(ticket.chat_id)
    elif ticket.answer_to:
        channel, conversation = "mail", mail_conversation(ticket.answer_to)
        letter = _letter(ticket, incoming, now)
        cap = await _closed(letter)
        if cap is not None:
            await _tell_capped(desk, ticket, letter, cap, now)
            return False
        await Automatic.create(
            at=now,
            address=letter.address,
            domain=letter.domain,
            ticket=ticket,
            words=sorted(letter.words),
            level=int(letter.level),
        )
        await ticket.fetch_related("requester")
        content = replace(content, envelope=await envelope(desk, ticket, ticket.requester, ticket.answer_to, now))
    else:
        return False
    done = await Outbox.filter(ticket_id=ticket.id, act="acknowledgement").count()
    await outbox.put(
        channel=channel,
        conversation=conversation,
        key=f"acknowledgement:{ticket.id}:{done}",
        content=content,
        now=now,
        ticket=ticket,
        priority=outbox.URGENT,
    )
    return True


async def _acknowledgement(
    desk: Desk, ticket: Ticket, demands: Sequence[Demand], received_at: datetime, *, linked: bool
) -> contents.Acknowledgement:
    kinds, dates = [], list[contents.Term]()
    for demand in demands:
        rule = clocks.rule_of(desk, demand)
        kinds.append(
            contents.AskedKind(
                kind=demand.kind,
                name=rule.name.get(ticket.language, rule.name["en"]),
                article=rule.cite.get(ticket.language, rule.article),
            )
        )
        dates += [
            contents.Term(
                kind=demand.kind,
                key=clock.key,
                name=rule.clock(clock.key).name.get(ticket.language, clock.key),
                due=clock.due,
                safe=clock.safe,
                article=rule.clock(clock.key).cite.get(ticket.language, clock.article),
                immediate=clock.unit == "immediately",
                statutory=clock.statutory,
            )
            for clock in await Clock.filter(demand_id=demand.id).order_by("due_at", "id")
        ]
    return contents.Acknowledgement(
        number=ticket.id,
        kinds=tuple(kinds),
        clocks=tuple(dates),
        received_at=received_at,
        linked=linked,
        asked=tuple(_asked(desk, ticket, kind, received_at) for kind in triage.asked(ticket, demands)),
        language=ticket.language,
    )


def _asked(desk: Desk, ticket: Ticket, kind: str, at: datetime) -> contents.AskedKind:
    rule = clocks.rule_for(desk, kind, at)
    name, article = rule.name.get(ticket.language, rule.name["en"]), rule.cite.get(ticket.language, rule.article)
    return contents.AskedKind(kind=kind, name=name, article=article)


# --- caps


def _letter(ticket: Ticket, incoming: Incoming, now: datetime) -> Letter:
    text = f"{bare_subject(incoming.subject)}\n{incoming.new_text or incoming.text}"
    refers = incoming.ticket_id is not None or incoming.claimed_ticket_id is not None
    answers = refers or bool(_REPLY.match(incoming.subject) or _OURS.search(f"{incoming.subject}\n{incoming.text}"))
    demands = bool(set(incoming.kinds) - PLAIN)
    return Letter(now, base(ticket.answer_to), ticket.id, sketch(text), level(demands=demands, answers=answers))


async def _closed(letter: Letter) -> Cap | None:
    return closed({cap: await _count(cap, letter) for cap in caps_for(letter)})


async def _count(cap: Cap, letter: Letter) -> int:
    """How many automatic letters went to the same address, domain, … within the time of a cap."""
    within = Automatic.filter(at__gt=letter.at - cap.within, level__gte=int(cap.level))
    match cap.name:
        case "address":
            return await within.filter(address=letter.address).count()
        case "ticket":
            return await within.filter(ticket_id=letter.ticket).count()
        case "domain":
            return await within.filter(domain=letter.domain).count()
        case "text":
            sketches = await column(within.order_by("-at").limit(COMPARED), "words")
            return sum(near(letter.words, frozenset(words)) for words in sketches)
    if cap.level > Level.DEMAND:
        return await within.count()
    # Of all letters: by the row that stands so many places back, so that a crowd is not counted through for each of it.
    last = await Automatic.all().order_by("-id").first()
    back = await Automatic.get_or_none(id=last.id - cap.most + 1) if last else None
    return cap.most if back is not None and back.at > letter.at - cap.within else 0


async def _tell_capped(desk: Desk, ticket: Ticket, letter: Letter, cap: Cap, now: datetime) -> None:
    """Say in the topic that nobody was told of this ticket; and once in the general room and by mail that a cap closed."""
    why, day = CAPPED[cap.name], now.astimezone(desk.operator.zone).date()
    words = "No automatic letter was sent: %(why)s. Answer by hand."
    params: dict[str, str | int] = {"why": words_of("bot", desk.staff_language).gettext(why) % {"count": cap.most}}
    await topic.tell(ticket, words, params, now, key=f"capped:{ticket.id}:{day}")
    which = {"address": letter.address, "ticket": str(ticket.id), "domain": letter.domain}.get(cap.name, str(int(cap.level)))
    key = f"cap:{cap.name}:{blake2b(which.encode(), digest_size=8).hexdigest()}:{day}"
    words = "🔁 Automatic letters stopped: %(why)s. Perhaps a robot answers. Requests still become tickets (last: № %(number)s)."
    await outbox.put(
        channel="staff",
        conversation=outbox.GENERAL,
        key=key,
        content=contents.Notice(words=words, params=params | {"number": ticket.id}, loud=True),
        now=now,
        priority=outbox.SOON,
    )
    line = "Requests still become tickets; their senders get no automatic letter for now. The last one is ticket № %(number)s."
    title = "Automatic letters stopped: perhaps a robot answers them"
    lines = [contents.Sentence(words=line, params={"number": ticket.id})]
    await alerts.mail(desk, key=f"{key}:mail", title=title, params={}, lines=lines, now=now)
