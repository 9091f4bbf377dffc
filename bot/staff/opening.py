"""/new: a guided dialog that opens a ticket for what did not come by itself; one message, edited in place.

What is asked, and how answers are read, says desk.flow.guide. The draft is a row of models.Dialog, so that a restart
changes nothing; each button names the turn it belongs to, so that a second tap does nothing twice.
"""

from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import OpenTap
from bot.format import day, day_and_time, kind_short
from bot.screens import Rows, button
from bot.staff.asking import Answers, number_in
from bot.staff.commands import Command
from bot.staff.place import ticket_of
from bot.staff.talk import Talk
from bot.text import N_, clip, short
from desk.contents import Asked, Params
from desk.context import Desk
from desk.errors import Refused
from desk.flow import guide, opening
from desk.flow.guide import CALLED, Asks, Draft, Question
from desk.i18n import words
from desk.lines import one_line
from desk.ports import File, Outcome
from desk.ticket.staffing import actor
from models import Became, Dialog, Staff, Ticket, Way

ACT = "open"
# Characters of one answer in the review; a message holds 4096.
SHOWN = 300
BUTTON_WORDS = 56
GONE = N_("This dialog is over. /new begins another one.")


def setup() -> Router:
    router = Router(name="staff opening")
    router.message.register(begin, Command("new"))
    router.message.register(replied, Answers(ACT))
    router.callback_query.register(tapped, OpenTap.filter())
    return router


async def begin(message: Message, talk: Talk) -> Outcome:
    """`/new`: ask how it came."""
    staff, draft = await talk.staff(), Draft()
    data = {"draft": draft.stored(), "by": staff.telegram_id, "name": staff.name}
    await Dialog.create(key=_key(talk.row.id), state=ACT, data=data, updated_at=talk.now)
    html, taps = await screen(talk.desk, draft, talk.row.id, talk.now)
    place = await ticket_of(message)
    asks = {"act": ACT, "dialog": talk.row.id}
    await talk.show("open", html, place.ticket, buttons=taps, asks=asks)
    return Outcome(Became.DIALOG)


def _key(number: int) -> str:
    return f"staff:open:{number}"


@dataclass(frozen=True)
class _Held:
    """A dialog that is held to the end of the transaction: its number, its row, and what is filled in so far."""

    number: int
    dialog: Dialog
    draft: Draft


async def _held(number: int, by: Staff) -> _Held:
    """The dialog of a number. Raises Refused for somebody else's."""
    dialog = await Dialog.filter(key=_key(number)).select_for_update().first()
    if dialog is None:
        raise Refused(GONE)
    if dialog.data["by"] != by.telegram_id:
        raise Refused(N_("%(who)s is filling this in. /new begins a dialog of your own."), who=dialog.data["name"])
    return _Held(number, dialog, Draft.read(dialog.data["draft"]))


async def replied(message: Message, talk: Talk, files: tuple[File, ...], asked: Asked) -> Outcome:
    """Words or files in reply to the dialog's message: the answer to what it asks."""
    held = await _held(number_in(asked, "dialog"), await talk.staff())
    said, draft = (message.text or message.caption or "").strip(), held.draft
    at_files = draft.current is not None and draft.current.asks == Asks.FILES
    _keep_files(draft, files)
    if said and not (at_files and files):
        guide.answered(talk.desk, draft, said, talk.now)
    elif not files:
        raise Refused(N_("Write it in words."))
    assert message.reply_to_message is not None
    await _go_on(talk, held, message.reply_to_message.message_id)
    return Outcome(Became.DIALOG)


def _keep_files(draft: Draft, files: tuple[File, ...]) -> None:
    """Keep what was sent along, wherever the dialog stands. Raises Refused for what could not be fetched, and for too many."""
    if any(one.blob is None for one in files):
        raise Refused(N_("A file could not be fetched from Telegram (over 20 MB?). Send it in parts."))
    held = {one["blob"]["sha256"] for one in draft.files if one["blob"]}
    draft.files += [one.stored() for one in files if one.blob and one.blob.sha256 not in held]
    if len(draft.files) > guide.FILES:
        raise Refused(N_("At most %(most)s files; add the rest in the topic later."), most=guide.FILES)


