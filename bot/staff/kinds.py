"""/kind: what a ticket is about, seen and corrected by staff; by name or by buttons."""

import re
from collections.abc import Iterable
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import GuessTap, KindTap
from bot.format import kind_short
from bot.screens import Button, Rows, button
from bot.staff.asking import argument, here
from bot.staff.commands import Command
from bot.staff.talk import Talk
from bot.text import N_
from desk.contents import Params
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import LANGUAGES, words
from desk.ports import Outcome
from desk.terms import corrections, triage
from models import Became, Demand, RecognisedBy, Ticket

_BETWEEN = re.compile(r"\s*(?:->|→|,|;)\s*")


def setup() -> Router:
    router = Router(name="staff kinds")
    router.message.register(kind, Command("kind"))
    router.callback_query.register(kind_tapped, KindTap.filter())
    router.callback_query.register(guess_tapped, GuessTap.filter())
    return router


async def kind(message: Message, talk: Talk) -> Outcome:
    """Without words the kinds are shown with their buttons; `KIND` replaces the only one, `OLD NEW`, `+KIND`, `-KIND`."""
    ticket, said = await here(message), argument(message)
    if not said:
        html, taps = await menu(talk.desk, ticket)
        await talk.show("kinds", html, ticket, buttons=taps)
        return Outcome(Became.KINDS, ticket.id)
    staff = await talk.staff()
    old, new = understood(said, [one.kind for one in await _open(ticket)], offered(talk.desk), talk.desk)
    await corrections.change_kind(talk.desk, ticket, old, new, staff, talk.now)
    sentence, params = _changed(old, new, talk.language)
    await talk.say(sentence, params, ticket)
    return Outcome(Became.KIND, ticket.id)


async def _open(ticket: Ticket) -> list[Demand]:
    return await Demand.filter(ticket_id=ticket.id, closed_at__isnull=True).order_by("id")


def offered(desk: Desk) -> list[str]:
    """The kinds that a request can be; one that only follows from another has its own command."""
    follow_ups = {rule.kind for rule in desk.regime.rules if rule.needs_trigger}
    return [one for one in desk.regime.kinds if one not in follow_ups]


def understood(said: str, held: list[str], known: list[str], desk: Desk) -> tuple[str | None, str | None]:
    """Which kind is to go and which is to come. Raises Refused when the words are not clear."""
    if said[0] in "+-−–":
        name = said[1:].strip()
        return (None, found(name, known, desk)) if said[0] == "+" else (found(name, held, desk), None)
    if len(parts := _BETWEEN.split(said)) == 2:
        return found(parts[0], held, desk), found(parts[1], known, desk)
    single = matches(said, known, desk)
    if len(single) == 1:
        if len(held) > 1:
            raise Refused(N_("This ticket asks for several things. Say which one to replace: /kind old, new."))
        return (held[0] if held else None), single[0]
    spoken = said.split()
    for cut in range(1, len(spoken)):
        olds, news = matches(" ".join(spoken[:cut]), held, desk), matches(" ".join(spoken[cut:]), known, desk)
        if len(olds) == len(news) == 1:
            return olds[0], news[0]
    return None, found(said, known, desk)


def found(name: str, among: Iterable[str], desk: Desk) -> str:
    """The one kind of that name. Raises Refused, naming what could be meant."""
    among = list(among)
    candidates = matches(name, among, desk)
    if len(candidates) == 1:
        return candidates[0]
    shown = ", ".join(kind_short(one, desk.staff_language) for one in candidates or among)
    if candidates:
        raise Refused(N_("“%(name)s” can mean several kinds: %(kinds)s."), name=name[:60], kinds=shown)
    raise Refused(N_("“%(name)s” is none of these kinds: %(kinds)s."), name=name[:60], kinds=shown)


def matches(name: str, among: Iterable[str], desk: Desk) -> list[str]:
    """The kinds that a name means: one that is named exactly, else all that have it as a part."""
    wanted = " ".join(name.casefold().replace("ё", "е").replace("_", " ").split())
    if not wanted:
        return []
    names = {one: _names(one, desk) for one in among}
    exact = [one for one, said in names.items() if wanted in said]
    return exact or [one for one, said in names.items() if any(wanted in each for each in said)]


def _names(kind: str, desk: Desk) -> set[str]:
    """Everything a kind is called: its key, its short and its full name in both languages."""
    rules = [rule for rule in desk.regime.rules if rule.kind == kind]
    said = {kind, *(kind_short(kind, one) for one in LANGUAGES), *(rule.name[one] for rule in rules for one in LANGUAGES)}
    return {" ".join(one.casefold().replace("ё", "е").replace("_", " ").split()) for one in said}


