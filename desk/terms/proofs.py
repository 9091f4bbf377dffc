"""Proofs: what proves a step, and whether it is enough for what the rule demands."""

from dataclasses import dataclass
from datetime import date

from desk.errors import Refused
from desk.i18n import N_
from desk.law.rules import Proves
from models import ProofKind, Step

ACCEPTED: dict[Proves, frozenset[ProofKind]] = {
    "fact": frozenset(ProofKind),
    "letter": frozenset({ProofKind.LETTER, ProofKind.PAPER}),
    "document": frozenset({ProofKind.DOCUMENT}),
    "confirmation": frozenset({ProofKind.CONFIRMATION}),
}
"""The kinds of proof that each demand of a rule is content with."""

WANTED: dict[Proves, str] = {
    "fact": "",
    "letter": N_("This step is a letter: send it, or name the one on paper (its number, its date and the way it went)."),
    "document": N_("This step wants its document: attach the file, or name its number and date."),
    "confirmation": N_("This step wants the word of whoever did it: name who confirmed it."),
}
"""What is said where a proof of another kind is given."""


@dataclass(frozen=True)
class Proof:
    """What proves a step; each kind names its own fields.

    `words` is what staff said of it (for a FACT, what was done). A LETTER names its `outbox_id` (the row that was sent: its
    receipt stands there), a DOCUMENT the `attachment_id` of its file or `number` and date, PAPER its `number`, its date, the
    `way` it went (post, courier, by hand, a portal) and the `tracking` number, a CONFIRMATION who gave it (`by`). `dated` is
    the date of a document or letter, the operator's own.
    """

    kind: ProofKind
    words: str = ""
    outbox_id: int | None = None
    attachment_id: int | None = None
    number: str = ""
    dated: date | None = None
    way: str = ""
    tracking: str = ""
    by: str = ""


def check(demanded: Proves, proof: Proof, today: date) -> None:
    """Raises Refused where a proof is not enough for what a step demands, with what is missing. `today` is the operator's."""
    if proof.kind not in ACCEPTED[demanded]:
        raise Refused(WANTED[demanded])
    if proof.dated is not None and proof.dated > today:
        raise Refused("The date %(date)s lies in the future.", date=f"{proof.dated:%d.%m.%Y}")
    match proof.kind:
        case ProofKind.PAPER if not (proof.number and proof.dated and proof.way):
            raise Refused("Of a letter on paper say its number, its date and the way it went (post, courier, by hand, portal).")
        case ProofKind.DOCUMENT if proof.attachment_id is None and not (proof.number and proof.dated):
            raise Refused(WANTED["document"])
        case ProofKind.CONFIRMATION if not proof.by.strip():
            raise Refused(WANTED["confirmation"])
        case ProofKind.LETTER if proof.outbox_id is None:
            raise Refused(WANTED["letter"])


def of(row: Step) -> Proof:
    """What a row of a step holds as its proof."""
    return Proof(
        kind=ProofKind(row.proof),
        words=row.evidence,
        outbox_id=row.outbox_id,
        attachment_id=row.attachment_id,
        number=row.number,
        dated=row.dated,
        way=row.way,
        tracking=row.tracking,
        by=row.confirmed_by,
    )