async def _ticket(talk: Talk) -> Ticket | None:
    """The ticket in whose topic the dialog goes on."""
    shown = talk.event.message if isinstance(talk.event, CallbackQuery) else talk.event
    return (await ticket_of(shown)).ticket if isinstance(shown, Message) else None


async def _go_on(talk: Talk, held: _Held, at: int) -> None:
    """Keep the draft and show where it stands, in the posting `at`."""
    held.draft.turn += 1
    held.dialog.data = {**held.dialog.data, "draft": held.draft.stored()}
    held.dialog.updated_at = talk.now
    await held.dialog.save(update_fields=["data", "updated_at"])
    html, taps = await screen(talk.desk, held.draft, held.number, talk.now)
    asks: Asked = {"act": ACT, "dialog": held.number}
    await talk.show("open", html, await _ticket(talk), buttons=taps, edit=at, asks=asks)


async def tapped(event: CallbackQuery, callback_data: OpenTap, talk: Talk) -> Outcome:
    """A button of the dialog."""
    staff = await talk.staff()
    held, arg = await _held(callback_data.dialog, staff), callback_data.arg
    draft = held.draft
    if callback_data.turn != draft.turn:
        raise Refused(N_("This button is out of date."))
    match callback_data.choice:
        case "cancel":
            return await _over(talk, held, N_("🗑 Not opened: the dialog was cancelled."), {})
        case "create" | "leg":
            return await _done(talk, held, arg, staff)
        case "way":
            draft.begin(Way(arg))
        case "back":
            draft.back()
        case "skip":
            draft.skip()
        case "on":
            guide.kinds_done(draft) if draft.current is guide.KINDS else draft.on()
        case "kind":
            guide.toggled(draft, arg)
        case "now" | "order":
            said = arg if callback_data.choice == "order" else "now"
            guide.answered(talk.desk, draft, said, talk.now)
        case _other:
            raise Refused(N_("This button is out of date."))
    await _go_on(talk, held, talk.under)
    await talk.answer()
    return Outcome(Became.DIALOG)


async def _done(talk: Talk, held: _Held, leg: str, staff: Staff) -> Outcome:
    """Open the ticket of the draft, or register it as one more way of the ticket `leg`; the dialog is over with it."""
    entered = opening.entry(talk.desk, held.draft, talk.now)
    if leg:
        joined = await opening.add_leg(talk.desk, int(leg), entered, actor(staff), str(held.number), talk.now)
        sentence, params = N_("📎 Registered with № %(number)s."), {"number": joined.id}
        made = joined
    else:
        opened = await opening.open_ticket(talk.desk, entered, actor(staff), str(held.number), talk.now)
        made = opened.ticket
        sentence = {
            "mail": N_("✅ № %(number)s is opened; an acknowledgement goes by e-mail."),
            "telegram": N_("✅ № %(number)s is opened; an acknowledgement goes by Telegram."),
        }.get(opened.acknowledged, N_("✅ № %(number)s is opened."))
        params = {"number": made.id}
    await _over(talk, held, sentence, params)
    return Outcome(Became.OPENED_BY_HAND, made.id)


async def _over(talk: Talk, held: _Held, sentence: str, params: Params) -> Outcome:
    """End the dialog with a sentence in its place."""
    await Dialog.filter(key=held.dialog.key).delete()
    said = talk._(sentence)
    said = said % params if params else said
    await talk.show("open", escape(said), await _ticket(talk), edit=talk.under)
    await talk.answer(said)
    return Outcome(Became.CANCELLED)


# --- what is shown


