"""/t: a letter of answer from a template. What is missing is asked for one by one; nothing leaves over a gap or unseen.

/t lists the templates that suit what is asked, /t access begins one, /t edit access changes one for everybody.
"""

from datetime import datetime
from html import escape
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import AnswerTap
from bot.format import kind_short
from bot.postings.staff.drafts import marked
from bot.screens import Button, Rows, ask_staff, button
from bot.staff.asking import Answers, argument, ask, asked_under, here, number_in, text_in
from bot.staff.commands import Command
from bot.staff.messages import just_answered
from bot.staff.talk import Talk
from bot.text import N_, short, units
from desk import contents, moments, outbox
from desk.answers import checklist, drafts, folder, posting
from desk.answers.template import Gap, Template, WrongTemplate, places
from desk.contents import Asked
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from desk.outward import at_once
from desk.ports import File, Outcome
from desk.ticket import clocks, endings, staffing, tickets
from models import Answer, Became, Demand, Staff, Ticket
from models import Message as Said

# Characters of a choice that a button has room for.
CHOICE_WORDS = 48
# A question longer than this is told above its buttons only in part.
QUESTION = 1500


def setup() -> Router:
    router = Router(name="staff answers")
    router.message.register(templates, Command("t"))
    router.message.register(answered, Answers("answer"))
    router.message.register(paper_named, Answers("answer paper"))
    router.message.register(edited, Answers("template"))
    router.callback_query.register(tapped, AnswerTap.filter())
    return router


# --- choosing one


async def templates(message: Message, talk: Talk) -> Outcome:
    """`/t`, `/t KEY`, `/t KEY en`, `/t edit KEY`."""
    ticket, staff = await here(message), await talk.staff()
    said = argument(message).split()
    if said and said[0].lower() in {"edit", "править", "изменить"}:
        return await _edit(talk, ticket, staff, said[1:])
    if said:
        language = said[1].lower() if len(said) > 1 else _language(ticket)
        key, _, named = said[0].lower().partition(".")
        letter = await drafts.begin(talk.desk, ticket, key, named or language, staff, talk.now)
        return await go_on(talk, letter, staff)
    await show_list(talk, ticket)
    return Outcome(Became.ASKED, ticket.id)


async def show_list(talk: Talk, ticket: Ticket) -> None:
    """Post the list of templates that suit a ticket. Raises Refused where there is none."""
    html, taps = await list_screen(talk.desk, ticket, _language(ticket), talk.now)
    await talk.show("templates", html, ticket, buttons=taps)


def _language(ticket: Ticket) -> str:
    return "ru" if ticket.language[:2] == "ru" else "en"


async def list_screen(desk: Desk, ticket: Ticket, language: str, now: datetime) -> tuple[str, Rows]:
    """The templates that suit the demands of a ticket in a language, and its drafts. Raises Refused when there is neither."""
    _ = words("bot", desk.staff_language).gettext
    demands = await tickets.unmet(ticket) or await Demand.filter(ticket_id=ticket.id).exclude(outcome__in=list(endings.MISREAD))
    found = await folder.all_of(desk)
    fit = folder.suiting(found.values(), [one.kind for one in demands], language)
    begun = await drafts.open_drafts(ticket)
    if not fit and not begun:
        raise Refused(N_("No template suits what is asked here. Answer in your own words: /reply."))
    kinds = ", ".join(dict.fromkeys(kind_short(one.kind, desk.staff_language) for one in demands))
    lines = ["📄 <b>" + escape(_("Which letter?")) + "</b>", escape(kinds)]
    taps: Rows = []
    for one in begun[:3]:
        title = found[one.template, one.language].title if (one.template, one.language) in found else one.template
        taps.append([button(short(f"✏️ {_('Continue')}: {title}", CHOICE_WORDS), AnswerTap(choice="go", id=one.id).pack())])
    for template in fit:
        tap = AnswerTap(choice="pick", id=ticket.id, key=f"{template.key}.{template.language}")
        taps.append([button(short(template.title, CHOICE_WORDS), tap.pack())])
    other = "en" if language == "ru" else "ru"
    label = "🌐 In English" if other == "en" else "🌐 По-русски"
    taps.append([button(label, AnswerTap(choice="list", id=ticket.id, key=other).pack())])
    return "\n".join(lines), taps


# --- filling it in


