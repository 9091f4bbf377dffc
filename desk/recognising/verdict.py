"""Decides, from what the rules read and how likely each kind is, which demands a letter opens and which it is asked about."""

import math
from collections.abc import Mapping, Sequence

from desk.recognising.balance import ERASED, Reading

# How likely a kind must be, 0 to 1, to open a demand: at all, by its wording, and when it was read word by word. To be a
# candidate: at all, and when a sentence says that it is not demanded, but done, denied, supposed, asked about.
_LIKELY = 0.65
_LIKELY_IF_NAMED = 0.75  # where a rule read that it is only named
_LIKELY_IF_AGAINST = 0.85  # where a sentence says that it is not demanded, but done, denied, supposed, asked about
_LIKELY_IF_SHORT = 0.9  # by so few words, none of which a rule read
_SHORT = 7  # words
_ALL_SAID = 1  # word: where a letter has no more, and a rule read it, nothing speaks against it
_LIKELY_BESIDE = 0.55  # beside a demand that opens: who demands one thing often demands another in passing
_LIKELY_IF_WORDED = 0.4
_LIKELY_IF_READ = 0.2
_RULED_OUT = 0.1  # so unlikely is no reading of an erasure that a likely one brings with it
_MAYBE = 0.05
_MAYBE_BESIDE = 0.02  # beside a demand that opens: staff alone see it
_MAYBE_IF_SHORT = 0.3  # a few words that only lead to others would be asked about for nothing
_MAYBE_AGAINST = 0.3
_MOST_CANDIDATES = 4
# Who wants to be erased wants the destruction, or the withdrawal and the end of processing: readers differ (LAW: art. 14, 21).
_DESTROYED = "destruction_request"
_DESTRUCTION = (_DESTROYED,)
_END = ("consent_withdrawal", "stop_processing")
_CLAIMS = ("consumer_claim", "claim")  # a claim is a consumer's, or it is not


def opened(read: Reading, likely: Mapping[str, float]) -> tuple[str, ...]:
    """The kinds that a clock is opened for: those the rules read in their order, then the others, the likeliest first.

    Without likelihoods it is what the rules read.
    """
    if not likely:
        return read.kinds
    erasure = _erasure(likely)
    destroyed = _opens_itself(_DESTROYED, read, likely)
    surest = max(erasure, *(likely.get(kind, 0.0) for kind in ERASED))

    def opens(kind: str) -> bool:
        ruled_out = destroyed and likely.get(kind, 0.0) < _RULED_OUT
        together = kind in ERASED and kind in read.kinds and read.erases and not ruled_out
        # What one word asks for goes together.
        return _opens_itself(kind, read, {**likely, kind: surest} if together else likely)

    # Who gives a consent takes none back, unless that is read.
    taken_back = "consent_withdrawal" in read.kinds or not read.signs.given
    heard = [kind for kind in likely if kind not in read.kinds and (taken_back or kind != "consent_withdrawal")]
    kinds = (*filter(opens, read.kinds), *sorted(filter(opens, heard), key=lambda kind: -likely[kind]))
    unread = (_needed(kind, read) for kind in ERASED.difference(read.kinds))
    if not set(kinds) & ERASED and taken_back and erasure >= max(unread, default=_LIKELY):
        kinds = (*kinds, *max(_DESTRUCTION, _END, key=lambda one: _both(one, likely)))
    if kinds:
        told = {kind for kind in heard if kind not in kinds and _opens_beside(kind, kinds, read, likely)}
        kinds = (*kinds, *sorted(told, key=lambda kind: (-likely[kind], kind)))
    return _one_claim(kinds, likely)