async def screen(desk: Desk, draft: Draft, number: int, now: datetime) -> tuple[str, Rows]:
    """The dialog where it stands, as HTML, and its buttons."""
    _ = words("bot", desk.staff_language).gettext

    def tap(text: str, choice: str, arg: str = "") -> Any:
        return button(short(text, BUTTON_WORDS), OpenTap(choice=choice, dialog=number, turn=draft.turn, arg=arg).pack())

    away = [tap("✖️ " + _("Cancel"), "cancel")]
    if draft.way is None or not draft.step:
        ways = [tap(_(CALLED[way]), "way", way.value) for way in Way]
        html = f"<b>{escape(_(guide.WHAT_CAME))}</b>"
        return html, [*(ways[start : start + 2] for start in range(0, len(ways), 2)), away]
    away.insert(0, tap("◀️ " + _("Back"), "back"))
    question = draft.current
    if question is None:
        html, rows = await _review(desk, draft, now, tap)
        return html, [*rows, away]
    place, of = draft.place
    lines = [f"<b>{escape(_(CALLED[draft.way]))}</b> · {place}/{of}", "", escape(_(question.ask))]
    if question.asks == Asks.FILES and draft.files:
        lines += ["", "📎 " + escape(", ".join(clip(one["name"], 60) for one in draft.files))]
    elif question.key in draft.answers and question.asks != Asks.KINDS:
        lines += ["", _("So far: %(answer)s") % {"answer": f"<i>{escape(shown(desk, draft, question))}</i>"}]
    rows = _choices(desk, draft, question, tap)
    if question.asks not in {Asks.KINDS, Asks.ORDER, Asks.FILES}:
        lines += ["", "↩️ " + escape(_("Answer in reply to this message."))]
    return "\n".join(lines), [*rows, away]


def _choices(desk: Desk, draft: Draft, question: Question, tap: Any) -> Rows:
    """The buttons of a question, but for Back and Cancel."""
    _, language = words("bot", desk.staff_language).gettext, desk.staff_language
    rows: Rows = []
    if question.asks == Asks.KINDS:
        held = draft.answers.get("kinds", [])
        known = list(dict.fromkeys([*guide.offered(desk), *held]))
        taps = [tap(("✅ " if one in held else "▫️ ") + kind_short(one, language), "kind", one) for one in known]
        rows += [taps[start : start + 2] for start in range(0, len(taps), 2)]
        return [*rows, [tap("▶️ " + _("Go on"), "on")]]
    if question.asks == Asks.ORDER:
        return [[tap(kind_short(one, language), "order", one)] for one in guide.ORDERS if one in desk.regime.kinds]
    if question.now:
        rows.append([tap("🕒 " + _("Just now"), "now")])
    has = bool(draft.files) if question.asks == Asks.FILES else question.key in draft.answers
    if has:
        rows.append([tap("▶️ " + _("Keep it and go on"), "on")])
    elif question.skip:
        rows.append([tap(_(question.skip), "skip")])
    return rows


async def _review(desk: Desk, draft: Draft, now: datetime, tap: Any) -> tuple[str, Rows]:
    """Everything that was entered, what it may belong to, and the button that opens the ticket."""
    assert draft.way is not None
    _ = words("bot", desk.staff_language).gettext
    lines = [f"<b>{escape(_(CALLED[draft.way]))}</b>: {escape(_('is all of it right?'))}", ""]
    for question in draft.path:
        if question.asks == Asks.FILES:
            said = ", ".join(clip(one["name"], 40) for one in draft.files)
        else:
            said = shown(desk, draft, question) if question.key in draft.answers else ""
        if said or question.asks != Asks.FILES:
            lines.append(f"{escape(_(question.name))}: {f'<b>{escape(said)}</b>' if said else '—'}")
    rows: Rows = [[tap("✅ " + _("Open the ticket"), "create")]]
    for one in await opening.likely(desk, opening.entry(desk, draft, now)):
        named = (one.named or (await one.requester).name).split()
        who = f" · {named[0]}" if named else ""
        rows.insert(0, [tap("📎 " + _("It belongs to № %(number)s") % {"number": one.id} + who, "leg", str(one.id))])
    if len(rows) > 1:
        lines += ["", escape(_("🔗 There is an open ticket that may be the same matter. The earliest receipt counts."))]
    return "\n".join(lines), rows


def shown(desk: Desk, draft: Draft, question: Question) -> str:
    """An answer in words."""
    held, language = draft.answers.get(question.key), desk.staff_language
    match question.asks:
        case Asks.MOMENT if held:
            return day_and_time(datetime.fromisoformat(held), desk.operator.zone, language)
        case Asks.DAY if held:
            return day(date.fromisoformat(held), language)
        case Asks.CONTACTS if held:
            return ", ".join(held.values())
        case Asks.KINDS | Asks.ORDER if held:
            return ", ".join(kind_short(one, language) for one in held)
    return clip(one_line(str(held or "")), SHOWN)
