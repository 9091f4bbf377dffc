"""What staff say that proves a step, read leniently: "исх. 12 от 05.12.2026 почта RA123456789RU" is a letter on paper."""

import re
from datetime import date

from desk import i18n
from desk.errors import Refused
from desk.i18n import N_
from desk.law.rules import Proves
from desk.terms.proofs import Proof
from desk.written import dates
from models import ProofKind

# How a paper letter goes, by the beginnings of the words that say so; what is kept is the word itself.
_WAYS = (
    ("почта", r"почт\w*|заказн\w*|ценн\w+\s+письм\w*|письмом|post(?:al)?\w*|registered|mail(?:ed)?"),
    ("курьер", r"курьер\w*|сдэк|dhl|dpd|courier\w*"),
    ("лично", r"лично|нарочн\w*|вруч\w*|на руки|под роспись|in person|by hand|hand(?:ed)?"),
    ("портал", r"портал\w*|епгу|госуслуг\w*|личн\w+\s+кабинет\w*|сайт\w*|portal|website"),
    ("факс", r"факс\w*|fax"),
)
_WAY = re.compile("|".join(rf"(?P<w{place}>\b(?:{words})\b)" for place, (_name, words) in enumerate(_WAYS)), re.IGNORECASE)
# The international form of a tracking number, or one of Russian Post; or whatever is called one.
_NAMED_TRACK = re.compile(
    r"\b(?:рпо|шпи|трек(?:[- ]?(?:номер|код))?|почтов\w+\s+идентификатор|tracking|track(?:ing)?\s*(?:no\.?|number)?)\s*[:№#]?\s*"
    r"(?P<track>[A-ZА-Я]{0,2}[\d ]{3,}[A-ZА-Я]{0,2})",
    re.IGNORECASE,
)
_TRACK = re.compile(r"(?<![\w-])(?P<track>[A-Z]{2}\s?\d{3,9}(?:\s?[A-Z]{2})?|\d{14}|\d{6}\s?\d{2}\s?\d{5}\s?\d)(?![\w-])")
_NUMBER = re.compile(
    r"(?:(?:\b(?:исх(?:одящий|одящего|\.)?|рег(?:истрационный|\.)?|вх(?:одящий|\.)?|номер|ref\.?|no\.?|outgoing|number)(?![а-яёa-z])|№|#|N(?=\s?\d))"
    r"[\s.:]*)+(?:№|#|N\s?)?\s*(?P<number>[\w][\w/.\-]*)",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?<![\w.])(?P<number>\d[\w/\-]{0,20})(?![\w.]*\d{4})")
_JOINTS = re.compile(r"^[\s,;:.|–—-]+|[\s,;:|–—-]+$")
_WHO = re.compile(r"^(?:подтверди(?:л|ла|ло|ли)|confirmed(?:\s+by)?)\s*[:,]?\s*", re.IGNORECASE)


def read(words: str, wanted: Proves, today: date) -> Proof:
    """The proof that these words give of a step that wants one of this kind; `today` is the operator's.

    Raises Refused where something is missing, and names it.
    """
    said = " ".join(words.split())
    match wanted:
        case "fact":
            return Proof(ProofKind.FACT, words=words.strip())
        case "confirmation":
            return _confirmation(said, today)
        case "letter":
            return _paper(said, today)
        case "document":
            return _document(said, today)


def _confirmation(said: str, today: date) -> Proof:
    found = dates(said, today)
    number, _rest = _number(said)
    return Proof(
        ProofKind.CONFIRMATION,
        words=said,
        by=_JOINTS.sub("", _WHO.sub("", said)),
        number=number,
        dated=found[0].day if found else None,
    )


def _paper(said: str, today: date) -> Proof:
    dated, rest = _dated(said, today)
    way, rest = _way(rest)
    tracking, rest = _tracking(rest)
    number, _rest = _number(rest, bare=True)
    missing = [
        one
        for one, there in (
            (N_("its number"), number),
            (N_("its date"), dated),
            (N_("the way it went (post, courier, by hand, portal)"), way),
        )
        if not there
    ]
    if missing:
        raise Lacking(missing)
    return Proof(ProofKind.PAPER, words=said, number=number, dated=dated, way=way, tracking=tracking)


def _document(said: str, today: date) -> Proof:
    dated, rest = _dated(said, today)
    number, _rest = _number(rest, bare=True)
    missing = [one for one, there in ((N_("its number"), number), (N_("its date"), dated)) if not there]
    if missing:
        raise Lacking(missing)
    return Proof(ProofKind.DOCUMENT, words=said, number=number, dated=dated)


class Lacking(Refused):
    """Something that a proof has to name is missing; `missing` are message ids of the bot's catalogue."""

    def __init__(self, missing: list[str]) -> None:
        sentence = N_("This does not say %(missing)s. For example: “исх. 12 от 05.12.2026 почта RA123456789RU”.")
        super().__init__(sentence, missing=", ".join(missing))
        self.missing = missing

    def said(self, language: str) -> str:
        """The sentence in the reader's language, what is missing too."""
        told = i18n.words("bot", language).gettext
        return told(self.words) % {"missing": ", ".join(told(one) for one in self.missing)}


def _dated(said: str, today: date) -> tuple[date | None, str]:
    """The date of the letter, and the words without it."""
    found = dates(said, today)
    if not found:
        return None, said
    first = found[0]
    return first.day, said[: first.start] + " ; " + said[first.end :]


def _way(said: str) -> tuple[str, str]:
    match = _WAY.search(said)
    if match is None:
        return "", said
    place = next(int(name[1:]) for name, words in match.groupdict().items() if words)
    return _WAYS[place][0], said[: match.start()] + " ; " + said[match.end() :]


def _tracking(said: str) -> tuple[str, str]:
    match = _NAMED_TRACK.search(said) or _TRACK.search(said)
    if match is None:
        return "", said
    return "".join(match["track"].split()).upper(), said[: match.start()] + " ; " + said[match.end() :]


def _number(said: str, *, bare: bool = False) -> tuple[str, str]:
    """A number that is called one; with `bare`, also one that merely stands there."""
    match = _NUMBER.search(said) or (_BARE.search(said) if bare else None)
    if match is None:
        return "", said
    return match["number"].rstrip(".,;"), said[: match.start()] + " ; " + said[match.end() :]
