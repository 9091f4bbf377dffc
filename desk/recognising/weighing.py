"""Weighs the signs of a letter: which kinds of the law table they come to, in which order, and how sure that is."""

import re
from collections.abc import Sequence
from dataclasses import replace

from desk.recognising.reading.grammar import MEANT
from desk.recognising.signs import Hit, Signs
from desk.recognising.wording import wording

_WRITTEN = wording().expressions

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

_NOT_USED = "wants the data not to be used"  # the reading of frames.toml that other demands bring with them
_MOST_NAMED = 4
# What a sign stands for, as long as nothing says more.
_OPENED = {
    "erase": ("consent_withdrawal", "stop_processing"),
    "erase_formal": ("destruction_request", "consent_withdrawal", "stop_processing"),
    "erase_foreign": ("destruction_request", "consent_withdrawal", "stop_processing"),
}


def named_in(signs: Signs, kinds: Sequence[str], supposed: Sequence[str]) -> tuple[str, ...]:
    """Kinds that may be meant besides `kinds`: `supposed`, and what is only named or gave way to a surer one."""
    if signs.no_demand:
        return ()
    named = {kind for hit in signs.doubts if hit.said == "named" for kind in _OPENED.get(hit.means, (hit.means,))}
    others = sorted(((named & set(_ORDER)) | signs.lesser) - set(kinds), key=_ORDER.index)
    return tuple(dict.fromkeys((*(kind for kind in supposed if kind not in kinds), *others)))[:_MOST_NAMED]


def kinds_of(signs: Signs, authority: str | None, *, advert: bool = False) -> list[str]:
    """The kinds demanded. In what reads as advertising only what a frame read as demanded counts."""
    if advert:
        signs = replace(signs, hits=[hit for hit in signs.hits if hit.said in MEANT or hit.weight == 0])
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
    _narrower(signs, kinds)
    _only_told(signs, kinds)
    if not kinds and signs.has("threat"):
        kinds.add("claim")
    if (
        "marketing_optout" in kinds
        and kinds & {"unlawful_processing", "access_request"}
        and not _WRITTEN["data"].search(signs.everything)
    ):
        first.append("marketing_optout")
    titled = [hit.means for hit in signs.of_titles() if hit.means in kinds] if not first else []
    ordered = [*first, *dict.fromkeys(titled), *(kind for kind in _ORDER if kind in kinds)]
    return [kind for kind in dict.fromkeys(ordered) if kind in kinds]


def _withdrawn_before(signs: Signs) -> None:
    """To have withdrawn before, and still be bothered, is no withdrawal but a report of unlawful processing."""
    told = {hit.sentence for hit in signs.of("withdrew_before")}
    signs.hits = [
        hit for hit in signs.hits if hit.means != "consent_withdrawal" or not any(_same(hit.sentence, one) for one in told)
    ]


def _only_partly_withdrawn(signs: Signs, kinds: set[str], first: list[str]) -> None:
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


def _for_this_purpose(hits: list[Hit]) -> bool:
    return all(_WRITTEN["purpose"].search(f" {hit.sentence} ") for hit in hits)


# Demands in which "delete" is said of something else: a wrong entry, a photo, a mailing.
_SETTLED = frozenset({"rectification", "distribution_stop", "marketing_optout", "breach_report"})


def _erasure(signs: Signs, kinds: set[str], first: list[str]) -> None:
    """What "delete" opens: always the withdrawal and the stop, the destruction only on a ground or by its own name."""
    plain, formal, foreign = signs.has("erase"), signs.has("erase_formal"), signs.has("erase_foreign")
    # "Delete it" is about data when the letter is.
    spoken_of = bool(_WRITTEN["data"].search(signs.everything)) or "access_request" in kinds
    plain = plain or (signs.has("erase_it") and spoken_of and not kinds & _SETTLED)
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
        if not _besides(signs, "erase", "marketing_optout") and not any(
            _WRITTEN["database"].search(sentence) for sentence in told
        ):
            return  # only an address or a number off a mailing list
    signs.lesser.update({"destruction_request"} if formal or foreign else ())
    grounded = signs.has("ground") or "unlawful_processing" in kinds or signs.has("purpose_reached")
    kinds.add("stop_processing")
    if not (formal and grounded):
        # What is held without a ground was never consented to.
        kinds.add("consent_withdrawal")
    if grounded or ((formal or foreign) and (not withdrawn or _beyond_withdrawal(signs))):
        kinds.add("destruction_request")
        if not withdrawn and not first:
            first.append("destruction_request")


def _besides(signs: Signs, means: str, other: str) -> bool:
    """Whether two things are asked for in so many words, each in a clause of its own."""
    asked = {hit.sentence for hit in signs.of(means) if hit.said == "asked"}
    others = {hit.sentence for hit in signs.of(other) if hit.said in MEANT and hit.by == "frame"}
    return bool(others) and bool(asked - others)


