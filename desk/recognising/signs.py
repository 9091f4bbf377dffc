"""Gathers the signs of demands from the sentences of a letter: by frames, and by the wording where frames are silent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from desk.recognising.net import Window
from desk.recognising.normal import Sentence, sentences, spelt
from desk.recognising.reading import frames
from desk.recognising.reading.clauses import Clause, senses_of
from desk.recognising.reading.grammar import MEANT
from desk.recognising.reading.speakers import overruling
from desk.recognising.reading.tables import CONCLUDES
from desk.recognising.wording import wording

_ENOUGH = 0.8  # of the weight of a sign for it to count
_LONGEST = 120_000  # characters of a text that are read
_BESIDE = 2  # sentences before and after one that belong to it
_MOST_LOOSE = 60  # sentences of a letter that is read loosely: in a longer one everything stands near everything
_SO_THAT = "so that "  # tells what for, and not what follows
_WRITTEN = wording().expressions


@dataclass(frozen=True)
class Hit:
    """One sign: what a sentence is worded like."""

    means: str  # a kind of demand, or a sign such as "erase" that is weighed
    why: str
    weight: float
    sentence: str
    place: str  # "title", "file name", "text", "attached text"
    number: int  # of its sentence in its place, from 1
    always: bool = True  # counts also in a sentence that asks how something is done
    said: str = ""  # how, when a frame read it
    by: str = "wording"  # "frame", "wording" or "loose"


@dataclass
class Signs:
    """What was found in one letter."""

    hits: list[Hit] = field(default_factory=list)
    doubts: list[Hit] = field(default_factory=list)  # signs that something else in their sentence speaks against
    words: int = 0  # in the text and attached texts
    asked: bool = False  # the text asks how something is done, supposes it, or denies it
    given: bool = False  # a consent is given
    no_demand: bool = False
    offered: bool = False  # a sentence offers what others demand
    taken_back: bool = False
    questions: int = 0
    everything: str = " "
    windows: list[tuple[str, str, bool]] = field(default_factory=list)  # place, sentence, whether it may demand
    sentences: list[Window] = field(default_factory=list)  # for the net
    lesser: set[str] = field(default_factory=set)  # kinds that a surer one left no room for: candidates
    against: set[str] = field(default_factory=set)  # signs that a sentence denies, tells of, supposes or asks about

    def of(self, means: str, *places: str) -> list[Hit]:
        return [hit for hit in self.hits if hit.means == means and (not places or hit.place in places)]

    def of_titles(self) -> list[Hit]:
        return [hit for hit in self.hits if hit.place == "title"]

    def has(self, means: str) -> bool:
        """Whether the signs of `means` weigh enough; those without weight only have to be there."""
        hits = self.of(means)
        return bool(hits) and (max(hit.weight for hit in hits) >= _ENOUGH or all(hit.weight == 0 for hit in hits))


_CONTEXT = frozenset({"asks_how", "hypothetical", "negated", "consent_given", "no_demand", "takes_back", "disclaimer"})
# Signs that a reading of one of them speaks against together.
_FAMILIES = {"erase": frozenset({"erase", "erase_it", "erase_formal", "erase_foreign"})}
_FAMILIES |= dict.fromkeys(("erase_formal", "erase_foreign"), _FAMILIES["erase"])
# What is demanded by telling or asking: only a denial or a supposition speaks against it.
_FACTS = frozenset({"breach_report", "unlawful_processing", "access_request", "automated_decision_objection"})
_DENIED = frozenset({"denied", "supposed", "other", "offered", "elsewhere", "thanked"})
# Demands that a mere name in a longer sentence does not make, whatever the wording finds there.
_BIG = frozenset({"consent_withdrawal", "erase", "erase_formal", "stop_processing"})
# Ways of saying a thing that are no demand, in words for staff.
AGAINST = {
    "other": "but it is about another thing",
    "denied": "but the sentence denies it",
    "told": "but the sentence only tells of it",
    "supposed": "but the sentence only supposes it",
    "questioned": "but the sentence only asks about it",
    "named": "but the sentence only names it",
    "short": "but the sentence says that it was done",
    "offered": "but the sentence offers it",
    "elsewhere": "but the sentence tells it of others",
    "thanked": "but the sentence gives thanks for it",
}


def gather(text: str, place: str, signs: Signs, language: str) -> None:
    """Reads every sentence of `text` into `signs`."""
    titles = place in {"title", "file name"}
    notice = False
    found = list(sentences(text))
    cut = [frames.cut(sentence, language) for sentence in found]
    meant = [senses_of(parts) for parts in cut]
    for number, sentence in enumerate(found):
        worded = _hits(sentence.words, place, number=number + 1)
        context = {hit.means for hit in worded} & _CONTEXT
        # A notice of confidentiality asks to delete the letter itself, often over several sentences.
        notice = "disclaimer" in context or (notice and bool(_WRITTEN["letter"].search(f" {sentence.words} ")))
        if notice:
            continue
        if "takes_back" in context:
            signs.taken_back = True
            signs.sentences.clear()
            signs.hits = [hit for hit in signs.hits if hit.weight == 0 or hit.means == "displeased"]
        spelling = spelt(sentence.words)
        if not titles:
            signs.words += len(spelling)
            signs.asked = signs.asked or bool(context & {"asks_how", "hypothetical", "negated", "takes_back"})
            signs.given = signs.given or "consent_given" in context
            signs.no_demand = signs.no_demand or "no_demand" in context
        signs.questions += sentence.asked
        if len(signs.everything) < _LONGEST:
            signs.everything += sentence.words + " "
        demanding = not context - {"no_demand"}
        around = _around(meant, number)
        mood = overruling(cut[number], around)
        said = frames.said(cut[number], language, mood)
        framed, doubted, against = _framed(frames.read(cut[number], said, around, mood), place, number=number + 1)
        signs.offered = signs.offered or mood == "offered"
        demands = any(act.said in MEANT for acts in said for act in acts)
        nothing_asked = bool(mood) and not demands
        only_asks = sentence.asked and bool(cut[number]) and not demands
        demanding = demanding and not nothing_asked
        signs.hits.extend(framed)
        signs.doubts.extend(doubted)
        if place != "file name" and "takes_back" not in context:
            signs.sentences.extend(_windows(Window(spelling, cut[number], said, title=titles), language))
        signs.against.update(against)
        told = {hit.means for hit in framed}
        for hit in worded:
            framed_too = hit.means in frames.signs()
            spoken_against = (hit.means in against and hit.means not in told) or (only_asks and not hit.always and framed_too)
            if not spoken_against and (demanding or (hit.always and not (nothing_asked and framed_too))):
                signs.hits.append(hit)
        if context and context <= {"no_demand", "negated", "takes_back"}:
            signs.hits.extend(_instead(sentence, place, number + 1))
        if place == "file name":
            continue
        # A subject stands for itself; the sentences of a text are read together with their neighbours.
        signs.windows.append((place, sentence.words, demanding and not against))


def _windows(whole: Window, language: str) -> Iterator[Window]:
    """A sentence as the net looks at it: what it concludes is a sentence of its own, for what went before is no demand."""
    cuts = [number for number, clause in enumerate(whole.clauses) if number and _concludes(clause, language)]
    parts = [
        Window(
            [word.text for clause in whole.clauses[first:last] for word in clause.words],
            whole.clauses[first:last],
            said,
            whole.title,
        )
        for first, last in pairwise((0, *cuts, len(whole.clauses)))
        if (said := whole.said[first:last])
    ]
    # Of a very long sentence the clauses do not hold all.
    complete = [word for part in parts for word in part.words] == list(whole.words)
    yield from parts if cuts and complete else (whole,)


def _concludes(clause: Clause, language: str) -> bool:
    return clause.text.startswith(CONCLUDES.get(language, ())) and not clause.text.startswith(_SO_THAT)


def _around(meant: Sequence[frozenset[str]], number: int) -> frozenset[str]:
    """The senses of the sentences before and after one."""
    return frozenset().union(*meant[max(0, number - _BESIDE) : number], *meant[number + 1 : number + 1 + _BESIDE])


def _framed(readings: Sequence[frames.Reading], place: str, *, number: int) -> tuple[list[Hit], list[Hit], dict[str, str]]:
    """What the frames read in a sentence, what they read but for the way it is said, and which signs that speaks against."""
    sure = {reading.sign: reading for reading in readings if reading.sure}
    doubts: dict[str, Hit] = {}
    against: dict[str, str] = {}
    for reading in readings:
        weak = reading.sign in _FACTS and reading.said not in _DENIED
        if not reading.sure and not weak and reading.sign not in sure and reading.said in AGAINST:
            why = f"{reading.why}, {AGAINST[reading.said]}"
            doubts.setdefault(
                reading.sign, Hit(reading.sign, why, 0.0, reading.text, place, number, said=reading.said, by="frame")
            )
            for sign in _FAMILIES.get(reading.sign, {reading.sign}) if reading.said != "named" or reading.sign in _BIG else ():
                against.setdefault(sign, reading.said)
    hits = [
        Hit(sign, reading.why, 1.0, reading.text, place, number, said=reading.said, by="frame") for sign, reading in sure.items()
    ]
    return hits, list(doubts.values()), against


def _hits(words: str, place: str, *, number: int) -> list[Hit]:
    titles = place in {"title", "file name"}
    return [
        Hit(rule.means, rule.why, rule.weight, words, place, number, rule.asked)
        for rule in wording().index.found(words)
        if (rule.titles if titles else rule.texts)
    ]


def _instead(sentence: Sentence, place: str, number: int) -> Iterator[Hit]:
    """What a sentence that denies one thing demands instead: "I do not withdraw my consent, only stop calling me"."""
    for clause in sentence.clauses:
        if _WRITTEN["instead"].match(f" {clause} "):
            hits = _hits(clause, place, number=number)
            if not any(hit.means in _CONTEXT for hit in hits):
                yield from hits


def read_loosely(signs: Signs) -> bool:
    """Looks for ideas near each other where no exact wording was found; whether there was any."""
    if signs.no_demand or len(signs.windows) > _MOST_LOOSE:
        return False
    index = wording().loose
    found: dict[str, Hit] = {}
    for start in range(len(signs.windows)):
        near = signs.windows[start : start + 3]
        sentence = " ".join(words for _, words, _ in near)
        demanding = all(may for _, _, may in near)
        for rule in index.found(sentence):
            if rule.means not in found and (demanding or rule.asked):
                found[rule.means] = Hit(rule.means, rule.why, rule.weight, sentence, near[0][0], start + 1, by="loose")
    signs.hits.extend(found.values())
    return bool(found)


def drop_empty_titles(signs: Signs, *, reply: bool) -> None:
    """Takes back what only the subject or a file name says, when the text shows that it is not meant."""
    said = {hit.means for hit in signs.hits if hit.place in {"text", "attached text"} and hit.weight > 0}
    if signs.no_demand:
        signs.hits = [hit for hit in signs.hits if hit.weight == 0 or hit.means == "displeased"]
        signs.sentences = [window for window in signs.sentences if not window.title]
        return
    if signs.has("unblock"):
        signs.hits = [hit for hit in signs.hits if hit.means != "blocking_request"]
    money = signs.has("money") and "consent_withdrawal" not in said
    weak = signs.words >= 6 and not _WRITTEN["about_data"].search(signs.everything)
    answered = reply and signs.words >= 3 and not _WRITTEN["attached"].search(signs.everything)
    only_asked = signs.asked and not said - {"displeased", "access_request"}

    def kept(hit: Hit) -> bool:
        if hit.place not in {"title", "file name"} or hit.weight == 0 or hit.means in said:
            return True
        if hit.means == "consent_withdrawal" and (money or (weak and len(hit.sentence.split()) <= 1)):
            return False
        if hit.place == "title" and answered:
            return False
        return not only_asked

    meant = list(map(kept, signs.hits))
    dropped = any(hit.place == "title" and not keep for hit, keep in zip(signs.hits, meant, strict=True))
    signs.hits = [hit for hit, keep in zip(signs.hits, meant, strict=True) if keep]
    if dropped or (reply and not signs.of_titles()):
        signs.sentences = [window for window in signs.sentences if not window.title]
