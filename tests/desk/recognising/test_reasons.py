"""Why a letter was read as it was is said in the reader's language."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desk.recognising import reasons
from desk.recognising.letter import recognise
from desk.recognising.signs import AGAINST

FOLDER = Path(reasons.__file__).parent
KNOWN = tomllib.loads((FOLDER / "reasons.toml").read_text(encoding="utf-8"))
LATIN, CYRILLIC = re.compile(r"[A-Za-z]{3,}"), re.compile(r"[А-Яа-яЁё]")
LETTERS = [
    "Отзываю согласие на обработку персональных данных",
    "Прошу удалить мои данные и сообщить, какие данные вы храните",
    "Не удаляйте мои данные, а покажите их",
    "На каком основании вы звоните мне?",
    "Прошу уточнить мои данные, фамилия неверная",
    "Вы мошенники, верните деньги за сломанный телефон",
    "Please delete my data and stop sending me advertising",
    "I would like to know which data you hold about me",
    "Дякую, видаліть мої дані",
    "Bitte löschen Sie meine Daten",
    "Спасибо, что удалили мои данные",
]


def whys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("why"), str):
            yield value["why"]
        for one in value.values():
            yield from whys(one)
    elif isinstance(value, list):
        for one in value:
            yield from whys(one)


def test_every_reason_of_the_frames_is_in_russian_too() -> None:
    files = (FOLDER / "reading").glob("*.toml")
    told = {one for path in files for one in whys(tomllib.loads(path.read_text(encoding="utf-8")))}
    assert len(told) > 50
    assert told - set(KNOWN["said"]) == set()
    assert set(AGAINST.values()) == set(KNOWN["but"])


@pytest.mark.parametrize("letter", LETTERS)
def test_reasons_are_of_one_language_but_for_the_words_that_were_found(letter: str) -> None:
    found = recognise("Заявление" if CYRILLIC.search(letter) else "Request", letter)
    for why in found.why:
        russian, english = reasons.told(why, "ru", lambda _: "вид"), reasons.told(why, "en", lambda _: "kind")
        assert not LATIN.search(re.sub("«[^»]*»", "", russian)), russian
        assert not CYRILLIC.search(re.sub("“[^”]*”", "", english)), english
        assert russian != english


def test_a_reason_that_is_neither_a_place_nor_a_likeness_is_said_as_well() -> None:
    assert reasons.told("reads as an advertisement or a fraud", "ru", str) == "похоже на рекламу или обман"
    assert reasons.told("text: says it demands nothing", "ru", str) == "текст: сам пишет, что ничего не требует"
