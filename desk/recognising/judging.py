"""Judging: whether a letter opens a ticket, and whether it gets an automatic answer, from its signs weighed together.

They are two decisions. Answering is the stricter one: any sign that a program wrote, or that an answer may reach others,
keeps it back (RFC 3834, 2). A letter goes without a ticket only when its signs weigh enough together, and never when an
authority wrote or something is demanded; what has no ticket stands in the list of quiet letters (`desk.flow.quiet`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from desk.i18n import N_

# What staff read of each reason why a letter is held for a program's, or why nothing was sent in answer to it.
WHY = {
    "declared_reply": N_("it declares itself an automatic reply"),
    "declared_generated": N_("it declares that a program sent it"),
    "declared_bulk": N_("it declares itself one of many"),
    "null_return_path": N_("its sender wants no reports of it"),
    "nobody_reads": N_("nobody reads what is sent to its sender"),
    "own_address": N_("it came from our own address"),
    "list_software": N_("it came through a mailing list"),
    "list_unsubscribe": N_("it says how to leave a mailing list"),
    "campaign": N_("it belongs to a campaign"),
    "newsletter": N_("it ends as newsletters do"),
    "list_footer": N_("it ends as letters of mailing lists do"),
    "list_sender": N_("the program of a mailing list sent it"),
    "not_to_us": N_("it was not sent to us"),
    "list_address": N_("it was sent to a mailing list"),
    "list_subject": N_("its subject names a mailing list"),
    "foreign_thread": N_("it answers a letter that we did not write"),
    "auto_subject": N_("its subject is that of an automatic reply"),
    "absence_deputy": N_("it tells of an absence and names a deputy"),
    "absence": N_("it tells of an absence"),
    "program": N_("its sender is called like a program"),
    "challenge": N_("it asks to prove that a person wrote"),
    "receipt_in_subject": N_("its subject tells that a request was received"),
    "do_not_answer": N_("it asks not to be answered"),
    "receipt": N_("it tells that a request was received"),
    "receipt_of_desk": N_("it tells so as a help desk does"),
    "receipt_suppressed": N_("it asks programs not to answer"),
    "no_sender": N_("it names no sender"),
    "only_thanks": N_("it only says that our letter has come"),
    "device": N_("a scanner or fax sent it"),
    "own_letter": N_("it is a letter of ours come back"),
    "staff": N_("it came from the operator's own staff"),
    "courtesy": N_("it only greets or thanks"),
    "recorded": N_("this mailbox takes requests only"),
    "raised": N_("staff made a ticket of it"),
    "delivery status notification": N_("it reports what became of a letter"),
    "delivery failure in words": N_("it reports what became of a letter"),
    "read receipt": N_("it says that a letter was read"),
    "abuse feedback report": N_("it reports a complaint about a letter"),
    "answer to an invitation": N_("it answers an invitation"),
    "machine report": N_("it is a report of a machine"),
    "a reaction": N_("it is a reaction to a letter"),
    "a recall": N_("its sender's program wants a letter back"),
}

# Kinds that are no demand under the law: they never tell two matters apart and never open a clock on a running ticket.
PLAIN = frozenset({"question", "complaint"})
# From this weight on a letter is held for a program's; lower, it may be a person's and opens a ticket.
HELD = 4
# Above this weight what demands nothing is not answered automatically, though nothing forbids it.
DOUBTFUL = 2


@dataclass(frozen=True)
class Sign:
    """One thing that speaks for a program (`weight` above 0) or for a person (below 0).

    `name` is a key of `WHY` where it can be the reason of something; `kind` what the letter would be then ("auto_reply",
    "list"). With `silences` no automatic answer may go back, whatever else is said.
    """

    name: str
    weight: int = 0
    kind: str = "auto_reply"
    silences: bool = False


@dataclass(frozen=True)
class Judgement:
    """What becomes of a letter. `kind` is None where it may be a person's; the reasons are names of signs, heaviest first."""

    kind: str | None
    held_for: tuple[str, ...]
    silenced_by: tuple[str, ...]

    @property
    def opens(self) -> bool:
        """Whether it becomes a ticket, or goes on with one, as the word of a person."""
        return self.kind is None

    @property
    def answered(self) -> bool:
        """Whether an automatic answer may go back."""
        return self.kind is None and not self.silenced_by


def weight(signs: Sequence[Sign]) -> int:
    """What signs weigh together."""
    return sum(sign.weight for sign in signs)


def judge(signs: Sequence[Sign], *, demands: bool) -> Judgement:
    """Decide from the signs of a letter. `demands`: it demands something the law knows, or an authority wrote it."""
    told = sorted((sign for sign in signs if sign.weight > 0), key=lambda sign: -sign.weight)
    together = weight(signs)
    silent = tuple(sign.name for sign in signs if sign.silences)
    if together > DOUBTFUL and not silent and not demands:
        silent = tuple(sign.name for sign in told)
    if demands or together < HELD:
        return Judgement(None, (), silent)
    listed = weight([sign for sign in told if sign.kind == "list"])
    kind = "list" if listed >= HELD or listed > weight(told) - listed else "auto_reply"
    return Judgement(kind, tuple(sign.name for sign in told), silent)
