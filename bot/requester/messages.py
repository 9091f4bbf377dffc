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
from dataclasses import replace
from datetime import datetime, timedelta
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.format import kind_short
from bot.requester import dialog, mine
from bot.requester.arrivals import arrival, external_id, language_of, legal, read, sender
from bot.requester.belonging import HOLDS, demanded_on, foreign_number, home, of_sent, proven, with_albums
from bot.requester.menu import greeting, menu, privacy
from bot.requester.remembered import Asked, Kinds
from bot.requester.steps import half_way
from bot.requester.talk import Screen, Talk
from bot.requester.taps import Go, Meant, Sure, Which
from bot.screens import Rows, button
from bot.text import short
from bot.words import by_this_bot, has_files, is_service, is_small, said
from desk import contents
from desk.flow import afterwards
from desk.matter import moving
from desk.outward import acknowledgement
from desk.ports import Incoming, Outcome
from desk.recognising.courtesy import answers, is_courtesy
from desk.terms import confirming, triage
from desk.ticket import candidates, clocks, finding, legs, requesters, tickets, topic
from models import Attachment, Became, Demand, Outbox, RecognisedBy, Ticket, TicketStatus
from models import Message as Stored
from models.store.query import column
from models.store.rows import chosen

# "Added to № 17" is said once in this time.
TOLD_AGAIN = timedelta(minutes=30)
# How many messages one question "which request is it about" may cover.
ASKED_ABOUT = 200


def setup() -> Router:
    router = Router(name="requester messages")
    router.message.register(message_written)
    router.edited_message.register(message_edited)
    router.callback_query.register(which_tapped, Which.filter())
    router.callback_query.register(sure_tapped, Sure.filter())
    router.callback_query.register(meant_tapped, Meant.filter())
    return router


async def message_written(message: Message, talk: Talk) -> Outcome:
    """A message outside any dialog."""
    if is_service(message):
        return Outcome(Became.IGNORED)
    talk.leave_draft()
    known = await proven(message, talk)
    open_tickets = [] if known else await finding.of_requester(talk.user.id)
    if known is None and not open_tickets:
        if by_this_bot(message):
            return await _nothing_new(talk)
        known = await _closed_before(message, talk)
        if known is None and _asks_nothing(message):
            return await _greeted(talk)
    return await _taken(message, talk, known, open_tickets)


async def _closed_before(message: Message, talk: Talk) -> Ticket | None:
    """The ticket closed last, for what does not begin a matter of its own: thanks for it, or a protest that it was closed."""
    requester = await requesters.find(sender(talk.user))
    closed = await afterwards.closed_lately(requester.id, talk.now) if requester else None
    if closed is None:
        return None
    if _asks_nothing(message):
        return closed
    kinds = set(legal(talk.desk, read(talk, message).kinds))
    about_it = kinds <= set(await demanded_on(closed))
    return closed if about_it and await afterwards.was_dropped(closed) else None


