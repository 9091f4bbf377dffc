"""/block and /unblock: where the data are blocked for the time of a check, what the check came to, or why they are not blocked.

The systems that are ticked stand in the buttons of the question; nothing is recorded before “Blocked”.
"""

import re
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.blockings import blocking_line
from bot.callbacks import BlockTap, CardTap
from bot.screens import Button, Rows, button
from bot.staff.asking import BACK, Answers, argument, ask, here, number_in
from bot.staff.commands import Command
from bot.staff.talk import Talk
from bot.text import N_, short
from desk import moments
from desk.contents import Asked
from desk.context import Desk
from desk.errors import Refused
from desk.ports import Outcome
from desk.terms import blocking
from desk.ticket import blocks, legs
from desk.ticket.stated import RESULTS
from models import Became, Blocking, BlockingResult, Staff, Ticket

OUT_OF_DATE = N_("This button is out of date.")
BUTTON_WORDS = 56
# So many systems have a button: each has a bit of the mask.
SYSTEMS = 40
WHERE = N_("Where are the data blocked? Reply to this message with the systems in words.")
SINCE = N_("Since when are the data blocked? Reply to this message: 08.12.2026 14:30; - takes it back.")
WHY = N_("Whom would blocking harm, and how? Reply to this message in words: the reason is kept with your name.")
# What a result is called by a button, and by words after /unblock.
TAPS = {
    BlockingResult.CORRECTED: N_("✏️ Corrected"),
    BlockingResult.UNLAWFUL: N_("⛔️ Unlawful, stopped"),
    BlockingResult.LIFTED: N_("🔓 Not confirmed, lifted"),
    BlockingResult.DESTROYED: N_("🗑 Destroyed"),
    BlockingResult.MISTAKE: N_("↩️ Was not blocked, a mistake"),
}
_NOT = re.compile(r"(?:not|no|нет|не)\s*(?:needed|block\w*|блокир\w*|заблок\w*|нужно)?\s*[:|—-]\s*", re.IGNORECASE)
# A beginning before the words: “08.12.2026 14:30 CRM”, “since yesterday 9:15: CRM”, “с 8 декабря 14:30: Сайт”.
_SINCE = re.compile(r"(?:(?:с|со|since|from)\s+)?" + moments.WHEN + r"[\s,:;|–—-]*", re.IGNORECASE)
_AFTER = re.compile(r"\s*[|\n]\s*")


def setup() -> Router:
    router = Router(name="staff blocking")
    router.message.register(block, Command("block"))
    router.message.register(unblock, Command("unblock"))
    router.message.register(replied, Answers("block"))
    router.callback_query.register(tapped, BlockTap.filter())
    return router


# --- to block --------------------------------------------------------------------------------------------------------


async def block(message: Message, talk: Talk) -> Outcome:
    """`/block` asks where; `/block CRM, site | name, phone` records it, and `/block no: reason` why it is not done.

    `/block 08.12.2026 14:30 CRM` records what had begun before.
    """
    ticket, staff, said = await here(message), await talk.staff(), argument(message)
    if not said:
        await question(talk, ticket)
        return Outcome(Became.BLOCK, ticket.id, "ask")
    if without := _NOT.match(said):
        return await _none(talk, ticket, said[without.end() :], staff)
    return await _by_words(talk, ticket, said, staff)


async def question(talk: Talk, ticket: Ticket, *, mask: int = 0, edit: int | None = None) -> None:
    """Where the data are blocked: a tick for each system of the settings, words for anything else."""
    _ = talk._
    lines = ["<b>🔒 " + escape(_("Blocking for the time of a check (152-FZ Art. 21)")) + "</b>"]
    lasting = await blocks.lasting(ticket)
    lines += [blocking_line(one, talk.desk.operator.zone, talk.language) for one in lasting]
    lines.append(escape(_("Tick the systems in which the data are blocked now, then “Blocked”.")))
    systems = _free(talk.desk, lasting)
    rows: Rows = [
        [_tap(("☑️ " if mask >> place & 1 else "◻️ ") + name, "flip", ticket.id, mask ^ (1 << place))] for place, name in systems
    ]
    if mask:
        rows.append([_tap("🔒 " + _("Blocked"), "done", ticket.id, mask)])
    if lasting and await blocking.wanting(talk.desk, ticket):
        rows.append([_tap("✅ " + _("What is blocked covers it"), "covers", ticket.id)])
    rows.append([_tap("✍️ " + _("Elsewhere, in words"), "where", ticket.id)])
    if lasting:
        rows.append([_tap("🔓 " + _("Lift the blocking"), "lift", ticket.id)])
    else:
        rows.append([_tap("🚫 " + _("Not to be blocked: it would harm"), "why", ticket.id)])
    await talk.show("block", "\n".join(lines), ticket, buttons=rows, edit=edit)


def _free(desk: Desk, lasting: list[Blocking]) -> list[tuple[int, str]]:
    """The systems that are not blocked yet, with their places in the settings."""
    held = {name for one in lasting for name in one.systems}
    return [(place, one.name) for place, one in enumerate(desk.systems[:SYSTEMS]) if one.name not in held]


def _tap(text: str, choice: str, ticket: int, value: int = 0) -> Button:
    return button(short(text, BUTTON_WORDS), BlockTap(choice=choice, ticket=ticket, value=value).pack())


