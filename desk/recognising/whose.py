"""Whose data a letter is about, as far as its words tell, and whether two letters are about the same person.

Who writes is not always who is meant: lawyers, parents, offices and services write for many. Read are names after words like
"в интересах", in fields of forms and in names of files, days of birth, numbers of contracts, and the signature. Names are
compared by their lemmas, in any case and order. Nothing is certain: where two letters may be about two people, they are two
tickets, and merging them is one tap.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import islice
from typing import Literal

from desk.recognising.reading.lemmas import lemmas, morphology

Verdict = Literal["same", "other", "unknown"]

# Characters of a text that are read.
READ = 20_000
_WORDS = {
    name: re.compile(words, re.IGNORECASE | re.VERBOSE | re.MULTILINE)
    for name, words in tomllib.loads((resources.files("desk.recognising") / "whose.toml").read_text(encoding="utf-8")).items()
}
# Up to four words with capitals, or initials: what a name can look like.
_PART = r"(?:[A-ZА-ЯЁ][a-zа-яё’']+(?:-[A-ZА-ЯЁ][a-zа-яё]+)?|[A-ZА-ЯЁ]{2,}(?:-[A-ZА-ЯЁ]+)?|[A-ZА-ЯЁ]\.)"
_NAME = re.compile(rf"{_PART}(?:[ \u00a0]*{_PART}){{0,3}}")
_TOKEN = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_MARKS = frozenset({"Name", "Surn", "Patr"})
_SENTENCE = re.compile(r"[.!?;](?:\s|$)|\n")
# A line that was broken because it was long goes on.
_WRAPPED = re.compile(r"(?<=[^\n]{55})\n(?=\S)")
# What stands on the line of a signature beside the name.
_CLOSING = re.compile(r"^(?:с уважением|best regards|regards|sincerely|yours),?\s*|[\d./_-]{2,}", re.IGNORECASE)
# So many characters after a lead the name may begin, and so far a lead may stand from what tells that it is meant.
_NEAR, _AROUND = 45, 60
# So many words of a name are kept, and so many lines of a signature read.
_PARTS, _SIGNED = 4, 4
# So many runs of words with capitals are looked at for a name.
_MENTIONS = 100
_FAMILY = {
    "son": "сын", "daughter": "дочь", "child": "ребенок", "mother": "мать", "mum": "мать", "mom": "мать", "мама": "мать",
    "father": "отец", "dad": "отец", "папа": "отец", "husband": "муж", "wife": "жена", "brother": "брат", "sister": "сестра",
    "grandmother": "бабушка", "grandfather": "дедушка", "дочка": "дочь", "супруга": "жена", "супруг": "муж",
}  # fmt: skip

Name = tuple[str, ...]


@dataclass(frozen=True)
class About:
    """Whom a letter is about: `stated` are names it speaks for, `signed` those below it; words of names as written, folded.

    `writer` is the name its sender goes by. `own`: it speaks of the writer's own data. `relations` are lemmas of relatives it
    speaks for.
    """

    stated: frozenset[Name] = frozenset()
    signed: frozenset[Name] = frozenset()
    born: frozenset[str] = frozenset()
    contracts: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    own: bool = False
    writer: Name = ()

    @property
    def told(self) -> bool:
        """Whether it says whom it is about."""
        return bool(self.stated or self.relations or self.own or self.born or self.contracts)


def read(subject: str, text: str, file_names: Sequence[str] = (), file_texts: Sequence[str] = (), writer: str = "") -> About:
    """Whom a letter is about. `writer` is the name its sender goes by; what is attached is read where the words name nobody."""
    words = _WRAPPED.sub(" ", f"{subject}\n{text[:READ]}")
    stated = {*_led(words), *_fields(words)}
    if not stated and file_texts:
        attached = _WRAPPED.sub(" ", "\n".join(one[:READ] for one in file_texts)[:READ])
        stated = {*_led(attached), *_fields(attached)}
    relations = frozenset(_relations(words))
    signed = {*_signature(text), *_self_named(words)}
    own = _WORDS["self"].search(words) is not None and not stated and not relations
    if not stated and not own:
        # A full name anywhere that is neither the writer's nor of somebody who only acts.
        writers = signed | ({_folded(writer)} if writer else set())
        stated = {name for name in _mentioned(words) if not any(same_name(name, one) for one in writers)}
    if not stated and not relations and len(text.strip()) < 200:
        stated = {name for file in file_names for name in _in_file_name(file)}
    return About(
        stated=frozenset(stated),
        signed=frozenset(signed),
        born=frozenset(_births(words)),
        contracts=frozenset(match["number"].casefold() for match in _WORDS["contract"].finditer(words)),
        relations=relations,
        own=own,
        writer=_folded(writer),
    )


# --- reading


def _led(words: str) -> Iterator[Name]:
    """Names after words that lead to the person spoken for, in the same sentence."""
    for match in _WORDS["lead"].finditer(words):
        before = words[max(0, match.start() - 40) : match.start()]
        if _WORDS["not_meant"].search(before) or _WORDS["yours"].search(before):
            continue
        after = words[match.end() : match.end() + _NEAR + 80]
        sentence = _SENTENCE.split(re.sub(r"(\b[A-ZА-ЯЁ])\.", r"\1·", after))[0].replace("·", ".")
        yield from _names(sentence, near=_NEAR, latin=match[0].isascii())
    for match in _WORDS["data_of"].finditer(words):
        yield from _names(words[match.end() : match.end() + 80], near=0)
    for match in _WORDS["relation"].finditer(words):
        if _spoken_for(words, match):
            yield from _names(words[match.end() : match.end() + 60], near=3, single=True, latin=match[0].isascii())


def _relations(words: str) -> Iterator[str]:
    for match in _WORDS["relation"].finditer(words):
        if _spoken_for(words, match):
            who = match["who"].casefold().removesuffix("'s").removesuffix("’s").replace("ё", "е")
            known = [who, *sorted(lemmas(who, "ru"))] if not who.isascii() else [who]
            yield next((_FAMILY[one] for one in known if one in _FAMILY), known[-1])


def _spoken_for(words: str, match: re.Match[str]) -> bool:
    before = words[max(0, match.start() - _AROUND) : match.start()]
    return bool(_WORDS["relation_of"].search(before)) and bool(_WORDS["spoken_for"].search(before))


def _fields(words: str) -> Iterator[Name]:
    for match in _WORDS["field"].finditer(words):
        yield from _names(match["name"].title() if match["name"].islower() else match["name"], near=1, single=True, latin=True)


def _self_named(words: str) -> Iterator[Name]:
    """How the writer calls themselves: "Я, Гусев Андрей Павлович, …", "меня зовут …", the head of an application."""
    for match in _WORDS["self_named"].finditer(words):
        after = words[match.end() : match.end() + 80]
        yield from (name for name in _names(after, near=0, latin=match[0].strip().isascii()) if len(name) > 1)


def _mentioned(words: str) -> Iterator[Name]:
    """Full names in the letter, but for those of people who only act or are written to."""
    for match in islice(_NAME.finditer(words), _MENTIONS):
        before, after = words[max(0, match.start() - 60) : match.start()], words[match.end() : match.end() + 30]
        if match[0].isascii() or _WORDS["not_meant"].search(before) or _WORDS["not_meant_after"].match(after):
            continue
        yield from (name for name in _names(match[0], near=len(match[0])) if len(name) > 1)


def _births(words: str) -> Iterator[str]:
    for match in _WORDS["born"].finditer(words):
        day = re.split(r"[./-]", match["after"] or match["before"])
        yield "-".join(reversed(day)) if len(day[0]) != 4 else "-".join(day)


def _signature(text: str) -> Iterator[Name]:
    """Names that stand alone on one of the last lines."""
    lines = [line.strip(" \t,—–-") for line in text.splitlines() if line.strip()]
    for line in lines[-_SIGNED:]:
        bare = _CLOSING.sub("", line).strip()
        if len(bare) < 60:
            yield from (name for name in _names(bare, near=1) if len(name) > 1 and len(" ".join(name)) > len(bare) / 2)


def _in_file_name(name: str) -> Iterator[Name]:
    """A family name in the name of a file: "Отзыв согласия Смирнова О.Ю..docx"."""
    bare = re.sub(r"[_\d()№#-]+", " ", name.rpartition(".")[0] or name)
    yield from _names(bare, near=len(bare), single=True)


def _names(text: str, *, near: int, single: bool = False, latin: bool = False) -> Iterator[Name]:
    """The first names that begin within `near` characters; of one word only with `single`, of any Latin words with `latin`."""
    for match in _NAME.finditer(text):
        if match.start() > near:
            return
        parts = [part for part in re.findall(_PART, match[0]) if part.endswith(".") or latin or _can_be_name(part, match[0])]
        full = [part for part in parts if not part.endswith(".")]
        known = [part for part in full if (latin and part.isascii()) or _marked(part)]
        if known and (len(parts) > 1 or single):
            yield tuple(part.casefold().replace("ё", "е") for part in parts[:_PARTS])
            return


def _can_be_name(part: str, run: str) -> bool:
    """Whether a word with a capital belongs to a name: names are known, but family names beside them need not be."""
    return _marked(part) or (len(run.split()) > 1 and not _common(part))


@lru_cache(5_000)
def _marked(part: str) -> bool:
    return not part.isascii() and any(_MARKS & parse.tag.grammemes for parse in morphology("ru").parse(part.casefold()))


@lru_cache(5_000)
def _common(part: str) -> bool:
    """Whether a word is in the dictionary, and not as a name."""
    return bool(morphology("ru").word_is_known(part.casefold())) and not _marked(part)


def _folded(name: str) -> Name:
    return tuple(one.casefold().replace("ё", "е") for one in _TOKEN.findall(name))[:_PARTS]


# --- comparing


def compare(one: About, other: About) -> Verdict:
    """Whether two letters of the same sender are about the same person."""
    if one.born and other.born:
        return "same" if one.born & other.born else "other"
    if one.stated and other.stated:
        return "same" if _any_same(one.stated, other.stated) else "other"
    for this, that in ((one, other), (other, one)):
        if this.stated:
            # Spoken for by name here; there a relative without a name, the writer, or nobody in particular.
            if that.relations and this.relations:
                return "same" if this.relations & that.relations else "other"
            if _any_same(this.stated, that.signed | ({that.writer} if len(that.writer) > 1 else set())):
                return "same"
            stranger = that.signed and not _any_same(this.signed, that.signed)
            return "other" if that.own or that.relations or stranger else "unknown"
    if one.relations or other.relations:
        if one.relations and other.relations:
            return "same" if one.relations & other.relations else "other"
        return "other" if one.own or other.own else "unknown"
    if one.signed and other.signed:
        return "same" if _any_same(one.signed, other.signed) else "other"
    if one.contracts and other.contracts and not one.contracts & other.contracts and not (one.own and other.own):
        return "other"
    return "same" if one.own and other.own else "unknown"


def _any_same(ours: frozenset[Name], theirs: frozenset[Name]) -> bool:
    return any(same_name(one, other) for one in ours for other in theirs)


def same_name(one: Name, other: Name) -> bool:
    """Whether two names may be one person's: each word of the shorter is in the longer, in any case, or as an initial."""
    short, long = sorted((one, other), key=len)
    left = list(long)
    full = 0
    for word in sorted(short, key=lambda part: -len(part)):
        found = next((part for part in left if _same_word(word, part)), None)
        if found is None:
            return False
        left.remove(found)
        full += not (_initial(word) or _initial(found))
    return full > 0


def same_name_written(one: str, other: str) -> bool:
    """Whether two names as they are written are one person's; a first name alone is nobody's."""
    folded = _folded(one), _folded(other)
    return min(map(len, folded)) > 1 and same_name(*folded)


def _initial(word: str) -> bool:
    return len(word.rstrip(".")) == 1


def _same_word(one: str, other: str) -> bool:
    if _initial(one) or _initial(other):
        return one[0] == other[0]
    return one == other or bool(_forms(one) & _forms(other))


@lru_cache(5_000)
def _forms(word: str) -> frozenset[str]:
    """The names a word may be a form of; its own forms when it is in no dictionary."""
    if word.isascii():
        return frozenset({word})
    named = {parse.normal_form for parse in morphology("ru").parse(word) if _MARKS & parse.tag.grammemes}
    return frozenset(one.replace("ё", "е") for one in named) or lemmas(word, "ru")
