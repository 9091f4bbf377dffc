"""Every sentence is there in Russian, with the same places for what is filled in."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.format import KINDS, day_and_time, kind_short
from bot.locales.extract import HERE, ROOT, TEMPLATE, catalogue
from bot.postings.staff.notices import error_words
from bot.postings.staff.reminders import level_words
from desk.i18n import words
from tests.desk.people import THURSDAY, make_desk

_PLACES = re.compile(r"%\((\w+)\)[ds]|<[^>]+>")


def test_every_sentence_of_the_bot_and_the_desk_is_in_the_russian_catalogue() -> None:
    with (HERE / "ru.po").open("rb") as file:
        russian = read_po(file, locale="ru")
    # The dialogs of requesters have a test of their own.
    theirs = {one.id for one in catalogue("bot/requester")}
    missing = [one.id for one in catalogue() if one.id and (one.id not in russian or not russian[one.id].string)]
    assert [one for one in missing if one not in theirs] == []


@pytest.mark.parametrize("catalogue", sorted(ROOT.glob("*/locales/*.po")), ids=lambda path: f"{path.parent.parent.name}")
def test_no_sentence_is_translated_twice(catalogue: Path) -> None:
    said = re.findall(r"^msgid (.+(?:\n\".*\")*)", catalogue.read_text(encoding="utf-8"), re.MULTILINE)
    assert [one for one, count in Counter(said).items() if count > 1] == []


def test_translations_fill_in_the_same_places() -> None:
    with (HERE / "ru.po").open("rb") as file:
        russian = read_po(file, locale="ru")
    wrong = []
    for message in russian:
        if not message.id or isinstance(message.id, tuple):
            continue
        if sorted(_PLACES.findall(message.id)) != sorted(_PLACES.findall(str(message.string))):
            wrong.append(message.id)
    assert wrong == []


def test_the_template_is_up_to_date() -> None:
    with TEMPLATE.open("rb") as file:
        kept = {one.id for one in read_po(file) if one.id}
    assert {one.id for one in catalogue("bot/staff", "bot/postings") if one.id} <= kept


@pytest.mark.parametrize(("count", "expected"), [(1, "срок"), (3, "срока"), (5, "сроков"), (11, "сроков"), (21, "срок")])
def test_russian_counts_in_three_forms(count: int, expected: str) -> None:
    said = words("bot", "ru").ngettext("… and %(count)d more term", "… and %(count)d more terms", count)
    assert said % {"count": count} == f"… и ещё {count} {expected}"


def test_every_kind_has_short_words_in_both_languages() -> None:
    for kind in KINDS:
        assert re.search("[а-яё]", kind_short(kind, "ru"))
        assert not re.search("[а-яё]", kind_short(kind, "en"))


def test_a_moment_is_shown_in_the_operators_time(tmp_path) -> None:
    zone = make_desk(tmp_path).operator.zone
    assert day_and_time(THURSDAY, zone, "ru") == "10.12.2026 11:00 МСК"


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("wd5", "Осталось 5 рабочих дней"),
        ("wd1", "Остался 1 рабочий день"),
        ("wd22", "Осталось 22 рабочих дня"),
        ("overdue_1", "СРОК ПРОПУЩЕН"),
        ("overdue_3", "СРОК ПРОПУЩЕН · напоминание 3"),
    ],
)
def test_levels_of_reminders_are_said_in_words(level: str, expected: str) -> None:
    assert level_words(level, "ru") == expected


def test_an_internal_error_is_said_without_its_name() -> None:
    assert (
        error_words("Internal error: KeyError. The log has the details.", "ru")
        == "Внутренняя ошибка; подробности в журнале программы."
    )
