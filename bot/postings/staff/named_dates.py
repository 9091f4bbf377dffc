"""The dates that the letter of an authority names, each with a button; what stands is marked, and its button takes it back."""

from html import escape

from bot.callbacks import NamedTap
from bot.calls import Errand
from bot.format import short_day
from bot.screens import Rows, button
from bot.text import clip
from desk import contents
from desk.i18n import words
from desk.ports import Delivered
from desk.terms import of_authority
from models import Posted

BUTTON_WORDS = 48


async def named_dates(errand: Errand) -> Delivered:
    """The question, as things stand when it leaves: what staff have entered meanwhile is marked."""
    assert errand.ticket is not None
    named = errand.content(contents.NamedDates)
    stands = await of_authority.standing(errand.desk, errand.ticket, named)
    html, rows = question(errand.row.id, named, stands, errand.language)
    errand.keep([await errand.post(html, buttons=rows, silent=True)], Posted.SCREEN)
    return errand.delivered()


def question(row: int, named: contents.NamedDates, stands: of_authority.Standing, language: str) -> tuple[str, Rows]:
    """The words and the buttons; `row` is the posting's outbox id."""
    _ = words("bot", language).gettext
    lines = [escape(_("📄 The letter names dates. Tap what is right; nothing is taken by itself."))]
    rows: Rows = []

    def offer(choice: str, at: int, sign: str, words: str, *, chosen: bool) -> None:
        said = f"{sign} {words[:1].upper()}{words[1:]}"
        tap = NamedTap(choice=f"{choice}-" if chosen else choice, row=row, at=at)
        rows.append([button(clip(f"↩️ {_('Undo')}: {said}" if chosen else said, BUTTON_WORDS), tap.pack())])
        if chosen:
            lines.append(f"✅ {escape(said)}")

    for at, term in enumerate(named.terms):
        said = _("the term of the document: %(date)s") % {"date": short_day(term)}
        offer("term", at, "📅", said, chosen=stands.term == term)
    for at, paper in enumerate(named.papers):
        said = _("the document is of %(date)s") % {"date": short_day(paper.dated)}
        said += f", № {paper.number}" if paper.number else ""
        offer("paper", at, "📄", said, chosen=stands.paper == paper)
    for at, day in enumerate(named.detected):
        said = _("detected on %(date)s") % {"date": short_day(day)}
        offer("found", at, "🔎", said, chosen=day in stands.detected)
    return "\n".join(lines), rows
