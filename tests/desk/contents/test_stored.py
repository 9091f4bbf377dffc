"""Contents of outbox rows: what is written is read again, also what older releases wrote; a misspelt key passes no check."""

import subprocess
import sys
from dataclasses import MISSING, FrozenInstanceError, fields, is_dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from desk import contents
from desk.contents import stored
from desk.errors import Permanent
from models import Outbox

ROOT = Path(__file__).parents[3]
THURSDAY = datetime(2026, 12, 10, 8, 0, tzinfo=UTC)
ENVELOPE = {
    "to": "anna@people.test",
    "to_name": "Анна",
    "from": "desk@operator.test",
    "from_name": "Лавка",
    "subject": "Re: Отзыв [RD-17-q3fzk2vw5m]",
    "message_id": "<rd.17@operator.test>",
    "in_reply_to": "",
    "references": ["<letter-0@people.test>"],
    "date": "2026-12-10T08:00:05+00:00",
    "language": "ru",
    "number": 17,
}
# Rows as they were first written, by the release before or since: JSON without a form.
OLDER: list[tuple[str, str, dict[str, Any]]] = [
    (
        "mail",
        "acknowledgement",
        ENVELOPE
        | {
            "kinds": [{"kind": "question", "name": "Вопрос", "article": "ст. 1"}],
            "clocks": [{"kind": "question", "key": "answer", "name": "Ответ", "due": "2026-12-24", "safe": "2026-12-24",
                        "article": "ст. 1", "immediate": False, "statutory": True}],
            "received_at": "2026-12-10T08:00:00+00:00",
            "linked": False,
        },
    ),
    ("telegram", "reply", {"number": 17, "language": "ru", "text": "Готово", "entities": [], "attachments": [3], "held": True}),
    ("mail", "reply", ENVELOPE | {"text": "Готово", "entities": [], "attachments": []}),
    (
        "telegram",
        "extension",
        {"number": 17, "language": "ru", "kind": "access_request", "name": "Доступ", "label": "Ответить", "article": "ст. 20",
         "received_at": "2026-12-10T08:00:00+00:00", "reason": "Архив.", "old_due": "2026-12-24", "new_due": "2027-01-09",
         "clock": 5},
    ),
    (
        "mail",
        "refusal",
        ENVELOPE
        | {"demand": 2, "kind": "access_request", "name": "Доступ", "law": "ст. 14", "received_at": "2026-12-10T08:00:00+00:00",
           "outcome": "refused", "ground": "14-8-4", "article": "п. 4", "provision": "права третьих лиц", "reason": "Соседи.",
           "met": [{"label": "Прекратить", "at": "2026-12-10T21:30:00+00:00"}], "rest": ["Ответить"], "to_authority": False,
           "by": "staff:2"},
    ),
    ("telegram", "progress", {"number": 17, "language": "ru", "steps": [{"demand": 1, "key": "stop", "words": "Прекращено.",
                              "at": "2026-12-10T08:00:00+00:00"}], "coming": [{"key": "destroy", "name": "Уничтожить",
                              "due": "2027-01-09", "article": "ст. 21"}], "may_go_on": True}),
    ("mail", "alert", ENVELOPE | {"number": "", "lines": [{"words": "№ %(number)s", "params": {"number": 4}}], "last": 9}),
    ("staff", "topic", {}),
    ("staff", "card", {}),
    ("staff", "requester", {"album": "", "version": 2}),
    ("staff", "undo", {"reply": 4, "until": "2026-12-10T08:00:10+00:00", "via": "mail", "reply_to": None, "held": False}),
    ("staff", "status", {"reply": 4, "state": "sent", "error": ""}),
    (
        "staff",
        "gate",
        {"reply": 4, "found": ["phone"], "reasons": ["level"], "level": "sender", "wanted": "code", "digest": "ab" * 32,
         "reply_to": 9},
    ),
    ("staff", "named_dates", {"message": 5, "terms": ["2026-12-28"], "papers": [{"number": "1", "dated": "2026-12-01"}],
                              "detected": []}),
    ("mail", "processor_words", ENVELOPE | {"number": 17, "language": "ru", "instruction": 3, "reference": "RP-3-x",
                                "processor": "ООО «Облако»", "text": "Когда?"}),
    ("staff", "young", {"writer": "under14", "child": ""}),
    ("mail", "code", ENVELOPE | {"challenge": 3, "by": "telegram", "hours": 24}),
    ("telegram", "code_news", {"number": 17, "language": "ru", "outcome": "wrong", "left": 4, "shown": "a•••@m•••.ru", "hours": 24}),
    ("staff", "notice", {"words": "%(kind)s", "params": {"kind": "question", "count": 3}, "reply_to": None}),
    ("staff", "notice", {"words": "Aloud", "params": {}, "loud": True, "reply_to": None}),
    ("staff", "notice", {"words": "Who takes it", "params": {}, "reply_to": None, "whom": [11, 12]}),
    ("staff", "joint", {"words": "№ %(number)s", "params": {"number": 3}, "to": 3, "done": ["question.answer"]}),
    (
        "staff",
        "was_answer",
        {"reply": 4, "steps": [{"demand": 1, "kind": "access_request", "key": "answer", "name": "Ответить заявителю"}]},
    ),
    ("staff", "joint", {"words": "№ %(numbers)s", "params": {"numbers": "3"}, "offer": [3]}),
    (
        "staff",
        "reminder",
        {"level": "half", "clocks": [{"clock": 5, "kind": "question", "key": "answer", "name": "Вопрос", "label": "Ответ",
         "article": "ст. 1", "level": "half", "due": "2026-12-24", "due_at": "2026-12-24T21:00:00+00:00", "safe": "2026-12-24",
         "safe_at": "2026-12-24T15:00:00+00:00", "immediate": False, "overdue": False}], "missed": ["opened"],
         "missed_since": None, "whom": [11], "overdue": False},
    ),
    ("staff", "parked", {"inbound": 8, "error": "It is no letter."}),
    ("staff", "parked", {"outbox": 8, "error": "It is too large."}),
    (
        "staff",
        "digest",
        {"date": "2026-12-14", "open": 2, "overdue": {"count": 1, "tickets": [{"number": 1, "safe": "2026-12-14",
         "due": "2026-12-14T23:59:59.999999+03:00", "topic": None, "assignee": None}]}, "today": {"count": 0, "tickets": []},
         "week": {"count": 0, "tickets": []}, "unassigned": {"count": 0, "tickets": []}, "uncounted": [7], "parked": 0,
         "calendar_wanted": None, "chart": [{"day": "2026-12-14", "count": 4}]},
    ),
    ("telegram", "screen", {"chat": 5, "html": "<b>?</b>", "buttons": [[{"text": "Да", "data": "yes"}]], "dialog": "5:5",
                            "edit": None, "language": "ru"}),
    ("telegram", "screen", {"chat": 5, "html": "…", "buttons": [], "edit": 9, "fold": True, "language": "ru"}),
    ("staff", "screen", {"html": "Why?", "buttons": [], "reply_to": 3, "edit": None, "asks": {"act": "extend", "clock": 5}}),
    ("staff", "callback", {"id": "77", "text": "", "alert": False, "at": "2026-12-10T08:00:00+00:00"}),
    ("telegram", "commands", {"scope": "private", "commands": [["new", "A new request"]], "language_code": ""}),
    ("telegram", "leave", {"chat": -5}),
    ("mail", "closing", ENVELOPE | {"closed_at": "2026-12-10T08:00:00+00:00", "promised": [{"key": "answer", "name": "Ответ",
                        "due": "2026-12-24"}]}),
    ("staff", "whole", {"reply_to": 7}),
    ("staff", "draft", {"text": "Здравствуйте!", "entities": [], "complete": True}),
    ("staff", "past", {}),
    ("staff", "processors", {"anew": True}),
    ("staff", "answered", {"instruction": 2, "sender": "dpo@processor.example", "stranger": True, "referred": True}),
    ("staff", "act", {"destruction": 4}),
    ("staff", "forget", {"thread": 77}),
    ("staff", "volume", {"ending": "2026-12", "first": "2026-01-01", "last": "2026-12-31", "reply_to": 9}),
    (
        "mail",
        "instruction",
        ENVELOPE
        | {"instruction": 2, "reference": "ПР-2", "processor": "Хостинг", "asks": ["destroy"], "tell": ["date"], "person": "Анна",
           "due": "2026-12-20", "reminder": 1, "told_at": "2026-12-12T08:00:00+00:00"},
    ),
    ("staff", "reaction", {"message": 7}),
    ("staff", "removal", {"message": 7}),
    ("staff", "processors", {"anew": True}),
    ("staff", "answered", {"instruction": 3, "sender": "m@evil.example", "stranger": True, "referred": True, "proven": False}),
    ("staff", "act", {"destruction": 4}),
    ("staff", "forget", {"thread": 17}),
    ("mail", "instruction", {"number": 7, "language": "ru", "instruction": 3, "reference": "RP-3-abcdefghij", "processor": "ООО", "asks": ["уничтожить"], "tell": ["когда"], "person": "Анна", "due": "2026-12-15"}),
    ("staff", "double", {"thread": 9}),
    ("staff", "pin", {"card": 9}),
    ("mail", "breach_notice", ENVELOPE | {"name": "Анна", "detected_at": "2026-12-10T08:00:00+00:00", "happened": "Утечка",
                              "categories": "имена", "measures": "Закрыто", "contact": "Клара"}),
    ("telegram", "paper_form", {"number": 17, "language": "ru", "name": "Анна", "text": "Прошу", "kinds": [],
                                "sent_at": "2026-12-10T08:00:00+00:00"}),
    ("staff", "incident_draft", {"stage": "first", "number": 17, "detected_at": "2026-12-10T08:00:00+00:00",
                                 "answers": {"people": "12"}}),
    ("staff", "overview", {"numbers": {"question": [3, 4]}, "burst": "2026-12-10T08:00:00+00:00"}),
]  # fmt: skip