def _opens_beside(kind: str, kinds: Sequence[str], read: Reading, likely: Mapping[str, float]) -> bool:
    """Whether a kind is likely enough beside other demands, also in few words or only named.

    An erasure is told in one of its readings: a destruction opens beside no other of them, nor others beside it.
    """
    doubted = kind in read.against or math.isinf(_needed(kind, read))
    other_reading = kind in ERASED and (kind == _DESTROYED or _DESTROYED in kinds)
    return likely[kind] >= _LIKELY_BESIDE and not doubted and not other_reading


def _opens_itself(kind: str, read: Reading, likely: Mapping[str, float]) -> bool:
    """Whether a kind is likely enough, or so plainly said that nothing can speak against it."""
    plainly = kind in read.kinds and (_is_all_it_says(kind, read) or _calls_itself(kind, read))
    return plainly or likely.get(kind, 0.0) >= _needed(kind, read)


def _needed(kind: str, read: Reading) -> float:
    """How likely a kind has to be."""
    if kind in read.kinds:
        return _LIKELY_IF_READ if kind in read.framed else _LIKELY_IF_WORDED
    if _said_otherwise(kind, read) or (_short(read) and kind in read.against):
        return math.inf
    if _short(read):
        return _LIKELY_IF_SHORT
    if kind in read.named:
        return _LIKELY_IF_NAMED
    return _LIKELY_IF_AGAINST if kind in read.against else _LIKELY


def _said_otherwise(kind: str, read: Reading) -> bool:
    """Whether what sounds like a demand of `kind` is something else: a fraud's, or the words that stand for another one."""
    return read.defrauds or (kind == _DESTROYED and read.only_erases and set(_END) <= set(read.kinds))


def _short(read: Reading) -> bool:
    """Whether a letter has so few words that what one says against a demand is all it says."""
    return 0 < read.signs.words <= _SHORT


def _is_all_it_says(kind: str, read: Reading) -> bool:
    """Whether a letter has one word, and a rule read a kind in it."""
    return 0 < read.signs.words <= _ALL_SAID and any(hit.place == "text" for hit in read.signs.of(kind))


def _calls_itself(kind: str, read: Reading) -> bool:
    """Whether a letter names itself a claim in its subject and in its words: what its writer calls it, it is."""
    places = {hit.place for hit in read.signs.of(kind)}
    return kind == "claim" and {"title", "text"} <= places and "consumer_claim" not in read.kinds


def _erasure(likely: Mapping[str, float]) -> float:
    """How likely an erasure is wanted, in whichever of its two readings."""
    return min(1.0, _both(_DESTRUCTION, likely) + _both(_END, likely))


def _both(kinds: Sequence[str], likely: Mapping[str, float]) -> float:
    return min(likely.get(kind, 0.0) for kind in kinds)


def _one_claim(kinds: tuple[str, ...], likely: Mapping[str, float]) -> tuple[str, ...]:
    if not set(_CLAIMS) <= set(kinds):
        return kinds
    other = min(_CLAIMS, key=lambda kind: likely.get(kind, 0.0))
    return tuple(kind for kind in kinds if kind != other)


def candidates(read: Reading, kinds: Sequence[str], likely: Mapping[str, float]) -> tuple[str, ...]:
    """What may be meant besides `kinds`, likeliest first; beside a demand also what is only named, for staff to see."""
    against = read.against.difference(read.named)
    doubted, needed = (math.inf, _MAYBE_IF_SHORT) if _short(read) else (_MAYBE_AGAINST, _MAYBE_BESIDE if kinds else _MAYBE)
    maybe = {kind for kind, value in likely.items() if value >= (doubted if kind in against else needed)}
    unjudged = set(read.named) - likely.keys()  # what the net never learnt
    told = maybe.union(read.kinds, read.named if kinds or not likely else unjudged)

    def first(kind: str) -> tuple[float, str]:
        return -likely.get(kind, 0.0), kind

    # What was read is never left out for what is likelier.
    shown = sorted(told - set(kinds), key=lambda kind: (kind not in read.kinds, *first(kind)))[:_MOST_CANDIDATES]
    return tuple(sorted(shown, key=first))
