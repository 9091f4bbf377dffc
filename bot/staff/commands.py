"""Commands of the staff group. They work in a ticket's topic, or in reply to a posting of the ticket."""

from datetime import datetime
from html import escape

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Message

from bot.callbacks import CardTap
from bot.format import kind_short, topic_address
from bot.postings.staff.parked import parked_html
from bot.screens import ask_staff, button
from bot.staff import quiet, record
from bot.staff.hearing import Whole
from bot.staff.messages import Leaving, after_command, keep_note, send_reply
from bot.staff.place import ticket_of
from bot.staff.talk import Talk
from bot.text import N_, without_command
from bot.words import said
from desk.context import Desk
from desk.errors import Refused
from desk.flow import parking
from desk.i18n import words
from desk.ports import File, Outcome
from desk.ticket import finding, tickets
from desk.ticket.replay import replay
from desk.views import cards
from models import Became, Staff, Ticket

# So many lines a list has at most; the command line shows all.
LIST = 25


COMMANDS = {
    "new": N_("open a ticket for what did not come by itself: paper, visit, call, order, incident"),
    "take": N_("take this ticket"),
    "reply": N_("answer the requester: /reply text"),
    "t": N_("answer by a letter from a template: /t, or /t access; /t edit access changes one"),
    "later": N_("answer at a moment: /later tomorrow 10:00 | text"),
    "hold": N_("prepare an answer that a manager releases: /hold text"),
    "data": N_("answer with personal data, which wait until the person is verified: /data text"),
    "note": N_("keep a note: /note text"),
    "kind": N_("what is asked: show, replace, add (+) or take away (-)"),
    "step": N_("the steps: show, tick (/step 2 | what proves it), take a tick back (/step -2)"),
    "processors": N_("what processors are told and have confirmed; one more letter: /processors rectify | words"),
    "block": N_("the data are blocked for a check: /block; since earlier: /block 08.12 14:30 CRM | name; not: /block no: reason"),
    "unblock": N_("what the check came to, and that the blocking is over"),
    "destroy": N_("what was destroyed where, its act and the signed copy"),
    "extend": N_("extend a term where the law allows it: /extend reasons"),
    "term": N_("the date that a document sets: /term 28.12.2026; /term - takes it back"),
    "proofs": N_("the day the proof came: /proofs 05.12.2026 why the terms may count from it"),
    "detected": N_("when it was detected: /detected 05.12.2026 14:30 why the terms may count from it"),
    "letter": N_("a paper letter came: /letter 08.12.2026 11:30, attempt 05.12.2026 14:00 | words"),
    "impossible": N_("the data cannot be destroyed now: /impossible reasons"),
    "why": N_("how the dates were counted, day by day"),
    "incident": N_("an incident: what is known, drafts of the notices, people to tell"),
    "plan": N_("the coming reminders of this ticket"),
    "refuse": N_("refuse on a ground of the law, or take a refusal back: /refuse"),
    "address": N_("whom answers go to, where the letter did not tell: /address name@mail.ru First name"),
    "merge": N_("the same matter as № 12, on another channel: /merge 12"),
    "unmerge": N_("take apart what was merged"),
    "verify": N_("who is it: what was compared, never the values: /verify contract, date of birth"),
    "mandate": N_("by which document the requester speaks for somebody: /mandate power of attorney № …"),
    "code": N_("send a code to the address that the operator holds: /code name@mail.ru"),
    "close": N_("close this ticket; over running terms: /close reason"),
    "reopen": N_("open this ticket again"),
    "history": N_("show the whole conversation again"),
    "dossier": N_("everything about this ticket in one archive; in English: /dossier en"),
    "journal": N_("the journal of requests: /journal 01.01.2026 31.12.2026 pdf (or xlsx, csv; en)"),
    "due": N_("what is due when"),
    "parked": N_("what could not be taken or delivered"),
    "quiet": N_("letters that opened no ticket; one tap makes one"),
    "help": N_("how this group works"),
}


class Command(Filter):
    """A command at the start of a text or caption; one addressed to another bot is not ours."""

    def __init__(self, *names: str) -> None:
        self._names = names

    async def __call__(self, message: Message, username: str = "") -> bool:
        text = message.text or message.caption or ""
        if not text.startswith("/"):
            return False
        name, _sep, bot_name = text.split()[0][1:].partition("@")
        return name.lower() in self._names and (not bot_name or bot_name.lower() == username.lower())


def setup() -> Router:
    router = Router(name="staff commands")
    router.message.register(take, Command("take"))
    router.message.register(reply, Command("reply"))
    router.message.register(note, Command("note"))
    router.message.register(reopen, Command("reopen"))
    router.message.register(history, Command("history"))
    router.message.register(record.journal, Command("journal"))
    router.message.register(record.dossier, Command("dossier"))
    router.message.register(due, Command("due"))
    router.message.register(parked, Command("parked"))
    router.message.register(quiet.listed, Command("quiet"))
    router.message.register(help_, Command("help", "start"))
    return router


async def _ticket(message: Message) -> Ticket:
    place = await ticket_of(message)
    if place.ticket is None:
        raise Refused(N_("Write this in the topic of a ticket, or in reply to its card."))
    tickets.unmerged(place.ticket)
    return place.ticket


