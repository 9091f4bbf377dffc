"""Every kind of content of the Bot API: staff see it or its name, and what demands in it is read."""

import json
from typing import Any

import pytest
from aiogram import Bot
from aiogram.types import Message
from hypothesis import given
from hypothesis import strategies as st

from bot.content import CONTENT, FRAME, SERVICE
from bot.decoding import decoded
from bot.files import remotes
from bot.words import demanding, is_service, is_small, said

BOT = Bot("1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
DEMAND = "Отзываю согласие на обработку моих персональных данных"
PHOTO = [
    {"file_id": "small", "file_unique_id": "a", "width": 9, "height": 9},
    {"file_id": "large", "file_unique_id": "b", "width": 90, "height": 90},
]
VIDEO = {"file_id": "v", "file_unique_id": "v", "width": 9, "height": 9, "duration": 1}


def message(**content: Any) -> Message:
    whole = {
        "message_id": 7,
        "date": 1796889600,
        "chat": {"id": 5, "type": "private", "first_name": "Анна"},
        "from": {"id": 5, "is_bot": False, "first_name": "Анна"},
        **content,
    }
    read = decoded(json.dumps({"update_id": 1, "message": whole}).encode(), BOT).message
    assert read is not None
    return read


def test_every_field_of_a_message_has_its_place_in_the_table() -> None:
    fields = {field.alias or name for name, field in Message.model_fields.items()}
    assert fields - set(CONTENT) - SERVICE - FRAME == set()
    assert not set(CONTENT) & SERVICE
    assert not set(CONTENT) & FRAME
    assert not SERVICE & FRAME


TASKS = [{"id": 1, "text": "Купить хлеб", "completion_date": 1796889600}, {"id": 2, "text": DEMAND}]
POLL = {
    "id": "1",
    "question": "Что вы сделаете?",
    "options": [
        {"persistent_id": "1", "text": "Ничего", "voter_count": 0},
        {"persistent_id": "2", "text": DEMAND, "voter_count": 0},
    ],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": False,
    "members_only": False,
}
CHAT = {"id": -100, "type": "channel", "title": "Новости", "username": "news"}
RICH: dict[str, dict[str, Any]] = {
    "a paragraph": {"type": "paragraph", "text": ["Прошу: ", {"type": "bold", "text": DEMAND}]},
    "a heading": {"type": "heading", "text": DEMAND, "size": 1},
    "a list": {"type": "list", "items": [{"label": "1.", "blocks": [{"type": "paragraph", "text": DEMAND}]}]},
    "a table": {
        "type": "table",
        "cells": [[{"text": "Требование", "align": "left", "valign": "top"}, {"text": DEMAND, "align": "left", "valign": "top"}]],
    },
    "what is folded": {"type": "details", "summary": "Ещё", "blocks": [{"type": "paragraph", "text": DEMAND}]},
    "a quotation": {"type": "blockquote", "blocks": [{"type": "paragraph", "text": DEMAND}]},
    "the caption of a picture": {"type": "photo", "photo": PHOTO, "caption": {"text": DEMAND}},
    "a block of tomorrow": {"type": "hologram", "scene": {"speech": DEMAND}},
}


@pytest.mark.parametrize("block", RICH.values(), ids=RICH)
def test_the_words_of_a_rich_message_are_seen_and_read(block: dict[str, Any]) -> None:
    read = message(rich_message={"blocks": [block]})
    assert DEMAND in said(read, "ru")
    assert DEMAND in demanding(read)


DEMANDING: dict[str, dict[str, Any]] = {
    "a checklist": {"checklist": {"title": "Дела", "tasks": TASKS}},
    "the title of a checklist": {"checklist": {"title": DEMAND, "tasks": TASKS[:1]}},
    "tasks added to a checklist": {"checklist_tasks_added": {"tasks": TASKS}},
    "an option of a poll": {"poll": POLL},
    "an option added to a poll": {"poll_option_added": {"option_persistent_id": "3", "option_text": DEMAND}},
    "the words with a gift": {"gift": {"gift": {"id": "1", "sticker": {}, "star_count": 1}, "text": DEMAND}},
    "data of a small program": {"web_app_data": {"data": DEMAND, "button_text": "Отправить"}},
    "a kind newer than our library": {"hologram": {"id": "x", "speech": {"text": DEMAND}}},
    "a checklist that is broken": {"checklist": {"tasks": [{"id": "один", "text": DEMAND}]}},
    "a rich message that is broken": {"rich_message": {"blocks": [{"type": 5, "text": DEMAND}]}},
    "a text of tomorrow": {"text": {"parts": [DEMAND]}},
    "a caption below a broken photo": {"photo": [{"file_id": 5}], "caption": DEMAND},
}


@pytest.mark.parametrize("content", DEMANDING.values(), ids=DEMANDING)
def test_a_demand_is_seen_and_read_wherever_it_stands(content: dict[str, Any]) -> None:
    read = message(**content)
    assert DEMAND in said(read, "ru")
    assert DEMAND in demanding(read)
    assert not is_small(read)


SEEN: list[tuple[dict[str, Any], str]] = [
    ({"checklist": {"title": "Дела", "tasks": TASKS}}, f"☑️ Дела\n✅ Купить хлеб\n☐ {DEMAND}"),
    ({"story": {"chat": CHAT, "id": 3}}, "📖 История: Новости @news\nhttps://t.me/news/s/3"),
    ({"game": {"title": "Змейка", "description": "Ешьте яблоки", "photo": PHOTO}}, "🎮 Змейка\nЕшьте яблоки"),
    (
        {
            "invoice": {
                "title": "Справка",
                "description": "Копия",
                "start_parameter": "",
                "currency": "RUB",
                "total_amount": 12345,
            }
        },
        "🧾 Счёт: Справка, 123.45 RUB\nКопия",
    ),
    (
        {"paid_media": {"star_count": 5, "paid_media": [{"type": "preview"}]}},
        "⭐️ Вложения за звёзды: 5\nНельзя увидеть без оплаты: 1.",
    ),
    ({"users_shared": {"request_id": 1, "users": [{"user_id": 9, "first_name": "Пётр"}]}}, "👤 Пётр"),
    ({"chat_shared": {"request_id": 1, "chat_id": -5, "title": "Соседи"}}, "👥 Соседи"),
    ({"contact": {"phone_number": "+79990000000", "first_name": "Анна", "vcard": "ORG:Ромашка"}}, "ORG:Ромашка"),
    (
        {
            "checklist_tasks_done": {
                "checklist_message": {
                    "message_id": 3,
                    "date": 1796889600,
                    "chat": {"id": 5, "type": "private"},
                    "checklist": {"title": "Дела", "tasks": TASKS},
                },
                "marked_as_done_task_ids": [1],
            }
        },
        "☑️ Отмечено в списке дел:\n✅ Купить хлеб",
    ),
    (
        {"giveaway": {"chats": [CHAT], "winners_selection_date": 1796889600, "winner_count": 1, "prize_description": "Чайник"}},
        "Чайник",
    ),
    (
        {"passport_data": {"data": [{"type": "passport", "hash": "x"}], "credentials": {"data": "", "hash": "", "secret": ""}}},
        "passport",
    ),
    ({"poll": {"id": "1", "question": "Когда?", "options": [{"text": "Завтра"}]}}, "📊 Когда?\n• Завтра"),
    ({"hologram": True}, "hologram"),
    ({}, "(пустое сообщение)"),
]


@pytest.mark.parametrize(("content", "words"), SEEN)
def test_staff_see_what_it_is(content: dict[str, Any], words: str) -> None:
    assert words in said(message(**content), "ru")


@pytest.mark.parametrize("kind", sorted(CONTENT))
def test_whatever_is_broken_is_named_at_least(kind: str) -> None:
    told = said(message(**{kind: "\u2603"}), "ru")
    assert told
    assert kind in told or "\u2603" in told


@pytest.mark.parametrize("kind", sorted(SERVICE))
def test_what_telegram_says_of_itself_is_nobodys_word_even_when_it_cannot_be_read(kind: str) -> None:
    assert is_service(message(**{kind: {"odd": [1]}}))


FILES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"photo": PHOTO}, [("photo", "large")]),
    ({"photo": PHOTO, "live_photo": {**VIDEO, "file_id": "moving"}}, [("photo", "large"), ("video", "moving")]),
    ({"animation": VIDEO, "document": {"file_id": "v", "file_unique_id": "v"}}, [("animation", "v")]),
    (
        {"paid_media": {"star_count": 1, "paid_media": [{"type": "photo", "photo": PHOTO}, {"type": "video", "video": VIDEO}]}},
        [("photo", "large"), ("video", "v")],
    ),
    (
        {
            "rich_message": {
                "blocks": [RICH["the caption of a picture"], {"type": "collage", "blocks": [{"type": "video", "video": VIDEO}]}]
            }
        },
        [("photo", "large"), ("video", "v")],
    ),
]