async def _taken(message: Message, talk: Talk, known: Ticket | None, open_tickets: Sequence[Ticket]) -> Outcome:
    seen = read(talk, message)
    meant = () if by_this_bot(message) else seen.kinds
    kinds = legal(talk.desk, meant)
    target = known or await home(talk, open_tickets, kinds)
    held = set(await demanded_on(target)) if target else set()
    incoming = await arrival(
        talk,
        message,
        target,
        kinds=kinds or tuple(kind for kind in meant if kind in talk.desk.regime.kinds),
        candidates=() if by_this_bot(message) else seen.candidates,
        spam=seen.spam,
        why=seen.why,
        language=language_of(talk, message, seen),
        named=await foreign_number(talk, message),
    )
    was_closed = target is not None and target.status == TicketStatus.CLOSED
    outcome = await talk.take(incoming)
    if outcome.ticket_id is None or seen.spam:
        await talk.save()
        return outcome
    [ticket] = await chosen(Ticket, "id = {}", outcome.ticket_id)
    if outcome.word == Became.COURTESY:
        return await _thanked(talk, ticket, outcome)
    if outcome.word == Became.OPENED and not talk.knows_privacy:
        await _acknowledge_with_privacy(talk, ticket)
    new = [one for one in kinds if one not in held] if outcome.word in {Became.OPENED, Became.ADDED} else []
    if was_closed and outcome.word == Became.ADDED and not new:
        words = escape(talk._("🔓 Your request № %(number)s is open again, and we will answer.") % {"number": ticket.number})
        await talk.show(Screen(words, _ways_on(talk), folded=words))
    elif new:
        await _ask_sure(talk, ticket, new)
    elif outcome.word in {Became.OPENED, Became.ADDED} and (unsure := await _unsure(ticket, incoming)):
        await _ask_meant(talk, ticket, unsure)
    elif outcome.word == Became.ADDED and known is None and len(open_tickets) > 1 and not kinds and not _asks_nothing(message):
        await _ask_which(talk, message, ticket, open_tickets)
    elif outcome.word == Became.ADDED:
        await _tell_added(talk, message, ticket)
    else:
        await _offer_draft(talk)
    return outcome


def _asks_nothing(message: Message) -> bool:
    """Whether a message only greets, thanks or nods, or is a sticker and the like."""
    if message.forward_origin is not None:
        return False
    if is_small(message):
        return True
    text = message.text or ""
    return bool(text) and not has_files(message) and (is_courtesy(text) or answers(text))


async def _greeted(talk: Talk) -> Outcome:
    """A greeting alone: the menu, or what was left half-way."""
    if (draft := talk.half_way) is not None:
        talk.next_turn()
        await talk.show(half_way(talk, draft))
        return Outcome(Became.OFFERED)
    if not talk.knows_privacy:
        await talk.show(greeting(talk))
        return Outcome(Became.GREETING)
    hello = "👋 " + talk._("Hello! This is %(operator)s.") % {"operator": f"<b>{escape(talk.operator)}</b>"}
    write = escape(talk._("Choose below, or just write in your own words; files are welcome."))
    await talk.show(menu(talk, f"{hello}\n{write}"))
    return Outcome(Became.GREETING)


async def _nothing_new(talk: Talk) -> Outcome:
    """The bot's own words came back: a card, an acknowledgement. Nobody asks for anything with them."""
    told = talk._("↩️ These are words of this bot, so nothing was opened. If you want something, write it in your own words.")
    await talk.show(menu(talk, escape(told)))
    return Outcome(Became.OWN_WORDS)


async def _thanked(talk: Talk, ticket: Ticket, outcome: Outcome) -> Outcome:
    """Thanks for what is over: passed on, and nothing is opened again. Said once in a while."""
    if talk.since(talk.data.get("thanked")) < TOLD_AGAIN:
        await talk.save()
        return outcome
    talk.data["thanked"] = talk.now.isoformat()
    words = talk._("🙂 Passed on. Your request № %(number)s stays closed; if something is still open, just write it.")
    told = escape(words % {"number": ticket.number})
    await talk.show(Screen(told, _ways_on(talk), folded=told))
    return outcome


def _ways_on(talk: Talk) -> Rows:
    return [[button(talk._("📋 My requests"), Go(to="status").pack()), button(talk._("☰ Menu"), Go(to="menu").pack())]]


async def _acknowledge_with_privacy(talk: Talk, ticket: Ticket) -> None:
    """Who never saw the privacy notice gets it with the number of their first request."""
    row = await Outbox.filter(ticket_id=ticket.id, channel="telegram", errand="acknowledgement").order_by("-id").first()
    if row is not None:
        told = contents.of(row, contents.Acknowledgement)
        contents.amend(row, replace(told, privacy=privacy(talk, ticket.language)))
        await row.save(update_fields=["content"])


# --- what is said about it


