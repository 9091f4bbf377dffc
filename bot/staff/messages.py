"""What staff write: a reply to the requester's words or the card goes out, talk is a note, and what may be either is asked."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aiogram import Router
from aiogram.types import Message

from bot.format import topic_address
from bot.screens import react
from bot.staff.hearing import SEND, Whole, edited
from bot.staff.permission import anonymous, hidden, keeper, member
from bot.staff.place import ANSWERABLE, UNKNOWN, Place, after_number, ticket_of
from bot.staff.talk import Talk
from bot.staff.unsure import Doubt, ask_what
from bot.staff.waiting import redraw
from bot.text import N_, Piece, without_command
from bot.words import described, entities_of, said
from desk import contents
from desk.errors import Refused, Temporary
from desk.outward import at_once, replies, standing
from desk.ports import File, Outcome
from desk.ticket import finding, tickets, topic
from models import Became, Direction, Posted, Staff, Ticket

# A reply to an overview that names tickets and says nothing else; so many of them are hurried at most.
_ONLY_NUMBERS = re.compile(
    r"(?:[\s,;.№#]|\bи\b|\band\b)*\d{1,18}(?:(?:[\s,;.№#]|\bи\b|\band\b)+\d{1,18})*[\s.,;]*", re.IGNORECASE
)
HURRIED = 10
# How often it is looked again what a message replies to.
UNKNOWN_TRIES = 4


def setup() -> Router:
    """What is plain words, after all commands and answers to questions."""
    router = Router(name="staff messages")
    router.message.register(staff_message)
    return router


def edits(group: Router) -> Router:
    """Edited messages, which the handlers of `group` take anew."""
    router = Router(name="staff edits")

    async def staff_edit(message: Message, talk: Talk, **data: Any) -> Outcome:
        """What stands in the group is what counts; of what was done or has left already, staff are told so."""
        outcome = await edited(message, group, data | {"talk": talk, "edited": True})
        if outcome is None:
            return Outcome(Became.UNCHANGED)
        if outcome == "done":
            place = await ticket_of(message)
            sentence = N_("This was done as it stood before the edit, and stays done. For something else write a command anew.")
            await talk.say(sentence, {}, place.ticket, name="done_already")
            return Outcome(Became.DONE_ALREADY, place.ticket.id if place.ticket else None)
        return outcome if isinstance(outcome, Outcome) else Outcome(Became.IGNORED)

    router.edited_message.register(staff_edit)
    return router


async def staff_message(message: Message, talk: Talk, files: tuple[File, ...], whole: Whole) -> Outcome:
    """A reply or a note, by what it replies to; where that does not tell, it is a note until staff say what it is."""
    place = await ticket_of(message)
    if place.role == Posted.OVERVIEW:
        return await to_overview(talk, place, whole)
    if place.ticket is None:
        if place.role or await _to_ourselves(message):
            raise Refused(N_("This is about no single ticket, so it went nowhere. Write in the topic of a ticket."))
        return Outcome(Became.IGNORED)
    if whole.decided == SEND:
        return await send_reply(talk, place, whole)
    if place.role == UNKNOWN:
        # Somebody was faster than the record of what we had just posted; or that record was lost with a process.
        if talk.row.attempts < UNKNOWN_TRIES:
            raise Temporary("What this replies to is not recorded yet.", timedelta(seconds=1))
        raise Refused(N_("It is not known what this replies to, so it went nowhere. Reply to the card, or write /reply."))
    if place.role in ANSWERABLE:
        return await send_reply(talk, place, whole)
    if place.role or await _to_an_answer(message):
        sentence = N_("Is this for the requester? Nothing was sent: for now it is a note.")
        return await doubt(talk, place.ticket, whole, Doubt(sentence))
    return await keep_note(talk, place.ticket, files)


async def to_overview(talk: Talk, place: Place, whole: Whole) -> Outcome:
    """A reply to the overview of a burst: numbers have their topics made next, words after a number may be an answer."""
    message = whole.message
    text = message.text or message.caption or ""
    if _ONLY_NUMBERS.fullmatch(text):
        return await _hurried(talk, [int(one) for one in re.findall(r"\d+", text)][:HURRIED])
    if place.ticket is None:
        raise Refused(N_("Begin with the number of the ticket: “57” has its topic made next, “57 text” is for its requester."))
    if whole.decided == SEND:
        return await send_reply(talk, place, whole, Leaving(after_number((text, entities_of(message)))))
    sentence = N_("Is this for the requester of № %(number)s? Nothing was sent: for now it is a note.")
    return await doubt(talk, place.ticket, whole, Doubt(sentence, {"number": place.ticket.id}))


async def _hurried(talk: Talk, numbers: list[int]) -> Outcome:
    """The topics of these tickets come next; those that are made already are linked."""
    shown = await topic.hurry(numbers)
    made = await finding.topics_in(talk.chat, numbers)
    links = [f'<a href="{topic_address(talk.chat, thread)}">№ {number}</a>' for number, thread in sorted(made.items())]
    if not shown and not links:
        raise Refused(N_("No ticket of these numbers waits for its topic."))
    lines = [talk._("⏫ Next come the topics of: № %(numbers)s.") % {"numbers": ", ".join(map(str, shown))}] if shown else []
    lines += [talk._("These are here already: %(links)s.") % {"links": ", ".join(links)}] if links else []
    await talk.show("hurry", "\n".join(lines), None)
    return Outcome(Became.LISTED)


async def _to_ourselves(message: Message) -> bool:
    """Whether a message of the general room replies to one of the bot's."""
    target = message.reply_to_message
    ours = target is not None and target.from_user is not None and message.bot is not None
    return bool(ours and target and target.from_user and message.bot and target.from_user.id == message.bot.id)


