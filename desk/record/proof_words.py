"""How a paper names what proves a step."""

from desk.papers.words import number_and_day, spoken_in
from desk.terms.proofs import Proof
from desk.ticket.stated import stated, way_stated
from models import ProofKind


def proof_words(proof: Proof, language: str) -> str:
    """A proof in words: its kind, number, date, way and whose word it is."""
    _ = spoken_in(language)
    kinds = {
        ProofKind.LETTER: _("letter of the desk"),
        ProofKind.PAPER: _("letter on paper"),
        ProofKind.DOCUMENT: _("document"),
        ProofKind.CONFIRMATION: _("confirmed by %(who)s") % {"who": proof.by},
        ProofKind.FACT: "",
    }
    parts = [
        kinds[proof.kind],
        number_and_day(proof.number, proof.dated, language),
        way_stated(proof.way, language),
        _("tracking number %(number)s") % {"number": proof.tracking} if proof.tracking else "",
        stated(proof.words, language),
    ]
    return ", ".join(filter(None, parts))
