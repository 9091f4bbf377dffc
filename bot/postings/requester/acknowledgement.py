"""The acknowledgement in the private chat of a requester: number, what happens next, by when and by what article."""

from datetime import date
from html import escape

from bot.calls import Errand
from bot.format import day, day_and_time
from desk import contents
from desk.i18n import words
from desk.ports import Delivered
from models import Outbox, OutboxState, Posted


async def acknowledgement(errand: Errand) -> Delivered:
    """Number, what happens next, by when and by what article."""
    row = errand.row
    told = Outbox.filter(ticket_id=row.ticket_id, errand=row.errand, conversation=row.conversation, state=OutboxState.SENT)
    more = await told.filter(id__lt=row.id).exists()
    html = acknowledgement_html(errand.content(contents.Acknowledgement), errand, more=more)
    errand.keep([await errand.post(html)], Posted.ACKNOWLEDGEMENT)
    return errand.delivered()


def acknowledgement_html(content: contents.Acknowledgement, errand: Errand, *, more: bool = False) -> str:
    """The words of an acknowledgement, for the reader it is meant for; `more`: of what came to a request told of before."""
    head = _acknowledged(content, errand)
    if more and content.reader not in {"anybody", "authority"} and not content.linked and content.kinds:
        head = words("bot", errand.language).gettext("➕ Your request <b>№ %(number)s</b> asks for this too:")
        head %= {"number": content.number}
    _ = words("bot", errand.language).gettext
    when = _("Received: %(when)s") % {"when": day_and_time(content.received_at, errand.desk.operator.zone, errand.language)}
    if content.reader == "anybody":
        # Whoever reports a leak is thanked; nothing is promised to them, and nothing admitted.
        parts = [head, "" if content.linked else when, _("It was passed to the person in charge of personal data.")]
        parts.append(
            _("If you know more (where, when, a screenshot), just write. Please do not download or pass on other people’s data.")
        )
    else:
        kinds = [f"• {escape(one.name)}" + (f"\n  <i>{escape(one.article)}</i>" if one.article else "") for one in content.kinds]
        parts = [head, "\n".join(kinds), "" if content.linked else when, "\n".join(_terms(content, errand.language))]
        parts.append(
            _("This confirms the registration only; the answer on the merits follows. To add documents, just write.")
            if content.reader == "authority"
            else _("We will answer here. To add something, just write.")
        )
    return "\n\n".join(part for part in [*parts, content.privacy] if part)


def _acknowledged(content: contents.Acknowledgement, errand: Errand) -> str:
    """That it was taken, under which number."""
    _, number = words("bot", errand.language).gettext, {"number": content.number}
    match content.reader, content.linked:
        case "anybody", True:
            return _("🙏 Thank you, we added this to your report <b>№ %(number)s</b>.") % number
        case "anybody", False:
            return _("🙏 Thank you for letting us know. Your report is registered: <b>№ %(number)s</b>") % number
        case "authority", False:
            return _("📥 Your document is registered: incoming <b>№ %(number)s</b>") % number
        case "authority", True:
            return _("📎 Added to incoming <b>№ %(number)s</b>. The time for compliance is unchanged.") % number
        case _, True:
            return _("📎 Added to your request <b>№ %(number)s</b>. Its dates stay as they are.") % number
        case _:
            return _("✅ Your request is accepted: <b>№ %(number)s</b>") % number


def _terms(content: contents.Acknowledgement, language: str) -> list[str]:
    """When the requester may expect what: the last date of the law, one line for terms that end on the same day."""
    _, clocks = words("bot", language).gettext, content.clocks
    lines = [_("⚡️ We act at once.")] if any(one.immediate for one in clocks) else []
    dated: dict[date, list[str]] = {}
    for clock in clocks:
        if not clock.immediate and clock.due is not None:
            dated.setdefault(clock.due, []).append(clock.name)
    for due, labels in sorted(dated.items()):
        line = _("🗓 By %(date)s at the latest") % {"date": f"<b>{day(due, language)}</b>"}
        # Of several dates each says what for.
        what = "; ".join(label[:1].lower() + label[1:] for label in dict.fromkeys(labels))
        lines.append(f"{line} — {escape(what)}" if len(dated) > 1 else line)
    if any(clock.basis == "policy" for clock in clocks):
        lines.append(_("📜 This is the term that our published policy promises."))
    return lines