async def _by_words(talk: Talk, ticket: Ticket, said: str, staff: Staff) -> Outcome:
    """What names systems of the settings means them; anything else stays words. Categories may follow a bar or a new line."""
    begun = _SINCE.match(said)
    since = moments.came(talk.desk, begun["when"], talk.now) if begun else None
    head, *rest = _AFTER.split(said[begun.end() :] if begun else said, maxsplit=1)
    named = [one.strip() for one in re.split(r"[,;]", head) if one.strip()]
    known = {one.name.casefold(): one.name for one in talk.desk.systems}
    systems = [known[one.casefold()] for one in named if one.casefold() in known]
    other = ", ".join(one for one in named if one.casefold() not in known)
    categories = [one.strip() for one in re.split(r"[,;\n]", rest[0]) if one.strip()] if rest else []
    made = await blocking.begin(talk.desk, ticket, systems, staff, talk.now, words=other, categories=categories, since=since)
    await _said(talk, ticket, made)
    return Outcome(Became.BLOCK, ticket.id)


async def _none(talk: Talk, ticket: Ticket, why: str, staff: Staff) -> Outcome:
    await blocking.not_blocked(talk.desk, ticket, why, staff, talk.now)
    html = escape(talk._("🚫 Not blocked; the ground is kept with your name."))
    await talk.show("block", html, ticket)
    return Outcome(Became.BLOCK, ticket.id, "none")


async def replied(message: Message, talk: Talk, asked: Asked) -> Outcome:
    """The words that a button had asked for."""
    ticket, staff = await here(message), await talk.staff()
    said = (message.text or message.caption or "").strip()
    if asked.get("of") == "since":
        at = None if said in BACK else moments.came(talk.desk, said, talk.now)
        made = await blocking.began(talk.desk, number_in(asked, "id"), at, staff, talk.now)
        await _said(talk, ticket, made)
        return Outcome(Became.BLOCK, ticket.id, "since")
    act = _by_words if asked.get("of") == "where" else _none
    return await act(talk, ticket, said, staff)


async def _said(talk: Talk, ticket: Ticket, one: Blocking, *, edit: int | None = None) -> None:
    """What was recorded, with the tap that ends it."""
    _ = talk._
    html = blocking_line(one, talk.desk.operator.zone, talk.language)
    rows: Rows = []
    if one.result == BlockingResult.MISTAKE:
        html = "↩️ " + escape(_("Was not blocked: the record counts no more, and the step is open again."))
    elif one.categories:
        html += "\n" + escape(_("Categories: %(names)s") % {"names": ", ".join(one.categories)})
    if one.result == BlockingResult.OPEN:
        rows = [
            [_tap("🔓 " + _("Lift the blocking"), "lift", ticket.id)],
            [_tap("🕒 " + _("It began earlier"), "since", ticket.id, one.id)],
        ]
    elif one.result in RESULTS and await blocking.to_tell(talk.desk, ticket):
        rows = [[button("✉️ " + _("Tell the requester the result"), CardTap(choice="letter", ticket=ticket.id).pack())]]
    await talk.show("block", html, ticket, buttons=rows, edit=edit)


# --- to end it -------------------------------------------------------------------------------------------------------


async def unblock(message: Message, talk: Talk) -> Outcome:
    """`/unblock` asks what the check came to."""
    ticket = await here(message)
    await talk.staff()
    await _results(talk, ticket)
    return Outcome(Became.UNBLOCK, ticket.id, "ask")


async def _results(talk: Talk, ticket: Ticket, *, edit: int | None = None) -> None:
    """What the check came to: of the first blocking that lasts, the others follow."""
    _ = talk._
    lasting = await blocks.lasting(ticket)
    if not lasting:
        raise Refused(N_("Nothing of this ticket is blocked."))
    html = blocking_line(lasting[0], talk.desk.operator.zone, talk.language) + "\n" + escape(_("What did the check come to?"))
    rows: Rows = []
    for result, said in TAPS.items():
        tap = BlockTap(choice="end", ticket=ticket.id, value=lasting[0].id, result=result.value)
        rows.append([button(_(said), tap.pack())])
    await talk.show("unblock", html, ticket, buttons=rows, edit=edit)


async def tapped(event: CallbackQuery, callback_data: BlockTap, talk: Talk) -> Outcome:
    """A button of the question, or of the results."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None:
        raise Refused(OUT_OF_DATE)
    ticket, staff, edit = await legs.head(ticket), await talk.staff(), talk.under
    value = callback_data.value
    match callback_data.choice:
        case "flip":
            await question(talk, ticket, mask=value, edit=edit)
        case "done":
            chosen = [one.name for place, one in enumerate(talk.desk.systems[:SYSTEMS]) if value >> place & 1]
            made = await blocking.begin(talk.desk, ticket, chosen, staff, talk.now)
            await _said(talk, ticket, made, edit=edit)
        case "covers":
            await _said(talk, ticket, await blocking.covers(talk.desk, ticket, staff, talk.now), edit=edit)
        case "where":
            await ask(talk, ticket, WHERE, {"act": "block", "of": "where"})
        case "why":
            await ask(talk, ticket, WHY, {"act": "block", "of": "why"})
        case "since":
            await ask(talk, ticket, SINCE, {"act": "block", "of": "since", "id": value})
        case "lift":
            await _results(talk, ticket)
        case "end" if callback_data.result in set(TAPS):
            over = await blocking.end(talk.desk, value, BlockingResult(callback_data.result), staff, talk.now)
            await _said(talk, ticket, over, edit=edit)
            if await blocks.lasting(ticket):
                await _results(talk, ticket)
        case _other:
            raise Refused(OUT_OF_DATE)
    await talk.answer()
    return Outcome(Became.TAP, ticket.id, f"block {callback_data.choice}")
