"""The processors of a ticket in its topic: what each is told and how far it is, and the question below what one answers."""

import zlib
from collections import Counter
from html import escape
from zoneinfo import ZoneInfo

from bot.callbacks import InstructionTap
from bot.calls import Errand
from bot.format import day_and_time, short_day
from bot.screens import Button, Rows, button
from bot.text import N_, clip, short
from desk import contents
from desk.deed.listing import Listing, Told, listing
from desk.i18n import words
from desk.ports import Delivered
from models import Instruction, InstructionState, Posted, Receipt, Staff

ROLE = Posted.PROCESSORS
BUTTON_WORDS = 48
# So many buttons of single processors, and characters of what is said about one.
MOST, NOTE = 20, 300
# So many characters of a name that several buttons bear.
NAME = 22
JUDGING = {
    "done": N_("✅ Confirmed, all done"),
    "partly": N_("◐ In part"),
    "refused": N_("❌ Refused"),
}


async def processors(errand: Errand) -> Delivered:
    """Show the list: an edit of the one that stands there, or a new one below everything."""
    assert errand.ticket is not None
    seen = await listing(errand.desk, errand.ticket, errand.now)
    html = await listing_html(seen, errand.desk.operator.zone, errand.language)
    buttons = listing_buttons(seen, errand.ticket.id, errand.language)
    here = Receipt.filter(channel="staff", place=str(errand.chat), ticket_id=errand.ticket.id, role=ROLE).order_by("-id")
    found = await here.first()
    if found is not None:
        known = int(found.external_id)
        if not errand.content(contents.Processors).anew and await errand.edit(known, html, buttons):
            return errand.delivered()
        # Only one list is to be tapped.
        await errand.edit(known, "🏭 " + errand._("The list of processors stands below."))

    async def post() -> list[int]:
        return [await errand.post(html, buttons=buttons, silent=True)]

    await errand.once("list", ROLE, post)
    return errand.delivered()


async def listing_html(seen: Listing, zone: ZoneInfo, language: str) -> str:
    """The list in words."""
    _ = words("bot", language).gettext
    done, concerned = seen.count
    lines = ["<b>🏭 " + escape(_("Processors: %(done)d of %(all)d confirmed") % {"done": done, "all": concerned}) + "</b>"]
    names = await _names(seen)
    for one in seen.told:
        lines += ["", f"<b>{escape(one.processor)}</b> · {escape(one.asks)}", _state(one, names, zone, language)]
        if one.words:
            lines.append("✏️ " + escape(clip(" ".join(one.words.split()), NOTE)))
        if one.note and one.state in {"partly", "refused", "done"}:
            lines.append("💬 " + escape(clip(" ".join(one.note.split()), NOTE)))
    whom = next((one.person for one in seen.told if one.state == InstructionState.DRAFTED), None)
    if whom is not None:
        lines += ["", "<i>" + escape(_("They find the person by this and nothing more:")) + "</i>"]
        lines += [escape(clip(whom, 600)) if whom else "⚠️ " + escape(_("nothing yet: say by what"))]
    if not seen.told:
        lines += ["", escape(_("Nothing was drafted for processors here."))]
    return "\n".join(lines)


async def _names(seen: Listing) -> dict[str, str]:
    """What the people who decided are called."""
    ids = {int(one.by.removeprefix("staff:")) for one in seen.told if one.by.startswith("staff:")}
    return {f"staff:{one.telegram_id}": one.name for one in await Staff.filter(telegram_id__in=list(ids))} if ids else {}


def _state(one: Told, names: dict[str, str], zone: ZoneInfo, language: str) -> str:
    """How far one processor is, in a line."""
    _ = words("bot", language).gettext
    who = names.get(one.by, one.by)
    params = {
        "email": one.email,
        "due": short_day(one.due) if one.due else "–",
        "told": short_day(one.told_at.astimezone(zone).date()) if one.told_at else "–",
        "answered": day_and_time(one.answered_at, zone, language) if one.answered_at else "–",
        "decided": short_day(one.decided_at.astimezone(zone).date()) if one.decided_at else "–",
        "who": who,
        "why": clip(_(one.error), 120) if one.error else "–",
        "way": f"{one.way} {one.number}".strip(),
        "lacking": _(one.lacking) if one.lacking else "",
    }
    if one.state == InstructionState.DRAFTED:
        said = N_("📝 not released: %(lacking)s") if one.lacking else N_("📝 the letter to %(email)s waits for your release")
    elif one.state == InstructionState.TOLD and one.late:
        said = N_("🔴 told on %(told)s, has not confirmed by %(due)s")
    elif one.state == InstructionState.TOLD and one.way:
        said = N_("⏳ told on %(told)s (%(way)s), has to confirm by %(due)s")
    else:
        said = _SAID.get(one.state, one.state)
    return escape(_(said) % params)


_SAID = {
    "released": N_("🕒 the letter to %(email)s is on its way"),
    "failed": N_("🔴 the letter to %(email)s could not be sent: %(why)s"),
    "told": N_("⏳ told on %(told)s, has to confirm by %(due)s"),
    "bounced": N_("↩️ the letter to %(email)s came back undelivered"),
    "answered": N_("📨 answered %(answered)s: read it and say what was done"),
    "done": N_("✅ confirmed, recorded on %(decided)s by %(who)s"),
    "partly": N_("◐ confirmed in part only, recorded on %(decided)s by %(who)s"),
    "refused": N_("❌ refused, recorded on %(decided)s by %(who)s"),
    "spared": N_("➖ holds nothing of this person, says %(who)s"),
}


