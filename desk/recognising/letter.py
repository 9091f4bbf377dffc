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
5. What is only likely becomes a candidate, never a kind. Advertising is a remark: it takes no demand away.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desk.recognising import languages
from desk.recognising.authorities import AUTHORITY_DOMAINS, authority
from desk.recognising.net import likely
from desk.recognising.parts import parts
from desk.recognising.signs import Hit, Signs, drop_empty_titles, gather, read_loosely
from desk.recognising.transliterated import cyrillic, is_russian
from desk.recognising.weighing import candidates_of, confidence_of, is_spam, kinds_of
from desk.recognising.wording import wording

__all__ = ["AUTHORITY_DOMAINS", "Recognition", "recognise"]

_LONGEST = 120_000  # characters of a text that are read; the end of a longer one is read too
_LONGEST_END = 30_000
_AGREED = 0.5  # how likely the net finds what was read loosely, for it to open a demand
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


def warm_up() -> None:
    """Load the dictionaries and the net, which the first letter would wait half a second for; harmless to call again."""
    for words in ("Прошу удалить мои данные.", "Прошу видалити мої дані.", "Please delete my data."):
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
    confidence = confidence_of(kinds, signs)
    spam = advert and not kinds
    found = likely(signs.sentences)
    supposed: Sequence[str] = ()
    if not kinds and not advert and read_loosely(signs):
        # Of what is read so only half is right, of what the net finds too most of it.
        supposed = kinds_of(signs, whose)
        kinds = [kind for kind in supposed if found.get(kind, 0.0) >= _AGREED]
        confidence = 0.7 if kinds else 0.0
    candidates = candidates_of(signs, kinds, found, supposed, spam=spam)
    if not kinds:
        kinds = ["complaint"] if signs.has("displeased") and not spam else ["question"]
        confidence = 0.6 if spam or kinds == ["complaint"] or signs.questions or signs.asked else 0.4
    return Recognition(tuple(kinds), language, spam, confidence, candidates, _why(signs, candidates, spam=spam))


def _bounded(text: str) -> str:
    if len(text) <= _LONGEST + _LONGEST_END:
        return text
    return text[:_LONGEST] + "\n\n" + text[-_LONGEST_END:]


def _language(text: str, file_texts: Sequence[str], title: str, names: Sequence[str]) -> str:
    letters = sum(c.isalpha() for c in text[:200])
    own = f"{text} {title}" if letters < 20 else text
    return languages.language(own, *file_texts, title, " ".join(names))


def _why(signs: Signs, candidates: Sequence[str], *, spam: bool) -> tuple[str, ...]:
    """What was read where, and what spoke against it: no word of the letter itself."""
    told = [_told(hit) for hit in signs.hits if hit.means != "displeased" or len(signs.hits) == 1]
    if signs.no_demand:
        told.append("text: says it demands nothing")
    if spam:
        told.append("reads as an advertisement or a fraud")
    against = [_told(hit) for hit in signs.doubts]
    likely = [f"may mean {kind}, by its words as a whole" for kind in candidates]
    return tuple(dict.fromkeys((*told, *against)))[:12] + tuple(likely)


def _told(hit: Hit) -> str:
    place = {"title": "subject", "file name": "file name", "text": "text", "attached text": "attached text"}[hit.place]
    return f"{place}: {hit.why}" if place in {"subject", "file name"} else f"{place}, sentence {hit.number}: {hit.why}"
