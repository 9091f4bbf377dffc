"""/destroy: what was destroyed where, the act of it, its log extract, and the signed act that comes back.

The form is the draft in the database: who opens it anew finds what a colleague filled in.
"""

from datetime import timedelta
from html import escape
from typing import Any

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot.callbacks import DestroyTap
from bot.format import short_day
from bot.postings.staff.acts import ROLE, extract_line
from bot.postings.staff.processors import number_of
from bot.screens import Button, Rows, button
from bot.staff.asking import Answers, argument, ask, here, number_in, text_in
from bot.staff.commands import Command
from bot.staff.messages import external_id, keep
from bot.staff.talk import Talk
from bot.text import N_, clip, short
from desk import contents
from desk.contents import Asked
from desk.context import Desk
from desk.deed import destruction
from desk.errors import Refused
from desk.i18n import words
from desk.ports import File, Outcome
from desk.ticket import legs
from models import Attachment, Became, Destruction, DestructionState, Receipt, Staff, Ticket

OUT_OF_DATE = N_("This button is out of date.")
BUTTON_WORDS = 56
DAY = timedelta(days=1)
# The fields of the form: what they are called, and the question for their words.
FIELDS = {
    "people": (
        N_("Who destroyed"),
        N_("Who destroyed the data? Reply with names and positions, one a line: Petrov I. I., administrator."),
    ),
    "destroyed_on": (N_("When"), N_("On which day were the data destroyed? Reply with the date: 14.12.2026.")),
    "method": (N_("How"), N_("By which method? Reply in words, as the act is to say it.")),
    "categories": (N_("Which categories"), N_("Which categories of data? Reply with the list, separated by commas.")),
    "subject": (N_("About whom"), N_("Whose data were they? Reply with what identifies the person, one thing a line.")),
    "reason": (N_("Why"), N_("For which reason were they destroyed? Reply as the act is to say it.")),
    "system": (N_("Information system"), N_("In which information system of the processor were they? Reply with its name.")),
    "medium": (N_("Paper, sheets"), N_("What paper was it, and how many sheets? Reply: application forms, 12.")),
}
# Common methods, for a tap.
METHODS = {
    "erase": N_("deleted by means of the information system, backups included"),
    "overwrite": N_("erased by overwriting that rules out recovery"),
    "crypto": N_("the encryption key of the data was destroyed"),
}
PAPER_METHODS = {
    "shred": N_("shredded so that the text cannot be restored"),
    "burn": N_("burnt"),
}
EXTRACT = N_("Reply to this message with the extract of the event log: a CSV, a text, or a PDF from the system.")


class ToAct(Filter):
    """Whether a message brings a file in reply to the papers of an act; the handler gets its `destruction`."""

    async def __call__(self, message: Message) -> bool | dict[str, Any]:
        target = message.reply_to_message
        if target is None or not (message.document or message.photo):
            return False
        receipt = await Receipt.get_or_none(
            channel="staff", place=str(message.chat.id), external_id=str(target.message_id)
        ).select_related("outbox")
        if receipt is None or receipt.role != ROLE:
            return False
        return {"destruction_id": contents.of(receipt.outbox, contents.ActPapers).destruction}


def setup() -> Router:
    router = Router(name="staff destroying")
    router.message.register(destroy, Command("destroy"))
    router.message.register(signed, ToAct())
    router.message.register(replied, Answers("destroy"))
    router.callback_query.register(tapped, DestroyTap.filter())
    return router


# --- the list --------------------------------------------------------------------------------------------------------


async def destroy(message: Message, talk: Talk) -> Outcome:
    """`/destroy` shows the systems and processors; `/destroy name` opens the form of one."""
    ticket, staff = await here(message), await talk.staff()
    said = argument(message).casefold()
    found = await destruction.places(talk.desk, ticket)
    if not found:
        raise Refused(N_("The settings name no [[systems]] and no [[processors]]: the act has to say where the data were."))
    named = [one for one in found if said and said in one.name.casefold()]
    if said and len(named) != 1:
        raise Refused(N_("Which one? There are: %(names)s."), names="; ".join(one.name for one in named or found))
    if named:
        draft = await destruction.begin(talk.desk, ticket, named[0].name, staff, talk.now)
        await _form(talk, ticket, draft)
    else:
        await _list(talk, ticket)
    return Outcome(Became.DESTROY, ticket.id)


