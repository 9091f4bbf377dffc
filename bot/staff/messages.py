"""What staff write: a reply to the requester's words or the card goes out, talk is a note, and what may be either is asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from aiogram import Router
from aiogram.types import Message

from bot.screens import react, say
from bot.staff.asking import asked_by
from bot.staff.hearing import AS_IT_IS, SEND, Whole, edited
from bot.staff.permission import anonymous, hidden, keeper, member, writer
from bot.staff.place import ANSWERABLE, UNKNOWN, Place, ticket_of
from bot.staff.unsure import ask_what
from bot.staff.waiting import redraw
from bot.text import N_, Piece, without_command
from bot.words import described, entities_of, said
from desk import contents
from desk.context import Desk
from desk.errors import Refused, Temporary
from desk.outward import at_once, replies, standing
from desk.ports import File, Outcome
from desk.ticket import tickets
from models import Became, Direction, Inbound, Staff, Ticket

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

    async def staff_edit(message: Message, **data: Any) -> Outcome:
        """What stands in the group is what counts; of what was done or has left already, staff are told so."""
        outcome = await edited(message, group, data | {"edited": True})
        if outcome is None:
            return Outcome(Became.UNCHANGED)
        if outcome == "done":
            place = await ticket_of(message)
            await say(
                N_("This was done as it stood before the edit, and stays done. For something else write a command anew."),
                {},
                key=f"done_already:{data['row'].id}",
                now=data["now"],
                ticket=place.ticket,
                reply_to=message.message_id,
            )
            return Outcome(Became.DONE_ALREADY, place.ticket.id if place.ticket else None)
        return outcome if isinstance(outcome, Outcome) else Outcome(Became.IGNORED)

    router.edited_message.register(staff_edit)
    return router


async def staff_message(
    message: Message, desk: Desk, row: Inbound, now: datetime, files: tuple[File, ...], whole: Whole
) -> Outcome:
    """A reply or a note, by what it replies to; where that does not tell, it is a note until staff say what it is."""
    place = await ticket_of(message)
    if place.ticket is None:
        if place.role or await _to_ourselves(message):
            raise Refused(N_("This is about no single ticket, so it went nowhere. Write in the topic of a ticket."))
        return Outcome(Became.IGNORED)
    if whole.decided == SEND:
        return await send_reply(message, desk, place, row, now, files, whole)
    if place.role == UNKNOWN:
        # Somebody was faster than the record of what we had just posted; or that record was lost with a process.
        if row.attempts < UNKNOWN_TRIES:
            raise Temporary("What this replies to is not recorded yet.", timedelta(seconds=1))
        raise Refused(N_("It is not known what this replies to, so it went nowhere. Reply to the card, or write /reply."))
    if place.role in ANSWERABLE:
        return await send_reply(message, desk, place, row, now, files, whole)
    if place.role or await _to_an_answer(message):
        sentence = N_("Is this for the requester? Nothing was sent: for now it is a note.")
        return await doubt(message, desk, place.ticket, row, now, files, whole, sentence)
    return await keep_note(message, desk, place.ticket, row, now, files)


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


async def send_reply(
    message: Message,
    desk: Desk,
    place: Place,
    row: Inbound,
    now: datetime,
    files: tuple[File, ...],
    whole: Whole,
    *,
    command: bool = False,
    piece: Piece | None = None,
    at: datetime | None = None,
    held: bool = False,
    marked: bool = False,
) -> Outcome:
    """Decide that the requester gets this message; `piece` are its words where they are not all that stands in it.

    `at` and `held` say when it leaves, `marked` that it holds personal data (desk.outward.replies.reply). What cannot be
    signed, was taken back, or follows at once upon somebody else's answer is asked about first.
    """
    assert place.ticket is not None
    tickets.unmerged(place.ticket)
    text, entities = message.text or message.caption or "", entities_of(message)
    if piece is not None:
        text, entities = piece
    elif command:
        text, entities = without_command(text, entities)
    if not text and not files:
        # A place, a contact, a poll: the requester gets them in words.
        text, entities = "\n".join(described(message, place.ticket.language)), []
    if any(not one.blob for one in files):
        raise Refused(N_("A file of this reply could not be fetched from Telegram (over 20 MB?). Nothing was sent."))
    if whole.by is None and anonymous(message):
        sentence = N_("An anonymous administrator cannot sign an answer: it is a note until somebody sends it in their own name.")
        return await doubt(message, desk, place.ticket, row, now, files, whole, sentence)
    staff = await _signer(desk, message, now, whole)
    if not whole.decided:
        doubtful = await _doubtful(place, staff, external_id(message), now)
        if doubtful is not None:
            return await doubt(message, desk, place.ticket, row, now, files, whole, *doubtful)
    version = await standing.version_waiting(external_id(message))
    reply = await replies.reply(
        desk,
        place.ticket,
        staff=staff,
        text=text,
        entities=entities,
        files=files,
        external_id=external_id(message),
        album=whole.head.album,
        reply_to=message.message_id,
        now=now,
        at=at,
        held=held,
        marked=marked,
        leg=place.leg,
        answers=place.answers,
        quote=message.quote.text if message.quote is not None else "",
    )
    if version not in {None, contents.of(reply, contents.Reply).version}:
        await redraw(desk, reply.id, place.ticket, row, now)
    return Outcome(Became.REPLY, place.ticket.id)


async def _signer(desk: Desk, message: Message, now: datetime, whole: Whole) -> Staff:
    """Who answers for it: whoever wrote it, or for a nameless one whoever sent it on."""
    if hidden(message) and whole.by is not None:
        return await member(desk, whole.by, now)
    return await writer(desk, message, now)


async def _doubtful(place: Place, staff: Staff, own: str, now: datetime) -> tuple[str, dict[str, Any]] | None:
    """Why a reply is not to leave without a further word."""
    assert place.ticket is not None
    if await standing.was_taken_back(own):
        return N_("This was taken back, and nothing was sent. Is it to leave as it stands now?"), {}
    if await standing.of(own) is not None:
        # It waits with its Undo already.
        return None
    other = await at_once.colleague(place.ticket, staff, now, own=own, leg=place.leg)
    return just_answered(other, place.ticket) if other is not None else None


def just_answered(other: at_once.Colleague, ticket: Ticket) -> tuple[str, dict[str, Any]]:
    """That a colleague was faster, in this ticket or in another one of the same requester."""
    if other.ticket == ticket.id:
        return N_("%(who)s has just answered this ticket. Nothing more was sent: is this to go as well?"), {"who": other.name}
    sentence = N_("%(who)s has just answered the same person in № %(number)s. Nothing more was sent: is this to go as well?")
    return sentence, {"who": other.name, "number": other.ticket}


async def doubt(
    message: Message,
    desk: Desk,
    ticket: Ticket,
    row: Inbound,
    now: datetime,
    files: tuple[File, ...],
    whole: Whole,
    sentence: str,
    params: dict[str, Any] | None = None,
    names: Sequence[str] = (),
) -> Outcome:
    """Keep what may be a note, an answer or a command as a note, and ask which it is."""
    tickets.unmerged(ticket)
    await _keep(message, desk, ticket, now, said(whole.message, desk.staff_language), files)
    answers = message.reply_to_message is not None and await asked_by(message.chat.id, message.reply_to_message.message_id)
    act = AS_IT_IS if answers and "act" in answers else SEND
    await ask_what(desk, ticket, whole.head, sentence, params or {}, names, act, row, now)
    return Outcome(Became.UNSURE, ticket.id)


async def keep_note(
    message: Message,
    desk: Desk,
    ticket: Ticket,
    row: Inbound,
    now: datetime,
    files: tuple[File, ...],
    *,
    command: bool = False,
    confirm: bool = True,
) -> Outcome:
    """Keep talk among staff with its ticket, with a sign that it is a note; nobody answers it, and it goes nowhere."""
    text = said(message, desk.staff_language)
    if command:
        text = without_command(text)[0]
        if not text.strip() and not files:
            raise Refused(N_("Write the note after the command: /note text."))
    await _keep(message, desk, ticket, now, text, files)
    if confirm:
        await react(message.chat.id, message.message_id, key=f"note:{row.id}", now=now, ticket=ticket)
    return Outcome(Became.NOTE, ticket.id)


async def _keep(message: Message, desk: Desk, ticket: Ticket, now: datetime, text: str, files: tuple[File, ...]) -> None:
    staff = await keeper(desk, message, now)
    await replies.note(desk, ticket, staff=staff, text=text, files=files, external_id=external_id(message), now=now)


def external_id(message: Message) -> str:
    """How a message of the group is known to the desk."""
    return f"{message.chat.id}:{message.message_id}"
