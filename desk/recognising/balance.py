"""Balances what the rules read in a letter with what the net finds in its words: how likely it demands each kind.

One logistic regression for all kinds, whose evidence is listed in `evidence`; its weights are trained on letters of hands that
the net had not learnt from (desk.recognising.training) and stand, each under its name, in net.gz.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from desk.recognising.net import Found, net
from desk.recognising.signs import Signs
from desk.recognising.wording import wording

_FURTHEST: Final = 6.0  # logarithm of odds; beyond it nothing is surer
_HARDLY: Final = -1.5
_LONG: Final = 3  # sentences
_UNHEARD: Final = -4.5  # the logarithm of the odds of what no word speaks for: it need not be balanced
_LEAST_KNOWN: Final = 0.1  # of the words of a letter: of one that is strange to it the net says nothing
_READ: Final = frozenset({"opened", "framed", "worded", "named"})
# Signs of the wording that stand for kinds by what else is read (`weighing`).
FAMILY: Final = frozenset({"erase", "erase_it", "erase_formal", "erase_foreign"})
_OFFICE: Final = wording().expressions["office"]
_OF_AN_OFFICE: Final = frozenset({"rkn_request", "rkn_block_request", "rkn_order"})
ERASED: Final = frozenset({"consent_withdrawal", "stop_processing", "destruction_request"})


@dataclass(frozen=True)
class Reading:
    """What the rules made of a letter, without the net."""

    signs: Signs
    language: str
    kinds: tuple[str, ...]  # what they read as demanded, the first being what the letter is mainly about
    named: tuple[str, ...]  # what may be meant besides
    advert: bool

    @property
    def erases(self) -> bool:
        """Whether a demand to erase is read, which stands for several kinds."""
        return any(hit.means in FAMILY for hit in self.signs.hits)

    @property
    def only_erases(self) -> bool:
        """Whether what is read as a withdrawal and an end of processing is said by nothing but a demand to erase."""
        return self.erases and not any(self.signs.has(kind) for kind in ("consent_withdrawal", "stop_processing"))

    @property
    def defrauds(self) -> bool:
        """Whether it reads as the letter of somebody who wants to be paid in an office's name."""
        return self.advert and self.signs.has("pay_now")

    @property
    def against(self) -> frozenset[str]:
        """The kinds of which a sentence says that they are not demanded."""
        signs = self.signs.against
        return frozenset(signs | ERASED) if signs & FAMILY else frozenset(signs)

    @property
    def tells_of_an_office(self) -> bool:
        """Whether a public office is read of."""
        return bool(_OFFICE.search(self.signs.everything)) or not _OF_AN_OFFICE.isdisjoint((*self.kinds, *self.named))

    @property
    def framed(self) -> frozenset[str]:
        """The kinds that were read word by word, as somebody demands them; the others only by their wording."""
        told = {hit.means for hit in self.signs.hits if hit.by == "frame"}
        return frozenset(kind for kind in self.kinds if kind in told or (kind in ERASED and told & FAMILY))


def evidence(kind: str, reading: Reading, found: Found) -> dict[str, float]:
    """What speaks for or against `kind`, each under its name."""
    signs = reading.signs
    states = {
        "opened": kind in reading.kinds,
        "framed": any(hit.means == kind and hit.by == "frame" for hit in signs.hits),
        "worded": any(hit.means == kind and hit.by != "frame" for hit in signs.hits),
        "named": kind in reading.named,
        "doubted": any(hit.means == kind for hit in signs.doubts),
        "against": kind in reading.against,
    }
    read = [name for name, there in states.items() if there]
    told = dict.fromkeys((*read, kind, *(f"{kind} {name}" for name in read if name in {"opened", "worded", "named"})), 1.0)
    for name, by_kind, two in (("sentence", found.sentence, found.of_sentences), ("letter", found.letter, found.of_letters)):
        odds = _bounded(by_kind[kind])
        told[name] = odds
        told[f"{name} not hardly"] = max(odds, _HARDLY)
        told[f"{name} likely"] = max(odds, 0.0)
        told[f"{name} of another"] = _bounded(two[1] if two[0] == by_kind[kind] else two[0])
        told[f"{name} of {kind}"] = odds / 3
        told |= {f"{name}, {state}": odds for state in read}
    for name, odds in (("any sentence", _bounded(found.any_sentence)), ("any letter", _bounded(found.any_letter))):
        told[name] = odds
        told[f"{name} not likely"] = min(odds, 0.0)
        told |= {f"{name}, {state}": odds for state in read if state in _READ}
    told["second sentence"] = _bounded(found.second[kind])
    told["others opened"] = float(len(reading.kinds) - states["opened"])
    return told


def of_the_letter(reading: Reading) -> dict[str, float]:
    """What speaks for or against every kind, by the letter as a whole."""
    signs = reading.signs
    return {
        "asks how": float(signs.asked),
        "gives consent": float(signs.given),
        "says it demands nothing": float(signs.no_demand),
        "offers": float(signs.offered),
        "questions": min(signs.questions, 3) / 3,
        "words": math.log1p(signs.words) / 6,
        "long": float(len(signs.sentences) > _LONG),
        "Russian": float(reading.language == "ru"),
        "English": float(reading.language == "en"),
        "advertises": float(reading.advert),
        "opened in all": float(len(reading.kinds)),
    }


def likelihoods(reading: Reading, found: Found | None) -> Mapping[str, float]:
    """How likely the letter demands each kind, 0 to 1; none where there was nothing to read, or nothing the net knows.

    Of a kind that the net never learnt it is what the rules read.
    """
    if found is None or found.known < _LEAST_KNOWN:
        return {}
    balance = net().balance
    whole = balance[""] + _weighed(balance, of_the_letter(reading))
    read = {*reading.kinds, *reading.named}
    likely = dict.fromkeys(set(reading.kinds).difference(found.letter), 1.0)  # what the net never learnt
    likely |= {
        kind: _sigmoid(whole + _weighed(balance, evidence(kind, reading, found)))
        for kind, odds in found.letter.items()
        if kind in read or max(odds, found.sentence[kind]) > _UNHEARD
    }
    return likely if reading.tells_of_an_office else _of_a_person(likely)


def _of_a_person(likely: Mapping[str, float]) -> Mapping[str, float]:
    """Without an office there is no office's demand; what sounds like its demand to block is the person's own."""
    own = {kind: value for kind, value in likely.items() if kind not in _OF_AN_OFFICE}
    blocked = max(likely.get("rkn_block_request", 0.0), likely.get("blocking_request", 0.0))
    return own | {"blocking_request": blocked} if blocked else own


def _weighed(balance: Mapping[str, float], told: Mapping[str, float]) -> float:
    return sum(balance.get(name, 0.0) * value for name, value in told.items())


def _bounded(odds: float) -> float:
    return min(max(odds, -_FURTHEST), _FURTHEST)


def _sigmoid(value: float) -> float:
    return 0.0 if value < -30 else 1 / (1 + math.exp(-value))
