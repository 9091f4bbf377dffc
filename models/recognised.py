"""Who recognised a demand: what the machine only heard may be taken back with a tap, what people said stands."""

from enum import StrEnum


class RecognisedBy(StrEnum):
    """Who said that a ticket demands this."""

    MACHINE = "machine"  # read in the words
    REQUESTER = "requester"  # chosen in a dialog, or confirmed
    STAFF = "staff"  # corrected or added
