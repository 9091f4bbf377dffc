"""Tells what a whole sentence makes of its deeds: offered by who sells, done by or to others elsewhere, or thanked for.

A clause alone does not show it: "Поможем удалить данные, отозвать согласие и вернуть деньги" is one offer over three clauses.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from desk.recognising.reading.clauses import Clause, Word, senses_of
from desk.recognising.reading.grammar import MEANT, Act

_DONE: Final = frozenset({"told", "short"})
_WE: Final = ("им", "ем")
_DONE_FOR_US: Final = frozenset({"erase", "destroy", "fix", "block"})  # deeds
# Words after "thanks" that say for what.
_FOR: Final = frozenset(["за", "что", "for", "that", "dass", "für", "pour", "d'avoir", "de", "por", "per", "za", "że"])


def overruling(parts: Sequence[Clause], around: AbstractSet[str]) -> str:
    """What the sentence as a whole says of its deeds: "offered", "elsewhere" or "thanked"; nothing for most.

    `around` are the senses of the sentences beside it.
    """
    senses = senses_of(parts)
    if "my" not in senses and ("offer" in senses or any(_we_shall(word) for part in parts for word in part.words)):
        return "offered"
    if ("elsewhere" in senses and "you" not in senses) or "not_yours" in senses | around:
        return "elsewhere"
    if "thanks" in senses:
        return "thanked"
    return ""


def _we_shall(word: Word) -> bool:
    """Whether "we" are to do what a requester never does for us: "удалим, исправим"."""
    return word.text.endswith(_WE) and any(form == "will" and sense in _DONE_FOR_US for sense, form in word.senses)


def thanks_for(parts: Sequence[Clause]) -> bool:
    """Whether what was done is what the thanks are for: "спасибо, что удалили", "thanks for removing"."""
    words = [word for part in parts for word in part.words]
    return any(word.has("thanks") and {near.text for near in words[at + 1 : at + 3]} & _FOR for at, word in enumerate(words))


def overruled(said: Sequence[list[Act]], parts: Sequence[Clause], mood: str) -> list[list[Act]]:
    """How the deeds are said in a sentence that is `mood` as a whole. What the writer asks for in so many words stays asked."""
    if not mood:
        return list(said)
    if mood == "thanked":
        done = _DONE | {"named", "questioned"} if thanks_for(parts) else _DONE
        asks = any("ask" in part.senses for part in parts)
        return [
            [replace(act, said=mood) if act.said in done or not (asks or _formed(act, part)) else act for act in acts]
            for acts, part in zip(said, parts, strict=True)
        ]
    return [
        [act if mood == "elsewhere" and _demanded(act, part) else replace(act, said=mood) for act in acts]
        for acts, part in zip(said, parts, strict=True)
    ]


def _demanded(act: Act, part: Clause) -> bool:
    """Whether the writer demands it here and now, by the form of the deed or of the word that asks."""
    form = part.words[act.at].form(act.sense)
    asks = any(word.has("ask") and word.form("ask") in {"i", "other", "inf"} for word in part.words[: act.at])
    return act.said in MEANT and (form in {"imp", "imp?", "i"} or asks)


def _formed(act: Act, part: Clause) -> bool:
    """Whether the form of the deed is known; where no forms are known, what nobody asks for is only told."""
    return part.words[act.at].form(act.sense) != "other"
