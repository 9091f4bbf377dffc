"""What proves a step, in a few words, for lists and the card."""

from bot.format import short_day
from desk.i18n import words
from desk.terms.proofs import Proof
from desk.ticket.stated import stated, way_stated
from models import ProofKind

# The mark of each kind of proof; a record of who did it when needs none.
MARKS = {ProofKind.LETTER: "✉️", ProofKind.PAPER: "📮", ProofKind.DOCUMENT: "📄", ProofKind.CONFIRMATION: "🤝", ProofKind.FACT: ""}


def proof_words(proof: Proof, language: str) -> str:
    """What proves a step: for a record of who did it when, the words of staff (may be empty)."""
    _ = words("bot", language).gettext
    date = short_day(proof.dated) if proof.dated else ""
    numbered = _("No. %(number)s of %(date)s") % {"number": proof.number, "date": date} if proof.number and date else ""
    match proof.kind:
        case ProofKind.LETTER:
            said = [_("by a letter that was sent"), numbered]
        case ProofKind.PAPER:
            said = [numbered, way_stated(proof.way, language), proof.tracking]
        case ProofKind.DOCUMENT:
            said = [numbered, _("with its file") if proof.attachment_id is not None else ""]
        case ProofKind.CONFIRMATION:
            said = [
                _("confirmed by %(who)s") % {"who": " ".join(proof.by.split())},
                _("with a file") if proof.attachment_id else "",
            ]
        case ProofKind.FACT:
            said = [stated(" ".join(proof.words.split()), language)]
    told = ", ".join(one for one in said if one)
    return f"{MARKS[proof.kind]} {told}".strip() if told else ""
