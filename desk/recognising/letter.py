"""Says what a letter demands, in which language, and how sure that is, from its words alone.

The kinds are those of the law table (`desk/law`); one letter may hold several, the first is what the letter is mainly
about. The staff have the last word: whatever is not understood is a `question`, and nothing is dropped.

How a letter is read, each stage in a module of its own:

1. `parts` puts aside what offices and programs add: disclaimers, footers, reminders of rights, signatures.
2. `reading.clauses` cuts sentences into clauses and `reading.lemmas` words into lemmas; `reading.grammar` says how every
   deed is said: asked, declared, told, questioned, supposed, denied; `reading.speakers` what the whole sentence makes of it: an
   offer, thanks, or what happened elsewhere.
3. `reading.frames` compares that with frames.toml, which a lawyer can read; where frames know no words, the older wording
   (`*.toml` beside this file) is compared with whole sentences.
4. `weighing` turns signs into kinds: "delete my data" alone is a withdrawal of consent and a demand to stop; only with a
   ground (the data are held unlawfully or are no longer needed) or under the law's own name it is a demand of destruction
   (art. 14(1), 21). A withdrawal that is only about advertising or publication is that, and no more.
5. `net` says what the words speak for, by statistics and by what the operator's corrections taught (`learnt`), and `balance`
   how likely each kind is with all that was read.
6. `verdict`: what is likely opens a demand; what was read word by word opens one unless everything else speaks against it. What
   is less likely becomes a candidate: staff see it, and the requester is asked about it. So does what was read and not opened:
   nothing that was read is ever dropped. Advertising is a remark: it takes no demand away.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desk.recognising import languages
from desk.recognising.authorities import AUTHORITY_DOMAINS, authority
from desk.recognising.balance import Reading, likelihoods
from desk.recognising.net import found
from desk.recognising.parts import parts
from desk.recognising.signs import Hit, Signs, drop_empty_titles, gather, read_loosely
from desk.recognising.transliterated import cyrillic, is_russian
from desk.recognising.verdict import candidates as candidates_of
from desk.recognising.verdict import opened
from desk.recognising.weighing import confidence_of, is_spam, kinds_of, named_in
from desk.recognising.wording import wording

__all__ = ["AUTHORITY_DOMAINS", "Recognition", "recognise"]

_LONGEST = 120_000  # characters of a text that are read; the end of a longer one is read too
_LONGEST_END = 30_000
_WRITTEN = wording().expressions
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_CAMEL = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])")


@dataclass(frozen=True)
class Recognition:
    """What a letter seems to demand."""

    kinds: tuple[str, ...]  # never empty; the first is what it is mainly about
    language: str  # ISO 639-1
    spam: bool  # an advertisement or fraud; staff still see it
    confidence: float  # 0 to 1
    candidates: tuple[str, ...]  # kinds that may be meant besides; likeliest first
    why: tuple[str, ...]  # which wordings spoke for it; no word of the letter beyond them
    read: tuple[str, ...] = ()  # those of the kinds that rules read, not only its words as a whole


def warm_up() -> None:
    """Load the net and what Russian and English are read by, which the first letter would wait half a second for.

    Harmless to call again. The Ukrainian dictionary is loaded by the first letter in that language: it takes 20 MiB.
    """
    for words in ("Прошу удалить мои данные.", "Please delete my data."):
        recognise("", words)


def recognise(
    subject: str,
    text: str,
    *,
    file_names: Sequence[str] = (),
    file_texts: Sequence[str] = (),
    sender: str | None = None,
    authority_domains: Mapping[str, str] = AUTHORITY_DOMAINS,
) -> Recognition:
    """What the letter demands.

    `text` is what the person newly wrote, without the letters quoted in it; `file_texts` what attached letters and text
    files say; `sender` the address it came from, which is no proof of anything. Pure, and bounded for texts of any size.
    """
    read, whose = reading(
        subject, text, file_names=file_names, file_texts=file_texts, sender=sender, authority_domains=authority_domains
    )
    likely = likelihoods(read, found(read.signs.sentences)) if whose is None else {}
    kinds = opened(read, likely)
    spam = read.advert and not kinds
    candidates = () if spam or read.signs.no_demand else candidates_of(read, kinds, likely)
    why = _why(read, kinds, candidates, spam=spam)
    if kinds:
        by_rules = tuple(kind for kind in kinds if kind in read.kinds)
        return Recognition(kinds, read.language, spam, _confidence(read, kinds, likely), candidates, why, by_rules)
    displeased = read.signs.has("displeased") and not spam
    confidence = 0.6 if spam or displeased or read.signs.questions or read.signs.asked else 0.4
    return Recognition(("complaint" if displeased else "question",), read.language, spam, confidence, candidates, why)


def reading(
    subject: str,
    text: str,
    *,
    file_names: Sequence[str] = (),
    file_texts: Sequence[str] = (),
    sender: str | None = None,
    authority_domains: Mapping[str, str] = AUTHORITY_DOMAINS,
) -> tuple[Reading, str | None]:
    """What the rules make of a letter, and which authority its sender's address is of; as `recognise`, without statistics."""
    title = _WRITTEN["tag"].sub(" ", _WRITTEN["prefix"].sub("", subject[:2_000])).strip()
    names = [_CAMEL.sub(" ", re.sub(r"[_\-.+]+", " ", _EXTENSION.sub("", name[:300]))) for name in file_names[:50]]
    latin = is_russian(f"{title}\n{text[:_LONGEST_END]}")
    language = "ru" if latin else _language(text, file_texts, title, names)
    signs = Signs()
    gather(title, "title", signs, language)
    if latin:
        gather(cyrillic(title), "title", signs, language)
    for name in names:
        gather(name, "file name", signs, language)
    letter = parts(_bounded(text))
    gather(cyrillic(letter.body) if latin else letter.body, "text", signs, language)
    for attached in file_texts[:20]:
        gather(parts(_bounded(attached)).body, "attached text", signs, language)
    drop_empty_titles(signs, reply=bool(_WRITTEN["reply"].match(subject)))
    whose = authority(sender, authority_domains)
    advert = is_spam(signs, whose)
    kinds = kinds_of(signs, whose, advert=advert)
    # What is read loosely is only half right: it never is more than a candidate by itself.
    supposed = kinds_of(signs, whose) if not kinds and not advert and read_loosely(signs) else []
    named = () if advert and not kinds else named_in(signs, kinds, supposed)
    return Reading(signs, language, tuple(kinds), named, advert), whose


