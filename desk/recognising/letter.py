"""Says what a letter demands, in which language, and how sure that is, from its words alone.

The kinds are those of the law table (`desk/law`); one letter may hold several, the first is what the letter is mainly
about. The wording is data (`desk/recognising/*.toml`); here is only how signs are weighed. The staff have the last word:
whatever is not understood is a `question`, and nothing is dropped.

How a letter is read:

1. Subject, file names, text and attached texts are cut into sentences of plain words.
2. Each sentence is compared with the wording. Sentences that ask how something is done, suppose it, deny it or give a
   consent make no demand; of a sentence that denies one thing, the clauses that want another are read. Who takes a
   demand back has made none, and a notice of confidentiality is not read. Russian in Latin letters is read as Russian.
3. Signs become kinds: "delete my data" alone is a withdrawal of consent and a demand to stop; only with a ground (the data
   are held unlawfully or are no longer needed) or under the law's own name it is a demand of destruction (art. 14(1), 21).
4. A withdrawal that is only about advertising or publication is that, and no more.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from desk.recognising import languages
from desk.recognising.normal import Sentence, sentences
from desk.recognising.transliterated import cyrillic, is_russian
from desk.recognising.wording import Rule, wording

__all__ = ["AUTHORITY_DOMAINS", "Recognition", "recognise"]

# Whose mail comes from an authority, subdomains included: "rkn" is the data protection authority, "other" any other.
AUTHORITY_DOMAINS: Mapping[str, str] = {
    "rkn.gov.ru": "rkn",
    "rsoc.ru": "rkn",
    "genproc.gov.ru": "other",
    "prokuror.ru": "other",
    "mvd.ru": "other",
    "mvd.gov.ru": "other",
    "sledcom.ru": "other",
    "sudrf.ru": "other",
    "arbitr.ru": "other",
    "fssp.gov.ru": "other",
    "fssprus.ru": "other",
    "fsb.ru": "other",
    "fas.gov.ru": "other",
    "rospotrebnadzor.ru": "other",
    "nalog.ru": "other",
    "nalog.gov.ru": "other",
    "cbr.ru": "other",
    "gov.ru": "other",
    "mos.ru": "other",
}
_AUTHORITY_LABELS = {
    "rkn": "rkn",
    "roskomnadzor": "rkn",
    "prokuratura": "other",
    "genproc": "other",
    "mvd": "other",
    "sudrf": "other",
}

_ENOUGH = 0.8  # of the weight of a sign for it to count
_LONGEST = 120_000  # characters of a text that are read; the end of a longer one is read too
_LONGEST_END = 30_000
_MOST_LOOSE = 60  # sentences of a letter that is read loosely: in a longer one everything stands near everything

# The order of importance when nothing in the letter says otherwise.
_ORDER = (
    "rkn_order",
    "rkn_block_request",
    "rkn_request",
    "authority_order",
    "breach_report",
    "destruction_impossible",
    "consent_withdrawal",
    "destruction_request",
    "consumer_claim",
    "claim",
    "distribution_stop",
    "blocking_request",
    "unlawful_processing",
    "stop_processing",
    "automated_decision_objection",
    "rectification",
    "access_request",
    "marketing_optout",
    "purpose_reached",
)

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
    why: tuple[str, ...]  # which wordings spoke for it; no word of the letter beyond them


@dataclass(frozen=True)
class _Hit:
    rule: Rule
    sentence: str
    place: str  # "title", "file name", "text", "attached text"
    first: bool  # in the first sentence of its place


@dataclass
class _Signs:
    """What the wording found in one letter."""

    hits: list[_Hit] = field(default_factory=list)
    words: int = 0  # in the text and attached texts
    asked: bool = False  # the text asks how something is done, supposes it, or denies it
    given: bool = False  # a consent is given
    no_demand: bool = False
    questions: int = 0
    everything: str = " "
    windows: list[tuple[str, str, bool]] = field(default_factory=list)  # place, sentence, whether it may demand

    def of(self, means: str, *places: str) -> list[_Hit]:
        return [hit for hit in self.hits if hit.rule.means == means and (not places or hit.place in places)]

    def of_titles(self) -> list[_Hit]:
        return [hit for hit in self.hits if hit.place == "title"]

    def has(self, means: str) -> bool:
        """Whether the signs of `means` weigh enough; those without weight only have to be there."""
        hits = self.of(means)
        return bool(hits) and (max(hit.rule.weight for hit in hits) >= _ENOUGH or all(hit.rule.weight == 0 for hit in hits))


_CONTEXT = frozenset({"asks_how", "hypothetical", "negated", "consent_given", "no_demand", "takes_back", "disclaimer"})


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
    signs = _Signs()
    _read(title, "title", signs)
    if latin:
        _read(cyrillic(title), "title", signs)
    for name in names:
        _read(name, "file name", signs)
    _read(cyrillic(_bounded(text)) if latin else _bounded(text), "text", signs)
    for attached in file_texts[:20]:
        _read(_bounded(attached), "attached text", signs)
    _drop_empty_titles(signs, reply=bool(_WRITTEN["reply"].match(subject)))
    language = "ru" if latin else _language(text, file_texts, title, names)
    authority = _authority(sender, authority_domains)
    spam = _spam(signs, authority)
    kinds = [] if spam else _kinds(signs, authority)
    confidence = _confidence(kinds, signs)
    if not kinds and not spam and _read_loosely(signs):
        kinds = _kinds(signs, authority)
        confidence = 0.55 if kinds else 0.0
    if not kinds:
        kinds = ["complaint"] if signs.has("displeased") and not spam else ["question"]
        confidence = 0.6 if spam or kinds == ["complaint"] or signs.questions or signs.asked else 0.4
    return Recognition(tuple(kinds), language, spam, confidence, _why(signs, spam=spam))


def _bounded(text: str) -> str:
    if len(text) <= _LONGEST + _LONGEST_END:
        return text
    return text[:_LONGEST] + "\n\n" + text[-_LONGEST_END:]


def _language(text: str, file_texts: Sequence[str], title: str, names: Sequence[str]) -> str:
    letters = sum(c.isalpha() for c in text[:200])
    own = f"{text} {title}" if letters < 20 else text
    return languages.language(own, *file_texts, title, " ".join(names))


# --- reading


def _read(text: str, place: str, signs: _Signs) -> None:
    """Compares every sentence of `text` with the wording."""
    titles = place in {"title", "file name"}
    notice = False
    for number, sentence in enumerate(sentences(text)):
        hits = _hits(sentence.words, place, first=number == 0)
        context = {hit.rule.means for hit in hits} & _CONTEXT
        # A notice of confidentiality asks to delete the letter itself, often over several sentences.
        notice = "disclaimer" in context or (notice and bool(_WRITTEN["letter"].search(f" {sentence.words} ")))
        if notice:
            continue
        if "takes_back" in context:
            signs.hits = [hit for hit in signs.hits if hit.rule.weight == 0 or hit.rule.means == "displeased"]
        if not titles:
            signs.words += sentence.words.count(" ") + 1
            signs.asked = signs.asked or bool(context & {"asks_how", "hypothetical", "negated", "takes_back"})
            signs.given = signs.given or "consent_given" in context
            signs.no_demand = signs.no_demand or "no_demand" in context
        signs.questions += sentence.asked
        if len(signs.everything) < _LONGEST:
            signs.everything += sentence.words + " "
        demanding = not context - {"no_demand"}
        signs.hits.extend(hit for hit in hits if demanding or hit.rule.asked)
        if context and context <= {"no_demand", "negated", "takes_back"}:
            signs.hits.extend(_instead(sentence, place))
        if place == "file name":
            continue
        # A subject stands for itself; the sentences of a text are read together with their neighbours.
        signs.windows.append((place, sentence.words, demanding))


def _hits(words: str, place: str, *, first: bool) -> list[_Hit]:
    titles = place in {"title", "file name"}
    return [_Hit(rule, words, place, first) for rule in wording().index.found(words) if (rule.titles if titles else rule.texts)]


def _instead(sentence: Sentence, place: str) -> Iterator[_Hit]:
    """What a sentence that denies one thing demands instead: "I do not withdraw my consent, only stop calling me"."""
    for clause in sentence.clauses:
        if _WRITTEN["instead"].match(f" {clause} "):
            hits = _hits(clause, place, first=False)
            if not any(hit.rule.means in _CONTEXT for hit in hits):
                yield from hits


def _read_loosely(signs: _Signs) -> bool:
    """Looks for ideas near each other where no exact wording was found; whether there was any."""
    if signs.no_demand or len(signs.windows) > _MOST_LOOSE:
        return False
    index = wording().loose
    found: dict[str, _Hit] = {}
    for start in range(len(signs.windows)):
        near = signs.windows[start : start + 3]
        sentence = " ".join(words for _, words, _ in near)
        demanding = all(may for _, _, may in near)
        for rule in index.found(sentence):
            if rule.means not in found and (demanding or rule.asked):
                found[rule.means] = _Hit(rule, sentence, near[0][0], start == 0)
    signs.hits.extend(found.values())
    return bool(found)


def _drop_empty_titles(signs: _Signs, *, reply: bool) -> None:
    """Takes back what only the subject or a file name says, when the text shows that it is not meant."""
    said = {hit.rule.means for hit in signs.hits if hit.place in {"text", "attached text"} and hit.rule.weight > 0}
    if signs.no_demand:
        signs.hits = [hit for hit in signs.hits if hit.rule.weight == 0 or hit.rule.means == "displeased"]
        return
    if signs.has("unblock"):
        signs.hits = [hit for hit in signs.hits if hit.rule.means != "blocking_request"]
    money = signs.has("money") and "consent_withdrawal" not in said
    weak = signs.words >= 6 and not _WRITTEN["about_data"].search(signs.everything)
    answered = reply and signs.words >= 3 and not _WRITTEN["attached"].search(signs.everything)
    only_asked = signs.asked and not said - {"displeased", "access_request"}

    def kept(hit: _Hit) -> bool:
        if hit.place not in {"title", "file name"} or hit.rule.weight == 0 or hit.rule.means in said:
            return True
        if hit.rule.means == "consent_withdrawal" and (money or (weak and len(hit.sentence.split()) <= 1)):
            return False
        if hit.place == "title" and answered:
            return False
        return not only_asked

    signs.hits = [hit for hit in signs.hits if kept(hit)]


# --- weighing


def _kinds(signs: _Signs, authority: str | None) -> list[str]:
    official = _official(signs, authority)
    if official:
        return official
    _withdrawn_before(signs)
    kinds = {kind for kind in _ORDER if signs.has(kind)}
    if signs.has("withdraw_it") and _WRITTEN["consent"].search(signs.everything) and not signs.has("withdrew_before"):
        kinds.add("consent_withdrawal")
    if signs.has("withdrew_before"):
        kinds.add("unlawful_processing")
    first: list[str] = []
    _only_partly_withdrawn(signs, kinds, first)
    _erasure(signs, kinds, first)
    _claims(signs, kinds, first)
    if not kinds and signs.has("threat"):
        kinds.add("claim")
    if (
        "marketing_optout" in kinds
        and kinds & {"unlawful_processing", "access_request"}
        and not _WRITTEN["data"].search(signs.everything)
    ):
        first.append("marketing_optout")
    titled = [hit.rule.means for hit in signs.of_titles() if hit.rule.means in kinds] if not first else []
    ordered = [*first, *dict.fromkeys(titled), *(kind for kind in _ORDER if kind in kinds)]
    return [kind for kind in dict.fromkeys(ordered) if kind in kinds]


def _withdrawn_before(signs: _Signs) -> None:
    """To have withdrawn before, and still be bothered, is no withdrawal but a report of unlawful processing."""
    told = {hit.sentence for hit in signs.of("withdrew_before")}
    signs.hits = [hit for hit in signs.hits if hit.rule.means != "consent_withdrawal" or hit.sentence not in told]


def _only_partly_withdrawn(signs: _Signs, kinds: set[str], first: list[str]) -> None:
    """A consent withdrawn only for advertising or publication is no withdrawal of the whole."""
    hits = signs.of("consent_withdrawal")
    if not hits:
        return
    for kind, about in (("marketing_optout", _WRITTEN["marketing"]), ("distribution_stop", _WRITTEN["publishing"])):
        partly = [hit for hit in hits if about.search(f" {hit.sentence} ")]
        if kind == "distribution_stop":
            partly = [hit for hit in partly if not _WRITTEN["biometric"].search(f" {hit.sentence} ")]
        if not partly:
            continue
        kinds.add(kind)
        if len(partly) == len([hit for hit in hits if hit.place != "title"]) or len(partly) == len(hits):
            narrow = all(not _WRITTEN["processing"].search(f" {hit.sentence} ") for hit in partly)
            if narrow:
                kinds.discard("consent_withdrawal")
            if narrow or _for_this_purpose(partly):
                first.append(kind)


def _for_this_purpose(hits: list[_Hit]) -> bool:
    return all(_WRITTEN["purpose"].search(f" {hit.sentence} ") for hit in hits)


# Demands in which "delete" is said of something else: a wrong entry, a photo, a mailing.
_SETTLED = frozenset({"rectification", "distribution_stop", "marketing_optout", "breach_report"})


def _erasure(signs: _Signs, kinds: set[str], first: list[str]) -> None:
    """What "delete" opens: always the withdrawal and the stop, the destruction only on a ground or by its own name."""
    plain, formal, foreign = signs.has("erase"), signs.has("erase_formal"), signs.has("erase_foreign")
    # "Delete it" is about data when the letter is.
    plain = plain or (signs.has("erase_it") and bool(_WRITTEN["data"].search(signs.everything)) and not kinds & _SETTLED)
    if not (plain or formal or foreign):
        return
    withdrawn = "consent_withdrawal" in kinds
    if "destruction_impossible" in kinds and not plain:
        return
    if "distribution_stop" in kinds and not formal and not foreign and not _whole_erasure(signs):
        return
    told = [f" {hit.sentence} " for hit in (*signs.of("erase"), *signs.of("erase_formal"), *signs.of("erase_it"))]
    if "marketing_optout" in kinds and not any(_WRITTEN["data"].search(sentence) for sentence in told):
        first.append("marketing_optout")
        if not any(_WRITTEN["database"].search(sentence) for sentence in told):
            return  # only an address or a number off a mailing list
    grounded = signs.has("ground") or "unlawful_processing" in kinds or signs.has("purpose_reached")
    kinds |= {"consent_withdrawal", "stop_processing"}
    if grounded or ((formal or foreign) and not withdrawn):
        kinds.add("destruction_request")
        if not withdrawn and not first:
            first.append("destruction_request")


def _whole_erasure(signs: _Signs) -> bool:
    """Whether something is to be erased in a sentence that is not about taking down what was published."""
    published = {hit.sentence for hit in signs.of("distribution_stop")}
    return any(hit.sentence not in published for hit in signs.of("erase"))


def _claims(signs: _Signs, kinds: set[str], first: list[str]) -> None:
    """A letter that calls itself a claim is one in the first place, whatever else it demands."""
    titled = [hit for hit in signs.of("claim") if hit.place in {"title", "file name"} or hit.first]
    if "claim" in kinds and titled and not first:
        first.extend(kind for kind in ("consumer_claim", "claim") if kind in kinds)


def _official(signs: _Signs, authority: str | None) -> list[str]:
    """The kinds of a letter from an authority; people who only mention one are told apart by how they speak of themselves."""
    relayed = signs.has("rkn_request")
    rkn = authority == "rkn" or signs.has("authority_rkn")
    other = authority == "other" or signs.has("authority_other")
    demands = signs.has("demand_of_authority") or signs.has("order_of_authority") or signs.has("block_of_authority")
    if authority is None and not relayed and (_WRITTEN["self"].search(signs.everything) or not ((rkn or other) and demands)):
        return []
    if relayed and authority is None and _WRITTEN["self"].search(signs.everything):
        return []
    ordered, blocked = signs.has("order_of_authority"), signs.has("block_of_authority")
    if authority == "other" or (other and not rkn):
        if authority is None and not other:
            return []
        oversight = bool(re.search(r" прокур| prosecut", signs.everything)) and bool(
            _WRITTEN["oversight"].search(signs.everything)
        )
        # On the law of personal data a prosecutor is answered like the data protection authority, until the term of the
        # document itself is entered.
        return ["rkn_request", "authority_order"] if oversight and not ordered else ["authority_order"]
    if ordered:
        return ["rkn_order"]
    return ["rkn_block_request"] if blocked else ["rkn_request"]


def _authority(sender: str | None, domains: Mapping[str, str]) -> str | None:
    """Which authority the domain of `sender` belongs to; a free mailbox with an authority's name belongs to none."""
    domain = (sender or "").strip("<> ").rpartition("@")[2].casefold()
    if not domain:
        return None
    labels = domain.split(".")
    for start in range(len(labels)):
        found = domains.get(".".join(labels[start:]))
        if found is not None:
            return "rkn" if "rkn" in labels[:-1] else found
    # The registered name itself (rkn.test), never a mere label in somebody else's domain (rkn.evil.test).
    return _AUTHORITY_LABELS.get(labels[-2]) if len(labels) == 2 else None


