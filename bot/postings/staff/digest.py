"""The morning digest in the general room: short lists with links to the topics, under a picture of what is due when."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from html import escape, unescape

import structlog
from aiogram.methods import SendPhoto
from aiogram.types import BufferedInputFile

from bot.calls import UPLOAD_TIMEOUT, Errand
from bot.errors import FileRefused
from bot.format import kind_short, short_day, topic_address
from bot.postings.staff.quiet import KINDS_OF_QUIET
from bot.text import CAPTION_LIMIT, N_, units
from desk.contents import Digest, DigestList
from desk.errors import Permanent
from desk.law import UnverifiedYear
from desk.ports import Delivered
from desk.reminders.digest import AHEAD
from desk.ticket import finding
from models import Posted

log = structlog.get_logger(__name__)

# So many tickets a list names; the rest is a number, and /due lists them.
LISTED = 5
# So many kinds of each.
KINDS = 2
LISTS = {
    "overdue": N_("🔴 Overdue: %(count)d"),
    "today": N_("🔥 To be done today: %(count)d"),
    "week": N_("🗓 Within a week: %(count)d"),
    "unassigned": N_("🙋 Nobody has taken: %(count)d"),
}
_TAG = re.compile(r"<[^>]+>")


async def digest(errand: Errand) -> Delivered:
    """Say the digest. Without its picture it is a digest all the same."""
    content = errand.content(Digest)
    html = digest_html(content, errand, await _topics(content, errand.chat))
    under = units(unescape(_TAG.sub("", html))) <= CAPTION_LIMIT
    pictured = await _pictured(errand, html if under else None)
    if not (pictured and under):

        async def say() -> list[int]:
            return [await errand.post(html)]

        await errand.once("words", Posted.DIGEST, say)
    return errand.delivered()


async def _pictured(errand: Errand, caption: str | None) -> bool:
    """Post the picture, if there is anything to show; whether it was."""
    if not errand.content(Digest).chart:
        return False

    async def show() -> list[int]:
        picture = await asyncio.to_thread(_picture, errand)
        message = await errand.call(
            SendPhoto(
                **errand.place(),
                photo=BufferedInputFile(picture, "due.png"),
                caption=caption,
                parse_mode="HTML" if caption else None,
            ),
            seconds=UPLOAD_TIMEOUT,
        )
        return [message.message_id]

    try:
        await errand.once("picture", Posted.DIGEST, show)
    except Permanent as error:
        if not isinstance(error, FileRefused) and type(error) is not Permanent:
            raise
        log.warning("the picture of the digest was refused", why=error.sentence)
        return False
    return True


def _picture(errand: Errand) -> bytes:
    from bot import chart  # noqa: PLC0415 - Pillow is loaded for a picture only

    content, calendar = errand.content(Digest), errand.desk.counting.calendar
    first = content.date
    last = first + timedelta(days=AHEAD)
    title = errand._("Terms of three weeks: %(first)s – %(last)s") % {"first": f"{first:%d.%m}", "last": short_day(last)}

    def works(day: date) -> bool:
        try:
            return calendar.is_working(day)
        except UnverifiedYear:
            return day.weekday() < 5

    counts = {one.day: one.count for one in content.chart}
    legend = (errand._("today, with what is overdue"), errand._("safe dates on working days"), errand._("on days off"))
    return chart.draw(counts, first, AHEAD + 1, works, title=title, language=errand.language, legend=legend)


async def _topics(content: Digest, chat: int) -> dict[int, int]:
    """The topics as they are now in this group: one may have been made since the digest was written."""
    numbers = {one.number for _, listed in _lists(content) for one in listed.tickets} | {*content.uncounted, *content.blocked}
    return await finding.topics_in(chat, list(numbers)) if numbers else {}


def _lists(content: Digest) -> list[tuple[str, DigestList]]:
    """The lists of a digest in their order, each with its name in LISTS."""
    lists = {"overdue": content.overdue, "today": content.today, "week": content.week, "unassigned": content.unassigned}
    return [(name, lists[name]) for name in LISTS]


def digest_html(content: Digest, errand: Errand, topics: dict[int, int]) -> str:
    """The words of the digest."""
    _ = errand._
    head = _("☀️ Digest of %(date)s") % {"date": short_day(content.date)}
    parts = [f"<b>{escape(head)}</b>\n" + _("Open tickets: %(count)d") % {"count": content.open}]
    parts += [_list(name, listed, errand, topics) for name, listed in _lists(content) if listed.count]
    if not any(listed.count for listed in (content.overdue, content.today, content.week)):
        parts.append(_("Nothing is overdue, and nothing is due within a week. 🎉"))
    if content.uncounted:
        line = _("❓ No date could be counted, watch these by hand: %(numbers)s")
        parts.append(line % {"numbers": _numbers(content.uncounted, errand, topics)})
    if content.blocked:
        line = _("🔒 Data are still blocked, the result is not recorded: %(numbers)s · /unblock")
        parts.append(line % {"numbers": _numbers(content.blocked, errand, topics)})
    if content.parked:
        parts.append(_("📥 Parked, waiting for a person: %(count)d · /parked") % {"count": content.parked})
    if content.quiet:
        counts = ", ".join(f"{_(KINDS_OF_QUIET.get(kind, kind))} — {count}" for kind, count in content.quiet.items())
        line = _("🔇 Quiet letters, not looked at: %(count)d (%(kinds)s) · /quiet")
        parts.append(escape(line % {"count": sum(content.quiet.values()), "kinds": counts}))
    if content.calendar_wanted:
        line = _("📅 The working days of %(year)d are not known yet. Add them: rightsdesk calendar import FILE")
        parts.append(escape(line % {"year": content.calendar_wanted}))
    if content.history:
        parts.append(_("🔗 Head of the history: %(head)s") % {"head": f"<code>{escape(content.history)}</code>"})
    return "\n\n".join(parts)


def _numbers(tickets: Sequence[int], errand: Errand, topics: dict[int, int]) -> str:
    """The tickets by links, and how many more there are."""
    numbers = [_link(number, errand, topics) for number in tickets[: 2 * LISTED]]
    left = len(tickets) - len(numbers)
    return ", ".join([*numbers, *([_more(left, errand)] if left else [])])


def _list(name: str, listed: DigestList, errand: Errand, topics: dict[int, int]) -> str:
    lines = [f"<b>{escape(errand._(LISTS[name]) % {'count': listed.count})}</b>"]
    for one in listed.tickets[:LISTED]:
        day = one.due if name == "overdue" else one.safe
        parts = [_link(one.number, errand, topics)]
        if day:
            parts.append(f"{day:%d.%m}")
        if kinds := one.kinds:
            more = "…" if len(kinds) > KINDS else ""
            parts.append(escape(", ".join(kind_short(kind, errand.language) for kind in kinds[:KINDS]) + more))
        if name != "unassigned":
            parts.append(escape(one.assignee) if one.assignee else "—")
        lines.append("• " + " · ".join(parts))
    if (left := listed.count - len(lines) + 1) > 0:
        lines.append(_more(left, errand))
    if name == "overdue":
        fines = Counter(one.fine for one in listed.tickets if one.fine)
        lines += [f"<i>⚖️ {escape(one)}" + (f" × {count}" if count > 1 else "") + "</i>" for one, count in fines.items()]
    return "\n".join(lines)


def _more(left: int, errand: Errand) -> str:
    return errand._("… and %(count)d more") % {"count": left}


def _link(number: int, errand: Errand, topics: dict[int, int]) -> str:
    address = topic_address(errand.chat, topics.get(number))
    return f'<a href="{address}">№ {number}</a>' if address else f"№ {number}"