async def take(message: Message, talk: Talk) -> Outcome:
    ticket = await _ticket(message)
    taken = await take_or_ask(talk, ticket, await talk.staff())
    return Outcome(Became.TAKEN if taken else Became.ASKED, ticket.id)


async def take_or_ask(talk: Talk, ticket: Ticket, staff: Staff) -> bool:
    """Take a ticket that nobody has; where somebody has it, ask whether to take it over. Raises Refused for one's own."""
    has = await Staff.get_or_none(id=ticket.assignee_id) if ticket.assignee_id else None
    if has is None or has.id == staff.id:
        await tickets.take(talk.desk, ticket, staff, talk.now)
        return True
    gettext = talk._
    html = escape(gettext("%(who)s has this ticket. Take it over?") % {"who": has.name})
    taps = [
        [button("🙋 " + gettext("Take it over"), CardTap(choice="over", ticket=ticket.id).pack())],
        [button(gettext("Leave it"), CardTap(choice="leave", ticket=ticket.id).pack())],
    ]
    await talk.show("take", html, ticket, buttons=taps)
    return False


async def reply(message: Message, talk: Talk, whole: Whole) -> Outcome:
    await _ticket(message)
    return await send_reply(talk, await ticket_of(message), whole, Leaving(after_command(message)))


async def note(message: Message, talk: Talk, files: tuple[File, ...]) -> Outcome:
    ticket, text = await _ticket(message), without_command(said(message, talk.language))[0]
    if not text.strip() and not files:
        raise Refused(N_("Write the note after the command: /note text."))
    return await keep_note(talk, ticket, files, text)


async def reopen(message: Message, talk: Talk) -> Outcome:
    ticket = await _ticket(message)
    await tickets.awaken(talk.desk, ticket, await talk.staff(), talk.now)
    return Outcome(Became.REOPENED, ticket.id)


async def history(message: Message, talk: Talk) -> Outcome:
    """Post the whole conversation again: the requester's words, the files and the answers."""
    ticket = await _ticket(message)
    if not await replay(ticket, talk.now, key=f":history{talk.row.id}"):
        raise Refused(N_("Nothing was said on this ticket yet."))
    return Outcome(Became.LISTED, ticket.id)


async def due(message: Message, talk: Talk, staff_chat: int) -> Outcome:
    """The open tickets, the earliest first, each with a link to its topic."""
    soon = await cards.due(talk.desk, talk.now, LIST)
    place = await ticket_of(message)
    await talk.show("due", await due_html(talk.desk, soon, staff_chat, talk.now), place.ticket)
    return Outcome(Became.LISTED)


async def due_html(desk: Desk, soon: list[cards.Due], staff_chat: int, now: datetime) -> str:
    gettext = words("bot", desk.staff_language).gettext
    if not soon:
        return gettext("Nothing is due: no open ticket has a running term. 🎉")
    topics = await finding.topics_in(staff_chat, [one.number for one in soon])
    lines = ["<b>" + gettext("What is due when") + "</b>"]
    for card in soon:
        first = min((clock for clock in card.clocks if clock.stopped_at is None), key=lambda one: one.safe_at)
        mark = "🔴" if first.due_at <= now and not first.immediate else "⚡️" if first.immediate else "🗓"
        number = f"№ {card.number}"
        if address := topic_address(staff_chat, topics.get(card.number)):
            number = f'<a href="{address}">{number}</a>'
        kinds = ", ".join(kind_short(one, desk.staff_language) for one in card.kinds[:2])
        parts = [f"{mark} <b>{first.safe:%d.%m}</b> {number}", escape(kinds), escape(card.assignee or "—")]
        lines.append(" · ".join(parts))
        if first.fine:
            lines.append(f"<i>⚖️ {escape(first.fine)}</i>")
    return "\n".join(lines)


async def parked(message: Message, talk: Talk) -> Outcome:
    """What waits for a person, each with its buttons."""
    place = await ticket_of(message)
    found = await parking.parked(limit=5)
    waiting = [("inbound", one.id, one.error) for one in found.inbound]
    waiting += [("outbox", one.id, one.error) for one in found.outbox]
    for box, row_id, error in waiting:
        html, taps = await parked_html(box, row_id, error, talk.language)
        await ask_staff(
            key=f"parked:{talk.row.id}:{box}:{row_id}", html=html, now=talk.now, ticket=place.ticket, buttons=[taps[0]]
        )
    if not waiting:
        nothing = talk._("Nothing is parked: everything was taken and delivered. 🎉")
        await talk.show("parked", nothing, place.ticket)
    return Outcome(Became.LISTED)


async def help_(message: Message, talk: Talk) -> Outcome:
    place = await ticket_of(message)
    await talk.show("help", help_html(talk.language), place.ticket)
    return Outcome(Became.HELPED)


def help_html(language: str) -> str:
    """How the group works, in a few lines."""
    gettext = words("bot", language).gettext
    lines = [
        gettext("Each request has its own topic. The pinned card says who asks for what, and until when."),
        "",
        "💬 " + gettext("To answer, reply to the requester’s message or to the card. You have some seconds to undo."),
        "📝 " + gettext("Anything else you write in a topic is a note: the requester never sees it."),
        "✓ " + gettext("Tap a button of the card when a thing is done: its term stops."),
        "",
        *(f"/{name} — {escape(gettext(what))}" for name, what in COMMANDS.items()),
    ]
    return "\n".join(lines)
