"""Finds the senses of words: lists of words that do the same work in a letter, one TOML file a language.

In a list, `удалить` stands for all forms of that lemma, `реклам*` for all words that begin so, `=нет` for that word only, and
`третий_лицо` for words that stand together.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources

from desk.recognising.reading.lemmas import CYRILLIC, MOST_WORDS, analysed, known, lemmas, parses

_BEGINNING = 3  # letters by which a word is known to be in no list


_CITATION = "citation"  # a sense beside which a word has no other: "статьи 21" is no article that somebody published
_UNCHANGED = 8  # letters of a word that begins alike in all its forms, unless it is a verb: "дети" are of "ребенок"
_VERBS = frozenset({"INFN", "VERB", "GRND", "PRTF"})
_LONG = 6  # letters of a word that may be misspelt
_QUIET = str.maketrans("", "", "аеиоуыэюяьъійїє'")


def sound(word: str) -> str:
    """The consonants of a word in the order of the alphabet, each once for a double one: what typing and hearing leave of it."""
    heard = word.translate(_QUIET)
    return "".join(sorted(sign for at, sign in enumerate(heard) if heard[at - 1 : at] != sign))


def _near(word: str, other: str) -> bool:
    """Whether two words of one sound differ by no more than two letters in length and begin alike but for a vowel."""
    return abs(len(word) - len(other)) <= 2 and word.translate(_QUIET)[:1] == other.translate(_QUIET)[:1]


@dataclass(frozen=True)
class _Entry:
    sense: str
    first: str  # a lemma, a beginning or a word
    rest: tuple[str, ...]


@dataclass
class Senses:
    """The lists of one language."""

    language: str
    by_lemma: dict[str, list[_Entry]] = field(default_factory=dict)
    by_word: dict[str, list[_Entry]] = field(default_factory=dict)
    by_beginning: dict[str, list[_Entry]] = field(default_factory=dict)
    longest: int = 0
    beginnings: set[str] = field(default_factory=set)
    by_sound: dict[str, list[str]] = field(default_factory=dict)

    def of(self, words: Sequence[str], at: int) -> list[tuple[str, str, int]]:
        """The senses of the word at `at`, each with its form and with how many words it takes."""
        word = words[at]
        found = [
            (entry.sense, form, 1 + len(entry.rest))
            for entry, form in _listed(word, self.language)
            if not entry.rest or all(self._fits(words, at + 1 + number, part) for number, part in enumerate(entry.rest))
        ]
        cited = [one for one in found if one[0] == _CITATION]
        return cited or found or list(_misspelt(word, self.language))

    def listed(self, word: str) -> Iterator[tuple[_Entry, str]]:
        """What is listed of a word, for itself or with others beside it, each with the form the word then is."""
        if word[:_BEGINNING] not in self.beginnings:
            return
        forms = analysed(word, self.language)
        default = forms[0][1] if forms else "other"
        yield from ((entry, default) for entry in self.by_word.get(word, ()))
        for length in range(2, min(self.longest, len(word)) + 1):
            yield from ((entry, default) for entry in self.by_beginning.get(word[:length], ()))
        for lemma, form in forms:
            yield from ((entry, form) for entry in self.by_lemma.get(lemma, ()))

    def misspelt(self, word: str) -> list[tuple[str, str, int]]:
        """The senses of a word that no dictionary has and that sounds like one of the lists; its form is told by its ending."""
        if len(word) < _LONG or self.language not in CYRILLIC or known(word, self.language):
            return []
        found: list[tuple[str, str, int]] = []
        for lemma, form in analysed(word, self.language):
            alike = [one for one in self.by_sound.get(sound(lemma), ()) if _near(lemma, one)]
            found += [(entry.sense, form, 1) for one in alike for entry in self.by_lemma.get(one, ()) if not entry.rest]
        return list(dict.fromkeys(found))

    def _fits(self, words: Sequence[str], at: int, part: str) -> bool:
        if at >= len(words):
            return False
        return _is(words[at], part, self.language)


@lru_cache(MOST_WORDS)
def _is(word: str, part: str, language: str) -> bool:
    """Whether a word is what a list has in the middle of several that stand together."""
    if part.endswith("*"):
        return word.startswith(part.strip("=*"))
    if part.startswith("="):
        return word == part[1:]
    return word == part or not lemmas(word, language).isdisjoint(lemmas(part, language))


@lru_cache(MOST_WORDS)
def _listed(word: str, language: str) -> tuple[tuple[_Entry, str], ...]:
    return tuple(senses(language).listed(word))


@lru_cache(MOST_WORDS)
def _misspelt(word: str, language: str) -> tuple[tuple[str, str, int], ...]:
    return tuple(senses(language).misspelt(word))


@cache
def senses(language: str) -> Senses:
    """The lists of `language`; without a file of its own, none."""
    table = Senses(language)
    path = resources.files("desk.recognising.reading") / f"{language}.toml"
    for sense, listed in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for written in listed.split():
            first, *rest = written.split("_")
            entry = _Entry(sense, first, tuple(rest))
            if first.startswith("=") and not first.endswith("*"):
                table.by_word.setdefault(first[1:], []).append(entry)
                table.beginnings.add(first[1:][:_BEGINNING])
            elif first.endswith("*"):
                begun = first.strip("=*")
                table.by_beginning.setdefault(begun, []).append(entry)
                table.longest = max(table.longest, len(begun))
                table.beginnings.add(begun[:_BEGINNING])
            else:
                _add_lemma(table, first, entry)
    return table


def _add_lemma(table: Senses, word: str, entry: _Entry) -> None:
    """A lemma is found under the beginnings of its own forms: отозвать begins "отз" in отзову."""
    found = lemmas(word, table.language)
    for lemma in {word} if word in found else found:
        if len(lemma) >= _LONG and lemma not in table.by_lemma:
            table.by_sound.setdefault(sound(lemma), []).append(lemma)
        table.by_lemma.setdefault(lemma, []).append(entry)
        table.beginnings.update(_beginnings(lemma, table.language))
    table.beginnings.add(word[:_BEGINNING])


def _beginnings(lemma: str, language: str) -> set[str]:
    if language not in CYRILLIC:
        return {lemma[:_BEGINNING]}
    changing = [one for one in parses(lemma, language)[:3] if len(lemma) < _UNCHANGED or one.tag.POS in _VERBS]
    return {lemma[:_BEGINNING], *(form.word.replace("ё", "е")[:_BEGINNING] for one in changing for form in one.lexeme)}
