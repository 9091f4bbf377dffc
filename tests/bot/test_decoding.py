"""Reading updates that our library does not know whole."""

import json
from typing import Any

import pytest
from aiogram import Bot

from bot.decoding import decoded
from bot.words import said
from desk.errors import Permanent

BOT = Bot("1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")


def update(**message: Any) -> bytes:
    whole = {
        "message_id": 1,
        "date": 1796889600,
        "chat": {"id": 5, "type": "private", "first_name": "Анна"},
        "from": {"id": 5, "is_bot": False, "first_name": "Анна"},
        **message,
    }
    return json.dumps({"update_id": 1, "message": whole}).encode()


def test_a_part_that_does_not_decode_is_left_out_and_the_words_arrive() -> None:
    raw = update(text="Прошу посмотреть", entities=[{"type": "bold", "offset": "x"}], sticker="not a sticker", dice={"emoji": 1})
    read = decoded(raw, BOT).message
    assert read is not None
    assert read.text == "Прошу посмотреть"
    assert read.sticker is None


def test_a_kind_of_content_newer_than_our_library_is_named() -> None:
    read = decoded(update(hologram={"file_id": "x"}), BOT).message
    assert read is not None
    assert "hologram" in said(read, "ru")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"location": {"latitude": 55.75, "longitude": 37.61}}, "55.750000,37.610000"),
        (
            {"venue": {"location": {"latitude": 1.0, "longitude": 2.0}, "title": "Офис", "address": "Тверская, 1"}},
            "Офис, Тверская, 1",
        ),
        ({"contact": {"phone_number": "+79990000000", "first_name": "Анна"}}, "Анна: +79990000000"),
        ({"dice": {"emoji": "🎲", "value": 4}}, "🎲 4"),
        (
            {"text": "наш сайт", "entities": [{"type": "text_link", "offset": 0, "length": 3, "url": "https://example.ru"}]},
            "https://example.ru",
        ),
    ],
)
def test_what_has_no_text_is_said_in_words(content: dict[str, Any], words: str) -> None:
    read = decoded(update(**content), BOT).message
    assert read is not None
    assert words in said(read, "ru")


def test_a_poll_is_said_with_its_options() -> None:
    poll = {
        "id": "1",
        "question": "Когда?",
        "options": [
            {"persistent_id": str(number), "text": text, "voter_count": 0} for number, text in enumerate(("Завтра", "Сегодня"))
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": False,
        "members_only": False,
    }
    read = decoded(update(poll=poll), BOT).message
    assert read is not None
    assert said(read, "ru") == "📊 Когда?\n• Завтра\n• Сегодня"


def test_content_as_an_older_server_sends_it_still_shows_its_words() -> None:
    read = decoded(update(text="Смотрите", poll={"id": "1", "question": "Когда?", "options": [{"text": "Завтра"}]}), BOT).message
    assert read is not None
    assert said(read, "ru") == "Смотрите\n📊 Когда?\n• Завтра"


@pytest.mark.parametrize(
    "raw", [b"\xff", b"[]", b"5", b'{"update_id": 1, "message": 5}', b'{"message": {}}', b"[" * 100_000, update(chat=None)]
)
def test_what_is_no_message_at_all_is_refused_for_good(raw: bytes) -> None:
    with pytest.raises(Permanent):
        decoded(raw, BOT)