async def _list(talk: Talk, ticket: Ticket, *, edit: int | None = None) -> None:
    _ = talk._
    lines = ["<b>🗂 " + escape(_("Where were the data destroyed?")) + "</b>"]
    rows: Rows = []
    for one in await destruction.places(talk.desk, ticket):
        lines.append(f"{_mark(one.row)} {escape(one.name)} — {escape(_stands(one.row, talk.desk))}")
        rows.append([_tap(f"{_mark(one.row)} {one.name}", "place", ticket.id, number_of(one.name))])
    lines += ["", "<i>" + escape(_("One act for each; a place that held nothing of the person needs none.")) + "</i>"]
    await talk.show("destroy", "\n".join(lines), ticket, buttons=rows, edit=edit)


def _mark(row: Destruction | None) -> str:
    if row is None:
        return "▫️"
    if row.state == DestructionState.DRAFT:
        return "✏️"
    return "✅" if row.signed and (row.paper or row.extract) else "🗂"


def _stands(row: Destruction | None, desk: Desk) -> str:
    """How far the record of a place is, in words."""
    _ = words("bot", desk.staff_language).gettext
    if row is None:
        return _("nothing recorded")
    if row.state == DestructionState.DRAFT:
        return _("a draft, %(count)d fields are empty") % {"count": len(destruction.lacking(row))}
    params = {"number": row.number, "day": short_day(row.destroyed_on) if row.destroyed_on else "–"}
    wanted = [_("signature")] if not row.signed else []
    wanted += [_("log extract")] if not row.paper and not row.extract else []
    if wanted:
        return _("act № %(number)s of %(day)s; still wanted: %(what)s") % (params | {"what": ", ".join(wanted)})
    return _("act № %(number)s of %(day)s, signed") % params


def _tap(text: str, choice: str, ticket: int, number: int) -> Button:
    return button(short(text, BUTTON_WORDS), DestroyTap(choice=choice, ticket=ticket, id=number).pack())


def _draft_tap(text: str, choice: str, draft: Destruction, value: str = "") -> Button:
    tap = DestroyTap(choice=choice, ticket=draft.ticket_id, id=draft.id, value=value)
    return button(short(text, BUTTON_WORDS), tap.pack())


# --- the form --------------------------------------------------------------------------------------------------------


async def _form(talk: Talk, ticket: Ticket, draft: Destruction, *, edit: int | None = None) -> None:
    """The record of one place: what is filled in, and a button for each field."""
    html, taps = form_html(draft, talk.language), form_buttons(draft, talk.language)
    await talk.show("destroy:form", html, ticket, buttons=taps, edit=edit)


def _fields(draft: Destruction) -> list[str]:
    return list(destruction.fields(draft))


def form_html(draft: Destruction, language: str) -> str:
    """The form in words."""
    _ = words("bot", language).gettext
    lines = ["<b>🗂 " + escape(_("Destruction: %(place)s") % {"place": draft.place}) + "</b>"]
    missing = destruction.lacking(draft)
    for field in _fields(draft):
        mark = "▫️" if field in missing else "✔️"
        lines.append(f"{mark} {escape(_(FIELDS[field][0]))}: {escape(clip(_value(draft, field), 300)) or '—'}")
    if draft.extract:
        lines.append(extract_line(draft, language))
    elif not draft.paper:
        lines.append("📎 " + escape(_("Log extract: not attached yet; it can also come after the act.")))
    return "\n".join(lines)


def _value(draft: Destruction, field: str) -> str:
    match field:
        case "people":
            return "; ".join(f"{name}, {position}" for name, position in draft.people)
        case "destroyed_on":
            return short_day(draft.destroyed_on) if draft.destroyed_on else ""
        case "categories":
            return ", ".join(draft.categories)
        case "medium":
            return f"{draft.medium}, {draft.sheets}" if draft.medium and draft.sheets else ""
        case _:
            return str(getattr(draft, field)).replace("\n", "; ")


