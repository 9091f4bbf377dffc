"""What the desk says in the staff group: undo and status of replies, notices, reminders, and what is parked."""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from html import escape
from typing import Any

from aiogram.methods import EditMessageText

from bot.callbacks import ParkedTap, WaitTap
from bot.calls import NO_PREVIEW, Errand, keyboard
from bot.errors import MessageGone, NotModified
from bot.format import clock_time, day_and_time, kind_short, short_day, topic_address
from bot.postings.requester.progress import said_once
from bot.screens import Rows, button, link
from bot.text import N_, Piece, clip
from desk.i18n import words
from desk.ports import Delivered
from models import Inbound, Outbox, Receipt, Staff

_VIA = {"telegram": "Telegram", "mail": "e-mail"}


_ISO_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
STATES = {
    "sent": N_("✅ Sent by %(via)s"),
    "dropped": N_("↩️ Taken back, not sent"),
    "parked": N_("🔴 Not sent: %(error)s"),
    "bounced": N_("🔴 Came back undelivered: %(error)s"),
    "unreachable": N_("🔴 Not sent: %(error)s"),
}
LEVELS = {
    "opened": N_("New request"),
    "half": N_("Half of the term is over"),
    "safe_morning": N_("Today is the safe date"),
    "safe_2h": N_("2 hours left of the safe date"),
    "due": N_("The term ends now"),
    "repeat": N_("Still not done"),
    "overdue": N_("OVERDUE"),
}
# The same in a list of what was missed, long after its moment.
MISSED = {
    "opened": N_("the opening"),
    "half": N_("half of the term"),
    "safe_morning": N_("the morning of the safe date"),
    "safe_2h": N_("2 hours before the end of the safe date"),
    "due": N_("the end of the term"),
    "repeat": N_("alarms that it is still not done: %(count)d"),
    "overdue": N_("alarms that it is overdue: %(count)d"),
}
_DAYS_LEFT = re.compile(r"wd(\d+)")


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
    content = errand.row.content
    reply = await Outbox.get_or_none(id=content["reply"])
    text = errand._(STATES.get(content["state"], content["state"])) % {
        "via": via(reply.channel, errand.language) if reply else "",
        "error": error_words(content["error"], errand.language),
    }
    if reply is not None and reply.act == "progress" and content["state"] != "dropped":
        text = "\n".join([text, *(f"• {line}" for line in said_once(reply.content))])
    asked, posted = await _undo_posting(errand, content["reply"])
    if posted is not None:
        try:
            await errand.call(
                EditMessageText(
                    chat_id=errand.chat, message_id=posted, text=text, link_preview_options=NO_PREVIEW, parse_mode=None
                )
            )
        except NotModified:
            return errand.delivered()
        except MessageGone:
            posted = None
    failed = content["state"] not in {"sent", "dropped"}
    if posted is None or failed:
        # An edit makes no sound: that a reply did not get through has to be heard.
        errand.keep([await errand.post((text, []), reply_to=asked, silent=not failed)], "status")
    return errand.delivered()


async def _undo_posting(errand: Errand, reply_id: int) -> tuple[int | None, int | None]:
    """The staff member's own message, and the posting with the Undo button."""
    asked = posted = None
    for row in await Outbox.filter(ticket_id=errand.row.ticket_id, channel="staff", act="undo").order_by("id"):
        if row.content.get("reply") == reply_id:
            asked = row.content.get("reply_to")
            receipt = await Receipt.filter(outbox_id=row.id, place=str(errand.chat)).order_by("-id").first()
            posted = int(receipt.external_id) if receipt else posted
    return asked, posted


async def notice(errand: Errand) -> Delivered:
    """A sentence of the catalogue, in the topic or in the general room; quiet unless it is to be heard."""
    content = errand.row.content
    params = {key: _readable(value, errand) for key, value in content["params"].items()}
    if "kind" in params:
        params["kind"] = kind_short(str(content["params"]["kind"]), errand.language)
    text = errand._(content["words"])
    text = text % params if params else text
    whom = content.get("whom") or []
    said: Piece | str = f"{escape(text)}\n🔔 {mentions(whom, await _names(whom), errand.language)}" if whom else (text, [])
    made = await errand.post(said, buttons=to_topic(errand), reply_to=content.get("reply_to"))
    errand.keep([made], "notice")
    return errand.delivered()


