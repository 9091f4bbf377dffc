"""A person's own requests: the list for /status, one in detail, and the one that is written to next."""

from html import escape

from bot.format import day, day_and_time, kind_short
from bot.requester.talk import Screen, Talk
from bot.requester.taps import Go, Here, OnPaper, See
from bot.screens import Rows, button
from desk import contents, outbox
from desk.law import Rule
from desk.outward import readers
from desk.terms import refusal
from desk.ticket import clocks, endings, finding, legs
from models import Clock, Demand, Direction, Ending, Message, Ticket, TicketStatus

A_PAGE = 6
# Characters of one ticket's demands and dates; a message holds 4096.
LONGEST = 3300


async def listing(talk: Talk, page: int = 0) -> Screen:
    """The requests of this account, the newest first."""
    found = await finding.of_requester(talk.user.id, open_only=False)
    pages = max(1, -(-len(found) // A_PAGE))
    page = min(max(page, 0), pages - 1)
    shown = found[page * A_PAGE : (page + 1) * A_PAGE]
    head = f"<b>{escape(talk._('📋 My requests'))}</b>"
    if pages > 1:
        head += f" · {page + 1}/{pages}"
    parts = [await _in_short(talk, ticket) for ticket in shown]
    if not parts:
        parts = [escape(talk._("There are none yet. Choose in the menu, or just write."))]
    rows: Rows = []
    buttons = [button(f"№ {ticket.number}", See(ticket=ticket.id, page=page).pack()) for ticket in shown]
    rows += [buttons[start : start + 3] for start in range(0, len(buttons), 3)]
    turning = [button("◀️", Go(to="status", page=page - 1).pack())] if page else []
    if page + 1 < pages:
        turning.append(button("▶️", Go(to="status", page=page + 1).pack()))
    if turning:
        rows.append(turning)
    rows.append([button(talk._("☰ Menu"), Go(to="menu").pack())])
    return Screen("\n\n".join([head, *parts]), rows, folded=f"<i>{escape(talk._('My requests'))}</i>")


async def _in_short(talk: Talk, ticket: Ticket) -> str:
    kinds = [
        kind_short(one.kind, talk.language)
        for one in await Demand.filter(ticket_id=ticket.id).exclude(outcome__in=list(endings.MISREAD)).order_by("id")
    ]
    return "\n".join(
        [
            f"{await _number(ticket)} · {escape(', '.join(kinds))}",
            talk._("Received: %(when)s") % {"when": _moment(talk, ticket)},
            await _state(talk, ticket),
        ]
    )


def _moment(talk: Talk, ticket: Ticket) -> str:
    return day_and_time(ticket.received_at, talk.desk.operator.zone, talk.language)


async def _state(talk: Talk, ticket: Ticket) -> str:
    """Open with its last date, or closed."""
    if ticket.status == TicketStatus.CLOSED:
        closed = ticket.closed_at or ticket.opened_at
        return talk._("✅ Closed on %(date)s") % {"date": day(closed.astimezone(talk.desk.operator.zone).date(), talk.language)}
    # The person is told the last date by which everything is done; what is due at once is being done.
    running = [one for one in await clocks.running(ticket) if one.unit != "immediately" and await _is_promised(talk, one)]
    if not running:
        return talk._("⏳ In work")
    return talk._("⏳ In work, by %(date)s at the latest") % {"date": day(min(one.due for one in running), talk.language)}


async def _is_promised(talk: Talk, clock: Clock) -> bool:
    """Whether a term is one that the person was told of as theirs."""
    rule = clocks.rule_of(talk.desk, await clock.demand)
    return readers.promised(rule, rule.clock(clock.key))


async def own(talk: Talk, number: int) -> Ticket | None:
    """A ticket by number, if it is this account's; of one that was merged, the one in which the matter goes on."""
    for one in await finding.of_requester(talk.user.id, open_only=False):
        if one.id == number or number in await legs.numbers(one):
            return one
    return None


async def _number(ticket: Ticket) -> str:
    """The number of a request, and the numbers under which the same matter came besides."""
    first, *others = await legs.numbers(ticket)
    return f"<b>№ {first}</b>" + (f" ({', '.join(f'№ {one}' for one in others)})" if others else "")


async def details(talk: Talk, number: int, page: int) -> Screen | None:
    """One request: what is demanded by what article, and every date. None for a ticket that is not theirs."""
    ticket = await own(talk, number)
    if ticket is None:
        return None
    parts = [await _number(ticket)]
    for demand in await Demand.filter(ticket_id=ticket.id).exclude(outcome__in=list(endings.MISREAD)).order_by("id"):
        rule = clocks.rule_of(talk.desk, demand)
        lines = [
            f"<b>{escape(rule.name.said(talk.language))}</b>",
            f"<i>{escape(rule.cite.said(talk.language))}</i>",
        ]
        if demand.outcome in endings.DECIDED and demand.closed_at is not None:
            lines.append(escape(_decision(talk, demand, rule)))
        for clock in await Clock.filter(demand_id=demand.id).order_by("due_at", "id"):
            if not readers.promised(rule, rule.clock(clock.key)):
                continue
            name = escape(rule.clock(clock.key).name.said(talk.language))
            lines.append(f"{_mark(clock)} {name}: {_when(talk, clock)}")
        if sum(map(len, parts)) + sum(map(len, lines)) > LONGEST:
            parts.append("…")
            break
        parts.append("\n".join(lines))
    parts.append(talk._("Received: %(when)s") % {"when": _moment(talk, ticket)} + "\n" + await _state(talk, ticket))
    rows: Rows = [[button(talk._("✍️ Write to this request"), Here(ticket=ticket.id).pack())], *await paper_button(talk, ticket)]
    rows.append(
        [
            button(talk._("⬅️ Back"), Go(to="status", page=page).pack()),
            button(talk._("☰ Menu"), Go(to="menu").pack()),
        ]
    )
    return Screen("\n\n".join(parts), rows, folded=f"<i>№ {ticket.number}</i>")


def _decision(talk: Talk, demand: Demand, rule: Rule) -> str:
    """That a demand was refused, or that processing goes on, when and by which article; the letter says why."""
    ground = refusal.ground_of(rule, demand.ground)
    assert demand.closed_at is not None
    said = {
        "date": day(demand.closed_at.astimezone(talk.desk.operator.zone).date(), talk.language),
        "ground": ground.cite.said(talk.language) if ground else "—",
    }
    if demand.outcome == Ending.REFUSED:
        return talk._("🚫 Refused on %(date)s: %(ground)s") % said
    return talk._("⚖️ Processing goes on, told on %(date)s: %(ground)s") % said


def _mark(clock: Clock) -> str:
    if clock.stopped_at:
        return "✅" if endings.was_done(clock) else "⏹"
    return "⚡️" if clock.unit == "immediately" else "🗓"


def _when(talk: Talk, clock: Clock) -> str:
    if clock.stopped_at:
        done = clock.stopped_at.astimezone(talk.desk.operator.zone).date()
        said = talk._("done on %(date)s") if endings.was_done(clock) else talk._("ended on %(date)s")
        return said % {"date": day(done, talk.language)}
    if clock.unit == "immediately":
        return talk._("at once")
    return talk._("by %(date)s at the latest") % {"date": day(clock.due, talk.language)}


async def chosen(talk: Talk, number: int) -> Screen | None:
    """Remember that the next messages belong to this request; None for a ticket that is not theirs."""
    ticket = await own(talk, number)
    if ticket is None:
        return None
    talk.data["here"] = {"ticket": ticket.id, "at": talk.now.isoformat()}
    words = escape(talk._("✍️ Write: your next messages and files go to request № %(number)s.") % {"number": ticket.number})
    return Screen(
        words,
        [[button(talk._("📋 My requests"), Go(to="status").pack()), button(talk._("☰ Menu"), Go(to="menu").pack())]],
        folded=f"<i>№ {ticket.number}</i>",
    )


# --- on paper


async def paper_button(talk: Talk, ticket: Ticket) -> Rows:
    """The button that makes a paper of a statement, where the policy asks for one and it was made in this chat."""
    wanted = talk.desk.operator.paper_statements
    asked = wanted and ticket.status == TicketStatus.OPEN and await Demand.exists(ticket_id=ticket.id, kind__in=list(wanted))
    if not asked or await _stated(talk, ticket) is None:
        return []
    return [[button(talk._("📄 The statement on paper"), OnPaper(ticket=ticket.id).pack())]]


async def _stated(talk: Talk, ticket: Ticket) -> Message | None:
    """The statement that a dialog of this chat made of a request."""
    stated = Message.filter(ticket_id=ticket.id, direction=Direction.IN, external_id__startswith=f"{talk.chat}:request:")
    return await stated.order_by("id").first()


async def on_paper(talk: Talk, number: int) -> bool:
    """Have the statement of a request set as a PDF to sign; False where there is none of theirs."""
    ticket = await own(talk, number)
    found = [await _stated(talk, one) for one in await legs.of(ticket)] if ticket is not None else []
    stated = next((one for one in found if one is not None), None)
    if ticket is None or stated is None:
        return False
    demanded = Demand.filter(ticket_id=ticket.id).exclude(outcome__in=list(endings.MISREAD)).order_by("id")
    rules = [(one.kind, clocks.rule_of(talk.desk, one)) for one in await demanded]
    name = ticket.named or (await ticket.requester).name
    content = contents.PaperForm(
        number=ticket.id,
        language=talk.language,
        name=name,
        text=stated.text,
        kinds=tuple(
            contents.AskedKind(
                kind=kind,
                name=rule.name.said(talk.language),
                article=rule.cite.said(talk.language),
            )
            for kind, rule in rules
        ),
        sent_at=stated.at,
    )
    await outbox.put(
        channel="telegram",
        conversation=outbox.private(talk.chat),
        key=f"paper_form:{talk.row.id}",
        content=content,
        now=talk.now,
        ticket=ticket,
        priority=outbox.SOON,
    )
    return True