async def go_on(talk: Talk, letter: Answer, staff: Staff) -> Outcome:
    """Ask for the next thing that is missing; where nothing is, show the letter as it would leave, with its checklist."""
    draft = await drafts.of(talk.desk, letter, talk.now)
    if draft.complete:
        return await review(talk, letter, staff)
    _, gaps = talk._, draft.filled.gaps
    undone = [one for one in gaps if not one.fillable]
    lines = ["🚧 " + escape(one.words[:1].upper() + one.words[1:]) for one in undone]
    if lines:
        lines.append(escape(_("Words cannot stand for it: do it and tick the step, then look again.")))
    taps: Rows = []
    asks: Asked | None = None
    gap = next((one for one in gaps if one.fillable), None)
    if gap is not None:
        left = sum(one.fillable for one in gaps)
        lines += [f"✍️ <b>{escape(_('Missing: %(left)d') % {'left': left})}</b>", escape(gap.words[:QUESTION])]
        asks = {"act": "answer", "answer": letter.id, "gap": gap.key}
        taps = _choices(letter, gap, _) if gap.choices else _suggested(letter, gap, _)
        if not gap.choices:
            lines.append("<i>" + escape(_("Reply to this message with the words (a file goes with the letter).")) + "</i>")
    else:
        taps = [[button("🔄 " + _("Look again"), AnswerTap(choice="go", id=letter.id).pack())]]
    taps.append(
        [
            button("👁 " + _("Show the draft"), AnswerTap(choice="draft", id=letter.id).pack()),
            button("✖️ " + _("Put away"), AnswerTap(choice="drop", id=letter.id).pack()),
        ]
    )
    await talk.show("gap", "\n".join(lines), draft.ticket, buttons=taps, asks=asks)
    return Outcome(Became.ASKED, draft.ticket.id)


def _pending(letter: Answer, gap: Gap) -> set[int]:
    """What of the choices is ticked so far."""
    return set(places(letter.said.get(f"?{gap.key}", "")))


def _choices(letter: Answer, gap: Gap, _: Any) -> Rows:
    ticked = _pending(letter, gap)
    taps: Rows = [
        [
            button(
                short(f"{'☑️' if place in ticked else '◻️'} {choice}", CHOICE_WORDS),
                AnswerTap(choice="toggle", id=letter.id, at=place).pack(),
            )
        ]
        for place, choice in enumerate(gap.choices)
    ]
    done = _("These") if ticked else _("None of them")
    taps.append([button("✅ " + done, AnswerTap(choice="chosen", id=letter.id).pack())])
    return taps


def _suggested(letter: Answer, gap: Gap, _: Any) -> Rows:
    if not gap.suggestion:
        return []
    return [[button(short("💡 " + gap.suggestion, CHOICE_WORDS), AnswerTap(choice="suggest", id=letter.id).pack())]]


async def answered(message: Message, talk: Talk, files: tuple[File, ...], asked: Asked) -> Outcome:
    """What is missing, as a reply to the question; files go with the letter."""
    ticket, staff = await here(message), await talk.staff()
    letter = await _own(number_in(asked, "answer"), ticket)
    await drafts.refuse_sent(letter)
    if files:
        await drafts.attach(letter, files)
    said = (message.text or message.caption or "").strip()
    if not text_in(asked, "gap"):
        if not files:
            raise Refused(N_("Reply with a file that is to go with the letter; to change its words tap “Change”."))
        return await review(talk, letter, staff)
    gap = await _gap(talk.desk, letter, text_in(asked, "gap"), talk.now)
    if said:
        await drafts.say(talk.desk, letter, gap, said, staff, talk.now)
    return await go_on(talk, letter, staff)


async def _own(number: int, ticket: Ticket) -> Answer:
    letter = await drafts.held(number)
    if letter.ticket_id != ticket.id:
        raise Refused(N_("This button is out of date."))
    return letter


async def _gap(desk: Desk, letter: Answer, key: str, now: datetime) -> Gap:
    """A thing that is missing. Raises Refused when it is missing no more."""
    draft = await drafts.of(desk, letter, now)
    found = next((one for one in draft.filled.gaps if one.key == key), None)
    if found is None or found.choices:
        raise Refused(N_("This was filled in already; to change it tap “Change” under the letter (/t)."))
    return found


# --- looking at it


