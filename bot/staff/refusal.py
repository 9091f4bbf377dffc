"""/refuse: a demand is refused, or processing goes on, on a ground of its rule; by buttons, or in one line.

Which demand, which ground, which reasons: each is asked for only when it is not clear. The refusal then waits with Undo.
"""

from dataclasses import dataclass
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import RefuseTap
from bot.format import kind_short
from bot.screens import Button, Rows, button
from bot.staff.asking import Answers, argument, ask, asked_by, here, number_in, text_in
from bot.staff.commands import Command
from bot.staff.talk import Talk
from bot.text import N_, clip, short
from desk.contents import Asked
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from desk.law.rules import Ground
from desk.ports import Outcome
from desk.terms import refusal
from desk.ticket import clocks, tickets
from desk.ticket.staffing import actor
from models import Became, Demand, Staff, Ticket

WHY = N_("Why? Reply to this message with the reasons, in words that the requester will read.")
WHY_NAMED = N_("Why? Reply to this message with the reasons, and name the law and its article: the requester will read them.")
# A button's words: an article and the first words of its text.
BUTTON_WORDS = 56
# How many of the grounds begin.
SAME_STARTS = (
    "обработка нужна для ",
    "обработка нужна, чтобы ",
    "обработка нужна ",
    "обработка ведётся ",
    "the processing is necessary for ",
    "the processing is necessary to ",
    "processing is necessary for ",
)


def setup() -> Router:
    router = Router(name="staff refusing")
    router.message.register(refuse, Command("refuse"))
    router.message.register(answered, Answers("refuse"))
    router.callback_query.register(tapped, RefuseTap.filter())
    return router


async def refuse(message: Message, talk: Talk) -> Outcome:
    """`/refuse`, `/refuse GROUND`, or `/refuse GROUND reasons`."""
    ticket, staff = await here(message), await talk.staff()
    said = argument(message)
    if not said:
        await begin(talk, ticket)
        return Outcome(Became.ASKED, ticket.id)
    ground, _sep, reasons = said.partition(" ")
    if "\n" in ground:
        ground, _sep, reasons = said.partition("\n")
    offering = await _offering(talk.desk, ticket, ground.strip(".,:;").lower())
    if len(offering) == 1:
        [(demand, found)] = offering
        return await _go_on(talk, ticket, _Chosen(demand, found, reasons.strip()), staff)
    taps = [[_demand_tap(talk.desk, one, f"ground:{found.id}")] for one, found in offering]
    asks = {"reason": reasons.strip()}
    await ask(talk, ticket, N_("Which demand is it about?"), asks, buttons=taps)
    return Outcome(Became.ASKED, ticket.id)


async def _offering(desk: Desk, ticket: Ticket, ground_id: str) -> list[tuple[Demand, Ground]]:
    """The demands that can be refused on this ground. Raises Refused, with the grounds that there are."""
    open_ones = await _refusable(desk, ticket)
    found = [
        (one, ground) for one in open_ones if (ground := refusal.ground_of(clocks.rule_of(desk, one), ground_id)) is not None
    ]
    if not found:
        offered = dict.fromkeys(ground.id for one in open_ones for ground in clocks.rule_of(desk, one).grounds)
        raise Refused(
            N_("“%(ground)s” is no ground of this demand. There are: %(offered)s."),
            ground=clip(ground_id, 40),
            offered=", ".join(offered),
        )
    return found


async def _refusable(desk: Desk, ticket: Ticket) -> list[Demand]:
    """The demands that can be refused now. Raises Refused, saying why there are none."""
    found = await refusal.refusable(desk, ticket)
    if found:
        return found
    rules = [clocks.rule_of(desk, one) for one in await tickets.unmet(ticket)]
    why = list(dict.fromkeys(rule.no_refusal.said(desk.staff_language) for rule in rules if rule.no_refusal))
    raise (
        Refused("%(why)s", why=" ".join(why)) if why else Refused(N_("No term of this ticket runs: there is nothing to refuse."))
    )


async def begin(talk: Talk, ticket: Ticket) -> str:
    """Ask which demand is to be refused, or, when there is only one, on which ground; what is refused can be taken back.

    Raises Refused, with the reason, when there is neither.
    """
    stand = await refusal.refused(ticket)
    may = await refusal.refusable(talk.desk, ticket) if stand else await _refusable(talk.desk, ticket)
    if len(may) == 1 and not stand:
        html, taps = grounds_screen(talk.desk, may[0])
    else:
        html, taps = _demands_screen(talk.desk, may, stand)
    await talk.show("refusing", html, ticket, buttons=taps)
    return talk._("Choose, in the topic.")


def _demands_screen(desk: Desk, may: list[Demand], stand: list[Demand]) -> tuple[str, Rows]:
    _, language = words("bot", desk.staff_language).gettext, desk.staff_language
    lines = [f"<b>{escape(_('Which demand is it about?'))}</b>"]
    if stand:
        lines.append(escape(_("A refusal that was wrong can be taken back: the terms run again with the dates they had.")))
    taps = [[_demand_tap(desk, one, "demand")] for one in may]
    for one in stand:
        said = "↩️ " + _("Take back: %(what)s") % {"what": kind_short(one.kind, language)}
        taps.append([button(short(said, BUTTON_WORDS), RefuseTap(choice="back", demand=one.id).pack())])
    return "\n".join(lines), taps


def _demand_tap(desk: Desk, demand: Demand, choice: str) -> Button:
    choice, _sep, ground = choice.partition(":")
    said = kind_short(demand.kind, desk.staff_language)
    return button("🚫 " + said, RefuseTap(choice=choice, demand=demand.id, ground=ground).pack())