def _readable(value: Any, errand: Errand) -> Any:
    """A parameter as people read it: sentences of the catalogue translated, dates not in the order of machines."""
    if not isinstance(value, str):
        return value
    return _ISO_DATE.sub(lambda found: f"{found[3]}.{found[2]}.{found[1]}", errand._(value) if value else "")


def to_topic(errand: Errand) -> Rows | None:
    """In the general room, a button that leads to the ticket's topic."""
    ticket = errand.ticket
    if ticket is None or errand.thread is not None:
        return None
    address = topic_address(errand.chat, ticket.topic_id)
    return [[link(errand._("To the topic"), address)]] if address else None


async def reminder(errand: Errand) -> Delivered:
    """What is due when, with the people who are to act; an overdue one is always heard."""
    content = errand.row.content
    html = reminder_html(content, errand, await _names(content["whom"]))
    quiet = content["level"] in {"opened", "half"} and not content["overdue"]
    taps = [[button("✅ " + errand._("Release the reply"), WaitTap(act="release", reply=one).pack())] for one in held(content)]
    errand.keep([await errand.post(html, buttons=taps, silent=quiet)], "reminder")
    return errand.delivered()


def held(content: dict[str, Any]) -> list[int]:
    """The replies that wait for a manager's release, as a reminder names them."""
    return [int(one) for one in content.get("held") or ()][:5]


async def _names(whom: Sequence[int]) -> dict[int, str]:
    people = await Staff.filter(telegram_id__in=list(whom)) if whom else []
    return {one.telegram_id: one.name for one in people}


def reminder_html(content: dict[str, Any], errand: Errand, names: dict[int, str]) -> str:
    _ = words("bot", errand.language).gettext
    mark = "🚨" if content["overdue"] else "⏰"
    head = level_words(content["level"], errand.language)
    if content.get("late"):
        when = day_and_time(datetime.fromisoformat(content["late"]), errand.desk.operator.zone, errand.language)
        head = _("Not said in time, on %(when)s: %(level)s") % {"when": when, "level": head}
    parts = [f"{mark} <b>{escape(head)}</b>"]
    parts += [_line(one, errand) for one in content["clocks"]]
    if content["missed"]:
        said = ", ".join(missed_words(content["missed"], errand.language))
        parts.append("<i>" + escape(_("Also not said in time: %(levels)s") % {"levels": said}) + "</i>")
    if held(content):
        parts.append("✋ " + escape(_("A prepared answer waits for a manager’s release.")))
    called = mentions(content["whom"], names, errand.language)
    if called:
        parts.append("🔔 " + called)
    return "\n".join(parts)


def level_words(level: str, language: str) -> str:
    """A level of the reminder plan in words; repeated ones are numbered."""
    gettext = words("bot", language).gettext
    name, _sep, number = level.partition("_")
    if level in LEVELS:
        return gettext(LEVELS[level])
    if days := _DAYS_LEFT.fullmatch(level):
        return _days_left(int(days[1]), language)
    known = gettext(LEVELS.get(name, name))
    if not number.isdigit() or number == "1":
        return known
    return gettext("%(level)s · reminder %(number)s") % {"level": known, "number": number}


def missed_words(levels: Sequence[str], language: str) -> list[str]:
    """Levels that were missed, in their order; a repeated one is named once, with its number."""
    gettext = words("bot", language).gettext
    counts = Counter(one if one in LEVELS or _DAYS_LEFT.fullmatch(one) else one.partition("_")[0] for one in levels)
    found = []
    for level, count in counts.items():
        if days := _DAYS_LEFT.fullmatch(level):
            found.append(_days_left(int(days[1]), language).lower())
        else:
            text = gettext(MISSED.get(level, level))
            found.append(text % {"count": count} if "%(count)d" in text else text)
    return found


def _days_left(days: int, language: str) -> str:
    ngettext = words("bot", language).ngettext
    return ngettext("%(count)d working day left", "%(count)d working days left", days) % {"count": days}


