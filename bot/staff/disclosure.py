"""What the gate of disclosure stopped: staff let it go by name, with a reason, or take it back; /data marks an answer."""

from datetime import datetime
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import GateTap
from bot.postings.staff.gate import REASONS, SEEN
from bot.screens import answer, ask_staff
from bot.staff.asking import Answers, asked_under, here, number_in, text_in
from bot.staff.commands import Command
from bot.staff.hearing import Whole
from bot.staff.messages import send_reply
from bot.staff.permission import member, writer
from bot.staff.place import ticket_of
from bot.text import N_
from desk.contents import Asked
from desk.context import Desk
from desk.disclosure import gate
from desk.errors import Refused
from desk.i18n import words
from desk.outward import replies
from desk.ports import File, Outcome
from models import Became, Inbound, Outbox, Staff

TOO_LATE = N_("This answer does not wait any more.")
FALSE_ALARM = N_("A false alarm: nothing personal in it")


def setup() -> Router:
    router = Router(name="staff disclosure")
    router.message.register(marked, Command("data"))
    router.message.register(answered, Answers("gate"))
    router.callback_query.register(tapped, GateTap.filter())
    return router


async def marked(message: Message, desk: Desk, row: Inbound, now: datetime, files: tuple[File, ...], whole: Whole) -> Outcome:
    """`/data text`, or in the caption of a file: an answer that holds personal data, whatever is recognised in it."""
    await here(message)
    return await send_reply(message, desk, await ticket_of(message), row, now, files, whole, command=True, marked=True)


async def answered(message: Message, desk: Desk, row: Inbound, now: datetime, asked: Asked) -> Outcome:
    """The reason in words, as a reply to the question."""
    ticket, staff = await here(message), await writer(desk, message, now)
    reason = (message.text or message.caption or "").strip()
    if not await gate.override(desk, number_in(asked, "reply"), text_in(asked, "seen"), reason, staff, now):
        raise Refused(TOO_LATE)
    said = escape(words("bot", desk.staff_language).gettext("🔓 %(who)s answers for it: it leaves.") % {"who": staff.name})
    await ask_staff(key=f"gate:{row.id}", html=said, now=now, ticket=ticket, reply_to=message.message_id)
    return Outcome(Became.OVERRIDDEN, ticket.id)


async def tapped(event: CallbackQuery, callback_data: GateTap, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """A false alarm, one of the common reasons, or not to send it at all."""
    asked = await asked_under(event)
    letter = await Outbox.get_or_none(id=callback_data.reply).select_related("ticket")
    if letter is None or letter.ticket is None or event.message is None or asked.get("reply") != letter.id:
        raise Refused(N_("This button is out of date."))
    gettext = words("bot", desk.staff_language).gettext
    staff = await member(desk, event.from_user, now)
    if not await _decided(desk, callback_data, text_in(asked, "seen"), staff, now):
        raise Refused(TOO_LATE)
    if callback_data.act == "drop":
        said = gettext("↩️ %(who)s took the answer back: nothing was sent.") % {"who": staff.name}
    else:
        said = gettext("🔓 %(who)s answers for it: it leaves.") % {"who": staff.name}
        said += " " + gettext(REASONS.get(callback_data.act, FALSE_ALARM)) + "."
    await answer(event, row, now, said)
    edit = event.message.message_id
    await ask_staff(key=f"gate:{row.id}", html=escape(said), now=now, ticket=letter.ticket, edit=edit)
    return Outcome(Became.OVERRIDDEN, letter.ticket_id, callback_data.act)


async def _decided(desk: Desk, tap: GateTap, seen: str, staff: Staff, now: datetime) -> bool:
    if not seen.startswith(tap.seen) or len(tap.seen) != SEEN:
        raise Refused(N_("This button is out of date."))
    if tap.act == "drop":
        return await replies.undo(desk, tap.reply, staff, now)
    if tap.act == "false":
        return await gate.override(desk, tap.reply, seen, FALSE_ALARM, staff, now, false_alarm=True)
    if tap.act not in REASONS:
        raise Refused(N_("This button is out of date."))
    return await gate.override(desk, tap.reply, seen, REASONS[tap.act], staff, now)
