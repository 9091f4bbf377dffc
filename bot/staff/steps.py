"""The checklist of a ticket: /step and its buttons. A tap ticks a step, a tap on a ticked one asks and takes it back."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from html import escape
from zoneinfo import ZoneInfo

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import StepTap
from bot.format import day_and_time, kind_short, short_day
from bot.proof_words import proof_words
from bot.screens import Button, Rows, button
from bot.staff import blocking, proving
from bot.staff.asking import argument, here
from bot.staff.commands import Command
from bot.staff.talk import Talk
from bot.text import MESSAGE_LIMIT, N_, clip, units
from desk import history
from desk.contents import Params
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from desk.ports import File, Outcome
from desk.terms import steps
from desk.terms.steps import StepView
from desk.ticket.blocks import BLOCK
from desk.ticket.stated import stated
from models import Became, Clock, Demand, Staff, Ticket

# Telegram takes a hundred buttons; a list of so many steps nobody has.
BUTTONS = 90
# So many characters of what proves a step stand in the list.
EVIDENCE = 160
_AFTER = re.compile(r"\s*[|\n]\s*")
_NUMBER = re.compile(r"(?P<number>\d{1,3})(?:[ \t]+(?P<words>.+))?", re.DOTALL)


def setup() -> Router:
    router = Router(name="staff steps")
    router.message.register(step, Command("step"))
    router.callback_query.register(step_tapped, StepTap.filter())
    return router


# --- by words --------------------------------------------------------------------------------------------------------


async def step(message: Message, talk: Talk, files: tuple[File, ...]) -> Outcome:
    """Without words the list is shown; `/step 2 | what proves it` or `/step name` ticks, `/step -2` takes a tick back."""
    ticket, said = await here(message), argument(message)
    if not said:
        await show(talk, ticket)
        return Outcome(Became.STEPS, ticket.id)
    back = said[0] in "-−–"
    chosen, evidence = understood(said.lstrip("-−– "), await steps.of_ticket(talk.desk, ticket), ticked=back, desk=talk.desk)
    if not back:
        return await proving.by_words(talk, ticket, chosen, proving.Evidence(evidence, files))
    sentence, params = await _take_back(talk.desk, chosen, await talk.staff(), talk.now)
    await talk.say(sentence, params, ticket)
    return Outcome(Became.STEP, ticket.id)


def understood(said: str, found: Sequence[StepView], *, ticked: bool, desk: Desk) -> tuple[StepView, str]:
    """The step that is meant, by its number in the list, its key or a part of its name, and what proves it.

    Of several that the words could mean, those count that are (not) `ticked`. Raises Refused when it stays unclear.
    """
    head, *rest = _AFTER.split(said.strip(), maxsplit=1)
    evidence = rest[0].strip() if rest else ""
    numbered = dict(enumerate(found, 1))
    if by_number := _NUMBER.fullmatch(head):
        chosen = numbered.get(int(by_number["number"]))
        if chosen is None:
            raise Refused(N_("There is no step %(number)s: /step shows the list."), number=by_number["number"])
        return chosen, "\n".join(one for one in ((by_number["words"] or "").strip(), evidence) if one)
    wanted = " ".join(head.casefold().split())
    meant = {number: one for number, one in numbered.items() if wanted and wanted in {one.key, one.name.casefold()}}
    if not meant:
        meant = {number: one for number, one in numbered.items() if wanted and wanted in one.name.casefold()}
    fitting = {number: one for number, one in meant.items() if (one.done_at is not None) == ticked and not one.elsewise}
    meant = fitting or meant
    if len(meant) == 1:
        return next(iter(meant.values())), evidence
    language = desk.staff_language
    shown = "; ".join(f"{number}. {one.name} ({kind_short(one.kind, language)})" for number, one in (meant or numbered).items())
    if meant:
        raise Refused(N_("“%(name)s” can mean several steps, say the number: %(steps)s."), name=head[:60], steps=shown)
    raise Refused(N_("“%(name)s” is none of these steps: %(steps)s."), name=head[:60], steps=shown)


async def _take_back(desk: Desk, chosen: StepView, staff: Staff, now: datetime) -> tuple[str, Params]:
    clock = await steps.undone(desk, chosen.demand, chosen.key, staff, now)
    params = {"step": chosen.name, "kind": chosen.kind}
    if clock is None:
        return N_("↩️ Not done after all: “%(step)s” (%(kind)s)."), params
    if clock.unit == "immediately":
        return N_("↩️ Not done after all: “%(step)s” (%(kind)s). It is to be done at once."), params
    params["date"] = clock.due.isoformat() if clock.due_at <= now else clock.safe.isoformat()
    if clock.due_at <= now:
        return N_("↩️ Not done after all: “%(step)s” (%(kind)s). Its term ended on %(date)s!"), params
    return N_("↩️ Not done after all: “%(step)s” (%(kind)s). Its term runs again until %(date)s."), params


# --- the list --------------------------------------------------------------------------------------------------------


async def show(talk: Talk, ticket: Ticket, *, edit: int | None = None) -> None:
    """Show the list in the topic, or in the place of an earlier screen. Raises Refused when there is nothing to tick."""
    found = await steps.of_ticket(talk.desk, ticket)
    if not found:
        raise Refused(N_("This ticket has no steps."))
    html = list_html(found, await _names(found), talk.desk.operator.zone, talk.language)
    taps = list_buttons(found, open_=ticket.status == "open")
    await talk.show("steps", html, ticket, buttons=taps, edit=edit)


async def _names(found: Sequence[StepView]) -> dict[str, str]:
    """What the people who ticked are called."""
    ids = {int(one.done_by.removeprefix("staff:")) for one in found if one.done_by.startswith("staff:")}
    return {f"staff:{one.telegram_id}": one.name for one in await Staff.filter(telegram_id__in=list(ids))} if ids else {}


def list_html(found: Sequence[StepView], names: dict[str, str], zone: ZoneInfo, language: str) -> str:
    """Every step in the words of the law; where that would be too long, in its short ones (those ticked first)."""
    shapes = ((True, True, EVIDENCE), (True, False, EVIDENCE), (False, False, 40), (False, False, 0))
    pages = (_list(found, names, zone, language, shape) for shape in shapes)
    html = next((page for page in pages if units(page) <= MESSAGE_LIMIT), "")
    return html or _list(found[:40], names, zone, language, shapes[-1])


def _list(found: Sequence[StepView], names: dict[str, str], zone: ZoneInfo, language: str, shape: tuple[bool, bool, int]) -> str:
    """`shape`: whether open steps, and ticked ones, stand in full; how much of what proves them is shown."""
    open_in_full, ticked_in_full, proof = shape
    _ = words("bot", language).gettext
    lines = [f"<b>☑️ {escape(counted(found, language))}</b>"]
    demand = 0
    for number, one in enumerate(found, 1):
        if one.demand != demand:
            demand = one.demand
            lines += ["", f"<b>{escape(kind_short(one.kind, language))}</b>"]
        ticked = one.done_at is not None
        text = escape(one.text if (ticked_in_full if ticked else open_in_full) else one.name)
        if not ticked and (one.elsewise or one.over):
            lines.append(f"{number}. ➖ <s>{text}</s>")
            continue
        lines.append(f"{number}. {'➖' if one.aside else '✅' if ticked else '☐'} {text}" + _wanted(one, language))
        if one.done_at is not None:
            # A short name of who and when, and what proves it.
            who = _("the desk") if one.done_by == history.DESK else names.get(one.done_by, one.done_by)
            said = f"{who}, {day_and_time(one.done_at, zone, language)}"
            shown = _shown(one, language)
            said += f" · {clip(shown, proof)}" if proof and shown else ""
            lines.append(f"      <i>{escape(said)}</i>")
    if any(one.open for one in found):
        lines += ["", f"<i>{escape(_('Not needed here? Say why: /step 3 not needed: reason'))}</i>"]
    return "\n".join(lines)


def _wanted(one: StepView, language: str) -> str:
    """What an open step wants besides a tap."""
    _ = words("bot", language).gettext
    wanted = {"letter": _("a letter"), "document": _("a document"), "confirmation": _("a confirmation")}.get(one.wanted, "")
    notes = [note for note in (_("if needed") if one.optional else "", wanted) if note]
    return f" <i>({escape(', '.join(notes))})</i>" if notes and one.done_at is None else ""


def _shown(one: StepView, language: str) -> str:
    """What proves a step that was done, or why it is not needed."""
    if one.aside:
        return words("bot", language).gettext("not needed: %(why)s") % {"why": stated(" ".join(one.evidence.split()), language)}
    return proof_words(one.proof, language) if one.proof is not None else ""


def counted(found: Sequence[StepView], language: str) -> str:
    """How many of the steps that count were done."""
    alive = [one for one in found if (one.done_at is not None and not one.aside) or one.open]
    said = words("bot", language).gettext("Steps done: %(done)d of %(all)d")
    return said % {"done": sum(one.done_at is not None for one in alive), "all": len(alive)}


def list_buttons(found: Sequence[StepView], *, open_: bool) -> Rows:
    """A button for each step that can be ticked or taken back; none on a closed ticket."""
    rows: Rows = []
    for number, one in enumerate(found, 1):
        if not open_ or (one.done_at is None and (one.elsewise or one.over)):
            continue
        mark, choice = ("☐", "tick") if one.done_at is None else ("➖" if one.aside else "✅", "ask")
        rows.append([_tap(f"{mark} {number}. {one.name}", choice, one.demand, one.key)])
    return rows[:BUTTONS]


def _tap(text: str, choice: str, demand: int, key: str = "") -> Button:
    return button(text, StepTap(choice=choice, demand=demand, key=key).pack())


async def step_tapped(event: CallbackQuery, callback_data: StepTap, talk: Talk) -> Outcome:
    demand = await Demand.get_or_none(id=callback_data.demand).select_related("ticket")
    if demand is None:
        raise Refused(N_("This button is out of date."))
    _ = talk._
    ticket, here_, said = demand.ticket, talk.under, ""
    staff = await talk.staff()
    chosen = next(
        (one for one in await steps.of_ticket(talk.desk, ticket) if (one.demand, one.key) == (demand.id, callback_data.key)), None
    )
    if chosen is None:
        raise Refused(N_("This button is out of date."))
    match callback_data.choice:
        case "tick" if chosen.key == BLOCK and chosen.open:
            await blocking.question(talk, ticket)
            await talk.answer(_("Say where the data are blocked, in the topic."))
            return Outcome(Became.STEP, ticket.id, "ask")
        case "tick" if chosen.wanted != "fact" and chosen.open:
            await proving.ask(talk, ticket, chosen)
            await talk.answer(_("Say what proves it, in the topic."))
            return Outcome(Became.STEP, ticket.id, "ask")
        case "tick":
            await steps.done(talk.desk, demand.id, chosen.key, staff, talk.now)
            said = f"✅ {chosen.name}"
        case "ask":
            await _ask(talk, ticket, chosen, edit=here_)
            await talk.answer()
            return Outcome(Became.STEP, ticket.id, "ask")
        case "undo":
            sentence, params = await _take_back(talk.desk, chosen, staff, talk.now)
            said = _spoken(sentence, params, talk.language)
        case "show":
            pass
        case _other:
            raise Refused(N_("This button is out of date."))
    await talk.answer(said)
    await show(talk, ticket, edit=here_)
    return Outcome(Became.STEP, ticket.id, callback_data.choice)


async def _ask(talk: Talk, ticket: Ticket, chosen: StepView, *, edit: int) -> None:
    """Whether a tick is really to be taken back, and what would follow."""
    _, language = talk._, talk.language
    lines = [
        _("Was “%(step)s” (%(kind)s) not done after all?") % {"step": chosen.name, "kind": kind_short(chosen.kind, language)}
    ]
    clock = await Clock.get_or_none(id=chosen.clock) if chosen.clock is not None else None
    if clock is not None and clock.unit != "immediately":
        lines.append(_("Its term will run again, until %(date)s.") % {"date": short_day(clock.safe)})
    elif clock is not None:
        lines.append(_("It will have to be done at once again."))
    taps = [
        [_tap("↩️ " + _("Take the tick back"), "undo", chosen.demand, chosen.key)],
        [_tap("← " + _("Back"), "show", chosen.demand, chosen.key)],
    ]
    html = f"<b>{escape(lines[0])}</b>" + "".join(f"\n{escape(line)}" for line in lines[1:])
    await talk.show("steps", html, ticket, buttons=taps, edit=edit)


def _spoken(sentence: str, params: Params, language: str) -> str:
    """A sentence for people, said here and now."""
    shown = {**params, "kind": kind_short(str(params["kind"]), language)}
    if "date" in shown:
        shown["date"] = short_day(date.fromisoformat(str(shown["date"])))
    return words("bot", language).gettext(sentence) % shown
