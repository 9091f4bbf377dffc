"""Old letters are brought in beside the running desk: their own dates, nobody answered, nothing twice."""

import json
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from tests.flows.rig import Rig, letter


async def _command(desk: Rig, *arguments: str) -> list[dict]:
    """The JSON lines that a command answers."""
    desk.asked += 1
    out = desk.folder / f"answer{desk.asked}.json"
    pid = await desk.nursery.fork([*arguments, "--json"], desk.environ, desk.log, out)
    assert await desk.nursery.wait(pid) == 0, desk.tail()
    return [json.loads(line) for line in out.read_text().splitlines()]


async def test_an_archive_becomes_tickets_with_their_own_dates_and_nobody_is_answered(desk: Rig, tmp_path: Path) -> None:
    taken = (desk.now() - timedelta(days=60)).replace(microsecond=0)
    folder = tmp_path / "archive"
    folder.mkdir()
    for number in range(3):
        old = letter(f"person{number}@people.test", "Withdrawal Statement", f"Отзываю согласие {number}.")
        head = f"Received: from a by mx.desk.test; {format_datetime(taken)}\r\n".encode()
        (folder / f"{number}.eml").write_bytes(head + old.as_bytes())
    await desk.start()

    said = await _command(desk, "import", str(folder), "--dry-run")
    assert [one["kinds"] for one in said] == [["consent_withdrawal"]] * 3
    assert all(one["due"] < desk.now().date().isoformat() for one in said)
    assert await desk.tickets() == []

    assert await _command(desk, "import", str(folder)) == [{"letters": 3, "new": 3}]

    async def opened() -> list[dict]:
        found = await desk.tickets()
        return found if len(found) == 3 and all(one["topic_id"] for one in found) else []

    tickets = await desk.until(opened, "three tickets with topics")
    assert {datetime.fromisoformat(one["received_at"]) for one in tickets} == {taken}
    assert await _command(desk, "import", str(folder)) == [{"letters": 3, "new": 0}]

    # A letter of today shows that letters leave at all.
    await desk.writes("anna@people.test", "Withdrawal Statement", "Отзываю согласие.")
    await desk.until(lambda: desk.letters("anna@people.test"), "an acknowledgement")
    assert await desk.stop() == 0
    assert [desk.letters(f"person{number}@people.test") for number in range(3)] == [[], [], []]