def test_every_act_of_the_release_before_is_among_the_examples() -> None:
    assert {act for _, act, _ in OLDER} == {kind.errand for kind in contents.KINDS}


@pytest.mark.parametrize(("channel", "act", "kept"), OLDER)
def test_what_an_older_release_wrote_is_read_and_written_again_with_the_same_words(
    channel: str, act: str, kept: dict[str, Any]
) -> None:
    content = contents.reading(channel, act, kept)
    again = contents.as_json(content)
    assert _holds(again, kept)
    assert contents.reading(channel, act, again) == content


def test_an_alert_of_no_ticket_that_an_older_release_wrote_is_read() -> None:
    channel, act, kept = next(one for one in OLDER if one[1] == "alert")
    content = contents.reading(channel, act, kept)
    assert isinstance(content, contents.Alert)
    assert content.number == 0


@pytest.mark.parametrize("kind", contents.KINDS)
def test_every_content_is_frozen_says_what_it_is_for_and_survives_being_kept(kind: type[contents.Content]) -> None:
    content = _example(kind)
    assert kind.__doc__
    assert not kind.__doc__.startswith(f"{kind.__name__}(")
    for channel in kind.channels:
        assert contents.reading(channel, kind.errand, contents.as_json(content)) == content
    with pytest.raises(FrozenInstanceError):
        content.errand = "other"  # type: ignore[misc]


