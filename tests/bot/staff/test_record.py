"""/journal and /dossier in the group: the file comes, or a sentence says how to ask."""

import io
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

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
    ("said", "name", "words_in_it"),
    [
        ("/journal csv", "journal-2026-01-01-2026-12-10.csv", "Отзыв согласия"),
        ("/journal en csv", "journal-2026-01-01-2026-12-10.csv", "Withdrawal of consent"),
        ("/journal 01.12.2026 05.12.2026 csv по-английски", "journal-2026-12-01-2026-12-05.csv", "Received"),
        ("/dossier", "dossier-1.zip", "Отзыв согласия"),
        ("/dossier en", "dossier-1.zip", "Withdrawal of consent"),
        ("/досье EN", "dossier-1.zip", "Withdrawal of consent"),
    ],
)
async def test_a_volume_is_in_the_language_of_the_papers_or_in_the_one_that_staff_name(
    bench: Bench, said: str, name: str, words_in_it: str
) -> None:
    bench.desk = replace(bench.desk, operator=replace(bench.desk.operator, languages=("en", "ru")))
    await bench.close()
    bench.begin()
    topic = await demand(bench, "consent_withdrawal")
    posted = await writes(bench, said, topic)
    assert posted.content["document"]["file_name"] == name
    files = bench.world.files
    data = files.read(files.get(posted.content["document"]["file_id"]))
    if name.endswith("zip"):
        pages = PdfReader(io.BytesIO(zipfile.ZipFile(io.BytesIO(data)).read("index.pdf"))).pages
        assert words_in_it in " ".join(page.extract_text() for page in pages)
    else:
        assert words_in_it in data.decode("utf-8-sig")


async def test_what_a_dossier_cannot_be_asked_for_is_said(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    assert words(await writes(bench, "/dossier 12", topic)) == "После /dossier можно указать только язык: /dossier en"


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