async def review(talk: Talk, letter: Answer, staff: Staff) -> Outcome:
    """Post the letter exactly as it would leave, its files, and the checklist with the buttons that let it go."""
    draft, note = await drafts.show(talk.desk, letter, staff, talk.now)
    await _post(draft, note, f"draft:{talk.row.id}", talk.now)
    _ = talk._
    lines = ["☑️ <b>" + escape(_("Before it leaves")) + "</b>"]
    for item in await checklist.of(talk.desk, draft, talk.now):
        params = {name: _(one[1:]) if isinstance(one, str) and one.startswith("=") else one for name, one in item.params.items()}
        lines.append(f"{item.mark} {escape(_(item.words) % params)}")
    lines.append("<i>" + escape(_("A file that is to go with it: send it in reply to this message.")) + "</i>")
    await ask_staff(
        key=f"review:{talk.row.id}",
        html="\n".join(lines),
        now=talk.now,
        ticket=draft.ticket,
        buttons=await _review_buttons(talk.desk, draft, talk.now),
        asks={"act": "answer", "answer": letter.id, "gap": ""},
    )
    return Outcome(Became.ANSWER, draft.ticket.id)


async def _review_buttons(desk: Desk, draft: drafts.Draft, now: datetime) -> Rows:
    _, number = words("bot", desk.staff_language).gettext, draft.answer.id

    def tap(text: str, choice: str) -> Button:
        return button(text, AnswerTap(choice=choice, id=number).pack())

    taps: Rows = [[tap("📤 " + _("Send"), "send")], [tap("🌅 " + _("Tomorrow morning"), "tomorrow")]]
    if await clocks.next_safe(draft.ticket, now) is not None:
        taps[1].append(tap("🗓 " + _("On the safe date"), "safe"))
    if await staffing.managers(desk):
        taps.append([tap("✋ " + _("Let a manager release it"), "hold")])
    head = _("Without the letterhead PDF") if draft.answer.letterhead else _("With a PDF on the letterhead")
    taps.append([tap("📄 " + head, "head")])
    if draft.answer.files:
        taps[-1].append(tap("📎 " + _("Take the files away"), "unfile"))
    taps.append([tap("✏️ " + _("Change"), "change"), tap("📮 " + _("It went on paper"), "paper")])
    taps.append([tap("✖️ " + _("Put away"), "drop")])
    return taps


async def _post(draft: drafts.Draft, note: Said | None, key: str, now: datetime) -> None:
    """The letter in the topic: its words, its gaps marked, its files."""
    text = draft.filled.text
    entities = [*drafts.bold(draft), *marked(text, [one.words for one in draft.filled.gaps])]
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(draft.ticket),
        key=key,
        content=contents.Draft(text=text, entities=tuple(entities), complete=draft.complete),
        now=now,
        ticket=draft.ticket,
        message=note,
        priority=outbox.URGENT,
    )


# --- taps


async def tapped(event: CallbackQuery, callback_data: AnswerTap, talk: Talk) -> Outcome:
    """A button of a list, a question or a checklist."""
    staff = await talk.staff()
    if callback_data.choice in {"list", "pick"}:
        return await _chosen_from_list(talk, callback_data, staff)
    letter = await drafts.held(callback_data.id)
    await letter.fetch_related("ticket")
    ticket = letter.ticket
    tickets.unmerged(ticket)
    _ = talk._
    said, outcome = "", Outcome(Became.ANSWER, ticket.id, callback_data.choice)
    match callback_data.choice:
        case "go":
            outcome = await go_on(talk, letter, staff)
        case "draft":
            await _post(await drafts.of(talk.desk, letter, talk.now), None, f"draft:{talk.row.id}", talk.now)
        case "toggle" | "chosen":
            outcome = await _choose(talk, callback_data, letter, staff)
        case "suggest":
            gap = next((one for one in (await drafts.of(talk.desk, letter, talk.now)).filled.gaps if one.suggestion), None)
            asked = await asked_under(event)
            if gap is None or gap.key != asked.get("gap"):
                raise Refused(N_("This button is out of date."))
            await drafts.say(talk.desk, letter, gap, gap.suggestion, staff, talk.now)
            outcome = await go_on(talk, letter, staff)
        case "change":
            await drafts.refuse_sent(letter)
            await _change_screen(talk, letter, ticket)
        case "unsay":
            await drafts.refuse_sent(letter)
            keys = await drafts.filled_in(talk.desk, letter, talk.now)
            if callback_data.at >= len(keys):
                raise Refused(N_("This button is out of date."))
            await drafts.unsay(letter, keys[callback_data.at])
            outcome = await go_on(talk, letter, staff)
        case "head":
            await drafts.refuse_sent(letter)
            letter.letterhead = not letter.letterhead
            await letter.save(update_fields=["letterhead"])
            outcome = await review(talk, letter, staff)
        case "unfile":
            await drafts.refuse_sent(letter)
            await drafts.detach(letter)
            outcome = await review(talk, letter, staff)
        case "send" | "tomorrow" | "safe" | "hold":
            said, outcome = await _release(talk, callback_data, letter, staff)
        case "paper":
            await _ask_paper(talk, letter, ticket)
        case "drop":
            await drafts.drop(letter, staff, talk.now)
            said = _("Put away; nothing was sent.")
        case _other:
            raise Refused(N_("This button is out of date."))
    await talk.answer(said)
    return outcome


