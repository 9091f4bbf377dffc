"""Text as Telegram counts it."""

import pytest

from bot.text import clip, shifted, short, split, units, without_command


def test_a_character_beyond_the_first_plane_counts_twice() -> None:
    assert units("а🙂б") == 4


def test_a_long_text_is_cut_at_paragraphs_and_nothing_is_lost() -> None:
    text = "\n\n".join(f"Абзац {number}. " + "слово " * 30 for number in range(60))
    pieces = [words for words, _ in split(text)]
    assert all(0 < units(one) <= 4096 for one in pieces)
    assert " ".join(" ".join(pieces).split()) == " ".join(text.split())
    assert all(one.startswith("Абзац") for one in pieces)


def test_a_text_without_spaces_is_cut_between_characters_and_never_inside_one() -> None:
    pieces = split("🙂" * 5000)
    assert [units(words) for words, _ in pieces] == [4096, 4096, 1808]
    assert "".join(words for words, _ in pieces) == "🙂" * 5000


def test_entities_go_with_their_words_into_the_pieces() -> None:
    text = "🙂 " * 2000 + "конец"
    pieces = split(text, [{"type": "bold", "offset": 0, "length": units(text)}])
    assert len(pieces) == 2
    for words, entities in pieces:
        assert entities == [{"type": "bold", "offset": 0, "length": units(words)}]


def test_an_entity_is_where_its_words_are_after_the_cut() -> None:
    text = "a" * 4090 + " b " + "c" * 50
    (_first, (words, entities)) = split(text, [{"type": "code", "offset": 4093, "length": 50}])
    assert words[entities[0]["offset"] :][: entities[0]["length"]] == "c" * 50


def test_blank_text_makes_no_message() -> None:
    assert split(" \n\n ") == []


@pytest.mark.parametrize(
    ("text", "rest"),
    [("/reply да", "да"), ("/reply@desk_bot\nда\nнет", "да\nнет"), ("/reply", ""), ("просто", "просто")],
)
def test_a_command_is_taken_off_its_words(text: str, rest: str) -> None:
    assert without_command(text)[0] == rest


def test_the_formatting_of_the_words_after_a_command_stays_with_them() -> None:
    words, entities = without_command(
        "/reply жирно", [{"type": "bot_command", "offset": 0, "length": 6}, {"type": "bold", "offset": 7, "length": 5}]
    )
    assert (words, entities) == ("жирно", [{"type": "bold", "offset": 0, "length": 5}])


def test_formatting_moves_with_a_header_put_before_it() -> None:
    assert shifted([{"type": "bold", "offset": 1, "length": 2}], 10) == [{"type": "bold", "offset": 11, "length": 2}]


def test_a_cut_text_says_that_it_was_cut() -> None:
    assert clip("длинное название", 8) == "длинное…"
    assert clip("кратко", 8) == "кратко"


def test_a_button_is_cut_between_words_and_one_long_word_within() -> None:
    assert (
        short("п. 5 ч. 1 ст. 6 · обработка нужна для исполнения договора", 50)
        == "п. 5 ч. 1 ст. 6 · обработка нужна для исполнения…"
    )
    assert short("коротко", 50) == "коротко"
    assert short("ы" * 60, 50) == "ы" * 49 + "…"
