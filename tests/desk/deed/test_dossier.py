"""What the dossier holds of processors: their answers as they came, each letter by its own reference."""

from pathlib import Path

from desk.record import received
from models import Inbound, Instruction
from tests.desk.deed.test_instructions import DELIVERY, answers, released
from tests.desk.people import Bench
from tests.desk.record.test_dossier import text, unpacked


async def test_what_processors_answered_is_there_as_it_came_and_each_letter_by_its_own_number(
    bench: Bench, tmp_path: Path
) -> None:
    await released(bench)
    await answers(bench, DELIVERY)
    [row] = await Inbound.filter(outcome="processor")
    folder = await unpacked(bench, tmp_path)
    [raw] = (folder / "answers").glob("*.eml")
    assert raw.read_bytes() == await received.raw(bench.desk, row)
    said = " ".join(text(folder).split())
    instruction = await Instruction.exclude(outbox_id=None).order_by("id").first()
    assert bench.desk.signer.instruction_tag(instruction.id) in said
    # A number of a row is no outgoing number.
    assert "Исходящий №" not in said
