"""/incident: what is known of a breach, drafts of both notices, their receipts, and notices to the people concerned."""

import re
from datetime import date
from html import escape
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import IncidentTap
from bot.postings.requester.breach_notice import said_to_people
from bot.postings.staff.incident import progress_words
from bot.screens import Rows, button
from bot.staff.asking import Answers, ask, here, number_in, text_in
from bot.staff.commands import Command
from bot.staff.messages import keep
from bot.staff.talk import Talk
from bot.text import N_, clip, short
from desk import contents, moments, outbox
from desk.contents import Asked, Params
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from desk.incident import keeping, notifying, people
from desk.incident import notices as form
from desk.incident.notices import BY_KEY, Field, Stage
from desk.ports import File, Outcome
from desk.ticket import tickets
from models import Became, Incident, Notifying, Staff, Ticket

ACT = "incident"
BUTTON_WORDS = 40
# So many bad lines of a list are named.
NAMED = 10
LIST = "list"
RECEIPTS: dict[str, Stage] = {"receipt24": "first", "receipt72": "second"}
ADVICE = Field(
    keeping.ADVICE, N_("Advice to people"), N_("What can the people do themselves: change a password, watch for fraud?"), "first"
)
ASK_RECEIPT = N_("Which number did the portal give, and when? Reply to this message: № 123456 of 10.12.2026")
RECORDED = N_("🏛 Recorded: № %(number)s of %(date)s. The step is done.")
ASK_LIST = N_(
    "Send the list of the people as a CSV file in reply to this message: a column with e-mail addresses or Telegram accounts, "
    "and names if you have them."
)
_RECEIPT = re.compile(r"(?:№|#|n)?\s*(?P<number>[^\s,]+),?(?:\s+(?:от|of|dated))?(?:\s+(?P<day>\S.*))?", re.IGNORECASE)


def setup() -> Router:
    router = Router(name="staff incidents")
    router.message.register(shown, Command("incident"))
    router.message.register(replied, Answers(ACT))
    router.callback_query.register(tapped, IncidentTap.filter())
    return router


async def shown(message: Message, talk: Talk) -> Outcome:
    """`/incident`: everything about it, with a button for each act."""
    ticket = await here(message)
    await talk.staff()
    html, taps = await screen(talk.desk, ticket)
    await talk.show("incident", html, ticket, buttons=taps)
    return Outcome(Became.ASKED, ticket.id)


async def screen(desk: Desk, ticket: Ticket) -> tuple[str, Rows]:
    """What is known of the incident, what is missing, and the buttons."""
    _, papers = words("bot", desk.staff_language).gettext, words("desk.papers", desk.staff_language).gettext
    incident = await keeping.of(ticket)

    def tap(text: str, choice: str, key: str = "") -> Any:
        return button(short(text, BUTTON_WORDS), IncidentTap(choice=choice, ticket=ticket.id, key=key).pack())

    lines, rows = [f"<b>{escape(_('🚨 Incident'))}</b>"], Rows()
    stages: tuple[tuple[Stage, str], ...] = (
        ("first", _("First notice, within 24 hours")),
        ("second", _("Second notice, within 72 hours")),
    )
    for stage, head in stages:
        fields = form.of_stage(stage)
        lines += ["", f"<b>{escape(head)}</b>"]
        lines += [_line(papers(one.name), incident.answers.get(one.key, ""), needed=one.needed) for one in fields]
        taps = [tap(_mark(incident, one) + papers(one.name), "ask", one.key) for one in fields]
        rows += [taps[start : start + 2] for start in range(0, len(taps), 2)]
        hours = "24" if stage == "first" else "72"
        rows.append([
            tap("📄 " + _("Draft, %(hours)s h") % {"hours": hours}, "draft", stage),
            tap("№ " + _("Number from the portal, %(hours)s h") % {"hours": hours}, "ask", f"receipt{hours}"),
        ])  # fmt: skip
    stood = await notifying.progress(incident)
    lines += ["", f"<b>{escape(_('Notices to the people concerned'))}</b>", escape(progress_words(stood, desk.staff_language))]
    lines.append(_line(_(ADVICE.name), incident.answers.get(ADVICE.key, ""), needed=False))
    rows.append([tap("👥 " + _("List of people"), "ask", LIST), tap(_mark(incident, ADVICE) + _(ADVICE.name), "ask", ADVICE.key)])
    if incident.notifying == Notifying.RUNNING:
        rows.append([tap("⏸ " + _("Stop the notices"), "stop")])
    elif stood.left:
        rows.append([tap("📨 " + _("Tell the people (%(count)s)") % {"count": stood.left}, "preview")])
    return "\n".join(lines), rows