def _confidence(read: Reading, kinds: Sequence[str], likely: Mapping[str, float]) -> float:
    """How sure it is that the letter demands what it is mainly about."""
    return round(confidence_of(list(kinds), read.signs) * likely.get(kinds[0], 1.0), 3)


def _bounded(text: str) -> str:
    if len(text) <= _LONGEST + _LONGEST_END:
        return text
    return text[:_LONGEST] + "\n\n" + text[-_LONGEST_END:]


def _language(text: str, file_texts: Sequence[str], title: str, names: Sequence[str]) -> str:
    letters = sum(c.isalpha() for c in text[:200])
    own = f"{text} {title}" if letters < 20 else text
    return languages.language(own, *file_texts, title, " ".join(names))


def _why(read: Reading, kinds: Sequence[str], candidates: Sequence[str], *, spam: bool) -> tuple[str, ...]:
    """What was read where, and what spoke against it: no word of the letter itself."""
    signs = read.signs
    told = [_told(hit) for hit in signs.hits if hit.means != "displeased" or len(signs.hits) == 1]
    if signs.no_demand:
        told.append("text: says it demands nothing")
    if spam:
        told.append("reads as an advertisement or a fraud")
    against = [_told(hit) for hit in signs.doubts]
    likely = [f"means {kind}, by its words as a whole" for kind in kinds if kind not in read.kinds]
    maybe = [
        f"may mean {kind}, though its words as a whole speak against it"
        if kind in read.kinds
        else f"may mean {kind}, by its words as a whole"
        for kind in candidates
    ]
    return tuple(dict.fromkeys((*told, *against)))[:12] + tuple(likely) + tuple(maybe)


def _told(hit: Hit) -> str:
    place = {"title": "subject", "file name": "file name", "text": "text", "attached text": "attached text"}[hit.place]
    return f"{place}: {hit.why}" if place in {"subject", "file name"} else f"{place}, sentence {hit.number}: {hit.why}"
