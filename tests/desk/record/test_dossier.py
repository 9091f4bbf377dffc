"""The dossier: whoever has the archive alone finds what was asked, done and sent, and can check that nothing was changed."""

import io
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfReader

from desk.answers import drafts, posting
from desk.ports import File
from desk.record.beginning import begin
from desk.record.dossier import INDEX, SUMS, dossier
from desk.record.dossier.matter import safe
from desk.record.journal import result
from desk.reminders import sweep
from models import Demand, Ending, Ticket
from models.store.connect import client, transaction
from tests.desk.answers.test_drafts import begun
from tests.desk.people import Bench, letter
from tests.desk.record.test_kept import KeepingDoor
from tests.desk.terms.test_steps import ticks


@pytest.fixture
async def archive(bench: Bench, tmp_path: Path) -> Path:
    """Anna withdrew her consent with a file, was acknowledged by mail, and one step is proved."""
    from desk.flow import delivery, inbound
    from desk.flow.ways import Ways

    await begin(bench.now())
    blob = bench.desk.vault.write(b"%PDF-1.7 passport")
    files = (File("Заявление; rm -rf.pdf", "application/pdf", blob),)
    await bench.arrives(letter(bench.now(), kinds=("consent_withdrawal",), files=files), handle=False)
    await inbound.drain(bench.desk, bench.doors, bench.now)
    door = KeepingDoor(bench)
    await delivery.drain(bench.desk, door, bench.now, ways=Ways(door))
    await ticks(bench, await Demand.get(), "ground", "договор № 5")
    return await unpacked(bench, tmp_path)


async def unpacked(bench: Bench, tmp_path: Path, language: str = "ru") -> Path:
    ticket = await Ticket.get()
    made = await dossier(bench.desk, ticket, language, bench.now())
    folder = tmp_path / f"dossier-{language}"
    zipfile.ZipFile(io.BytesIO(made)).extractall(folder)
    return folder


def text(folder: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", folder / INDEX, "-"], capture_output=True, text=True, check=True).stdout


async def test_it_is_checked_without_us(archive: Path) -> None:
    checked = subprocess.run(["sha256sum", "-c", "--strict", SUMS], cwd=archive, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    named = {line.split("  ", 1)[1] for line in (archive / SUMS).read_text().splitlines()}
    assert named == {str(path.relative_to(archive)) for path in archive.rglob("*") if path.is_file()} - {SUMS}


async def test_what_was_asked_is_there_raw_and_readable_with_its_files(archive: Path) -> None:
    assert (archive / "request/01.eml").read_bytes() == b"1"
    assert "согласи" in (archive / "request/01.txt").read_text().lower()
    [file] = (archive / "request").glob("01-1_*")
    assert file.read_bytes() == b"%PDF-1.7 passport"


async def test_every_letter_is_there_as_it_left(archive: Path, bench: Bench) -> None:
    [letter] = (archive / "letters").iterdir()
    assert letter.read_bytes().startswith(b"Subject: 0\r\n")
    said = text(archive)
    assert "<1@desk.example>" in said
    assert "250 OK" in said


async def test_the_index_tells_terms_steps_and_the_checked_history(archive: Path) -> None:
    said = " ".join(text(archive).split())
    for words in ("Досье по обращению", "договор № 5", "152-ФЗ", "цепочка записей не нарушена", "исчислени"):
        assert words in said, words


async def test_it_says_that_something_was_changed(archive: Path, bench: Bench, tmp_path: Path) -> None:
    await client().execute_script("UPDATE message SET text = 'Спасибо!'")
    (tmp_path / "again").mkdir()
    assert "НАРУШЕНА" in text(await unpacked(bench, tmp_path / "again"))


async def test_it_is_there_in_english_too(archive: Path, bench: Bench, tmp_path: Path) -> None:
    said = text(await unpacked(bench, tmp_path, "en"))
    assert "Dossier of request No." in said
    assert "the chain of the history is whole" in " ".join(said.split())


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "-rf", "a\nb", "C:\\x", "\u202egpj.exe", "", ".hidden", "x" * 400, "«Акт» № 1.pdf"]
)
def test_a_name_in_the_archive_is_harmless(name: str) -> None:
    found = safe(name)
    assert found
    assert not set(found) & set('/\\:*?"<>|\n\r')
    assert not found.startswith((".", "-"))
    assert len(found) <= 120


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("ending", [one for one in Ending if one])
def test_every_ending_has_words(ending: Ending, language: str) -> None:
    said = result(ending, language)
    assert said != ending or said == "refused"
    assert ("а" <= min(said.replace(" ", "").replace(",", "").replace(":", "")) <= "я") == (language == "ru")


async def test_the_history_says_of_what_each_entry_is(archive: Path) -> None:
    pages = PdfReader(archive / INDEX).pages
    said = re.sub(r"[-\u00ad]\s+", "", " ".join(" ".join(page.extract_text() for page in pages).split()))
    assert "Отзыв согласия на обработку персональных данных: Проверить основания продолжать" in said
    assert "registered:" not in said
    for raw in ("consent_withdrawal", "stop_processing", " processor ", "ground", "None"):
        assert raw not in said.partition("История рассмотрения")[2].partition("Файлы архива")[0], raw


async def test_the_history_says_of_which_terms_people_were_reminded(bench: Bench, tmp_path: Path) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request",)))
    bench.now.forward(days=20)
    await sweep.sweep(bench.desk, bench.now())
    said = " ".join(text(await unpacked(bench, tmp_path)).split())
    assert "отправлено напоминание Ответить на запрос" in said


async def test_a_letter_that_went_on_paper_is_there_as_it_was_printed(bench: Bench, tmp_path: Path) -> None:
    answer = await begun(bench, "question", "answer")
    async with transaction():
        draft = await drafts.of(bench.desk, answer, bench.now())
        for gap in draft.filled.gaps:
            await drafts.say(bench.desk, answer, gap, "Храним в России", await bench.boris(), bench.now())
        await drafts.show(bench.desk, answer, await bench.boris(), bench.now())
        await posting.record(bench.desk, answer, "10.12.2026 почта 80080012345678", await bench.boris(), bench.now())
    folder = await unpacked(bench, tmp_path)
    [paper] = (folder / "letters").glob(f"paper-{answer.id}_*.pdf")
    printed = subprocess.run(["pdftotext", paper, "-"], capture_output=True, text=True, check=True).stdout
    assert "Храним в России" in printed
    said = " ".join(text(folder).split())
    assert "1/2026" in said
    assert "80080012345678" in said