def test_a_row_of_an_older_form_is_brought_to_the_present_one_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents.Leave, "form", 3)
    monkeypatch.setitem(stored.UPGRADES, (contents.Leave, 1), lambda kept: {"group": kept["where"]})
    monkeypatch.setitem(stored.UPGRADES, (contents.Leave, 2), lambda kept: {"chat": kept["group"]})
    assert contents.reading("telegram", "leave", {"where": 5}) == contents.Leave(chat=5)
    assert contents.reading("telegram", "leave", {"group": 6, "form": 2}) == contents.Leave(chat=6)
    assert contents.as_json(contents.Leave(chat=7)) == {"chat": 7, "form": 3}


@pytest.mark.parametrize("kept", [{}, {"chat": "Анна"}, {"caht": 5}, {"chat": None}, {"chat": [5]}])
def test_what_cannot_be_read_is_a_fault_for_good_that_names_the_place_and_none_of_the_words(kept: dict[str, Any]) -> None:
    with pytest.raises(Permanent, match="“leave” cannot be read: chat") as told:
        contents.reading("telegram", "leave", kept)
    assert "Анна" not in str(told.value)


def test_an_act_that_a_channel_does_not_know_is_a_fault_for_good() -> None:
    with pytest.raises(Permanent, match="The channel mail knows no errand “dance”"):
        contents.reading("mail", "dance", {})


