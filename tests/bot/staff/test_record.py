"""/journal and /dossier in the group: the file comes, or a sentence says how to ask."""

from datetime import date

import pytest

from bot.staff.record import span
from desk.errors import Refused
from tests.bot.bench import Bench, words
from tests.bot.terms import demand, writes

TODAY = date(2026, 12, 10)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("/journal", "journal-2026-01-01-2026-12-10.xlsx"),
        ("/журнал 01.12.2026 pdf", "journal-2026-12-01-2026-12-10.pdf"),
        ("/journal 01.12.2026 05.12.2026 csv", "journal-2026-12-01-2026-12-05.csv"),
    ],
)
async def test_the_journal_comes_as_a_file(bench: Bench, said: str, name: str) -> None:
    topic = await demand(bench, "consent_withdrawal")
    posted = await writes(bench, said, topic)
    assert posted.content["document"]["file_name"] == name
    assert "📒 Журнал обращений" in words(posted)


async def test_the_dossier_comes_as_an_archive_into_its_topic(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    posted = await writes(bench, "/dossier", topic)
    assert posted.content["document"]["file_name"] == "dossier-1.zip"
    assert "персональные данные" in words(posted)


async def test_what_the_desk_wrote_itself_is_shown_by_history_as_it_left(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    before = len(bench.said(bench.group, topic))
    await writes(bench, "/history", topic)
    shown = "\n".join(words(one) for one in bench.said(bench.group, topic)[before:])
    assert "Написала программа" in shown
    assert "Ваше обращение принято" in shown or "принят" in shown


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", (date(2026, 1, 1), TODAY, "xlsx")),
        ("pdf", (date(2026, 1, 1), TODAY, "pdf")),
        ("01.06.2026", (date(2026, 6, 1), TODAY, "xlsx")),
        ("с 01.06.2026 по 30.06.2026 csv", (date(2026, 6, 1), date(2026, 6, 30), "csv")),
        ("2026-06-01 2026-06-30", (date(2026, 6, 1), date(2026, 6, 30), "xlsx")),
    ],
)
def test_a_span_is_read(said: str, expected: tuple[date, date, str]) -> None:
    assert span(said, TODAY) == expected


@pytest.mark.parametrize("said", ["31.02.2026", "30.06.2026 01.06.2026", "вчера", "1.1.2026 2.1.2026 3.1.2026", "doc"])
def test_what_is_no_span_is_refused_in_a_sentence(said: str) -> None:
    with pytest.raises(Refused):
        span(said, TODAY)
