"""Endings: what each way in which a demand or a clock ends means, for the requester and for whoever would take it back.

An ending that is added to models.Ending and not to `meaning` is an error of types: nobody may be told the wrong thing of it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from models import Clock, Ending


class Told(StrEnum):
    """What a requester may be told of something that ended so."""

    DONE = "done"  # that it was done
    REFUSED = "refused"  # that it is refused, on which ground
    GOES_ON = "goes_on"  # that the processing goes on, on which ground
    OVER = "over"  # that its term does not run any more, and no more than that
    NOTHING = "nothing"  # nothing: it was never demanded


class Back(StrEnum):
    """How an ending can be taken back."""

    UNTICKING = "unticking"  # the tick of its step is taken back (desk.terms.steps)
    WITHDRAWAL = "withdrawal"  # the decision is withdrawn, or came back undelivered (desk.terms.refusal)
    REOPENING = "reopening"  # its ticket is opened again (desk.ticket.tickets)
    ASKING_AGAIN = "asking again"  # the kind is put back, or demanded once more (desk.terms.corrections, repeats)
    TAKING_APART = "taking apart"  # the tickets are taken apart again (desk.matter.merging)
    NOT = "not"  # not at all: what follows from it runs already


@dataclass(frozen=True)
class Meaning:
    """What an ending means.

    `told` is what the requester may be told, `back` how it is taken back. `goes_on` tells that steps without a term of their
    own may still be ticked. `grounded`: its `ground` is the id of a ground of the rule.
    """

    told: Told
    back: Back
    goes_on: bool = False
    grounded: bool = False


def meaning(ending: Ending) -> Meaning:
    """What an ending means."""
    match ending:
        case Ending.DONE:
            return Meaning(Told.DONE, Back.UNTICKING, goes_on=True)
        case Ending.ASIDE:
            return Meaning(Told.OVER, Back.UNTICKING)
        case Ending.REFUSED:
            return Meaning(Told.REFUSED, Back.WITHDRAWAL, grounded=True)
        case Ending.CONTINUED:
            return Meaning(Told.GOES_ON, Back.WITHDRAWAL, goes_on=True, grounded=True)
        case Ending.DROPPED:
            return Meaning(Told.OVER, Back.REOPENING)
        case Ending.CORRECTED:
            return Meaning(Told.NOTHING, Back.ASKING_AGAIN)
        case Ending.NOT_DEMANDED:
            return Meaning(Told.NOTHING, Back.ASKING_AGAIN)
        case Ending.MERGED:
            return Meaning(Told.OVER, Back.TAKING_APART)
        case Ending.APART:
            return Meaning(Told.OVER, Back.ASKING_AGAIN)
        case Ending.IMPOSSIBLE:
            return Meaning(Told.OVER, Back.NOT)
        case _:
            assert_never(ending)


def of(written: str) -> Ending | None:
    """The ending of a demand (`outcome`) or of a clock (`ending`); None while it is open."""
    return Ending(written) if written else None


def was_done(clock: Clock) -> bool:
    """Whether what a clock demands was done."""
    ending = of(clock.ending)
    return ending is not None and meaning(ending).told is Told.DONE


# Decided by staff on a ground of the rule, and told: refused, or not met because processing goes on.
DECIDED: Final = tuple(one for one in Ending if meaning(one).grounded)
# What nobody ever demanded: no card and no list shows it, history does.
MISREAD: Final = frozenset(one for one in Ending if meaning(one).told is Told.NOTHING)
# What staff may still do steps of.
ALIVE: Final = frozenset({"", *(one for one in Ending if meaning(one).goes_on)})
