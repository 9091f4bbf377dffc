"""/refuse: a demand is refused, or processing goes on, on a ground of its rule; by buttons, or in one line.

Which demand, which ground, which reasons: each is asked for only when it is not clear. The refusal then waits with Undo.
"""

from datetime import datetime
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import RefuseTap
from bot.format import kind_short
from bot.screens import Rows, answer, ask_staff, button
from bot.staff.asking import Answers, argument, ask, asked_by, here, number_in, text_in
from bot.staff.commands import Command
from bot.staff.permission import member, writer
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
from models import Became, Demand, Inbound, Staff, Ticket

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


async def refuse(message: Message, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """`/refuse`, `/refuse GROUND`, or `/refuse GROUND reasons`."""
    ticket, staff = await here(message), await writer(desk, message, now)
    said = argument(message)
    if not said:
        await begin(desk, ticket, row, now, reply_to=message.message_id)
        return Outcome(Became.ASKED, ticket.id)
    ground, _sep, reasons = said.partition(" ")
    if "\n" in ground:
        ground, _sep, reasons = said.partition("\n")
    offering = await _offering(desk, ticket, ground.strip(".,:;").lower())
    if len(offering) == 1:
        [(demand, found)] = offering
        return await _go_on(desk, ticket, demand, found, reasons.strip(), staff, row, now, reply_to=message.message_id)
    taps = [[_demand_tap(desk, one, f"ground:{found.id}")] for one, found in offering]
    asks = {"reason": reasons.strip()}
    await ask(desk, ticket, row, now, N_("Which demand is it about?"), asks, buttons=taps, reply_to=message.message_id)
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


async def begin(desk: Desk, ticket: Ticket, row: Inbound, now: datetime, *, reply_to: int | None = None) -> str:
    """Ask which demand is to be refused, or, when there is only one, on which ground; what is refused can be taken back.

    Raises Refused, with the reason, when there is neither.
    """
    stand = await refusal.refused(ticket)
    may = await refusal.refusable(desk, ticket) if stand else await _refusable(desk, ticket)
    if len(may) == 1 and not stand:
        html, taps = grounds_screen(desk, may[0])
    else:
        html, taps = _demands_screen(desk, may, stand)
    await ask_staff(key=f"refusing:{row.id}", html=html, now=now, ticket=ticket, buttons=taps, reply_to=reply_to)
    return words("bot", desk.staff_language).gettext("Choose, in the topic.")


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


def _demand_tap(desk: Desk, demand: Demand, choice: str) -> dict[str, str]:
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


async def tapped(event: CallbackQuery, callback_data: RefuseTap, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """A demand, a ground, or a refusal to take back was chosen."""
    demand = await Demand.get_or_none(id=callback_data.demand).select_related("ticket")
    if demand is None or event.message is None:
        raise Refused(N_("This button is out of date."))
    staff, ticket = await member(desk, event.from_user, now), demand.ticket
    _, edit = words("bot", desk.staff_language).gettext, event.message.message_id
    match callback_data.choice:
        case "demand":
            await _still(desk, ticket, demand)
            html, taps = grounds_screen(desk, demand)
            said = ""
        case "ground":
            await _still(desk, ticket, demand)
            ground = refusal.ground_of(clocks.rule_of(desk, demand), callback_data.ground)
            if ground is None:
                raise Refused(N_("This button is out of date."))
            asked = await asked_by(event.message.chat.id, edit) or {}
            outcome = await _go_on(desk, ticket, demand, ground, text_in(asked, "reason"), staff, row, now)
            said = _("Say why, in the topic.") if outcome.word == Became.ASKED else _("It goes out; the terms end when it has.")
            html, taps = "🚫 " + escape(f"{kind_short(demand.kind, desk.staff_language)}: {_cited(ground, desk)}"), Rows()
        case "back":
            await refusal.take_back(desk, demand.id, actor(staff), now)
            said = _("Taken back: the terms run again.")
            name = kind_short(demand.kind, desk.staff_language)
            html = escape(_("↩️ %(who)s took the refusal back: %(what)s.") % {"who": staff.name, "what": name})
            taps = Rows()
        case _other:
            raise Refused(N_("This button is out of date."))
    await answer(event, row, now, said)
    await ask_staff(key=f"refusing:{row.id}", html=html, now=now, ticket=ticket, buttons=taps, edit=edit)
    return Outcome(Became.REFUSE, ticket.id, callback_data.choice)


async def _still(desk: Desk, ticket: Ticket, demand: Demand) -> None:
    """Raises Refused for a button of a demand that cannot be refused any more."""
    if demand.id not in {one.id for one in await refusal.refusable(desk, ticket)}:
        raise Refused(N_("This button is out of date."))


def _cited(ground: Ground, desk: Desk) -> str:
    return ground.cite.said(desk.staff_language)


async def _go_on(
    desk: Desk,
    ticket: Ticket,
    demand: Demand,
    ground: Ground,
    reasons: str,
    staff: Staff,
    row: Inbound,
    now: datetime,
    *,
    reply_to: int | None = None,
) -> Outcome:
    """Refuse, or ask for the reasons where there are none yet."""
    if reasons:
        await refusal.refuse(desk, demand.id, ground.id, staff, reasons, now)
        return Outcome(Became.REFUSAL, ticket.id)
    asks: Asked = {"act": "refuse", "demand": demand.id, "ground": ground.id}
    await ask(desk, ticket, row, now, WHY_NAMED if ground.named else WHY, asks, reply_to=reply_to)
    return Outcome(Became.ASKED, ticket.id)


async def answered(message: Message, desk: Desk, row: Inbound, now: datetime, asked: Asked) -> Outcome:
    """The reasons, as a reply to the question."""
    ticket, staff = await here(message), await writer(desk, message, now)
    reasons = (message.text or message.caption or "").strip()
    await refusal.refuse(desk, number_in(asked, "demand"), text_in(asked, "ground"), staff, reasons, now)
    return Outcome(Became.REFUSAL, ticket.id)