def _line(clock: dict[str, Any], errand: Errand) -> str:
    gettext = errand._
    mark = "🔴" if clock["overdue"] and not clock["immediate"] else "•"
    what = f"{mark} <b>{escape(clock['label'])}</b> ({escape(kind_short(clock['kind'], errand.language))})"
    if clock["immediate"]:
        return f"{what} — {gettext('at once')}"
    due_at = datetime.fromisoformat(clock["due_at"])
    hour = clock_time(due_at, errand.desk.operator.zone)
    if hour != "00:00":
        local = due_at.astimezone(errand.desk.operator.zone)
        return f"{what} — " + gettext("until %(date)s") % {"date": f"{short_day(local.date())} {hour}"}
    safe, due = date.fromisoformat(clock["safe"]), date.fromisoformat(clock["due"])
    line = gettext("until %(date)s") % {"date": short_day(safe)}
    if _DAYS_LEFT.fullmatch(clock["level"]) and clock.get("target"):
        # The days that are left are counted to the target, which lies before the safe date.
        line = gettext("best by %(date)s") % {"date": short_day(date.fromisoformat(clock["target"]))} + ", " + line
    line = f"{what} — {line}"
    return line if safe == due else line + ", " + gettext("by law %(date)s") % {"date": short_day(due)}


def mentions(whom: Sequence[int], names: dict[int, str], language: str) -> str:
    """People called by their accounts, so that Telegram tells each of them."""
    unknown = words("bot", language).gettext("manager")
    return ", ".join(f'<a href="tg://user?id={one}">{escape(names.get(one) or unknown)}</a>' for one in whom[:10])


async def parked(errand: Errand) -> Delivered:
    """Something failed for good: what, why, and what can be done about it."""
    content = errand.row.content
    box = "inbound" if "inbound" in content else "outbox"
    html, taps = await parked_html(box, int(content[box]), content["error"], errand.language)
    errand.keep([await errand.post(html, buttons=[*taps, *(to_topic(errand) or [])])], "parked")
    return errand.delivered()


async def parked_html(box: str, row_id: int, error: str, language: str) -> tuple[str, Rows]:
    """One parked row for staff, without anybody's words, and its buttons."""
    gettext = words("bot", language).gettext
    if box == "inbound":
        row = await Inbound.get_or_none(id=row_id)
        head = gettext("📥 A message could not be taken (%(channel)s, № %(id)s)")
        taps = [_park(gettext("Try again"), "retry", box, row_id), _park(gettext("Make a ticket"), "open", box, row_id)]
        channel = row.channel if row else "?"
        ticket = None
    else:
        letter = await Outbox.get_or_none(id=row_id)
        head = gettext("📤 A message could not be delivered (%(channel)s, № %(id)s)")
        taps = [_park(gettext("Try again"), "retry", box, row_id)]
        channel = letter.channel if letter else "?"
        ticket = letter.ticket_id if letter else None
    taps.append(_park(gettext("Drop"), "drop", box, row_id))
    lines = [f"<b>{escape(head % {'channel': via(channel, language), 'id': row_id})}</b>"]
    if ticket:
        lines.append(gettext("Ticket № %(number)s") % {"number": ticket})
    lines.append(escape(clip(error_words(error, language), 500)))
    return "\n".join(lines), [taps]


def _park(text: str, act: str, box: str, row_id: int) -> dict[str, str]:
    return button(text, ParkedTap(act=act, box=box, id=row_id).pack())


async def screen(errand: Errand) -> Delivered:
    """A question of the bot to staff: posted, or an earlier posting edited."""
    content = errand.row.content
    if content.get("edit"):
        with suppress(NotModified, MessageGone):
            await errand.call(
                EditMessageText(
                    chat_id=errand.chat,
                    message_id=content["edit"],
                    text=content["html"],
                    parse_mode="HTML",
                    link_preview_options=NO_PREVIEW,
                    reply_markup=keyboard(content["buttons"]),
                )
            )
        return errand.delivered()
    made = await errand.post(content["html"], buttons=content["buttons"], reply_to=content["reply_to"])
    errand.keep([made], "screen")
    return errand.delivered()
