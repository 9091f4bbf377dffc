"""What the desk says in the staff group: undo and status of replies, notices, reminders, and what is parked."""

import re
from html import escape

from aiogram.methods import EditMessageText

from bot.calls import NO_PREVIEW, Errand
from bot.errors import MessageGone, NotModified
from bot.format import kind_short, topic_address
from bot.postings.staff import reminders
from bot.screens import Rows, link
from bot.text import N_, Piece
from desk import contents, letters
from desk.i18n import stored, words
from desk.ports import Delivered
from desk.ticket import finding
from models import Outbox, Posted, Receipt

_VIA = {"telegram": "Telegram", "mail": "e-mail"}


_ISO_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
STATES = {
    "sent": N_("✅ Sent by %(via)s"),
    "partly": N_("🟠 Sent by %(via)s, but not all of it. This did not go, send it another way: %(error)s"),
    "cut": N_("🟠 Sent only in part: what stands first went by %(via)s, the rest did not: %(error)s"),
    "dropped": N_("↩️ Taken back, not sent"),
    "told": N_("✉️ Not sent apart: the letter has told it already"),
    "parked": N_("🔴 Not sent: %(error)s"),
    "bounced": N_("🔴 Came back undelivered: %(error)s"),
    "unreachable": N_("🔴 Not sent: %(error)s"),
}

# What did not leave because it was not to.
_LEFT_OUT = frozenset({"dropped", "told"})


def error_words(error: str, language: str) -> str:
    """The sentence of an error in the reader's language; what is particular to it stays as it is."""
    gettext = words("bot", language).gettext
    if error.startswith("Internal error:"):
        return gettext("Internal error; the log has the details.")
    head, _sep, tail = error.partition("Telegram refused: ")
    if not head and tail:
        return gettext("Telegram refused: %(why)s") % {"why": tail}
    return gettext(error) if error else "?"


def via(channel: str, language: str) -> str:
    return words("bot", language).gettext(_VIA.get(channel, channel))


async def status(errand: Errand) -> Delivered:
    """Show what became of a reply, where its Undo button was; without such a posting, in a message of its own."""
    became = errand.content(contents.Status)
    reply = await Outbox.get_or_none(id=became.reply)
    text = errand._(STATES.get(became.state, became.state)) % {
        "via": via(reply.channel, errand.language) if reply else "",
        "error": error_words(became.error, errand.language),
    }
    decided = letters.of(reply) if reply is not None and became.state not in _LEFT_OUT else None
    if reply is not None and reply.errand != contents.Reply.errand and became.state == "sent":
        # Of an answer its words stand above; of anything else it has to be said what it was.
        text += ": " + type(contents.read(reply)).called.said(errand.language)
    if reply is not None and decided is not None:
        text = "\n".join([text, *(f"• {line}" for line in decided.waiting(contents.read(reply)).lines)])
    asked, posted = await _undo_posting(errand, became.reply)
    failed = became.state not in {"sent", *_LEFT_OUT}
    if posted is not None:
        # An edit makes no sound: that a reply did not get through is said, with its reason, in a message of its own below.
        shown = errand._("🔴 It did not get through as it was meant to: see below.") if failed else text
        try:
            await errand.call(
                EditMessageText(
                    chat_id=errand.chat, message_id=posted, text=shown, link_preview_options=NO_PREVIEW, parse_mode=None
                )
            )
        except NotModified:
            return errand.delivered()
        except MessageGone:
            posted = None
    if posted is None or failed:
        errand.keep([await errand.post((text, []), reply_to=asked, silent=not failed)], Posted.STATUS)
    return errand.delivered()


async def _undo_posting(errand: Errand, reply_id: int) -> tuple[int | None, int | None]:
    """The staff member's own message, and the posting with the Undo button."""
    asked = posted = None
    for row in await Outbox.filter(ticket_id=errand.row.ticket_id, channel="staff", errand="undo").order_by("id"):
        offered = contents.of(row, contents.Undo)
        if offered.reply == reply_id:
            asked = offered.reply_to
            receipt = await Receipt.filter(outbox_id=row.id, place=str(errand.chat)).order_by("-id").first()
            posted = int(receipt.external_id) if receipt else posted
    return asked, posted


async def notice(errand: Errand) -> Delivered:
    """A sentence of the catalogue, in the topic or in the general room; quiet unless it is to be heard."""
    content = errand.content(contents.Notice)
    params = {key: _readable(value, errand) for key, value in content.params.items()}
    if "kind" in params:
        params["kind"] = kind_short(str(content.params["kind"]), errand.language)
    text = stored("bot", errand.language, content.words, params)
    whom = content.whom
    said: Piece | str = (
        f"{escape(text)}\n🔔 {reminders.mentions(whom, await reminders.names(whom), errand.language)}" if whom else (text, [])
    )
    made = await errand.post(said, buttons=await to_topic(errand), reply_to=content.reply_to)
    errand.keep([made], Posted.NOTICE)
    return errand.delivered()


def _readable(value: str | int, errand: Errand) -> str | int:
    """A parameter as people read it: sentences of the catalogue translated, dates not in the order of machines."""
    if not isinstance(value, str):
        return value
    return _ISO_DATE.sub(lambda found: f"{found[3]}.{found[2]}.{found[1]}", errand._(value) if value else "")


async def to_topic(errand: Errand) -> Rows | None:
    """In the general room, a button that leads to the ticket's topic, where it has one in this group."""
    ticket = errand.ticket
    if ticket is None or errand.thread is not None:
        return None
    address = topic_address(errand.chat, (await finding.topics_in(errand.chat, [ticket.id])).get(ticket.id))
    return [[link(errand._("To the topic"), address)]] if address else None


async def screen(errand: Errand) -> Delivered:
    """A question of the bot to staff: posted, or an earlier posting edited."""
    asked = errand.content(contents.StaffScreen)
    if asked.edit:
        there = await errand.edit(asked.edit, asked.html, asked.buttons)
        posted = Receipt.filter(channel="staff", place=str(errand.chat), external_id=str(asked.edit))
        if there and asked.asks and not await posted.exists():
            # It was posted by a try whose process died before it could tell: what replies to it answers it all the same.
            errand.keep([asked.edit], Posted.SCREEN)
        return errand.delivered()
    made = await errand.post(asked.html, buttons=asked.buttons, reply_to=asked.reply_to)
    errand.keep([made], Posted.SCREEN)
    return errand.delivered()