def _beyond_withdrawal(signs: Signs) -> bool:
    """Whether destruction is demanded for itself, not as what follows a withdrawal within thirty days anyway (art. 21(5))."""
    told = [f" {hit.sentence} " for hit in (*signs.of("erase_formal"), *signs.of("erase_foreign")) if hit.said == "asked"]
    return bool(told) and not any(_WRITTEN["thirty_days"].search(sentence) for sentence in told)


def _narrower(signs: Signs, kinds: set[str]) -> None:
    """In one sentence the narrower demand takes the wider one: "block them and pass them to nobody" stops no other processing."""
    narrow = {hit.sentence for kind in ("blocking_request", "distribution_stop") if kind in kinds for hit in signs.of(kind)}
    stops = signs.of("stop_processing")
    brought = all(hit.why == _NOT_USED and any(_same(hit.sentence, one) for one in narrow) for hit in stops)
    if stops and brought and "consent_withdrawal" not in kinds:
        kinds.discard("stop_processing")


_FIXING = frozenset({"fix", "specify", "replace"})  # deeds


def _only_told(signs: Signs, kinds: set[str]) -> None:
    """Beside a demand in so many words what is only told is no second one: a wrong name in what is to be deleted.

    What is taken away so stays a candidate.
    """
    asked = {hit.means for hit in signs.hits if hit.said in MEANT}
    worded = {kind for kind in kinds if all(hit.by == "wording" for hit in signs.of(kind))}
    cut = any(one.clauses for one in signs.sentences)
    lesser: set[str] = set()
    if (
        cut
        and "rectification" in kinds - asked
        and len(kinds) > 1
        and "blocking_request" not in kinds
        and not _asked(signs, _FIXING)
    ):
        lesser.add("rectification")
    if cut and "access_request" in worded and asked & _ERASING and not _asked(signs, frozenset({"inform"})):
        lesser.add("access_request")
    if "breach_report" in worded and "blocking_request" in asked:
        lesser.add("breach_report")  # what was stolen is the writer's own
    told = [f" {hit.sentence} " for hit in signs.of("unlawful_processing")]
    about_ads = all(_WRITTEN["marketing"].search(one) and not _WRITTEN["data"].search(one) for one in told)
    if told and about_ads and "marketing_optout" in kinds:
        lesser.add("unlawful_processing")
    kinds -= lesser
    signs.lesser |= lesser


_ERASING = frozenset(_OPENED)  # signs


def _asked(signs: Signs, deeds: frozenset[str]) -> bool:
    """Whether one of `deeds` is asked for, or about, anywhere in the letter."""
    said = (act for one in signs.sentences for acts in one.said for act in acts)
    return any(act.sense in deeds and act.said in MEANT | {"questioned"} for act in said)


def _same(clause: str, sentence: str) -> bool:
    return clause in sentence or sentence in clause


def _whole_erasure(signs: Signs) -> bool:
    """Whether something is to be erased in a sentence that is not about taking down what was published."""
    published = {hit.sentence for hit in signs.of("distribution_stop")}
    return any(hit.sentence not in published for hit in signs.of("erase"))


def _claims(signs: Signs, kinds: set[str], first: list[str]) -> None:
    """A letter that calls itself a claim is one in the first place, whatever else it demands."""
    titled = [hit for hit in signs.of("claim") if hit.place in {"title", "file name"} or hit.number == 1]
    if "claim" in kinds and titled and not first:
        first.extend(kind for kind in ("consumer_claim", "claim") if kind in kinds)


def _official(signs: Signs, authority: str | None) -> list[str]:
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


def is_spam(signs: Signs, authority: str | None) -> bool:
    own = bool(_WRITTEN["first_person_demand"].search(signs.everything))
    if (
        signs.has("pay_now")
        and authority is None
        and (signs.has("authority_rkn") or signs.has("authority_other") or signs.has("fine_threat"))
    ):
        return not own or not _WRITTEN["self"].search(signs.everything)
    if not signs.offered and _asked(signs, frozenset({"stop", "refuse"})):
        return False  # who sells asks nobody to stop
    return bool(signs.offered or signs.of("advert")) and not own and not _WRITTEN["self"].search(signs.everything)


def confidence_of(kinds: list[str], signs: Signs) -> float:
    if not kinds:
        return 0.0
    places = {
        hit.place for hit in signs.hits if hit.means in {*kinds, "erase", "erase_formal", "erase_foreign", "demand_of_authority"}
    }
    told = "text" in places
    titled = "title" in places
    best = 0.95 if told and titled else 0.9 if told else 0.85 if titled else 0.75 if "attached text" in places else 0.7
    if signs.asked or signs.given:
        best -= 0.15
    return round(best, 2)