def _line(name: str, said: str, *, needed: bool) -> str:
    mark = "✅" if said else "☐" if needed else "▫️"
    return f"{mark} {escape(name)}" + (f": <i>{escape(clip(' '.join(said.split()), 80))}</i>" if said else "")


def _mark(incident: Incident, one: Field) -> str:
    return "✏️ " if incident.answers.get(one.key) else "➕ "


async def tapped(event: CallbackQuery, callback_data: IncidentTap, talk: Talk) -> Outcome:
    """A button of the incident."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None:
        raise Refused(N_("This button is out of date."))
    tickets.unmerged(ticket)
    staff, key = await talk.staff(), callback_data.key
    _, at = talk._, talk.under
    said = ""
    match callback_data.choice:
        case "ask":
            await _ask(talk, ticket, key, at)
        case "draft" if key in form.STEPS:
            said = await _draft(talk, ticket, "first" if key == "first" else "second")
        case "preview":
            await _preview(talk, ticket)
        case "tell" | "stop":
            do = notifying.begin if callback_data.choice == "tell" else notifying.stop
            await do(talk.desk, ticket, staff, talk.now)
            said = _("The notices go out, some every few seconds.") if callback_data.choice == "tell" else _("Stopped.")
            html, taps = await screen(talk.desk, ticket)
            await talk.show("incident", html, ticket, buttons=taps, edit=at)
        case _other:
            raise Refused(N_("This button is out of date."))
    await talk.answer(said)
    return Outcome(Became.ASKED, ticket.id)


async def _ask(talk: Talk, ticket: Ticket, key: str, panel: int | None, noted: str = "") -> None:
    """Ask for one thing, below what was `noted` just now; the answer is a reply to the question, and shows on the `panel`."""
    asks: Asked = {"act": ACT, "key": key} | ({"panel": panel} if panel else {})
    if key == LIST or key in RECEIPTS:
        await ask(talk, ticket, ASK_LIST if key == LIST else ASK_RECEIPT, asks)
        return
    one = ADVICE if key == ADVICE.key else BY_KEY.get(key)
    if one is None:
        raise Refused(N_("This button is out of date."))
    catalogue = "bot" if one is ADVICE else "desk.papers"
    sentence = words(catalogue, talk.language).gettext(one.ask)
    before = (await keeping.of(ticket)).answers.get(key, "")
    html = "✏️ " + escape(sentence) + (f"\n\n<i>{escape(clip(before, 1000))}</i>" if before else "")
    await talk.show("asks", f"{escape(noted)}\n{html}" if noted else html, ticket, asks=asks)


async def _noted(talk: Talk, ticket: Ticket, incident: Incident, key: str, panel: int | None) -> None:
    """Say that an answer was kept, show it on the panel, and ask at once for what the same notice wants next."""
    if panel is not None:
        html, taps = await screen(talk.desk, ticket)
        await talk.show("incident", html, ticket, buttons=taps, edit=panel)
    one = BY_KEY.get(key)
    left = form.gaps(incident.answers, one.stage) if one is not None and one.needed else None
    if left is None:
        await talk.say(N_("✍️ Noted for the notices."), {}, ticket)
    elif not left:
        await talk.say(N_("✍️ Noted. Nothing is missing in this notice any more: take its draft under /incident."), {}, ticket)
    else:
        order = [field.key for field in form.FIELDS]
        following = next((field for field in left if order.index(field.key) > order.index(key)), left[0])
        await _ask(talk, ticket, following.key, panel, talk._("✍️ Noted. Still missing: %(count)s.") % {"count": len(left)})


async def _draft(talk: Talk, ticket: Ticket, stage: Stage) -> str:
    """Have the draft of a notice posted; what is missing stands there as a line to fill in, and is said."""
    incident = await keeping.of(ticket)
    first = keeping.first_receipt(incident) if stage == "second" else None
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"incident_draft:{talk.row.id}",
        content=contents.IncidentDraft(
            stage=stage,
            number=ticket.id,
            detected_at=await notifying.detected_at(ticket),
            answers=dict(incident.answers),
            receipt=first.number if first else "",
            receipt_dated=first.dated if first else "",
        ),
        now=talk.now,
        ticket=ticket,
        priority=outbox.SOON,
    )
    missing = form.gaps(incident.answers, stage)
    gettext, papers = talk._, words("desk.papers", talk.language).gettext
    if not missing:
        return gettext("The draft comes as PDF and DOCX.")
    return gettext("Still empty in the draft: %(gaps)s") % {"gaps": ", ".join(papers(one.name) for one in missing)}


async def _preview(talk: Talk, ticket: Ticket) -> None:
    """Show the words that people will get, with the button that sends them."""
    incident = await keeping.of(ticket)
    stood, _ = await notifying.progress(incident), talk._
    heads = said_to_people(incident.answers.get, _)
    lines = [f"<b>{escape(_('This is what the people will read (%(count)s):') % {'count': stood.left})}</b>"]
    lines += [f"<b>{escape(head)}</b>\n{escape(clip(said, 500))}" for head, said in heads if said]
    taps = [[button("📨 " + _("Send"), IncidentTap(choice="tell", ticket=ticket.id).pack())]]
    await talk.show("preview", "\n\n".join(lines), ticket, buttons=taps)


async def replied(message: Message, talk: Talk, files: tuple[File, ...], asked: Asked) -> Outcome:
    """A reply to a question about the incident."""
    ticket, staff, key = await here(message), await talk.staff(), text_in(asked, "key")
    said = (message.text or message.caption or "").strip()
    if key == LIST:
        sentence, params = await _list(talk, ticket, staff, files)
        await keep(talk, ticket, files)
    elif key in RECEIPTS:
        number, dated = _receipt(talk, said)
        await keeping.receipt(talk.desk, ticket, RECEIPTS[key], number, dated, staff, talk.now)
        sentence, params = RECORDED, {"number": number, "date": dated.isoformat()}
        if files:
            await keep(talk, ticket, files)
    else:
        if not said:
            raise Refused(N_("Write it in words."))
        incident = await keeping.answer(ticket, key, said, staff, talk.now)
        await _noted(talk, ticket, incident, key, number_in(asked, "panel") if asked.get("panel") else None)
        return Outcome(Became.DIALOG, ticket.id)
    await talk.say(sentence, params, ticket)
    return Outcome(Became.DIALOG, ticket.id)


def _receipt(talk: Talk, said: str) -> tuple[str, date]:
    """The number and the date that prove that the notice was filed. Raises Refused for what is none."""
    found = _RECEIPT.fullmatch(said)
    if found is None or not any(map(str.isdigit, found["number"])):
        raise Refused(ASK_RECEIPT)
    return found["number"], moments.past_day(talk.desk, found["day"] or "сегодня", talk.now)


async def _list(talk: Talk, ticket: Ticket, staff: Staff, files: tuple[File, ...]) -> tuple[str, Params]:
    """Take the people of a CSV file; what is wrong in it is named."""
    held = [one for one in files if one.blob is not None]
    if len(held) != 1 or held[0].blob is None:
        raise Refused(ASK_LIST)
    incident = await keeping.of(ticket)
    data = await talk.desk.vault.read_async(held[0].blob.name)
    listed = people.read(data, await notifying.accounts(), talk.language)
    new = await notifying.take(incident, listed, staff, talk.now)
    gettext = talk._
    bad = "; ".join(f"{one.number}: {gettext(one.why) % {'found': one.found}}" for one in listed.bad[:NAMED])
    more = f" … +{len(listed.bad) - NAMED}" if len(listed.bad) > NAMED else ""
    mailed = sum(one.channel == "mail" for one in listed.people)
    params: Params = {
        "new": new,
        "mail": mailed,
        "telegram": len(listed.people) - mailed,
        "twice": listed.twice,
        "bad": f"{len(listed.bad)}" + (f" ({bad}{more})" if bad else ""),
    }
    return N_(
        "👥 New on the list: %(new)s (of the file by e-mail %(mail)s, by Telegram %(telegram)s; twice there: %(twice)s). "
        "Lines left out: %(bad)s. Nothing leaves before you tap “Tell” under /incident."
    ), params
