"""Kept bytes: what left stands in the vault as it left, whatever happened between the sending and the note of it."""

import asyncio
import hashlib
import json
from dataclasses import replace

import pytest

from desk.contents import read
from desk.errors import Temporary, Unclear
from desk.flow import delivery
from desk.flow.ways import Ways
from desk.ports import Delivered, Kept, Sent
from desk.record import kept
from desk.record.checking import check, missing_files
from models import Outbox, OutboxState, Posted
from models.store.connect import client
from tests.desk.people import Bench, RecordingDoor, letter


class KeepingDoor(RecordingDoor):
    """A door that keeps what it sends, as those of mail and Telegram do; `breaks` tries end before the answer."""

    def __init__(self, bench: Bench, *errors: Exception) -> None:
        super().__init__("mail")
        self._vault, self._errors, self.sent = bench.desk.vault, list(errors), list[bytes]()

    async def send(self, row: Outbox) -> Delivered:
        data = f"Subject: {len(self.sent)}\r\n\r\n{read(row)}".encode()
        piece = await kept.keep(self._vault, row, data)
        self.sent.append(data)
        if self._errors:
            error = self._errors.pop(0)
            if not isinstance(error, Unclear | asyncio.CancelledError):
                await kept.drop(self._vault, piece)
            raise error
        left = await kept.left(self._vault, row, replace(piece, external_id="<1@desk.example>", answer="250 OK"))
        return Delivered((Sent("anna@x.example", "<1@desk.example>", Posted.LETTER),), kept=left)


async def leaves(bench: Bench, *errors: Exception) -> tuple[Outbox, KeepingDoor]:
    """Anna is acknowledged by mail through such a door, until it succeeds."""
    await bench.arrives(letter(bench.now()), handle=False)
    from desk.flow import inbound

    await inbound.drain(bench.desk, bench.doors, bench.now)
    door = KeepingDoor(bench, *errors)
    for _ in range(len(errors) + 1):
        await delivery.drain(bench.desk, door, bench.now, ways=Ways(door))
        bench.now.forward(hours=3)
    return await Outbox.get(errand="acknowledgement"), door


async def test_a_letter_is_kept_as_it_left_with_the_answer_of_the_server(bench: Bench) -> None:
    row, door = await leaves(bench)
    [one] = row.kept
    assert await bench.desk.vault.read_async(one["blob"]) == door.sent[0]
    assert one["sha256"] == hashlib.sha256(door.sent[0]).hexdigest()
    assert (one["external_id"], one["answer"], one["sure"]) == ("<1@desk.example>", "250 OK", True)
    assert (await check()).whole
    assert await missing_files(bench.desk.vault) == []


async def test_what_may_have_left_before_the_line_broke_is_kept_beside_what_left(bench: Bench) -> None:
    row, door = await leaves(bench, Unclear("broken off"))
    first, second = row.kept
    assert not first["sure"]
    assert second["sure"]
    assert [await bench.desk.vault.read_async(one["blob"]) for one in (first, second)] == door.sent


async def test_a_try_that_was_refused_leaves_nothing(bench: Bench) -> None:
    row, door = await leaves(bench, Temporary("greylisted"), Temporary("greylisted"))
    [one] = row.kept
    assert await bench.desk.vault.read_async(one["blob"]) == door.sent[-1]


async def test_what_a_killed_process_had_written_is_found_by_the_next_one(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()), handle=False)
    from desk.flow import inbound

    await inbound.drain(bench.desk, bench.doors, bench.now)
    row = await Outbox.get(errand="acknowledgement")
    await kept.keep(bench.desk.vault, row, b"what the dead process handed over")  # and then it was killed
    door = KeepingDoor(bench)
    await delivery.drain(bench.desk, door, bench.now, ways=Ways(door))
    first, second = (await Outbox.get(id=row.id)).kept
    assert await bench.desk.vault.read_async(first["blob"]) == b"what the dead process handed over"
    assert (first["sure"], second["sure"]) == (False, True)


async def test_what_may_have_left_stays_when_the_letter_is_given_up(bench: Bench) -> None:
    from desk.errors import Permanent

    row, door = await leaves(bench, Unclear("broken off"), Permanent("no such address"))
    assert row.state == OutboxState.PARKED
    [one] = row.kept
    assert await bench.desk.vault.read_async(one["blob"]) == door.sent[0]


@pytest.mark.parametrize("change", ["kept", "conversation", "errand"])
async def test_a_letter_that_was_sent_cannot_be_changed_unseen(bench: Bench, change: str) -> None:
    row, _ = await leaves(bench)
    value = json.dumps([{**row.kept[0], "sha256": "0" * 64}]) if change == "kept" else "another"
    await client().execute_script(f"UPDATE outbox SET {change} = '{value}' WHERE id = {row.id}")
    [found] = (await check()).findings
    assert (found.what, found.table, found.tickets) == ("changed", "outbox", (row.ticket_id,))


async def test_a_letter_that_is_gone_from_the_vault_is_told(bench: Bench) -> None:
    row, _ = await leaves(bench)
    bench.desk.vault.delete(Kept(**row.kept[0]).blob)
    [found] = await missing_files(bench.desk.vault)
    assert (found.what, found.table, found.tickets) == ("gone", "letter", (row.ticket_id,))