def _spam(signs: _Signs, authority: str | None) -> bool:
    own = bool(_WRITTEN["first_person_demand"].search(signs.everything))
    if (
        signs.has("pay_now")
        and authority is None
        and (signs.has("authority_rkn") or signs.has("authority_other") or signs.has("fine_threat"))
    ):
        return not own or not _WRITTEN["self"].search(signs.everything)
    adverts = signs.of("advert")
    return bool(adverts) and not own and not _WRITTEN["self"].search(signs.everything)


def _confidence(kinds: list[str], signs: _Signs) -> float:
    if not kinds:
        return 0.0
    places = {
        hit.place
        for hit in signs.hits
        if hit.rule.means in {*kinds, "erase", "erase_formal", "erase_foreign", "demand_of_authority"}
    }
    told = "text" in places
    titled = "title" in places
    best = 0.95 if told and titled else 0.9 if told else 0.85 if titled else 0.75 if "attached text" in places else 0.7
    if signs.asked or signs.given:
        best -= 0.15
    return round(best, 2)


def _why(signs: _Signs, *, spam: bool) -> tuple[str, ...]:
    places = {"title": "subject", "file name": "file name", "text": "text", "attached text": "attached text"}
    told = [
        f"{places[hit.place]}: {hit.rule.why}" for hit in signs.hits if hit.rule.means != "displeased" or len(signs.hits) == 1
    ]
    if signs.no_demand:
        told.append("text: says it demands nothing")
    if spam:
        told.append("reads as an advertisement or a fraud")
    return tuple(dict.fromkeys(told))[:12]
