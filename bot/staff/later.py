"""Replies that leave at a moment or when a manager releases them: /later, /hold, and the buttons of what waits."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import ReleaseTap, WaitTap
from bot.staff.asking import here
from bot.staff.commands import Command
from bot.staff.hearing import Whole
from bot.staff.messages import Leaving, after_command, send_reply
from bot.staff.place import ticket_of
from bot.staff.talk import Talk
from bot.staff.waiting import redraw
from bot.text import N_, after_moment
from desk import contents, moments
from desk.errors import Refused
from desk.outward import replies
from desk.ports import File, Outcome
from desk.ticket import clocks, staffing
from models import Became, Outbox, Posted, Receipt, Staff, Ticket

HOW = N_("Write after the moment what to send: /later tomorrow 10:00 | text. To move a reply, write this in reply to it.")


def setup() -> Router:
    router = Router(name="staff later")
    router.message.register(later, Command("later"))
    router.message.register(hold, Command("hold"))
    router.callback_query.register(wait_tapped, WaitTap.filter())
    router.callback_query.register(release_tapped, ReleaseTap.filter())
    return router


async def later(message: Message, talk: Talk, files: tuple[File, ...], whole: Whole) -> Outcome:
    """`/later MOMENT | text` (or the text on the next line) schedules a reply.

    `/later MOMENT` in reply to the posting of a reply that waits moves it.
    """
    ticket = await here(message)
    when, piece = after_moment(*after_command(message))
    if not when:
        raise Refused(HOW)
    at = moments.moment(talk.desk, when, talk.now, await clocks.next_safe(ticket, talk.now))
    place = await ticket_of(message)
    if piece[0] or files:
        return await send_reply(talk, place, whole, Leaving(piece, at))
    waiting = await _waiting_under(message) if place.role == Posted.UNDO else None
    if waiting is None:
        raise Refused(HOW)
    staff = await talk.staff()
    if not await replies.reschedule(talk.desk, waiting.id, at, staff, talk.now):
        raise Refused(N_("Too late: the reply has left."))
    await redraw(talk, waiting.id, ticket)
    return Outcome(Became.RESCHEDULED, ticket.id)


async def hold(message: Message, talk: Talk, whole: Whole) -> Outcome:
    """`/hold text`: a reply that a manager releases. Raises Refused where there is none who could."""
    await here(message)
    if not await staffing.managers(talk.desk):
        raise Refused(N_("There is no manager in this group who could release it: name one in staff.managers, or reply at once."))
    return await send_reply(talk, await ticket_of(message), whole, Leaving(after_command(message), held=True))


async def release_tapped(event: CallbackQuery, callback_data: ReleaseTap, talk: Talk) -> Outcome:
    """A manager lets go what stood above the button."""
    reply = await Outbox.get_or_none(id=callback_data.reply, errand="reply").select_related("ticket")
    if reply is None or reply.ticket is None:
        raise Refused(N_("This button is out of date."))
    staff = await talk.staff()
    if not await replies.release(talk.desk, reply.id, staff, talk.now, seen=callback_data.seen):
        raise Refused(N_("Too late: the reply has left."))
    await talk.answer(talk._("It leaves now."))
    await redraw(talk, reply.id, reply.ticket)
    return Outcome(Became.TAP, reply.ticket_id, "release")


async def wait_tapped(event: CallbackQuery, callback_data: WaitTap, talk: Talk) -> Outcome:
    """Let a waiting reply go now, tomorrow, on the safe date, or release it."""
    reply = await Outbox.get_or_none(id=callback_data.reply, errand="reply").select_related("ticket")
    if reply is None or reply.ticket is None:
        raise Refused(N_("This button is out of date."))
    staff = await talk.staff()
    if not await _moved(talk, callback_data, reply.ticket, staff):
        raise Refused(N_("Too late: the reply has left."))
    _ = talk._
    said = _("It leaves now.") if callback_data.choice in {"now", "release"} else _("Its moment was changed.")
    await talk.answer(said)
    await redraw(talk, reply.id, reply.ticket)
    return Outcome(Became.TAP, reply.ticket_id, callback_data.choice)


async def _moved(talk: Talk, tap: WaitTap, ticket: Ticket, staff: Staff) -> bool:
    match tap.choice:
        case "release":
            return await replies.release(talk.desk, tap.reply, staff, talk.now, seen=0)
        case "now":
            return await replies.reschedule(talk.desk, tap.reply, talk.now, staff, talk.now)
        case "tomorrow":
            return await replies.reschedule(
                talk.desk, tap.reply, moments.moment(talk.desk, "tomorrow", talk.now), staff, talk.now
            )
        case "safe":
            at = moments.moment(talk.desk, "safe date", talk.now, await clocks.next_safe(ticket, talk.now))
            return await replies.reschedule(talk.desk, tap.reply, at, staff, talk.now)
        case _other:
            raise Refused(N_("This button is out of date."))


async def _waiting_under(message: Message) -> Outbox | None:
    """The waiting reply whose posting a message replies to."""
    if message.reply_to_message is None:
        return None
    place, posted = str(message.chat.id), str(message.reply_to_message.message_id)
    receipt = await Receipt.get_or_none(channel="staff", place=place, external_id=posted).select_related("outbox")
    offered = contents.read(receipt.outbox) if receipt else None
    return (
        await Outbox.get_or_none(id=offered.reply, errand="reply")
        if isinstance(offered, contents.Undo | contents.Status)
        else None
    )
