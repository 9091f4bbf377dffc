"""The operator's own wording is learnt from what people corrected, and nothing else changes."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from desk.recognising import learnt as learning_file
from desk.recognising.learning import Example, guards, learn
from desk.recognising.learnt import Learnt, unpacked, use
from desk.recognising.letter import recognise

ENDS = frozenset({"consent_withdrawal", "stop_processing"})
UNHEARD = (
    "Снимите меня с учёта в вашем клубе гостей.",
    "Здравствуйте! Снимите меня, пожалуйста, с учёта в клубе гостей «Лаванда».",
    "Прошу, снимите меня с учёта в клубе гостей.",
)
STANDS = {
    "Отзываю согласие на обработку персональных данных.": {"consent_withdrawal"},
    "Прошу сообщить, какие мои данные вы обрабатываете.": {"access_request"},
    "Когда привезут мой заказ? Жду уже неделю.": set(),
}


def example(text: str, person: int, demanded: frozenset[str] = ENDS, *, corrected: bool = True) -> Example:
    return Example("", text, "ru", demanded, person, corrected)


CORRECTED = [example(text, number) for number, text in enumerate(UNHEARD)]
LET_STAND = [example(text, 10 + i, frozenset(of), corrected=False) for i, (text, of) in enumerate(STANDS.items())]


@pytest.fixture(scope="module")
def kept_right() -> list[Example]:
    return guards()


@pytest.fixture(autouse=True)
def nothing_learnt_afterwards() -> Iterator[None]:
    yield
    use(None)


def test_a_wording_of_the_operator_that_was_unheard_is_heard_after(kept_right: list[Example]) -> None:
    lesson = learn([*CORRECTED, *LET_STAND], kept_right)
    assert (lesson.before, lesson.after, lesson.worse) == (3, 6, 0)
    new = "Добрый вечер! И меня снимите с учёта в клубе гостей."
    assert not ENDS & set(recognise("", new).kinds)
    use(lesson.learnt)
    assert set(recognise("", new).kinds) == ENDS


def test_what_nobody_corrected_stays(kept_right: list[Example]) -> None:
    lesson = learn([*CORRECTED, *LET_STAND], kept_right)
    before = [recognise("", text).kinds for text in STANDS]
    use(lesson.learnt)
    assert [recognise("", text).kinds for text in STANDS] == before
    assert [one.heard(lesson.learnt) for one in kept_right] == [one.demanded for one in kept_right]


def test_what_was_heard_wrongly_is_left_quiet_after(kept_right: list[Example]) -> None:
    texts = (
        "Снимите, пожалуйста, размещение гостя в номере «Люкс».",
        "Добрый день, снимите размещение гостя в номере на завтра.",
        "Прошу: снимите размещение гостя в номере.",
    )
    heard = [example(text, n, frozenset()) for n, text in enumerate(texts)]
    wrong = [one for one in heard if one.heard(None)]
    assert len(wrong) >= 2, "the letters have to be misread before they are corrected"
    lesson = learn(heard, kept_right)
    assert lesson.after > lesson.before
    assert lesson.worse == 0


def test_a_single_person_teaches_nothing_however_often(kept_right: list[Example]) -> None:
    lesson = learn([replace(one, person=1) for one in CORRECTED], kept_right)
    assert not lesson.learnt.weights


def test_a_piece_that_one_person_alone_used_is_in_no_file(kept_right: list[Example]) -> None:
    named = [*CORRECTED, example("Снимите меня с учёта в клубе гостей, мой пароль абракадабра.", 7)]
    lesson = learn(named, kept_right)
    assert lesson.learnt.weights
    assert not [piece for piece in lesson.learnt.weights if "брак" in piece or "парол" in piece]


def test_nothing_learnt_overturns_a_sure_reading() -> None:
    sure = "Отзываю согласие на обработку персональных данных."
    against = {"consent_withdrawal": -100.0}
    use(Learnt(dict.fromkeys(("отзываю", "согласие", "отзыв*", "соглас*"), against)))
    assert recognise("", sure).kinds == ("consent_withdrawal",)
    assert max(map(abs, Learnt({"отзываю": against}).adds({"отзываю"}).values())) == learning_file.MOST


def test_the_same_letters_give_the_same_file_and_the_file_gives_the_same_weights(kept_right: list[Example]) -> None:
    one, other = (learn([*CORRECTED, *LET_STAND], kept_right).learnt for _ in range(2))
    assert one.packed() == other.packed()
    assert unpacked(one.packed()) == one


@pytest.mark.parametrize("data", [b"", b"something", Learnt({}).packed()[:-9]])
def test_a_damaged_file_is_told(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        unpacked(data)