@pytest.mark.parametrize(("content", "files"), FILES)
def test_every_file_within_a_message_is_fetched(content: dict[str, Any], files: list[tuple[str, str]]) -> None:
    found = remotes(message(**content))
    assert [(one.kind, one.file_id) for one in found] == files
    assert len({one.name for one in found}) == len(files)


@pytest.mark.parametrize(
    "content",
    [
        {
            "sticker": {
                "file_id": "s",
                "file_unique_id": "s",
                "type": "regular",
                "width": 1,
                "height": 1,
                "is_animated": False,
                "is_video": False,
                "emoji": "👍",
            }
        },
        {"dice": {"emoji": "🎲", "value": 4}},
        {"animation": VIDEO},
        {"story": {"chat": CHAT, "id": 3}},
        {"gift": {"gift": {"id": "1", "sticker": {}, "star_count": 1}}},
    ],
)
def test_what_asks_for_nothing_by_itself_is_small(content: dict[str, Any]) -> None:
    assert is_small(message(**content))
    assert not is_small(message(**content, caption=DEMAND))


@pytest.mark.parametrize(
    "content", [{"photo": PHOTO}, {"voice": VIDEO}, {"document": VIDEO}, {"hologram": {"id": 1}}, {"text": "Да"}]
)
def test_what_may_hold_a_demand_is_not_small(content: dict[str, Any]) -> None:
    assert not is_small(message(**content))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "blocks", "items", "id", "type", "tasks"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(kind=st.sampled_from(sorted({*CONTENT, "tomorrow"})), data=json_values.filter(lambda one: one is not None))
def test_nothing_wild_ends_the_reading_and_its_words_are_kept(kind: str, data: Any) -> None:
    read = message(**{kind: {"text": DEMAND, "wild": data}, "text": "Здравствуйте"})
    assert "Здравствуйте" in said(read, "ru")
    if kind == "tomorrow":
        assert DEMAND in demanding(read)
    remotes(read)
