"""Free messages: every one of them goes to a ticket at once, and only then is it asked what is not clear about it.

Where a message goes, in this order:

1. A reply to something of a ticket, a part of an album, or what follows "write to this request" goes to that ticket.
2. With one open ticket it goes there. What it newly demands gets its own clocks (desk.flow.intake).
3. With several, a demand that one of them holds goes to that one, and a new demand opens its own. Plain words go to the newest
   at once, for nobody may ever answer the question which one is meant; the answer moves them (desk.matter.moving).
4. With none, it opens a ticket by what it demands. A greeting alone opens nothing and gets the menu.

What the machine recognised as a demand counts from its receipt, as the law wants it, confirmed or not; the person is asked
whether it was understood rightly, and "only a question" takes it back (desk.terms.confirming). So there is one ticket,
its receipt stands, and silence loses no term.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.format import kind_short
from bot.requester import dialog, mine
from bot.requester.arrivals import arrival, external_id, language_of, legal, newest_if_full, read, sender
from bot.requester.checking import is_courtesy
from bot.requester.menu import menu
from bot.requester.steps import half_way
from bot.requester.talk import Screen, Talk
from bot.requester.taps import Go, Sure, Which
from bot.screens import Rows, button
from bot.words import is_service, said
from desk.flow import intake
from desk.matter import moving
from desk.outward import acknowledgement
from desk.ports import Incoming, Outcome
from desk.terms import confirming
from desk.ticket import clocks, finding, legs, requesters, tickets, topic
from models import Attachment, Demand, Receipt, Ticket, TicketStatus
from models import Message as Stored
from models.store.query import column

# "Added to № 17" is said once in this time, and a choice of ticket holds for so long.
TOLD_AGAIN = timedelta(minutes=30)
HOLDS = timedelta(hours=1)
# How many messages one question "which request is it about" may cover.
ASKED_ABOUT = 200


def setup() -> Router:
    router = Router(name="requester messages")
    router.message.register(message_written)
    router.edited_message.register(message_edited)
    router.callback_query.register(which_tapped, Which.filter())
    router.callback_query.register(sure_tapped, Sure.filter())
    return router


async def message_written(message: Message, talk: Talk) -> Outcome:
    """A message outside any dialog."""
    if is_service(message):
        return Outcome("ignored")
    talk.leave_draft()
    proven = await _proven(message, talk)
    open_tickets = [] if proven else await finding.of_requester(talk.user.id)
    if proven is None and not open_tickets and _greets(message, talk):
        return await _greeted(talk)
    return await _taken(message, talk, proven, open_tickets)


async def _taken(message: Message, talk: Talk, proven: Ticket | None, open_tickets: Sequence[Ticket]) -> Outcome:
    seen = read(talk, message)
    kinds = legal(talk.desk, seen.kinds)
    target = proven or await _home(talk, open_tickets, kinds)
    held = set(await _demanded(target)) if target else set()
    incoming = arrival(
        talk,
        message,
        target,
        kinds=kinds or tuple(kind for kind in seen.kinds if kind in talk.desk.regime.kinds),
        spam=seen.spam,
        why=seen.why,
        language=language_of(talk, message, seen),
    )
    outcome = await intake.take(talk.desk, incoming, talk.row, talk.now)
    if outcome.ticket_id is None or seen.spam:
        await talk.save()
        return outcome
    ticket = await Ticket.get(id=outcome.ticket_id)
    new = [one for one in kinds if one not in held] if outcome.word in {"opened", "added"} else []
    if new:
        await _ask_sure(talk, ticket, new)
    elif outcome.word == "added" and proven is None and len(open_tickets) > 1 and not kinds and not _greets(message, talk):
        await _ask_which(talk, message, ticket, open_tickets)
    elif outcome.word == "added":
        await _tell_added(talk, message, ticket)
    else:
        await _offer_draft(talk)
    return outcome


def _greets(message: Message, talk: Talk) -> bool:
    return bool(message.text) and not talk.files and is_courtesy(message.text or "")


async def _greeted(talk: Talk) -> Outcome:
    """A greeting alone: the menu, or what was left half-way."""
    draft = talk.draft
    if draft is not None and draft.begun:
        talk.next_turn()
        await talk.show(half_way(talk, draft))
        return Outcome("offered")
    hello = "👋 " + talk._("Hello! This is %(operator)s.") % {"operator": f"<b>{escape(talk.operator)}</b>"}
    write = escape(talk._("Choose below, or just write in your own words; files are welcome."))
    await talk.show(menu(talk, f"{hello}\n{write}"))
    return Outcome("greeting")


# --- where it goes


async def _proven(message: Message, talk: Talk) -> Ticket | None:
    """The ticket a message belongs to beyond doubt; only ever one of this very account."""
    number = await _referred(message, talk)
    return await mine.own(talk, number) if number else None


async def _referred(message: Message, talk: Talk) -> int | None:
    replied = message.reply_to_message
    if replied is not None:
        receipt = await Receipt.get_or_none(channel="telegram", place=str(message.chat.id), external_id=str(replied.message_id))
        if receipt is not None and receipt.ticket_id:
            return receipt.ticket_id
        known = await Stored.filter(external_id=external_id(replied), channel="telegram").order_by("-id").first()
        if known is not None:
            return known.ticket_id
        if (sent := _of_sent(talk, replied.message_id)) is not None:
            return sent
    if message.media_group_id:
        part = (
            await Stored.filter(album=message.media_group_id, channel="telegram", external_id__startswith=f"{message.chat.id}:")
            .order_by("-id")
            .first()
        )
        if part is not None:
            return part.ticket_id
    here = talk.data.get("here") or {}
    return int(here["ticket"]) if here and talk.since(here["at"]) < HOLDS else None


def _of_sent(talk: Talk, message_id: int) -> int | None:
    """The ticket of the last dialog, for a message that was an answer in it."""
    sent = talk.data.get("sent") or {}
    return int(sent["ticket"]) if message_id in sent.get("messages", ()) else None


async def _home(talk: Talk, open_tickets: Sequence[Ticket], kinds: Sequence[str]) -> Ticket | None:
    """The open ticket for a message that refers to none; None when it opens its own."""
    if not open_tickets:
        return None
    if len(open_tickets) == 1 or not kinds:
        return open_tickets[0]
    for ticket in open_tickets:
        if set(kinds) & set(await _demanded(ticket)):
            return ticket
    full = await newest_if_full(talk)
    return open_tickets[0] if full else None


async def _demanded(ticket: Ticket) -> list[str]:
    return list(await column(Demand.filter(ticket_id=ticket.id), "kind"))


# --- what is said about it


async def _tell_added(talk: Talk, message: Message, ticket: Ticket) -> None:
    """Say once in a while where the words went; the parts of an album say nothing."""
    told = {key: at for key, at in (talk.data.get("told") or {}).items() if talk.since(at) < TOLD_AGAIN}
    if message.media_group_id and await Stored.filter(album=message.media_group_id, ticket_id=ticket.id).count() > 1:
        return await talk.save()
    if str(ticket.id) in told:
        return await _offer_draft(talk)
    talk.data["told"] = told | {str(ticket.id): talk.now.isoformat()}
    words = talk._("📎 Added to № %(number)s.") % {"number": ticket.number}
    draft = talk.draft
    if draft is not None and draft.begun:
        talk.next_turn()
        return await talk.show(half_way(talk, draft, words))
    buttons = [[button(talk._("📋 My requests"), Go(to="status").pack()), button(talk._("☰ Menu"), Go(to="menu").pack())]]
    return await talk.show(Screen(words, buttons, folded=words))


async def _offer_draft(talk: Talk) -> None:
    """Offer a request that was left half-way, once in a while."""
    draft = talk.draft
    if draft is None or not draft.begun or talk.since(talk.data.get("offered")) < TOLD_AGAIN:
        return await talk.save()
    talk.data["offered"] = talk.now.isoformat()
    talk.next_turn()
    return await talk.show(half_way(talk, draft))


# --- which request is it about


async def _ask_which(talk: Talk, message: Message, ticket: Ticket, open_tickets: Sequence[Ticket]) -> None:
    """Ask which request is meant; the messages lie in `ticket` until the answer, and for good without one."""
    asked = talk.data.get("asked")
    if asked and asked["ticket"] == ticket.id and talk.since(asked["at"]) < HOLDS:
        asked["messages"] = [*asked["messages"], external_id(message)][-ASKED_ABOUT:]
        return await talk.save()
    turn = int((asked or {}).get("turn", 0)) + 1
    talk.data["asked"] = {
        "turn": turn,
        "ticket": ticket.id,
        "messages": [external_id(message)],
        "at": talk.now.isoformat(),
    }
    words = talk._("📎 Added to № %(number)s, your newest request. Is it about another one?") % {"number": ticket.number}
    rows: Rows = [
        [button(await _titled(talk, one), Which(turn=turn, ticket=one.id).pack())] for one in open_tickets[: mine.A_PAGE]
    ]
    rows.append([button(talk._("💬 A new question"), Which(turn=turn, ticket=0).pack())])
    return await talk.show(Screen(escape(words), rows, folded=talk._("📎 Added to № %(number)s.") % {"number": ticket.number}))


async def _titled(talk: Talk, ticket: Ticket) -> str:
    kinds = ", ".join(kind_short(one, talk.language) for one in await _demanded(ticket))
    return f"№ {ticket.number} · {kinds}"[:60]


async def which_tapped(tap: CallbackQuery, callback_data: Which, talk: Talk) -> Outcome:
    """The messages go to the ticket that was chosen, and what follows within the hour too."""
    asked = talk.data.get("asked")
    if not asked or asked["turn"] != callback_data.turn or not asked["messages"]:
        return await talk.stale(tap)
    source = await mine.own(talk, asked["ticket"])
    target = await mine.own(talk, callback_data.ticket) if callback_data.ticket else None
    if source is None or (callback_data.ticket and (target is None or target.status == TicketStatus.CLOSED)):
        return await talk.stale(tap)
    await talk.toast(tap)
    if target is None:
        target = await _own_question(talk, source, asked["messages"])
    elif target.id != source.id:
        await moving.move(source, target, await _with_albums(source, asked["messages"]), talk.now)
    talk.data["asked"] = {**asked, "messages": []}
    talk.data["here"] = {"ticket": target.id, "at": talk.now.isoformat()}
    talk.leave_draft()
    words = talk._("📎 Added to № %(number)s.") % {"number": target.number}
    buttons = [[button(talk._("📋 My requests"), Go(to="status").pack()), button(talk._("☰ Menu"), Go(to="menu").pack())]]
    await talk.show(Screen(words, buttons, folded=words), at=tap.message.message_id if tap.message else None)
    return Outcome("chosen", target.id)


async def _with_albums(source: Ticket, messages: Sequence[str]) -> list[str]:
    """These messages, and all parts of the albums they belong to."""
    stored = Stored.filter(ticket_id__in=await legs.numbers(source), channel="telegram")
    albums = {album for album in await column(stored.filter(external_id__in=list(messages)), "album") if album}
    parts = await column(stored.filter(album__in=list(albums)), "external_id") if albums else []
    return list(dict.fromkeys([*messages, *parts]))


async def _own_question(talk: Talk, source: Ticket, messages: Sequence[str]) -> Ticket:
    """Open a question of its own, received when its first message was, and move the messages there."""
    lie_in = await legs.numbers(source)
    first = await Stored.filter(ticket_id__in=lie_in, external_id__in=list(messages)).order_by("id").first()
    incoming = Incoming(
        channel="telegram",
        sender=sender(talk.user),
        received_at=first.at if first else talk.row.received_at,
        external_id="",
        text="",
        new_text="",
        language=talk.language,
        chat_id=talk.chat,
    )
    requester = await requesters.known(incoming.sender, talk.language, talk.now)
    ticket = await tickets.open_ticket(talk.desk, incoming, requester, ("question",), talk.now)
    await moving.move(source, ticket, await _with_albums(source, messages), talk.now)
    demands = await Demand.filter(ticket_id=ticket.id)
    await acknowledgement.acknowledge(talk.desk, ticket, incoming, demands, talk.now)
    return ticket


# --- was it understood


async def _ask_sure(talk: Talk, ticket: Ticket, kinds: Sequence[str]) -> None:
    """Ask whether the demands were understood rightly. They stand already, and stay without an answer."""
    turn = int((talk.data.get("sure") or {}).get("turn", 0)) + 1
    talk.data["sure"] = {"turn": turn, "ticket": ticket.id, "kinds": list(kinds)}
    names = "\n".join(f"• {escape(_name(talk, kind, ticket.received_at))}" for kind in kinds)
    question = talk._("🤔 I understood your message as:")
    html = f"{escape(question)}\n{names}\n\n{escape(talk._('Is that right? If you do not answer, it stays so.'))}"
    rows = [
        [button(talk._("✅ Yes"), Sure(turn=turn, yes=True).pack())],
        [button(talk._("💬 No, it is only a question"), Sure(turn=turn, yes=False).pack())],
    ]
    await talk.show(Screen(html, rows, folded=f"{escape(question)}\n{names}"))


def _name(talk: Talk, kind: str, at: datetime) -> str:
    rule = clocks.rule_for(talk.desk, kind, at)
    return rule.name.get(talk.language, rule.name["en"])


async def sure_tapped(tap: CallbackQuery, callback_data: Sure, talk: Talk) -> Outcome:
    """The requester confirms what was recognised, or takes it back; once."""
    asked = talk.data.get("sure")
    if not asked or asked["turn"] != callback_data.turn or not asked["kinds"]:
        return await talk.stale(tap)
    ticket = await mine.own(talk, asked["ticket"])
    if ticket is None:
        return await talk.stale(tap)
    await talk.toast(tap)
    if callback_data.yes:
        await confirming.confirmed(ticket, asked["kinds"], talk.now)
        words = talk._("👍 Thank you. We are at work on № %(number)s.") % {"number": ticket.number}
    else:
        await confirming.only_a_question(talk.desk, ticket, asked["kinds"], talk.now)
        words = talk._("👌 Understood: a question. We will answer here, № %(number)s.") % {"number": ticket.number}
    talk.data["sure"] = {**asked, "kinds": []}
    talk.leave_draft()
    buttons = [[button(talk._("📋 My requests"), Go(to="status").pack()), button(talk._("☰ Menu"), Go(to="menu").pack())]]
    await talk.show(Screen(escape(words), buttons, folded=escape(words)), at=tap.message.message_id if tap.message else None)
    return Outcome("confirmed" if callback_data.yes else "only a question", ticket.id)


# --- edits


async def message_edited(message: Message, talk: Talk) -> Outcome:
    """An edit adds a version; files that did not change are not stored again, and a moving place is told once.

    What the new words demand beyond the old ones counts from the edit: that is when it was first said.
    """
    if message.location and message.location.live_period:
        return Outcome("ignored")
    if (changed := await dialog.answer_edited(talk, message)) is not None:
        return changed
    known = await Stored.filter(external_id=external_id(message), channel="telegram").order_by("-version").first()
    if known is None:
        sent = _of_sent(talk, message.message_id)
        ticket = await mine.own(talk, sent) if sent else None
        return await _taken(message, talk, ticket, []) if ticket else await message_written(message, talk)
    ticket = await Ticket.get(id=known.ticket_id)
    held = list(await column(Attachment.filter(message__external_id=external_id(message)), "sha256"))
    fresh = tuple(one for one in talk.files if one.blob is None or one.blob.sha256 not in held)
    if said(message, ticket.language) == known.text:
        fresh = tuple(one for one in fresh if one.blob is not None)
    edit = arrival(talk, message, ticket, files=fresh, version=known.version + 1)
    outcome = await intake.take(talk.desk, edit, talk.row, talk.now)
    if outcome.word == "edited":
        await _newly_demanded(talk, message, ticket, edit)
    return outcome


async def _newly_demanded(talk: Talk, message: Message, ticket: Ticket, edit: Incoming) -> None:
    kinds = legal(talk.desk, read(talk, message).kinds)
    new = await tickets.add_demands(talk.desk, ticket, kinds, edit.received_at, "machine", talk.now)
    if new:
        await acknowledgement.acknowledge(talk.desk, ticket, edit, new, talk.now)
        await topic.refresh_card(await legs.head(ticket), talk.now)
        await _ask_sure(talk, ticket, [one.kind for one in new])
