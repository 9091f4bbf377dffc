"""Stated: the desk's own words for why something was done or not needed, kept by their ids and read in the reader's language."""

from desk.i18n import N_, words
from models import BlockingResult

# What a check of blocked data may come to.
RESULTS: dict[BlockingResult, str] = {
    BlockingResult.CORRECTED: N_("the data are corrected, the blocking is lifted"),
    BlockingResult.UNLAWFUL: N_("the processing was unlawful and is stopped"),
    BlockingResult.LIFTED: N_("not confirmed, the blocking is lifted"),
    BlockingResult.DESTROYED: N_("the blocked data are destroyed"),
}
# A ready reason for which a step is not needed, by what it wants.
NOT_NEEDED = {
    "confirmation": N_("Nobody else holds these data"),
    "document": N_("Nothing was destroyed, so there is nothing to document"),
    "letter": N_("There is no address to write to"),
    "fact": N_("There is nothing to do here"),
}
SPARED = N_("No processor holds data of this person.")
# The common reasons to close over running terms: what the button is called by, and the words that are kept.
CLOSING = {
    "spam": N_("Spam, or sent by mistake"),
    "taken_back": N_("The requester took the request back"),
    "duplicate": N_("A duplicate of another ticket"),
    "settled": N_("Settled otherwise"),
}
# How a paper letter went, as it is kept and as English readers call it.
WAYS = {
    "почта": N_("by post"),
    "курьер": N_("by courier"),
    "лично": N_("handed over"),
    "портал": N_("at the portal"),
    "portal": N_("at the portal"),
    "факс": N_("by fax"),
}
_OWN = frozenset({SPARED, *RESULTS.values(), *NOT_NEEDED.values(), *CLOSING.values()})


def is_own(said: str) -> bool:
    """Whether these are words of the desk and not of a colleague."""
    return said in _OWN


def stated(said: str, language: str) -> str:
    """Words as people read them: the desk's own translated, a colleague's as they were written."""
    return words("bot", language).gettext(said) if said in _OWN else said


def way_stated(way: str, language: str) -> str:
    """How a paper letter went, in words."""
    return words("bot", language).gettext(WAYS[way]) if way in WAYS else way
