"""Drafts of the notices of an incident, in its topic: a PDF to read and a DOCX to change."""

from bot.calls import Errand
from bot.postings.papers import posted
from desk import contents
from desk.i18n import words
from desk.incident import notifying
from desk.incident.notices import Receipt, Stage, draft
from desk.papers.editable import set_docx
from desk.papers.typesetting import set_paper
from desk.ports import Delivered
from models import Notifying, Posted


async def incident_draft(errand: Errand) -> Delivered:
    """Post both files of a draft, made of what the row holds."""
    asked = errand.content(contents.IncidentDraft)
    first = Receipt(asked.receipt, asked.receipt_dated) if asked.receipt else None
    stage: Stage = "first" if asked.stage == "first" else "second"
    paper = draft(errand.desk, asked.number, asked.detected_at, asked.answers, stage, first)
    hours = "24" if stage == "first" else "72"
    caption = errand._("📄 Draft of the %(hours)s-hour notice. File it over the portal, then enter its number here.") % {
        "hours": hours
    }
    for kind, set_it in (("pdf", set_paper), ("docx", set_docx)):

        async def post(kind: str = kind, made: bytes = await set_it(paper)) -> list[int]:
            return [await posted(errand, made, f"incident-{asked.number}-{hours}.{kind}", caption if kind == "pdf" else "")]

        await errand.once(kind, Posted.INCIDENT_DRAFT, post)
    return errand.delivered()


def progress_words(stood: notifying.Progress, language: str) -> str:
    """What became of the notices to the people concerned."""
    _ = words("bot", language).gettext
    if not stood.total:
        return _("No list yet.")
    parts = [_("told %(sent)s of %(total)s") % {"sent": stood.sent, "total": stood.total}]
    if stood.bounced:
        parts.append(_("came back: %(count)s") % {"count": stood.bounced})
    if stood.failed:
        parts.append(_("not delivered: %(count)s") % {"count": stood.failed})
    state = {
        Notifying.RUNNING: _("▶️ going out"),
        Notifying.STOPPED: _("⏸ stopped"),
        Notifying.DONE: _("✅ all were written to"),
        Notifying.NONE: _("not begun"),
    }[stood.state]
    return " · ".join([state, *parts])