async def _chosen_from_list(talk: Talk, tap: AnswerTap, staff: Staff) -> Outcome:
    ticket = await Ticket.get_or_none(id=tap.id)
    if ticket is None:
        raise Refused(N_("This button is out of date."))
    await talk.answer()
    if tap.choice == "list":
        html, taps = await list_screen(talk.desk, ticket, tap.key, talk.now)
        edit = talk.under
        await talk.show("templates", html, ticket, buttons=taps, edit=edit)
        return Outcome(Became.LISTED, ticket.id)
    key, _, language = tap.key.rpartition(".")
    letter = await drafts.begin(talk.desk, ticket, key, language, staff, talk.now)
    await _post(await drafts.of(talk.desk, letter, talk.now), None, f"draft:{talk.row.id}", talk.now)
    return await go_on(talk, letter, staff)


async def _choose(talk: Talk, tap: AnswerTap, letter: Answer, staff: Staff) -> Outcome:
    """One of the choices is ticked or not; at the end they are what is said."""
    asked = await asked_under(talk.tap)
    gaps = (await drafts.of(talk.desk, letter, talk.now)).filled.gaps
    gap = next((one for one in gaps if one.choices and one.key == asked.get("gap")), None)
    if gap is None or tap.at >= len(gap.choices):
        raise Refused(N_("This button is out of date."))
    ticked = _pending(letter, gap)
    if tap.choice == "toggle":
        ticked ^= {tap.at}
        letter.said = {**letter.said, f"?{gap.key}": ",".join(map(str, sorted(ticked)))}
        await letter.save(update_fields=["said"])
        _ = talk._
        html = f"✍️ <b>{escape(_('Tick what is meant'))}</b>\n{escape(gap.words[:QUESTION])}"
        html += "".join(f"\n{'☑️' if place in ticked else '◻️'} {escape(one)}" for place, one in enumerate(gap.choices))
        taps, edit = _choices(letter, gap, _), talk.under
        await talk.show("choose", html[:4000], letter.ticket, buttons=taps, edit=edit)
        return Outcome(Became.ANSWER, letter.ticket_id)
    if not ticked and gap.key.startswith(("choose:", "purposes")):
        raise Refused(N_("Choose at least one of them."))
    await drafts.unsay(letter, f"?{gap.key}")
    await drafts.say(talk.desk, letter, gap, ",".join(map(str, sorted(ticked))) or drafts.NONE_CHOSEN, staff, talk.now)
    return await go_on(talk, letter, staff)


async def _change_screen(talk: Talk, letter: Answer, ticket: Ticket) -> None:
    """What was filled in, each with a button to fill it in anew."""
    _, keys = talk._, await drafts.filled_in(talk.desk, letter, talk.now)
    if not keys:
        raise Refused(N_("Nothing was filled in by hand: all comes from the settings and the matter. /t edit changes the words."))
    lines = ["✏️ <b>" + escape(_("What is to be filled in anew?")) + "</b>"]
    taps: Rows = []
    for place, key in enumerate(keys[:30]):
        name = key.partition(":")[2] or key
        lines.append(f"{place + 1}. {escape(short(name, 80))}: <i>{escape(short(letter.said[key], 120))}</i>")
        tap = AnswerTap(choice="unsay", id=letter.id, at=place)
        taps.append([button(short(f"{place + 1}. {name}", CHOICE_WORDS), tap.pack())])
    html = "\n".join(lines)
    await talk.show("change", html if units(html) < 4000 else lines[0], ticket, buttons=taps)


# --- letting it go