def grounds_screen(desk: Desk, demand: Demand) -> tuple[str, Rows]:
    """The grounds of a demand in full, and a button for each: to refuse first, then to go on."""
    _, language = words("bot", desk.staff_language).gettext, desk.staff_language
    rule = clocks.rule_of(desk, demand)
    lines = [f"<b>{escape(rule.name.said(language))}</b>"]
    for heading, grounds in (
        (_("Grounds to refuse"), rule.refusal_grounds),
        (_("Grounds on which processing goes on"), rule.continuing_grounds),
    ):
        if grounds:
            lines += ["", f"<b>{escape(heading)}</b>"]
            lines += [_ground_line(one, language) for one in grounds]
    if rule.continuing_grounds:
        lines += ["", escape(_("Advertising goes on on none of them."))]
    if rule.grounds:
        code = {"code": rule.grounds[0].id}
        lines += ["", escape(_("Which one? In one line, with the code of the ground: /refuse %(code)s reasons.") % code)]
    taps = [
        [
            button(
                short(f"{_short(one.cite.said(language))} · {_telling(one.text.said(language))}", BUTTON_WORDS),
                RefuseTap(choice="ground", demand=demand.id, ground=one.id).pack(),
            )
        ]
        for one in rule.grounds
    ]
    return "\n".join(lines), taps


def _telling(text: str) -> str:
    """The words of a ground from where they tell it from its neighbours: a button has no room for the rest."""
    for start in SAME_STARTS:
        if text.startswith(start):
            return text.removeprefix(start)
    return text


def _ground_line(ground: Ground, language: str) -> str:
    """A ground in full, with the word that names it in a command."""
    hint = f" ({ground.hint.said(language)})" if ground.hint else ""
    return f"• <code>{ground.id}</code> · {escape(ground.cite.said(language))} — {escape(ground.text.said(language) + hint)}"


def _short(article: str) -> str:
    """An article without the name of the law, which all of them share."""
    for law in (" 152-ФЗ", "152-FZ ", " UK GDPR", "UK GDPR ", " GDPR", "GDPR "):
        if article.startswith(law) or article.endswith(law):
            return article.removeprefix(law).removesuffix(law)
    return article


async def tapped(event: CallbackQuery, callback_data: RefuseTap, talk: Talk) -> Outcome:
    """A demand, a ground, or a refusal to take back was chosen."""
    demand = await Demand.get_or_none(id=callback_data.demand).select_related("ticket")
    if demand is None:
        raise Refused(N_("This button is out of date."))
    staff, ticket = await talk.staff(), demand.ticket
    _, edit = talk._, talk.under
    match callback_data.choice:
        case "demand":
            await _still(talk.desk, ticket, demand)
            html, taps = grounds_screen(talk.desk, demand)
            said = ""
        case "ground":
            await _still(talk.desk, ticket, demand)
            ground = refusal.ground_of(clocks.rule_of(talk.desk, demand), callback_data.ground)
            if ground is None:
                raise Refused(N_("This button is out of date."))
            asked = await asked_by(talk.chat, edit) or {}
            outcome = await _go_on(talk, ticket, _Chosen(demand, ground, text_in(asked, "reason")), staff)
            said = _("Say why, in the topic.") if outcome.word == Became.ASKED else _("It goes out; the terms end when it has.")
            html, taps = "🚫 " + escape(f"{kind_short(demand.kind, talk.language)}: {_cited(ground, talk.desk)}"), Rows()
        case "back":
            await refusal.take_back(talk.desk, demand.id, actor(staff), talk.now)
            said = _("Taken back: the terms run again.")
            name = kind_short(demand.kind, talk.language)
            html = escape(_("↩️ %(who)s took the refusal back: %(what)s.") % {"who": staff.name, "what": name})
            taps = Rows()
        case _other:
            raise Refused(N_("This button is out of date."))
    await talk.answer(said)
    await talk.show("refusing", html, ticket, buttons=taps, edit=edit)
    return Outcome(Became.REFUSE, ticket.id, callback_data.choice)


async def _still(desk: Desk, ticket: Ticket, demand: Demand) -> None:
    """Raises Refused for a button of a demand that cannot be refused any more."""
    if demand.id not in {one.id for one in await refusal.refusable(desk, ticket)}:
        raise Refused(N_("This button is out of date."))


def _cited(ground: Ground, desk: Desk) -> str:
    return ground.cite.said(desk.staff_language)


@dataclass(frozen=True)
class _Chosen:
    """A demand, the ground on which it is to be refused, and the reasons so far."""

    demand: Demand
    ground: Ground
    reasons: str


async def _go_on(talk: Talk, ticket: Ticket, chosen: _Chosen, staff: Staff) -> Outcome:
    """Refuse, or ask for the reasons where there are none yet."""
    if chosen.reasons:
        await refusal.refuse(talk.desk, chosen.demand.id, chosen.ground.id, staff, chosen.reasons, talk.now)
        return Outcome(Became.REFUSAL, ticket.id)
    asks: Asked = {"act": "refuse", "demand": chosen.demand.id, "ground": chosen.ground.id}
    await ask(talk, ticket, WHY_NAMED if chosen.ground.named else WHY, asks)
    return Outcome(Became.ASKED, ticket.id)


async def answered(message: Message, talk: Talk, asked: Asked) -> Outcome:
    """The reasons, as a reply to the question."""
    ticket, staff = await here(message), await talk.staff()
    reasons = (message.text or message.caption or "").strip()
    await refusal.refuse(talk.desk, number_in(asked, "demand"), text_in(asked, "ground"), staff, reasons, talk.now)
    return Outcome(Became.REFUSAL, ticket.id)