def test_a_row_that_holds_something_else_than_was_expected_is_a_fault_of_ours() -> None:
    with pytest.raises(TypeError):
        contents.of(Outbox(channel="staff", errand="card", content={}), contents.Reply)


def test_the_steps_of_a_delivery_outlive_a_change_of_the_words() -> None:
    row = Outbox(channel="telegram", errand="reply", content=contents.as_json(contents.Reply(text="one")))
    contents.keep_steps(row, {"words:0": [5]})
    contents.amend(row, replace(contents.of(row, contents.Reply), text="two"))
    assert contents.of(row, contents.Reply).text == "two"
    assert contents.steps_of(row) == {"words:0": [5]}
    assert contents.forget_steps(row)
    assert not contents.forget_steps(row)
    assert contents.steps_of(row) == {}


def test_a_misspelt_or_a_missing_key_does_not_pass_the_check_of_types(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "from desk import contents\n"
        "contents.Leave(caht=5)\n"
        "contents.Status(reply=4)\n"
        "contents.Notice(words='x', params={}).wrods\n"
        "contents.Leave(chat=5)\n"
    )
    said = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--follow-imports=silent", str(wrong)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert [line.split(":")[1] for line in said.splitlines() if "error" in line] == ["2", "3", "4"]


def _holds(now: Any, before: Any) -> bool:
    """Whether nothing that was there is lost or changed; that something was empty or absent is not told twice."""
    if isinstance(before, dict):
        return all(_holds(now.get(key), value) for key, value in before.items())
    if isinstance(before, list):
        return len(now or ()) == len(before) and all(map(_holds, now or (), before))
    return bool(now == before or not (now or before))


def _example(kind: type[Any]) -> Any:
    """A value with something in every field."""
    hints = get_type_hints(kind)
    return kind(**{each.name: _value(hints[each.name], each.default is not MISSING) for each in fields(kind)})


def _value(hint: Any, *_: object) -> Any:
    if get_origin(hint) in (Union, UnionType):
        return _value(next(one for one in get_args(hint) if one is not type(None)))
    if is_dataclass(hint):
        return _example(hint)  # type: ignore[arg-type]
    if is_typeddict(hint):
        return {name: _value(one) for name, one in get_type_hints(hint).items()}
    if get_origin(hint) is tuple:
        inner = [one for one in get_args(hint) if one is not Ellipsis]
        return tuple(_value(one) for one in inner)
    if get_origin(hint) is list:
        return [_value(get_args(hint)[0])]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if get_origin(hint) is not None:  # a mapping
        return {"key": _value(get_args(hint)[1])}
    return {bool: True, int: 7, str: "слово", datetime: THURSDAY, date: THURSDAY.date()}.get(hint, "any")


def test_every_errand_is_called_something_in_both_languages() -> None:
    assert [kind.__name__ for kind in contents.KINDS if not (kind.called.ru and kind.called.en)] == []
