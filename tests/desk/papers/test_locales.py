"""Every sentence of papers is there in Russian, with the same places for what is filled in."""

import re
from importlib.resources import files

from babel.messages.pofile import read_po

from bot.locales.extract import of_papers

_PLACES = re.compile(r"%\((\w+)\)[ds]")


def test_every_sentence_of_papers_is_in_their_russian_catalogue_and_none_is_left_over() -> None:
    with (files("desk.papers") / "locales" / "ru.po").open("rb") as file:
        russian = {one.id: str(one.string) for one in read_po(file, locale="ru") if one.id}
    used = {one.id for one in of_papers() if one.id}
    assert [one for one in used if not russian.get(one)] == []
    assert [one for one in russian if one not in used] == []
    assert [one for one, said in russian.items() if sorted(_PLACES.findall(one)) != sorted(_PLACES.findall(said))] == []
