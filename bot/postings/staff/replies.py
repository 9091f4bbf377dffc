"""What waits to leave for the requester, as the topic shows it: with Undo, on its moment, or held for a manager."""

from datetime import date, datetime, timedelta

from bot.callbacks import ReleaseTap, UndoTap, WaitTap
from bot.calls import Errand
from bot.format import day_and_time, short_day
from bot.postings.staff.notices import via
from bot.screens import Button, Rows, button
from desk import contents, letters
from desk.context import Desk
from desk.i18n import words
from desk.ports import Delivered
from desk.ticket import clocks
from desk.views.cards import SOON
from models import Outbox, OutboxState, Posted

# A reply set on the safe date leaves so long before its end (desk.moments).
BEFORE_SAFE = timedelta(hours=1)


async def undo(errand: Errand) -> Delivered:
    """Say what is about to leave, with its buttons; nothing, when it has left already."""
    offered = errand.content(contents.Undo)
    waiting = await Outbox.get_or_none(id=offered.reply)
    if waiting is None or waiting.state != OutboxState.WAITING:
        return errand.delivered()
    safe = await clocks.next_safe(errand.ticket, errand.now) if errand.ticket else None
    # Its seconds count from when the button is on the screen (desk.outward.replies.shown).
    waiting.next_try_at = max(waiting.next_try_at, errand.now + errand.desk.undo)
    text, taps = waiting_words(errand.desk, waiting, safe, errand.now)
    made = await errand.post((text, []), buttons=taps, reply_to=offered.reply_to, silent=True)
    errand.keep([made], Posted.UNDO)
    return errand.delivered()


def waiting_words(desk: Desk, row: Outbox, safe: datetime | None, now: datetime) -> tuple[str, Rows]:
    """The words and buttons of a reply or notice that waits; `safe` is the next safe moment of its ticket."""
    _, language = words("bot", desk.staff_language).gettext, desk.staff_language
    by = via(row.channel, language)
    left = row.next_try_at - now
    letter = contents.read(row)
    if isinstance(letter, contents.Letter) and letter.stopped:
        # What is to be decided about it stands under the question of the gate.
        return _("🔒 Waits: it may hold personal data, and it is not known far enough who would get it."), [
            [_undo(row, _("Take back"))]
        ]
    decided = letters.of(row)
    if decided is not None and not isinstance(letter, contents.Reply):
        said = decided.waiting(letter)
        params = {name: short_day(one) if isinstance(one, date) else one for name, one in said.params.items()}
        head = _(said.words) % {**params, "via": by, "seconds": _seconds(left)}
        return "\n".join([head, *(f"• {line}" for line in said.lines)]), [[_undo(row, _("Undo"))]]
    if isinstance(letter, contents.Reply) and letter.held:
        text = _("✋ Held: goes to the requester by %(via)s when a manager releases it") % {"via": by}
        seen = contents.of(row, contents.Reply).version
        release = button("✅ " + _("Release"), ReleaseTap(reply=row.id, seen=seen).pack())
        return text, [[release, _undo(row, _("Take back"))]]
    if left > SOON:
        when = day_and_time(row.next_try_at, desk.operator.zone, language)
        text = _("🕒 Goes to the requester by %(via)s on %(when)s") % {"via": by, "when": when}
        if safe is not None and row.next_try_at > safe:
            day = short_day(safe.astimezone(desk.operator.zone).date())
            text += "\n⚠️ " + _("That is after the safe date, %(date)s.") % {"date": day}
        first = [_tap("▶️ " + _("Send now"), "now", row), _undo(row, _("Take back"))]
    else:
        text = _("⏳ Goes to the requester by %(via)s in %(seconds)d s") % {"via": by, "seconds": _seconds(left)}
        first = [_undo(row, _("Undo"))]
    taps: Rows = [first, [_tap("🌅 " + _("Tomorrow morning"), "tomorrow", row)]]
    if safe is not None and safe - BEFORE_SAFE > now + SOON:
        taps[1].append(_tap("🗓 " + _("On the safe date"), "safe", row))
    return text, taps


def _seconds(left: timedelta) -> int:
    return max(1, round(left.total_seconds()))


def _undo(row: Outbox, text: str) -> Button:
    return button("↩️ " + text, UndoTap(reply=row.id).pack())


def _tap(text: str, choice: str, row: Outbox) -> Button:
    return button(text, WaitTap(choice=choice, reply=row.id).pack())