def listing_buttons(seen: Listing, ticket: int, language: str) -> Rows:
    """What can be done now: release, spare, describe, judge, add."""
    _ = words("bot", language).gettext

    def tap(text: str, act: str, number: int = 0) -> Button:
        return button(short(text, BUTTON_WORDS), InstructionTap(choice=act, ticket=ticket, id=number).pack())

    met = Counter(one.processor for one in seen.told)

    def called(one: Told) -> str:
        """The processor, and of one with several letters what this one asks."""
        return one.processor if met[one.processor] == 1 else f"{short(one.processor, NAME)} · {one.asks}"

    drafts = [one for one in seen.told if one.state == InstructionState.DRAFTED]
    ready = [one for one in drafts if not one.lacking]
    rows: Rows = []
    if len(ready) > 1:
        rows.append([tap(_("📨 Send all (%(count)d)") % {"count": len(ready)}, "all")])
    for one in seen.told[:MOST]:
        if one.state == InstructionState.DRAFTED:
            first = tap(f"📨 {called(one)}", "send", one.id) if not one.lacking else None
            paper = tap(f"📄 {called(one)}", "paper", one.id) if not one.email else None
            rows.append([*filter(None, (first, paper)), tap("➖ " + _("Not concerned") + f": {called(one)}", "spare", one.id)])
        elif one.state == InstructionState.SPARED:
            rows.append([tap("↩️ " + _("Concerned after all") + f": {called(one)}", "spare", one.id)])
        elif one.state == InstructionState.RELEASED:
            rows.append([tap("↩️ " + _("Take back") + f": {called(one)}", "back", one.id)])
        else:
            rows.append([tap(f"✍️ {called(one)}…", "open", one.id)])
    if drafts:
        rows.append([tap("✏️ " + _("Who it is about"), "whom")])
    if any(one.lacking and one.email and not one.words and one.person for one in drafts):
        rows.append([tap("✏️ " + _("What is to be corrected"), "what")])
    rows += [[tap(f"➕ {name}", "add", number_of(name))] for name in seen.others[:MOST]]
    return rows


def number_of(name: str) -> int:
    """A number by which a button names a processor of the settings."""
    return zlib.crc32(name.encode())


def judging_buttons(one: Instruction, language: str) -> Rows:
    """What staff may say of an instruction that went out, and how else it may be asked."""
    rows = [*_judgements(one, language), *asking_button(one, language)]
    if one.state in {InstructionState.TOLD, InstructionState.BOUNCED}:
        said = "📄 " + words("bot", language).gettext("Told on paper or by phone")
        rows.append([button(said, InstructionTap(choice="paper", ticket=one.ticket_id, id=one.id).pack())])
    return rows


def _judgements(one: Instruction, language: str) -> Rows:
    _ = words("bot", language).gettext

    def tap(text: str, act: str) -> Button:
        return button(text, InstructionTap(choice=act, ticket=one.ticket_id, id=one.id).pack())

    rows: Rows = [[tap(_(JUDGING["done"]), "done")], [tap(_(JUDGING["partly"]), "partly"), tap(_(JUDGING["refused"]), "refused")]]
    if one.state in {InstructionState.DONE, InstructionState.PARTLY, InstructionState.REFUSED}:
        rows = [[tap("↩️ " + _("Take this judgement back"), "rejudge")]]
    if one.state != InstructionState.DONE:
        rows.append([tap("🔁 " + _("Write again"), "again")])
    return rows


def asking_button(one: Instruction, language: str) -> Rows:
    """The button by which staff write to a processor in words, where it can be written to."""
    said = "💬 " + words("bot", language).gettext("Ask it in words")
    return [[button(said, InstructionTap(choice="write", ticket=one.ticket_id, id=one.id).pack())]] if one.email else []


async def answered(errand: Errand) -> Delivered:
    """Below a letter about an instruction: whose it is, and the buttons to judge it. It is heard."""
    content = errand.content(contents.Answered)
    one = await Instruction.get(id=content.instruction)
    _ = errand._
    params = {"name": one.processor, "email": content.sender}
    if content.stranger:
        said = N_(
            "⚠️ This letter bears the reference of the letter to %(name)s, but comes from %(email)s. It changed nothing. "
            "Ask %(name)s itself before you believe it."
        )
        buttons = [[_theirs(one, errand)]]
    elif not content.referred:
        said = N_("📨 %(name)s writes without naming our letter. If this answers it, take it as the answer.")
        buttons = [[_theirs(one, errand)]]
    else:
        said = N_("📨 %(name)s answers (%(email)s). Read it: was everything done?")
        buttons = [*_judgements(one, errand.language)[:2], *asking_button(one, errand.language)]
    lines = [escape(_(said) % params)]
    if not content.proven and not content.stranger:
        lines.append("<i>" + escape(_("Our mail server does not vouch for this sender.")) + "</i>")

    async def post() -> list[int]:
        return [await errand.post("\n".join(lines), buttons=buttons)]

    await errand.once("answered", Posted.ANSWERED, post)
    return errand.delivered()


def _theirs(one: Instruction, errand: Errand) -> Button:
    text = errand._("It is their answer: take it")
    return button(
        text, InstructionTap(choice="theirs", ticket=one.ticket_id, id=one.id, message=errand.row.message_id or 0).pack()
    )
