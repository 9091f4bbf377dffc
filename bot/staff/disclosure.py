"""What the gate of disclosure stopped: staff let it go by name, with a reason, or take it back; /data marks an answer."""

from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import GateTap
from bot.postings.staff.gate import REASONS, SEEN
from bot.staff.asking import Answers, asked_under, here, number_in, text_in
from bot.staff.commands import Command
from bot.staff.hearing import Whole
from bot.staff.messages import Leaving, after_command, send_reply
from bot.staff.place import ticket_of
from bot.staff.talk import Talk
from bot.text import N_
from desk.contents import Asked
from desk.disclosure import gate
from desk.errors import Refused
from desk.outward import replies
from desk.ports import Outcome
from models import Became, Outbox, Staff

TOO_LATE = N_("This answer does not wait any more.")
FALSE_ALARM = N_("A false alarm: nothing personal in it")


def setup() -> Router:
    router = Router(name="staff disclosure")
    router.message.register(marked, Command("data"))
    router.message.register(answered, Answers("gate"))
    router.callback_query.register(tapped, GateTap.filter())
    return router


async def marked(message: Message, talk: Talk, whole: Whole) -> Outcome:
    """`/data text`, or in the caption of a file: an answer that holds personal data, whatever is recognised in it."""
    await here(message)
    return await send_reply(talk, await ticket_of(message), whole, Leaving(after_command(message), marked=True))


async def answered(message: Message, talk: Talk, asked: Asked) -> Outcome:
    """The reason in words, as a reply to the question."""
    ticket, staff = await here(message), await talk.staff()
    reason = (message.text or message.caption or "").strip()
    if not await gate.override(talk.desk, number_in(asked, "reply"), text_in(asked, "seen"), reason, staff, talk.now):
        raise Refused(TOO_LATE)
    said = escape(talk._("🔓 %(who)s answers for it: it leaves.") % {"who": staff.name})
    await talk.show("gate", said, ticket)
    return Outcome(Became.OVERRIDDEN, ticket.id)


async def tapped(event: CallbackQuery, callback_data: GateTap, talk: Talk) -> Outcome:
    """A false alarm, one of the common reasons, or not to send it at all."""
    asked = await asked_under(event)
    letter = await Outbox.get_or_none(id=callback_data.reply).select_related("ticket")
    if letter is None or letter.ticket is None or asked.get("reply") != letter.id:
        raise Refused(N_("This button is out of date."))
    gettext = talk._
    staff = await talk.staff()
    if not await _decided(talk, callback_data, text_in(asked, "seen"), staff):
        raise Refused(TOO_LATE)
    if callback_data.act == "drop":
        said = gettext("↩️ %(who)s took the answer back: nothing was sent.") % {"who": staff.name}
    else:
        said = gettext("🔓 %(who)s answers for it: it leaves.") % {"who": staff.name}
        said += " " + gettext(REASONS.get(callback_data.act, FALSE_ALARM)) + "."
    await talk.answer(said)
    edit = talk.under
    await talk.show("gate", escape(said), letter.ticket, edit=edit)
    return Outcome(Became.OVERRIDDEN, letter.ticket_id, callback_data.act)


async def _decided(talk: Talk, tap: GateTap, seen: str, staff: Staff) -> bool:
    if not seen.startswith(tap.seen) or len(tap.seen) != SEEN:
        raise Refused(N_("This button is out of date."))
    if tap.act == "drop":
        return await replies.undo(talk.desk, tap.reply, staff, talk.now)
    if tap.act == "false":
        return await gate.override(talk.desk, tap.reply, seen, FALSE_ALARM, staff, talk.now, false_alarm=True)
    if tap.act not in REASONS:
        raise Refused(N_("This button is out of date."))
    return await gate.override(talk.desk, tap.reply, seen, REASONS[tap.act], staff, talk.now)