def _changed(old: str | None, new: str | None, language: str) -> tuple[str, Params]:
    """What was changed, as a sentence of the catalogue."""
    names = {"old": kind_short(old or "", language), "new": kind_short(new or "", language)}
    if old and new:
        return N_("🏷 Now “%(new)s” instead of “%(old)s”. The terms count from the same receipt."), names
    if new:
        return N_("🏷 “%(new)s” was added. Its terms count from the receipt of the request."), {"new": names["new"]}
    return N_("🏷 “%(old)s” was taken away; its terms no longer run."), {"old": names["old"]}


# --- buttons ---------------------------------------------------------------------------------------------------------


async def menu(desk: Desk, ticket: Ticket) -> tuple[str, Rows]:
    """The kinds of a ticket, each with what can be done to it."""
    _, language = words("bot", desk.staff_language).gettext, desk.staff_language
    held = await _open(ticket)
    lines = [f"<b>{escape(_('What this ticket is about'))}</b>"]
    lines += [
        f"• {escape(kind_short(one.kind, language))} — <i>{escape(_by(one, _('staff'), _('the machine')))}</i>" for one in held
    ]
    lines.append("🔁 " + escape(_("replace")) + (" · ➖ " + escape(_("take away")) if len(held) > 1 else ""))
    rows: Rows = []
    for one in held:
        name = kind_short(one.kind, language)
        rows.append([_tap("🔁 " + name, "swap", ticket, one)])
        if len(held) > 1:
            rows[-1].append(_tap("➖ " + name, "drop", ticket, one))
    return "\n".join(lines), [*rows, [_tap("➕ " + _("Add"), "more", ticket)]]


def _by(demand: Demand, staff: str, machine: str) -> str:
    return {RecognisedBy.STAFF.value: staff, RecognisedBy.MACHINE.value: machine}.get(demand.recognised_by, "👤")


def _tap(text: str, choice: str, ticket: Ticket, demand: Demand | None = None) -> Button:
    return button(text, KindTap(choice=choice, ticket=ticket.id, old=demand.id if demand else 0).pack())


async def kind_tapped(event: CallbackQuery, callback_data: KindTap, talk: Talk) -> Outcome:
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None:
        raise Refused(N_("This ticket does not exist."))
    _ = talk._
    staff = await talk.staff()
    old = await Demand.get_or_none(id=callback_data.old, ticket_id=ticket.id) if callback_data.old else None
    if callback_data.old and old is None:
        raise Refused(N_("This button is out of date."))
    said, taps = "", Rows()
    match callback_data.choice:
        case "menu":
            html, taps = await menu(talk.desk, ticket)
        case "swap" | "more":
            html, taps = await _choice(talk.desk, ticket, old)
        case "drop" | "set":
            before, after = old.kind if old else None, callback_data.new or None
            await corrections.change_kind(talk.desk, ticket, before, after, staff, talk.now)
            sentence, params = _changed(before, after, talk.language)
            said = _(sentence) % params
            html = escape(said)
        case _other:
            raise Refused(N_("This button is out of date."))
    await talk.answer(said)
    await talk.show("kinds", html, ticket, buttons=taps, edit=talk.under)
    return Outcome(Became.KIND, ticket.id, callback_data.choice)


async def _choice(desk: Desk, ticket: Ticket, old: Demand | None) -> tuple[str, Rows]:
    """All kinds that can be put in the place of one, or added."""
    _, language = words("bot", desk.staff_language).gettext, desk.staff_language
    held = {one.kind for one in await _open(ticket)}
    if old is not None:
        html = _("What is it instead of “%(old)s”?") % {"old": kind_short(old.kind, language)}
    else:
        html = _("What else does this ticket ask for?")
    number = old.id if old else 0
    set_to = [KindTap(choice="set", ticket=ticket.id, old=number, new=one) for one in offered(desk) if one not in held]
    taps = [button(kind_short(one.new, language), one.pack()) for one in set_to]
    rows = [taps[place : place + 2] for place in range(0, len(taps), 2)]
    return escape(html), [*rows, [_tap("← " + _("Back"), "menu", ticket)]]


async def guess_tapped(event: CallbackQuery, callback_data: GuessTap, talk: Talk) -> Outcome:
    """A button of the card under what is only likely: it is demanded, or none of these is. The card shows the rest."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None:
        raise Refused(N_("This ticket does not exist."))
    staff, language = await talk.staff(), talk.language
    _ = talk._
    if callback_data.choice == "none":
        await triage.dismissed(ticket, staff, talk.now)
        await talk.answer(_("Noted: none of these."))
        return Outcome(Became.GUESS, ticket.id, "none")
    await triage.judged(talk.desk, ticket, callback_data.kind, staff, talk.now)
    told = _("🏷 “%(new)s” was added. Its terms count from the receipt of the request.")
    await talk.answer(told % {"new": kind_short(callback_data.kind, language)})
    return Outcome(Became.GUESS, ticket.id, "is")
