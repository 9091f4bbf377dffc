"""The acknowledgement: number and dates, told to the requester over the channel they used."""

# ruff: noqa: S608, SLF001  # names and marks, no values

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from desk import contents, letters, outbox
from desk.context import Desk
from desk.i18n import N_
from desk.i18n import words as words_of
from desk.law import Rule
from desk.letters.caps import CAPS, COMPARED, DAY, HOUR, TEN_MINUTES, Before, Cap, Letter, Level, level, sketch
from desk.letters.envelopes import bare_subject, envelope
from desk.outbox import mail_conversation
from desk.outward import alerts, readers
from desk.ports import Incoming
from desk.providers import base, domain_of
from desk.recognising.judging import PLAIN, weight
from desk.ticket import candidates, clocks, legs, topic
from models import Action, Automatic, Clock, Demand, Outbox, Ticket
from models.store.asking import Answer, Question, ask
from models.store.chain import moment

# What staff read of a cap that closed (desk.letters.caps).
CAPPED = {
    "address": N_("this address had %(count)s of them within a day"),
    "ticket": N_("this ticket had %(count)s of them within a day"),
    "domain": N_("addresses of this domain had %(count)s of them in a short time"),
    "text": N_("%(count)s letters in nearly the same words had one in a short time"),
    "all": N_("%(count)s of them left in a short time"),
}
_OURS = re.compile(r"\bRD-\d{1,18}-[a-z2-7]{10}\b", re.IGNORECASE)
_REPLY = re.compile(r"^\s*(?:re|aw|sv|отв|ответ)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)


async def acknowledge(
    desk: Desk, ticket: Ticket, incoming: Incoming, demands: Sequence[Demand], now: datetime, *, linked: bool = False
) -> bool:
    """Tell the requester number and dates, over the channel they used. False when no automatic answer may go."""
    if not wanted(incoming):
        return False
    counted = [(demand, await Clock.filter(demand_id=demand.id).order_by("due_at", "id")) for demand in demands]
    content = told(desk, ticket, counted, incoming.received_at, linked=linked)
    if ticket.channel == "telegram" and ticket.chat_id is not None:
        channel, conversation = "telegram", outbox.private(ticket.chat_id)
    elif ticket.answer_to:
        channel, conversation = "mail", mail_conversation(ticket.answer_to)
        letter = letter_of(ticket, incoming, now)
        cap = (await sent_before([letter.address], [ticket.id], 1, now)).closed(letter)
        if cap is not None:
            head = await legs.head(ticket)
            for one in capped(desk, head, ticket, letter, cap, now):
                await outbox.add(one, head)
            return False
        await counted_row(letter).save()
        await ticket.fetch_related("requester")
        content = replace(content, envelope=await envelope(desk, ticket, ticket.requester, ticket.answer_to, now))
    else:
        return False
    done = await Outbox.filter(ticket_id=ticket.id, errand="acknowledgement").count()
    await outbox.add(row(ticket, channel, conversation, done, content, now), ticket)
    return True


def wanted(incoming: Incoming) -> bool:
    """Whether a message is one that may be answered by itself."""
    return incoming.answerable and not incoming.spam


def row(ticket: Ticket, channel: str, conversation: str, number: int, content: contents.Acknowledgement, now: datetime) -> Outbox:
    """The acknowledgement of a ticket for the `number`th time from 0."""
    return outbox.row(
        channel=channel,
        conversation=conversation,
        key=f"acknowledgement:{ticket.id}:{number}",
        content=content,
        now=now,
        ticket=ticket,
        priority=outbox.URGENT,
    )


def told(
    desk: Desk, ticket: Ticket, demands: Iterable[tuple[Demand, Iterable[Clock]]], received_at: datetime, *, linked: bool
) -> contents.Acknowledgement:
    """What an acknowledgement tells of these demands and their clocks, which are in the order of their dates."""
    kinds, dates, demanded, rules = [], list[contents.Term](), list[Demand](), list[Rule]()
    for demand, running in demands:
        demanded.append(demand)
        rule = clocks.rule_of(desk, demand)
        rules.append(rule)
        kinds.append(
            contents.AskedKind(
                kind=demand.kind,
                name=rule.name.said(ticket.language),
                article=rule.cite.said(ticket.language) if readers.of_law(rule) else "",
            )
        )
        dates += [
            contents.Term(
                kind=demand.kind,
                key=clock.key,
                name=rule.clock(clock.key).name.said(ticket.language),
                due=clock.due,
                safe=clock.safe,
                article=rule.clock(clock.key).cite.said(ticket.language) if readers.of_law(rule) else "",
                immediate=clock.unit == "immediately",
                statutory=clock.statutory,
                basis=rule.clock(clock.key).basis,
            )
            for clock in running
            if readers.promised(rule, rule.clock(clock.key))
        ]
    return contents.Acknowledgement(
        number=ticket.id,
        kinds=tuple(kinds),
        clocks=tuple(dates),
        received_at=received_at,
        linked=linked,
        reader=readers.reader_of(rules),
        asked=tuple(_asked(desk, ticket, kind, received_at) for kind in candidates.asked(ticket, demanded)),
        language=ticket.language,
    )


def _asked(desk: Desk, ticket: Ticket, kind: str, at: datetime) -> contents.AskedKind:
    rule = clocks.rule_for(desk, kind, at)
    name, article = rule.name.said(ticket.language), rule.cite.said(ticket.language)
    return contents.AskedKind(kind=kind, name=name, article=article)


# --- caps


def letter_of(ticket: Ticket, incoming: Incoming, now: datetime) -> Letter:
    """The automatic letter that answers a message, as the caps see it."""
    text = f"{bare_subject(incoming.subject)}\n{incoming.new_text or incoming.text}"
    refers = incoming.ticket_id is not None or incoming.named_ticket_id is not None
    answers = refers or bool(_REPLY.match(incoming.subject) or _OURS.search(f"{incoming.subject}\n{incoming.text}"))
    # Where something speaks for a program, its demand may be ours, repeated; one that no rule read may be chance.
    demands = bool(set(incoming.kinds) - PLAIN) and weight(incoming.signs) <= 0 and not incoming.guessed
    return Letter(now, base(ticket.answer_to), ticket.id, sketch(text), level(demands=demands, answers=answers))


def counted_row(letter: Letter) -> Automatic:
    """What the caps count an automatic letter by, not written yet."""
    return Automatic(
        at=letter.at,
        address=letter.address,
        domain=letter.domain,
        ticket_id=letter.ticket,
        words=sorted(letter.words),
        level=int(letter.level),
    )


async def sent_before(addresses: Collection[str], tickets: Collection[int], many: int, now: datetime) -> Before:
    """The automatic letters that the caps count for so `many` letters to these addresses (see `caps.base`), of these tickets."""
    return before(*await ask(sent_question(addresses, tickets, many, now)))


def sent_question(addresses: Collection[str], tickets: Collection[int], many: int, now: datetime) -> Question:
    """What `sent_before` asks; `before` reads the answer."""
    within_day, within_hour, within_minutes = "at > {3}", "at > {4}", "at > {5}"
    counts = (
        f"SELECT 'address' AS what, address AS which, 0 AS level, count(*) AS number, CAST(NULL AS TEXT) AS words, "
        f"CAST(NULL AS TIMESTAMPTZ) AS at FROM automatic WHERE address {{0}} AND {within_day} GROUP BY address "
        f"UNION ALL SELECT 'ticket', CAST(ticket_id AS TEXT), 0, count(*), NULL, NULL FROM automatic "
        f"WHERE ticket_id {{1}} AND {within_day} GROUP BY ticket_id "
        f"UNION ALL SELECT 'domain', domain, level, count(*), NULL, NULL FROM automatic "
        f"WHERE domain {{2}} AND level > 0 AND {within_hour} GROUP BY domain, level "
        f"UNION ALL SELECT 'all', '', level, count(*), NULL, NULL FROM automatic "
        f"WHERE level > 0 AND {within_minutes} GROUP BY level"
    )
    latest = [
        f"SELECT * FROM (SELECT 'words', '', {least}, 0, CAST(words AS TEXT), at FROM automatic WHERE level >= {least} "
        f"AND {within_day} ORDER BY at DESC LIMIT {COMPARED}) AS latest{least}"
        for least in (1, 2)
    ]
    # Of all letters: by the rows that stand so many places back, so that a crowd is not counted through for each of it.
    far = sorted({cap.most for cap in CAPS if cap.name == "all" and cap.level == Level.DEMAND})
    last = "(SELECT max(id) FROM automatic)"
    places = " OR ".join(f"id BETWEEN {last} - {most - 1} AND {last} - {most - 1} + {many}" for most in far)
    back = f"SELECT 'back', '', 0, {last} - id, NULL, at FROM automatic WHERE {places}"
    return Question(
        ("what", "which", "level", "number", "words", "at"),
        " UNION ALL ".join([counts, *latest, back]),
        [list(addresses), list(tickets), [domain_of(one) for one in addresses], now - DAY, now - HOUR, now - TEN_MINUTES],
    )


def before(found: Answer) -> Before:
    """What the caps count, from the answer to `sent_question`."""
    words, places_back = ([one for one in found if one["what"] == what] for what in ("words", "back"))
    return Before(
        counts={(one["what"], one["which"], Level(one["level"])): one["number"] for one in found},
        sketches=[(Level(one["level"]), frozenset(_words(one["words"])), moment(one["at"])) for one in words],
        back={one["number"]: moment(one["at"]) for one in places_back},
    )


def _words(kept: Any) -> list[int]:
    words: list[int] = Automatic._meta.fields_map["words"].to_python_value(kept)
    return words


def capped(desk: Desk, head: Ticket, ticket: Ticket, letter: Letter, cap: Cap, now: datetime) -> list[Outbox]:
    """Say in the topic that nobody was told of this ticket; and once in the general room and by mail that a cap closed."""
    why, day = CAPPED[cap.name], now.astimezone(desk.operator.zone).date()
    words = "No automatic letter was sent: %(why)s. Answer by hand."
    params: dict[str, str | int] = {"why": words_of("bot", desk.staff_language).gettext(why) % {"count": cap.most}}
    told_here = topic.notice(head, words, params, now, key=f"capped:{ticket.id}:{day}")
    which = {"address": letter.address, "ticket": str(ticket.id), "domain": letter.domain}.get(cap.name, str(int(cap.level)))
    key = f"cap:{cap.name}:{blake2b(which.encode(), digest_size=8).hexdigest()}:{day}"
    words = "🔁 Automatic letters stopped: %(why)s. Perhaps a robot answers. Requests still become tickets (last: № %(number)s)."
    told_all = outbox.row(
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
    mailed = alerts.letter(desk, key=f"{key}:mail", title=title, params={}, lines=lines, now=now)
    return [told_here, told_all, *([mailed] if mailed is not None else [])]


LETTER = letters.register(
    letters.DecidedLetter(
        content=contents.Acknowledgement,
        noted=Action.ACKNOWLEDGED,
        undoable=False,
        gated=False,
        unreached=N_("⚠️ The acknowledgement did not reach the requester: %(why)s"),
        addressed=True,
    )
)