async def _tell_added(talk: Talk, message: Message, ticket: Ticket) -> None:
    """Say once in a while where the words went; the parts of an album say nothing."""
    told = {key: at for key, at in (talk.data.get("told") or {}).items() if talk.since(at) < TOLD_AGAIN}
    if message.media_group_id and await Stored.filter(album=message.media_group_id, ticket_id=ticket.id).count() > 1:
        return await talk.save()
    if str(ticket.id) in told:
        return await _offer_draft(talk)
    talk.data["told"] = told | {str(ticket.id): talk.now.isoformat()}
    thanks = is_courtesy(message.text or "") and not has_files(message)
    words = talk._("🙂 Passed on.") if thanks else talk._("📎 Added to № %(number)s.") % {"number": ticket.number}
    if (draft := talk.half_way) is not None:
        talk.next_turn()
        return await talk.show(half_way(talk, draft, words))
    buttons = _ways_on(talk)
    return await talk.show(Screen(words, buttons, folded=words))


async def _offer_draft(talk: Talk) -> None:
    """Offer a request that was left half-way, once in a while."""
    draft = talk.half_way
    if draft is None or talk.since(talk.data.get("offered")) < TOLD_AGAIN:
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
    turn = _turn_after(asked)
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


def _turn_after(asked: Asked | Kinds | None) -> int:
    """The turn of a question that takes the place of another one: the buttons of that are out of date."""
    return asked["turn"] + 1 if asked else 1


async def _titled(talk: Talk, ticket: Ticket) -> str:
    kinds = ", ".join(kind_short(one, talk.language) for one in await demanded_on(ticket))
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
        await moving.move(source, target, await with_albums(source, asked["messages"]), talk.now)
    talk.data["asked"] = {**asked, "messages": []}
    talk.data["here"] = {"ticket": target.id, "at": talk.now.isoformat()}
    talk.leave_draft()
    words = talk._("📎 Added to № %(number)s.") % {"number": target.number}
    buttons = _ways_on(talk)
    await talk.show(Screen(words, buttons, folded=words), at=tap.message.message_id if tap.message else None)
    return Outcome(Became.CHOSEN, target.id)


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
    await moving.move(source, ticket, await with_albums(source, messages), talk.now)
    demands = await Demand.filter(ticket_id=ticket.id)
    await acknowledgement.acknowledge(talk.desk, ticket, incoming, demands, talk.now)
    return ticket


# --- was it understood


async def _ask_sure(talk: Talk, ticket: Ticket, kinds: Sequence[str]) -> None:
    """Ask whether the demands were understood rightly. They stand already, and stay without an answer."""
    turn = _turn_after(talk.data.get("sure"))
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
    return rule.name.said(talk.language)


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
    buttons = _ways_on(talk)
    await talk.show(Screen(escape(words), buttons, folded=escape(words)), at=tap.message.message_id if tap.message else None)
    return Outcome(Became.CONFIRMED if callback_data.yes else Became.ONLY_A_QUESTION, ticket.id)


# --- what is meant


async def _unsure(ticket: Ticket, incoming: Incoming) -> tuple[str, ...]:
    """The kinds to ask about after a message that may demand them; none where it is known what the ticket demands."""
    if not incoming.candidates:
        return ()
    ticket = await legs.head(ticket)
    return candidates.asked(ticket, await Demand.filter(ticket_id=ticket.id))