def form_buttons(draft: Destruction, language: str) -> Rows:
    """A button for each field, and for the act once nothing is missing."""
    _ = words("bot", language).gettext
    missing = destruction.lacking(draft)
    taps = [
        _draft_tap(("✏️ " if field not in missing else "▫️ ") + _(FIELDS[field][0]), "field", draft, field)
        for field in _fields(draft)
    ]
    rows: Rows = [taps[place : place + 2] for place in range(0, len(taps), 2)]
    if not draft.paper:
        rows.append([_draft_tap("📎 " + _("Log extract"), "extract", draft)])
    if not missing:
        rows.append([_draft_tap("🗂 " + _("Make the act"), "make", draft)])
    rows.append(
        [
            _draft_tap("🗑 " + _("Throw away"), "drop", draft),
            _draft_tap("← " + _("All places"), "list", draft),
        ]
    )
    return rows


async def tapped(event: CallbackQuery, callback_data: DestroyTap, talk: Talk) -> Outcome:
    """A button of the list, the form, or an act."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None:
        raise Refused(OUT_OF_DATE)
    ticket, staff, edit = await legs.head(ticket), await talk.staff(), talk.under
    number, value, said = callback_data.id, callback_data.value, ""
    _ = talk._
    match callback_data.choice:
        case "new":
            await _list(talk, ticket)
        case "list":
            await _list(talk, ticket, edit=edit)
        case "place":
            await _place(talk, ticket, number, staff)
        case "field":
            await _field(talk, ticket, await _draft(number), value)
        case "set":
            await _set(talk, ticket, callback_data, staff)
        case "extract":
            await ask(talk, ticket, EXTRACT, {"act": "destroy", "of": "extract", "id": number})
        case "make":
            made = await destruction.record(talk.desk, number, staff, talk.now)
            html = escape(_("🗂 Act № %(number)s was made: %(place)s.") % {"number": made.number, "place": made.place})
            await talk.show("destroy", html, ticket, buttons=[], edit=edit)
        case "drop":
            await destruction.drop(number, staff, talk.now)
            await _list(talk, ticket, edit=edit)
        case "void?":
            html = escape(_("Was this act a mistake? It will count no more; its number stays taken."))
            taps = [[_tap("🗑 " + _("Void this act"), "void", ticket.id, number)]]
            await talk.show("destroy", html, ticket, buttons=taps, reply_to=edit)
        case "void":
            gone = await destruction.void(talk.desk, number, staff, talk.now)
            html = escape(_("🗑 Act № %(number)s was voided by %(who)s.") % {"number": gone.number, "who": staff.name})
            await talk.show("destroy", html, ticket, buttons=[], edit=edit)
        case _other:
            raise Refused(OUT_OF_DATE)
    await talk.answer(said)
    return Outcome(Became.TAP, ticket.id, f"destroy {callback_data.choice}")


async def _draft(number: int) -> Destruction:
    draft = await Destruction.get_or_none(id=number, state=DestructionState.DRAFT)
    if draft is None:
        raise Refused(OUT_OF_DATE)
    return draft


async def _place(talk: Talk, ticket: Ticket, number: int, staff: Staff) -> None:
    place = next((one for one in await destruction.places(talk.desk, ticket) if number_of(one.name) == number), None)
    if place is None:
        raise Refused(OUT_OF_DATE)
    if place.row is not None and place.row.state == DestructionState.RECORDED:
        await destruction.post(place.row, ticket, talk.now)
        return
    draft = await destruction.begin(talk.desk, ticket, place.name, staff, talk.now)
    await _form(talk, ticket, draft, edit=talk.under)


async def _field(talk: Talk, ticket: Ticket, draft: Destruction, field: str) -> None:
    """Ask for the words of a field, with buttons for what is common."""
    if field not in FIELDS:
        raise Refused(OUT_OF_DATE)
    _ = talk._
    taps: Rows = []
    if field == "people" and (before := await destruction.people_before(draft)):
        said = "; ".join(f"{name}, {position}" for name, position in before)
        taps.append([_draft_tap("👤 " + said, "set", draft, "people")])
    if field == "destroyed_on":
        taps.append(
            [
                _draft_tap(_("Today"), "set", draft, "today"),
                _draft_tap(_("Yesterday"), "set", draft, "yesterday"),
            ]
        )
    if field == "method":
        common = PAPER_METHODS if draft.paper else METHODS
        taps += [[_draft_tap(_(said), "set", draft, key)] for key, said in common.items()]
    asks = {"act": "destroy", "of": field, "id": draft.id}
    await ask(talk, ticket, FIELDS[field][1], asks, buttons=taps)


async def _set(talk: Talk, ticket: Ticket, tap: DestroyTap, staff: Staff) -> None:
    """What is common was chosen by a tap under a question, which then shows it."""
    _ = talk._
    draft = await _draft(tap.id)
    today = talk.now.astimezone(talk.desk.operator.zone).date()
    field, said = "method", _((METHODS | PAPER_METHODS).get(tap.value, ""))
    if tap.value in {"today", "yesterday"}:
        field, said = "destroyed_on", short_day(today if tap.value == "today" else today - DAY)
    elif tap.value == "people":
        field = "people"
        said = "\n".join(f"{name}, {position}" for name, position in await destruction.people_before(draft))
    draft = await destruction.fill(talk.desk, tap.id, field, said, staff, talk.now)
    shown = f"✔️ {escape(_(FIELDS[field][0]))}: {escape(_value(draft, field))}"
    await talk.show("destroy:set", shown, ticket, buttons=[], edit=talk.under)
    await _form(talk, ticket, draft)


async def replied(message: Message, talk: Talk, asked: Asked, files: tuple[File, ...]) -> Outcome:
    """The words, or the file, that a button of the form had asked for."""
    ticket, staff, number = await here(message), await talk.staff(), number_in(asked, "id")
    if asked["of"] == "extract":
        if not files:
            raise Refused(N_("Reply with the file itself: a CSV, a text, or a PDF from the system."))
        kept = await destruction.attach_extract(talk.desk, number, files[0], staff, talk.now)
        await keep(talk, ticket, files)
        if kept.state == DestructionState.RECORDED and kept.signed:
            html = extract_line(kept, talk.language)
            await talk.show("destroy", html, ticket)
            return Outcome(Became.EXTRACT, ticket.id)
    else:
        kept = await destruction.fill(
            talk.desk, number, text_in(asked, "of"), message.text or message.caption or "", staff, talk.now
        )
    if kept.state == DestructionState.DRAFT:
        await _form(talk, ticket, kept)
    return Outcome(Became.DESTROY, ticket.id)


async def signed(message: Message, talk: Talk, destruction_id: int, files: tuple[File, ...]) -> Outcome:
    """The signed act came back, in reply to its papers."""
    ticket, staff = await here(message), await talk.staff()
    if not files:
        raise Refused(N_("A file of this reply could not be fetched from Telegram (over 20 MB?). Nothing was sent."))
    await keep(talk, ticket, files)
    kept = (
        await Attachment.filter(message__ticket_id=ticket.id, message__external_id=external_id(message), message__channel="staff")
        .order_by("-id")
        .first()
    )
    one = await destruction.attach_signed(talk.desk, destruction_id, files[0], kept.id if kept else None, staff, talk.now)
    left, bare = await destruction.open_points(ticket), await destruction.without_record(talk.desk, ticket)
    said = N_("✅ Act № %(number)s is signed. All acts of this ticket are complete.")
    if left:
        said = N_("✅ Act № %(number)s is signed. Still wanted: %(count)s (see /destroy).")
    elif bare:
        said = N_("✅ Act № %(number)s is signed. Without a record (was nothing of the person there?): %(places)s.")
    params: dict[str, str | int] = {"number": one.number, "count": len(left), "places": "; ".join(bare)}
    await talk.say(said, params, ticket, name="signed")
    return Outcome(Became.SIGNED, ticket.id)
