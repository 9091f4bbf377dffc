"""Endings: how a demand, or one of its clocks, ended. What each of them means stands in desk.ticket.endings."""

from enum import StrEnum


class Ending(StrEnum):
    """How a demand or a clock ended."""

    DONE = "done"  # what it demands was done: every step it obliges to is proved, or set aside with a reason
    ASIDE = "aside"  # of a clock: its step was set aside with a reason
    REFUSED = "refused"  # a reasoned refusal was sent
    CONTINUED = "continued"  # it was told that processing goes on by right
    DROPPED = "dropped"  # nobody met it when its ticket was closed with a reason
    CORRECTED = "corrected"  # staff took it away: the machine had misread the letter
    NOT_DEMANDED = "not_demanded"  # the requester said that they had only asked a question
    MERGED = "merged"  # it goes on in the ticket that its own was merged into
    APART = "apart"  # it ran for the sake of a merged ticket that was taken apart, and was over before
    IMPOSSIBLE = "impossible"  # a destruction that cannot be done now: another demand holds the longer term