async def _to_an_answer(message: Message) -> bool:
    """Whether a message replies to what a colleague has written to the requester."""
    target = message.reply_to_message
    if target is None:
        return False
    known = await standing.of(f"{message.chat.id}:{target.message_id}")
    return known is not None and known.direction == Direction.OUT


@dataclass(frozen=True)
class Leaving:
    """How a reply leaves: `words`, where they are not all that stands in the message; at which moment, or by a manager's release.

    `marked` are those that hold personal data (desk.outward.replies.reply).
    """

    words: Piece | None = None
    at: datetime | None = None
    held: bool = False
    marked: bool = False


def after_command(message: Message) -> Piece:
    """The words after a command, with their formatting."""
    return without_command(message.text or message.caption or "", entities_of(message))


async def send_reply(talk: Talk, place: Place, whole: Whole, leaving: Leaving | None = None) -> Outcome:
    """Decide that the requester gets this message.

    What cannot be signed, was taken back, or follows at once upon somebody else's answer is asked about first.
    """
    assert place.ticket is not None
    message, files = talk.message, whole.files
    tickets.unmerged(place.ticket)
    leaving = leaving or Leaving()
    if place.role == Posted.OVERVIEW and leaving.words is not None:
        leaving = replace(leaving, words=after_number(leaving.words))
    text, entities = leaving.words or (message.text or message.caption or "", entities_of(message))
    if not text and not files:
        # A place, a contact, a poll: the requester gets them in words.
        text, entities = "\n".join(described(message, place.ticket.language)), []
    if any(not one.blob for one in files):
        raise Refused(N_("A file of this reply could not be fetched from Telegram (over 20 MB?). Nothing was sent."))
    if whole.by is None and anonymous(message):
        sentence = N_("An anonymous administrator cannot sign an answer: it is a note until somebody sends it in their own name.")
        return await doubt(talk, place.ticket, whole, Doubt(sentence))
    staff = await _signer(talk, whole)
    own = external_id(message)
    if not whole.decided:
        doubtful = await _doubtful(place, staff, own, talk.now)
        if doubtful is not None:
            return await doubt(talk, place.ticket, whole, doubtful)
    version = await standing.version_waiting(own)
    reply = await replies.reply(
        talk.desk,
        place.ticket,
        staff=staff,
        text=text,
        entities=entities,
        files=files,
        external_id=own,
        album=whole.head.album,
        reply_to=message.message_id,
        now=talk.now,
        at=leaving.at,
        held=leaving.held,
        marked=leaving.marked,
        leg=place.leg,
        answers=place.answers,
        quote=message.quote.text if message.quote is not None else "",
    )
    if version not in {None, contents.of(reply, contents.Reply).version}:
        await redraw(talk, reply.id, place.ticket)
    return Outcome(Became.REPLY, place.ticket.id)


async def _signer(talk: Talk, whole: Whole) -> Staff:
    """Who answers for it: whoever wrote it, or for a nameless one whoever sent it on."""
    if hidden(talk.message) and whole.by is not None:
        return await member(talk.desk, whole.by, talk.now)
    return await talk.staff()


async def _doubtful(place: Place, staff: Staff, own: str, now: datetime) -> Doubt | None:
    """Why a reply is not to leave without a further word."""
    assert place.ticket is not None
    if await standing.was_taken_back(own):
        return Doubt(N_("This was taken back, and nothing was sent. Is it to leave as it stands now?"))
    if await standing.of(own) is not None:
        # It waits with its Undo already.
        return None
    other = await at_once.colleague(place.ticket, staff, now, own=own, leg=place.leg)
    return just_answered(other, place.ticket) if other is not None else None


def just_answered(other: at_once.Colleague, ticket: Ticket) -> Doubt:
    """That a colleague was faster, in this ticket or in another one of the same requester."""
    if other.ticket == ticket.id:
        sentence = N_("%(who)s has just answered this ticket. Nothing more was sent: is this to go as well?")
        return Doubt(sentence, {"who": other.name})
    sentence = N_("%(who)s has just answered the same person in № %(number)s. Nothing more was sent: is this to go as well?")
    return Doubt(sentence, {"who": other.name, "number": other.ticket})


async def doubt(talk: Talk, ticket: Ticket, whole: Whole, why: Doubt) -> Outcome:
    """Keep what may be a note, an answer or a command as a note, and ask which it is."""
    tickets.unmerged(ticket)
    await keep(talk, ticket, whole.files, said(whole.message, talk.language))
    await ask_what(talk, ticket, whole, why)
    return Outcome(Became.UNSURE, ticket.id)


async def keep_note(talk: Talk, ticket: Ticket, files: tuple[File, ...], text: str | None = None) -> Outcome:
    """Keep talk among staff with its ticket, with a sign that it is a note; nobody answers it, and it goes nowhere."""
    await keep(talk, ticket, files, text)
    await react(talk.chat, talk.message.message_id, key=f"note:{talk.row.id}", now=talk.now, ticket=ticket)
    return Outcome(Became.NOTE, ticket.id)


async def keep(talk: Talk, ticket: Ticket, files: tuple[File, ...], text: str | None = None) -> None:
    """Keep a message with its ticket; `text` are its words, where they are not all that stands in it."""
    staff = await keeper(talk.desk, talk.message, talk.now)
    text = said(talk.message, talk.language) if text is None else text
    own = external_id(talk.message)
    await replies.note(talk.desk, ticket, staff=staff, text=text, files=files, external_id=own, now=talk.now)


def external_id(message: Message) -> str:
    """How a message of the group is known to the desk."""
    return f"{message.chat.id}:{message.message_id}"