async def _ask_meant(talk: Talk, ticket: Ticket, kinds: Sequence[str]) -> None:
    """Ask which of the likely kinds is demanded. Without an answer staff find out; a typed digit is an answer too."""
    turn = _turn_after(talk.data.get("meant"))
    talk.data["meant"] = {"turn": turn, "ticket": ticket.id, "kinds": list(kinds)}
    names = [_name(talk, kind, ticket.received_at) for kind in kinds]
    question = talk._("🤔 I am not sure that I understood you. What do you want?")
    lines = "\n".join(f"{number}. {escape(name)}" for number, name in enumerate(names, 1))
    other = talk._("something else")
    calm = talk._("Whatever you answer, the term counts from your first message.")
    html = f"{escape(question)}\n{lines}\n{len(names) + 1}. {escape(other)}\n\n{escape(calm)}"
    rows = [
        [button(short(f"{number}. {name}", 60), Meant(turn=turn, pick=number - 1).pack())] for number, name in enumerate(names, 1)
    ]
    rows.append([button(f"{len(names) + 1}. {other}", Meant(turn=turn, pick=-1).pack())])
    await talk.show(Screen(html, rows, folded=f"{escape(question)}\n{lines}"))


async def meant_tapped(tap: CallbackQuery, callback_data: Meant, talk: Talk) -> Outcome:
    """The requester says what they demand; once, and only while nobody else has said it."""
    asked = talk.data.get("meant")
    if not asked or asked["turn"] != callback_data.turn or not asked["kinds"]:
        return await talk.stale(tap)
    own = await mine.own(talk, asked["ticket"])
    ticket = await legs.head(own) if own is not None else None
    if ticket is None or not ticket.candidates:
        return await talk.stale(tap)
    await talk.toast(tap)
    kinds = asked["kinds"][callback_data.pick : callback_data.pick + 1] if callback_data.pick >= 0 else []
    await triage.meant(talk.desk, ticket, kinds, talk.now)
    talk.data["meant"] = {**asked, "kinds": []}
    talk.leave_draft()
    if kinds:
        words = talk._("👍 Thank you. We are at work on № %(number)s.") % {"number": ticket.number}
    else:
        words = talk._("👌 Thank you. A colleague will read № %(number)s and answer here.") % {"number": ticket.number}
    told = escape(words)
    if kinds:
        told += f"\n• {escape(_name(talk, kinds[0], ticket.received_at))}"
    await talk.show(Screen(told, _ways_on(talk), folded=escape(words)), at=tap.message.message_id if tap.message else None)
    return Outcome(Became.MEANT if kinds else Became.SOMETHING_ELSE, ticket.id)


# --- edits


async def message_edited(message: Message, talk: Talk) -> Outcome:
    """An edit adds a version; files that did not change are not stored again, and a moving place is told once.

    What the new words demand beyond the old ones counts from the edit: that is when it was first said.
    """
    if message.location and message.location.live_period:
        return Outcome(Became.IGNORED)
    if (changed := await dialog.answer_edited(talk, message)) is not None:
        return changed
    known = await Stored.filter(external_id=external_id(message), channel="telegram").order_by("-version").first()
    if known is None:
        sent = of_sent(talk, message.message_id)
        ticket = await mine.own(talk, sent) if sent else None
        return await _taken(message, talk, ticket, []) if ticket else await message_written(message, talk)
    ticket = await Ticket.get(id=known.ticket_id)
    held = list(await column(Attachment.filter(message__external_id=external_id(message)), "sha256"))
    fresh = tuple(one for one in talk.files if one.blob is None or one.blob.sha256 not in held)
    if said(message, ticket.language) == known.text:
        fresh = tuple(one for one in fresh if one.blob is not None)
    edit = await arrival(talk, message, ticket, files=fresh, version=known.version + 1)
    outcome = await talk.take(edit)
    if outcome.word == Became.EDITED:
        await _newly_demanded(talk, message, ticket, edit)
    return outcome


async def _newly_demanded(talk: Talk, message: Message, ticket: Ticket, edit: Incoming) -> None:
    kinds = legal(talk.desk, read(talk, message).kinds)
    new = await tickets.add_demands(talk.desk, ticket, kinds, edit.received_at, RecognisedBy.MACHINE, talk.now)
    if new:
        await acknowledgement.acknowledge(talk.desk, ticket, edit, new, talk.now)
        await topic.refresh_card(await legs.head(ticket), talk.now)
        await _ask_sure(talk, ticket, [one.kind for one in new])