async def _release(talk: Talk, tap: AnswerTap, letter: Answer, staff: Staff) -> tuple[str, Outcome]:
    """Let the letter go; who follows at once upon a colleague's answer is asked first."""
    _ = talk._
    other = await at_once.colleague(letter.ticket, staff, talk.now, own=letter.external_id)
    if other is not None and not tap.at:
        doubt = just_answered(other, letter.ticket)
        again = AnswerTap(choice=tap.choice, id=letter.id, at=1)
        taps: Rows = [[button("📤 " + _("Send it as well"), again.pack())]]
        html = "❓ " + escape(_(doubt.sentence) % doubt.params)
        await talk.show("second", html, letter.ticket, buttons=taps)
        return "", Outcome(Became.UNSURE, letter.ticket.id)
    at = None
    if tap.choice == "tomorrow":
        at = moments.moment(talk.desk, "tomorrow", talk.now)
    elif tap.choice == "safe":
        at = moments.moment(talk.desk, "safe date", talk.now, await clocks.next_safe(letter.ticket, talk.now))
    if tap.choice == "hold" and not await staffing.managers(talk.desk):
        raise Refused(N_("There is no manager in this group who could release it: name one in staff.managers, or reply at once."))
    await drafts.release(talk.desk, letter, staff, reply_to=talk.under, now=talk.now, at=at, hold=tap.choice == "hold")
    return _("It waits below, and can be taken back until it leaves."), Outcome(Became.ANSWER, letter.ticket.id)


# --- on paper


async def _ask_paper(talk: Talk, letter: Answer, ticket: Ticket) -> None:
    await posting.refuse_unready(letter)
    sentence = N_("How and when did the paper letter go? Reply to this message: 14.12.2026 post 80080012345678")
    await ask(talk, ticket, sentence, {"act": "answer paper", "answer": letter.id})


async def paper_named(message: Message, talk: Talk, asked: Asked) -> Outcome:
    """The day, the way and the tracking number of the paper letter."""
    ticket, staff = await here(message), await talk.staff()
    letter = await _own(number_in(asked, "answer"), ticket)
    said = (message.text or message.caption or "").strip()
    told = await posting.record(talk.desk, letter, said, staff, talk.now)
    _ = talk._
    html = "📮 " + escape(
        _("On paper: %(way)s, %(date)s, tracking number %(tracking)s. It is recorded.")
        % {"way": told.way, "date": f"{told.day:%d.%m.%Y}", "tracking": told.tracking or "—"}
    )
    await talk.show("paper", html, ticket)
    return Outcome(Became.ANSWER, ticket.id)


# --- changing a template


async def _edit(talk: Talk, ticket: Ticket, staff: Staff, said: list[str]) -> Outcome:
    """Show the words of a template and ask for new ones. Raises Refused for anybody but a manager."""
    if staff.role != "manager":
        raise Refused(N_("Only a manager can change a template."))
    found = await folder.all_of(talk.desk)
    key, _, named = (said[0].lower() if said else "").partition(".")
    language = named or (said[1].lower() if len(said) > 1 else talk.language)
    if (key, language) not in found:
        known = ", ".join(sorted({one for one, _language in found}))
        raise Refused(N_("Which template? /t edit KEY, for English ones /t edit KEY en. There are: %(known)s."), known=known)
    source = await folder.source_of(talk.desk, key, language)
    content = contents.Draft(text=source, entities=(), complete=True)
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"template:{talk.row.id}",
        content=content,
        now=talk.now,
        ticket=ticket,
        priority=outbox.URGENT,
    )
    asks = {"act": "template", "key": key, "language": language}
    sentence = N_("Reply to this message with the whole new template, as text or as a .txt file; “-” brings the desk’s own back.")
    await ask(talk, ticket, sentence, asks)
    return Outcome(Became.ASKED, ticket.id)


async def edited(message: Message, talk: Talk, files: tuple[File, ...], asked: Asked) -> Outcome:
    """The new words of a template: checked, and in force for everybody from now on."""
    ticket, staff = await here(message), await talk.staff()
    if staff.role != "manager":
        raise Refused(N_("Only a manager can change a template."))
    text = message.text or message.caption or ""
    if files and files[0].blob is not None:
        try:
            text = (await talk.desk.vault.read_async(files[0].blob.name))[: folder.LARGEST].decode("utf-8")
        except UnicodeDecodeError:
            raise Refused(N_("This file is no text in UTF-8.")) from None
    _ = talk._
    try:
        template: Template = await folder.change(
            talk.desk, text_in(asked, "key"), text_in(asked, "language"), text, staff, talk.now
        )
    except WrongTemplate as error:
        lines = [escape(_("Nothing was changed:")), *("• " + escape(_(what) % params) for what, params in error.problems[:15])]
        await talk.show("template", "\n".join(lines), ticket, asks=asked)
        return Outcome(Became.ASKED, ticket.id)
    html = "✅ " + escape(_("The template “%(title)s” is in force for new letters.") % {"title": template.title})
    await talk.show("template", html, ticket)
    return Outcome(Became.TEMPLATE, ticket.id)
