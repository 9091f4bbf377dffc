"""Tells of every deed of a clause how it is said, and whether it is to be done.

It may be asked, declared, told, questioned, supposed or only named.

What governs a deed is looked for to its left, in its own clause and, where the clause only completes another ("чтобы…", an
infinitive), in that one: "я не хочу, чтобы вы удаляли" is one chain of not, want, so that, erase.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from desk.recognising.reading.clauses import Clause, Word
from desk.recognising.reading.lemmas import CYRILLIC
from desk.recognising.reading.tables import DEEDS

_REACH: Final = 9  # words to the left in which a deed is governed
_LIGHT_REACH: Final = 6  # words to the left in which "not" denies, where forms are not known
_NOT_REACH: Final = 2  # words between "not" and what it denies
_DECLARING: Final = frozenset({"withdraw", "stop", "agree", "give", "unsubscribe", "void", "ask", "valid", "refuse"})
_STOPS: Final = frozenset({"stop", "refuse"})
_DETERMINERS: Final = frozenset(["my", "your", "the", "a", "an", "this", "that", "previous", "last", "our", "their"])
_LIGHT: Final = frozenset(["бы", "б", "же", "уж", "вообще", "никогда", "сейчас", "пока"])
_WANTED: Final = frozenset({"unsubscribe", "erase", "withdraw", "stop", "destroy"})
_CAME_TO: Final = ("пришл", "приход", "начал", "стал", "решил", "успел", "довелось", "довел", "почав", "вирішил")
_GIVEN_BACK: Final = frozenset({"refund", "replace"})
_GOVERNING: Final = frozenset({"ask", "stop", "refuse", "can", "thanks"})
_YOU: Final = frozenset(["вы", "ты", "ви", "ти"])  # who is asked, not "у вас"
_OTHERS: Final = frozenset({"you", "they", "will"})


MEANT: Final = frozenset({"asked", "declared"})
"""How a deed is said that is demanded."""


@dataclass(frozen=True)
class Act:
    """One deed of a clause as it is said."""

    sense: str
    at: int  # its word in the clause
    said: str  # asked, declared, told, questioned, supposed, named, short; by the whole sentence offered, elsewhere, thanked
    never: bool  # it is not to be done, or was not done


def acts(number: int, clauses: Sequence[Clause], language: str, deeds: AbstractSet[str]) -> list[Act]:
    """How those of `deeds` are said that stand in clause `number` of a sentence."""
    clause = clauses[number]
    before = clauses[number - 1] if number and (_completes(clause) or _joined(clause)) else None
    read = _english if language == "en" else _slavic if language in CYRILLIC else _light
    found = []
    for at, word in enumerate(clause.words):
        for sense in sorted(word.names & deeds) if word.names else ():
            said, never = read(sense, at, clause, before)
            found.append(Act(sense, at, said, never))
    return found


def _completes(clause: Clause) -> bool:
    """Whether a clause only completes the one before it."""
    first = clause.words[0] if clause.words else None
    return first is not None and (
        first.has("so_that")
        or first.has("not")
        or any(form in {"inf", "noun"} for _, form in first.senses)
        or first.has("it")
        or first.has("asking")
    )


def _joined(clause: Clause) -> bool:
    """Whether a clause goes on with what the one before it began: "чтобы вы прекратили … и звонить тоже прекратили"."""
    return bool(clause.words) and clause.words[0].text in {"и", "та", "і"}


def _denied(words: Sequence[Word], at: int) -> bool:
    """Whether "not" stands right before the word, or with a word between that carries nothing."""
    for back in range(1, _NOT_REACH + 1):
        if at - back < 0:
            return False
        word = words[at - back]
        if word.has("not"):
            return True
        if word.text not in _LIGHT and not any(word.has(sense) for sense in ("me", "you", "it", "more")):
            return False
    return False


def _slavic(sense: str, at: int, clause: Clause, before: Clause | None) -> tuple[str, bool]:
    words = clause.words
    form = words[at].form(sense)
    never = _denied(words, at)
    asks, stops, denied_asks, cans, thanked = _governors(words[max(0, at - _REACH) : at])
    stops = stops and (form != "inf" or _stops_doing(words[max(0, at - _REACH) : at + 1]))
    so_that = clause.begins("so_that") or (before is not None and _joined(clause) and before.begins("so_that"))
    if before is not None and not asks and not stops:
        outer = _governors(before.words)
        if so_that or form in {"inf", "noun"} or words[0].has("not"):
            asks, denied_asks, thanked = asks or outer[0], denied_asks or outer[2], thanked or outer[4]
            stops = outer[1] and (form != "inf" or _stops_doing((*before.words, words[0])))
            cans = cans or outer[3]
    if stops and sense not in _STOPS:
        never = not never
    if denied_asks:
        never = not never
    if _impatient(clause) and form in {"imp?", "you", "will", "they"}:
        return "asked", never
    if _supposes(clause) and not so_that and "polite_if" not in clause.senses:
        return "supposed", never
    if "offer" in clause.senses or _of_others(clause, before):
        return "told", never
    spoken_of = _reported((*before.words, *words[:at]) if before is not None else words[:at])
    questioned = spoken_of or "whether" in clause.senses or _asks_about(clause, before) or _wants_paper(clause)
    polite = cans and any(word.text in _YOU or word.form("can") in {"you", "past"} for word in words[:at])
    if thanked or (form in {"past", "short"} and not so_that and "thanks" in clause.senses):
        return "told", never
    if form in {"inf", "noun"}:
        right, _, denied_right, possible, _ = _governors(words[at + 1 : at + _REACH])
        if denied_right and not asks:
            return "asked", not never
        if possible and form == "inf" and not (asks or stops or cans or clause.asked):
            return "supposed", never  # "отозвать согласие можно письмом": it is said how, not asked
        asks = asks or (right and form == "inf")
    if (
        form == "noun"
        and "filed" in clause.senses
        and any(word.has("filed") and word.form("filed") == "past" for word in words[:at])
    ):
        return "told", never
    if form == "imp" or (form == "imp?" and not _subject(words, at) and not questioned):
        return "asked", never
    if questioned and not (polite and form == "inf"):
        return "questioned", never
    if form in {"imp?", "you"}:
        if asks or any(word.has("ask") for word in words[:at]):
            return "asked", never
        return ("questioned" if clause.asked else "told"), never
    if form == "inf":
        if so_that:  # "in order to": only who writes for that asks for it
            return ("asked" if before is not None and "on_behalf" in before.senses else "supposed"), never
        if asks or stops or denied_asks:
            return "asked", never
        if cans:
            if polite or (sense in _WANTED and _unable(words[:at])):
                return "asked", never
            return ("questioned" if clause.asked else "supposed"), never
        if _happened(words[:at]):
            return "told", never
        return ("questioned" if clause.asked else "supposed" if _intends(words[:at]) else "asked"), never
    if form == "past":
        if so_that and (asks or before is None or stops or denied_asks):
            return "asked", never
        return "told", never
    if form == "short":
        if asks or so_that:
            return "asked", never
        if sense in _DECLARING and any(word.text in {"мной", "мною", "нами"} for word in words):
            return "declared", never
        return ("supposed" if cans else "short"), never
    if form == "i":
        return ("declared" if sense in _DECLARING else "told"), never
    if form in _OTHERS:
        if asks and any(word.text in {"пусть", "пускай", "давайте", "давай", "нехай"} for word in words[:at]):
            return "asked", never
        if form == "will" and cans:
            return "asked", never
        if sense in {"withdraw", "valid", "void", "stop"} and form == "they":
            return "declared", never
        return ("questioned" if clause.asked else "told"), never
    if form == "noun":
        if asks or stops:
            return "asked", never
        if any(
            word.has("paid_off") and not _denied(words, where)
            for where, word in enumerate(words)
            if abs(where - at) <= _NOT_REACH
        ):
            return "told", never
        return ("questioned" if clause.asked else "named"), never
    if sense in {"stop", "agree", "valid", "void"}:  # хватит, против, согласен
        return "declared", never
    return ("asked" if asks and sense != "ask" else "named"), never


def _asks_about(clause: Clause, before: Clause | None) -> bool:
    """Whether a clause is a question. "That" only joins, except after "tell me"; "as" is no "how"."""
    for number, word in enumerate(clause.words[:2]):
        if not word.has("asking"):
            continue
        after = clause.words[number + 1] if number + 1 < len(clause.words) else None
        if word.text in {"что", "що"}:
            return (number == 0 and before is None) or (before is not None and "inform" in before.senses)
        if word.text in {"как", "як"} and not clause.asked:
            return after is not None and bool(after.names & (DEEDS | {"can", "me", "you", "whether"}))
        return True
    return False


def _reported(words: Sequence[Word]) -> bool:
    """Whether it is spoken of as a matter: "о том, как компании исполняют запросы"."""
    return any(word.text in {"том", "тому"} and words[at + 1].has("asking") for at, word in enumerate(words[:-1]))


def _impatient(clause: Clause) -> bool:
    """Whether it is asked when a thing will be done at last: "Когда вы уже удалите мои данные?"."""
    return clause.asked and any(word.text in {"когда", "доколе", "коли"} for word in clause.words[:3])


def _supposes(clause: Clause) -> bool:
    """Whether a clause begins with "if". "Раз" is one only as the first word: "третий раз пишу" supposes nothing."""
    return any(
        word.has("if") and (at == 0 or word.text not in {"раз", "после", "случае"}) for at, word in enumerate(clause.words[:2])
    )


def _of_others(clause: Clause, before: Clause | None) -> bool:
    """Whether somebody else was asked: "у другого магазина просил удалить мои данные"."""
    told = clause.senses | (before.senses if before is not None else frozenset())
    return "elsewhere" in told and not any(word.form("ask") == "i" for word in clause.words if word.has("ask"))


# How the words begin that say of a paper that it is there: attached, filled in, signed.
_HANDED_OVER = (
    *("attach", "enclos", "complet", "fill", "sign", "below"),
    *("прилож", "прилаг", "вложен", "прикреп", "заполн", "подпис", "ниже", "додан", "долуч"),
)


def _wants_paper(clause: Clause) -> bool:
    """Whether a form is wanted in which a thing could be asked; one that is attached is not."""
    if "paper" not in clause.senses or clause.senses.isdisjoint({"inform", "asking", "ask", "can"}):
        return False
    return not any(word.text.startswith(_HANDED_OVER) for word in clause.words)


def _unable(words: Sequence[Word]) -> bool:
    """Whether it is wanted by one who cannot: "не могу отписаться"."""
    return any(word.has("can") and word.form("can") == "i" and _denied(words, at) for at, word in enumerate(words))


def _intends(words: Sequence[Word]) -> bool:
    return any(word.text.startswith(("собира", "планир", "дума", "намерен", "подумыва", "збира")) for word in words)


def _happened(words: Sequence[Word]) -> bool:
    """Whether it is told as what came to be done: "пришлось менять замки", "начал искать"."""
    return any(word.text.startswith(_CAME_TO) for word in words[-_NOT_REACH - 1 :])


def _subject(words: Sequence[Word], at: int) -> bool:
    return any(word.text in _YOU for word in words[max(0, at - 3) : at])


def _governors(words: Sequence[Word]) -> tuple[bool, bool, bool, bool, bool]:
    """Whether words ask, stop, deny that they ask, can, or thank."""
    asks = stops = denied = cans = thanked = False
    for at, word in enumerate(words):
        if word.names.isdisjoint(_GOVERNING):
            continue
        if word.has("ask"):
            if word.form("ask") == "noun" and any(near.text in {"по", "за", "після"} for near in words[max(0, at - 2) : at]):
                continue  # "по вашему заявлению" asks for nothing
            if word.text.startswith("нуж") and word.text != "нужно" and _denied(words, at):
                continue  # what is not needed: nobody asks to leave it as it is
            if _denied(words, at) and word.form("ask") != "noun":
                denied = True
            else:
                asks = asks or word.form("ask") not in {"past", "they"} or word.text.startswith(("хотел", "долж"))
        if word.has("stop") or word.has("refuse"):
            stops = stops or not _denied(words, at)
        cans = cans or word.has("can")
        thanked = thanked or word.has("thanks")
    return asks, stops, denied, cans, thanked


def _stops_doing(words: Sequence[Word]) -> bool:
    """Whether what is to stop is said by an infinitive: "прекратить обработку и уничтожить" stops nobody from destroying."""
    for at, word in enumerate(words[:-1]):
        if (word.has("stop") or word.has("refuse")) and not _denied(words, at):
            after = next((one for one in words[at + 1 :] if one.text not in _LIGHT and not (one.has("me") or _adverb(one))), None)
            if after is not None and _infinitive(after):
                return True
    return False


def _adverb(word: Word) -> bool:
    return not word.senses and word.text.endswith("но")


def _infinitive(word: Word) -> bool:
    if word.senses:
        return any(form == "inf" for _, form in word.senses)
    return word.text.endswith(("ть", "ться", "чь", "ти", "тися")) and not word.text.endswith("сть")


def _english(sense: str, at: int, clause: Clause, before: Clause | None) -> tuple[str, bool]:
    words = clause.words
    form = words[at].form(sense)
    left = words[max(0, at - _REACH) : at]
    never = any(word.has("not") for word in words[max(0, at - 5) : at])
    asks = any(word.has("ask") for word in left)
    if before is not None and not asks and form in {"inf", "noun"}:
        asks = any(word.has("ask") for word in before.words)
    # "Stop using it and erase it": only a doing is stopped, while one may refuse to do.
    stops = any((word.has("stop") and form != "inf") or word.has("refuse") for word in left[-4:])
    texts = [word.text for word in left]
    if stops and sense not in _STOPS:
        never = not never
    if texts and texts[-1] in _DETERMINERS and form == "inf":
        return "named", never
    if any(word.has("thanks") for word in left):
        return "told", never
    if clause.begins("if") and "polite_if" not in clause.senses:
        return "supposed", never
    if _wants_paper(clause) or "offer" in clause.senses:
        return "questioned", never
    last = texts[-1] if texts else ""
    mine = any(text in {"i", "we"} for text in texts[-4:])
    yours = any(text in {"you", "u", "ya", "they", "he", "she", "it"} for text in texts[-3:])
    if clause.begins("asking") or any(word.has("whether") for word in left):
        return "questioned", never
    if form == "past":
        modal = any(text in {"be", "get", "have"} for text in texts[-2:]) and any(
            word.has("must") or word.has("ask") for word in left
        )
        if asks and not mine_did(texts):
            return "asked", never
        return ("asked" if modal else "told"), never
    if form == "ing":
        if sense in _DECLARING and any(text in {"am", "i'm", "im", "we're"} for text in texts[-2:]):
            return "declared", never
        if stops:
            return "asked", never
        return ("asked" if asks and not yours else "told"), never
    if form == "noun":
        if not (asks or stops) and "paid_off" in clause.senses and "not" not in clause.senses:
            return "told", never
        return ("asked" if asks or stops else "named"), never
    can = any(word.has("can") for word in left)
    if can and mine and clause.asked:
        return "questioned", never
    if asks or stops or any(word.has("must") for word in left):
        return "asked", never
    if can and yours:
        return "asked", never
    if mine:
        return ("declared" if sense in _DECLARING or sense == "receive" else "told"), never
    if form == "they" or yours:
        return ("questioned" if clause.asked else "told"), never
    if (
        at == 0
        or all(word.has("polite") or word.has("not") or word.has("and") for word in words[:at])
        or last in {"please", "and", "kindly", "just", "not", "don't"}
    ):
        return "asked", never
    return "named", never


def mine_did(texts: Sequence[str]) -> bool:
    """Whether the writer did it: "I deleted"."""
    return bool(texts) and texts[-1] in {"i", "we"}


def _own_not(word: Word) -> bool:
    """Whether a word carries its "not" itself: "n'autorise"."""
    return word.has("not") and word.text.startswith("n'")


def _light(sense: str, at: int, clause: Clause, before: Clause | None) -> tuple[str, bool]:
    """For languages whose forms are not known here: what stands in the clause tells how it is said."""
    senses = clause.senses
    # A "not" further away, or after it, denies something else.
    reach = 1 if sense in _GIVEN_BACK else _LIGHT_REACH  # "… never arrived, refund me"
    never = any(word.has("not") for word in clause.words[max(0, at - reach) : at]) or _own_not(clause.words[at])
    # "Keine Werbung", "geen reclame": what there is to be none of stands after the deed.
    never = never or any(word.has("none") for word in clause.words[at + 1 : at + _LIGHT_REACH])
    if "stop" in senses and sense not in _STOPS:
        never = not never
    if _asks_about(clause, None) and (clause.asked or "ask" not in senses):
        return "questioned", never
    if "ask" not in senses and ("told" in senses or "thanks" in senses):
        return "told", never
    if clause.begins("if"):
        return "supposed", never
    return ("questioned" if clause.asked and "ask" not in senses else "asked"), never
