"""Tampering: whoever changes a matter past the desk, in the database itself, is found, and told by ticket."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from desk import history
from desk.record import anchors
from desk.record.beginning import begin
from desk.record.checking import Finding, check
from models import (
    Action,
    Answer,
    Challenge,
    Concerned,
    Contact,
    Demand,
    History,
    Incident,
    Level,
    Mandate,
    Ticket,
    Verification,
)  # fmt: skip
from models.store import covering
from models.store.connect import client, transaction
from models.store.rows import insert
from tests.desk.people import Bench, letter
from tests.desk.terms.test_steps import ticks
from tests.desk.terms.test_steps import withdrawal as withdraws

Tamper = Callable[[Ticket], Awaitable[object]]


async def sql(words: str) -> None:
    """Done in the database by somebody who reaches it, and not by the desk."""
    await client().execute_script(words)


async def cut(count: int) -> None:
    last = await History.all().order_by("-id").limit(count)
    await sql(f"DELETE FROM history WHERE id >= {last[-1].id}")


async def rewrite() -> None:
    """An entry is changed and every hash after it made anew, as one who has read the program would."""
    from models.store.chain import hash_of

    rows = await History.all().order_by("id")
    rows[1].actor = "staff:666"
    previous = rows[0].hash
    for row in rows[1:]:
        row.previous = previous
        row.hash = previous = hash_of(row)
    for row in rows[1:]:
        await sql(
            f"UPDATE history SET actor = '{row.actor}', previous = '{row.previous}', hash = '{row.hash}' WHERE id = {row.id}"
        )


TAMPERINGS: dict[str, Tamper] = {
    # The nine of the issue.
    "the words of the request are replaced": lambda one: sql(f"UPDATE message SET text = 'Спасибо!' WHERE ticket_id = {one.id}"),
    "the messages are deleted": lambda one: sql(f"DELETE FROM message WHERE ticket_id = {one.id}"),
    "the evidence of a step is changed": lambda one: sql(f"UPDATE step SET evidence = 'акт № 99' WHERE ticket_id = {one.id}"),
    "the date of a step is changed": lambda one: sql(
        f"UPDATE step SET done_at = '2020-01-01 00:00:00+00:00' WHERE ticket_id = {one.id}"
    ),
    "the moment of receipt is changed": lambda one: sql(
        f"UPDATE demand SET received_at = '2027-01-01 00:00:00+00:00' WHERE ticket_id = {one.id}"
    ),
    "a term is put off": lambda one: sql(f"UPDATE clock SET due = '2030-01-01' WHERE ticket_id = {one.id}"),
    "an entry of the history is changed": lambda one: sql(
        f"UPDATE history SET actor = 'desk' WHERE ticket_id = {one.id} AND actor <> 'desk'"
    ),
    "the end of the history is cut off": lambda _: cut(3),
    "an entry amid the history is deleted": lambda _: sql("DELETE FROM history WHERE id = (SELECT min(id) + 2 FROM history)"),
    # Five of our own.
    "a file is put in another's place": lambda _: sql(f"UPDATE attachment SET sha256 = '{'0' * 64}'"),
    "a file is deleted": lambda _: sql("DELETE FROM attachment"),
    "a message is slipped in": lambda one: sql(
        "INSERT INTO message (ticket_id, direction, channel, author, at, subject, text, new_text, remarks, external_id, album, "
        f"quote, version) VALUES ({one.id}, 'out', 'mail', 'desk', '2026-12-10 09:00:00+00:00', '', 'Мы ответили', '', '[]', "
        "'<x@y>', '', '', 1)"
    ),
    "another person is made the requester": lambda _: sql("UPDATE requester SET name = 'Мэллори'"),
    "the address of the requester is replaced": lambda _: sql("UPDATE contact SET value = 'mallory@x.example'"),
    "a demand is marked as met": lambda one: sql(
        f"UPDATE demand SET outcome = 'done', closed_at = '2026-12-11 00:00:00+00:00' WHERE ticket_id = {one.id}"
    ),
    # Who somebody is, by what right, and what an incident concerns.
    "a check of who somebody is was made up": lambda _: sql("UPDATE verification SET level = 'staff', \"by\" = 'staff:7'"),
    "a check of who somebody is was deleted": lambda _: sql("DELETE FROM verification"),
    "a check was moved to another address": lambda _: sql("UPDATE verification SET value = 'mallory@x.example'"),
    "a mandate lasts longer": lambda _: sql("UPDATE mandate SET until = '2030-01-01'"),
    "a mandate was taken back": lambda _: sql("UPDATE mandate SET taken_back_at = '2026-12-10 09:00:00+00:00'"),
    "a mandate was deleted": lambda _: sql("DELETE FROM mandate"),
    "a code was proved": lambda _: sql("UPDATE challenge SET state = 'proved'"),
    "a code went elsewhere": lambda _: sql("UPDATE challenge SET to_value = 'mallory@x.example'"),
    "what is known of an incident is changed": lambda _: sql('UPDATE incident SET answers = \'{"people": "3"}\''),
    "the receipt of a notice is made up": lambda _: sql('UPDATE incident SET receipts = \'{"first": {"number": "1"}}\''),
    "a person concerned is left out": lambda _: sql("DELETE FROM concerned WHERE address = 'vera@x.example'"),
    "a person concerned is another one": lambda _: sql("UPDATE concerned SET address = 'm@x.example' WHERE address LIKE 'v%'"),
    "a notice never came back": lambda _: sql("UPDATE concerned SET bounced_at = NULL"),
    "a letter bears another outgoing number": lambda _: sql("UPDATE answer SET serial = 7"),
    "a paper letter was posted earlier": lambda _: sql("UPDATE answer SET posted_on = '2026-12-01'"),
    "the whole history is rewritten": lambda _: rewrite(),
}


async def identified(ticket: Ticket, at: datetime) -> None:
    """What the desk keeps of who somebody is, of an incident and of letters; written as the desk does."""
    async with transaction():
        await Verification.create(
            ticket_id=ticket.id,
            kind="email",
            value="anna@example.org",
            level=Level.CODE,
            compared=["contract"],
            by="staff:2",
            at=at,
        )
        await Mandate.create(
            ticket_id=ticket.id, role="parent", document="birth", until=at.date(), checked_by="staff:2", checked_at=at
        )
        await Challenge.create(
            ticket_id=ticket.id, to_kind="email", to_value="a@b.example", from_kind="email", from_value="anna@example.org",
            salt="1", digest="2", tries=5, sent_by="staff:2", created_at=at, expires_at=at,
        )  # fmt: skip
        incident = await Incident.create(ticket_id=ticket.id, answers={"people": "120"})
        people = ["vera@x.example", "olga@x.example"]
        await insert([Concerned(incident_id=incident.id, channel="mail", address=one, bounced_at=at) for one in people])
        await Answer.create(
            ticket_id=ticket.id, template="withdrawn", language="ru", serial=1, year=2026, posted_on=at.date(),
            created_at=at, created_by="staff:2",
        )  # fmt: skip


@pytest.fixture
async def matter(bench: Bench, tmp_path: Path) -> Ticket:
    """Anna withdrew her consent with a file; one step is done; the head of the history is anchored."""
    from desk.ports import File

    await begin(bench.now())
    blob = bench.desk.vault.write(b"%PDF-1.7 passport")
    ticket, demand = await withdraws(bench, files=(File("заявление.pdf", "application/pdf", blob),))
    await ticks(bench, demand, "ground", "договор № 5")
    await identified(ticket, bench.now())
    await anchors.keep(tmp_path / "anchors", bench.desk.vault, bench.now())
    return ticket


async def findings(bench: Bench, tmp_path: Path) -> list[Finding]:
    return (await check(anchors.read(tmp_path / "anchors", bench.desk.vault).anchors)).findings


async def test_what_nobody_touched_is_whole(bench: Bench, matter: Ticket, tmp_path: Path) -> None:
    report = await check(anchors.read(tmp_path / "anchors", bench.desk.vault).anchors)
    assert report.whole
    assert report.anchors == 1
    assert report.covered > 5
    assert report.uncovered == 0


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_a_tampering_is_found_and_told_by_ticket(bench: Bench, matter: Ticket, tmp_path: Path, name: str) -> None:
    await TAMPERINGS[name](matter)
    found = await findings(bench, tmp_path)
    assert found, name
    if name not in {"an entry amid the history is deleted", "the whole history is rewritten"}:
        assert matter.id in {ticket for one in found for ticket in one.tickets}, found


async def test_other_tickets_are_not_accused(bench: Bench, matter: Ticket, tmp_path: Path) -> None:
    from desk.ports import Sender

    await bench.arrives(letter(bench.now(), sender=Sender("email", "vera@x.example"), external_id="<2@x>"))
    other = await Ticket.all().order_by("-id").first()
    assert other is not None
    assert other.id != matter.id
    await TAMPERINGS["the words of the request are replaced"](matter)
    assert {ticket for one in await findings(bench, tmp_path) for ticket in one.tickets} == {matter.id}


async def test_an_anchor_that_the_key_did_not_make_is_told(bench: Bench, matter: Ticket, tmp_path: Path) -> None:
    path = tmp_path / "anchors"
    path.write_text(path.read_text() + f"anchored 2026-12-10T08:00:00+00:00 1 {'0' * 64} {'0' * 64}\n")
    read = anchors.read(path, bench.desk.vault)
    assert len(read.anchors) == 1
    assert read.forged == (2,)


async def test_a_head_is_anchored_once(bench: Bench, matter: Ticket, tmp_path: Path) -> None:
    path = tmp_path / "anchors"
    assert await anchors.keep(path, bench.desk.vault, bench.now()) is None
    async with transaction():
        await history.add(None, history.DESK, Action.RESTORED, {}, bench.now())
    assert await anchors.keep(path, bench.desk.vault, bench.now()) is not None
    assert len(path.read_text().splitlines()) == 2


async def test_after_a_backup_was_put_back_the_anchors_of_the_given_up_history_accuse_nobody(
    bench: Bench, matter: Ticket, tmp_path: Path
) -> None:
    path = tmp_path / "anchors"
    await cut(3)  # as the database of an older backup would be
    anchors.restored(path, bench.desk.vault, await anchors.head(bench.now()) or anchors.NONE)
    read = anchors.read(path, bench.desk.vault)
    assert [one.what for one in (await check(read.anchors)).findings if one.table == "history"] == []


async def test_what_lay_there_before_the_history_answered_for_it_is_covered_from_then_on(bench: Bench) -> None:
    ticket, demand = await withdraws(bench)
    await sql("DELETE FROM history WHERE action = 'sealed'")
    previous = "0" * 64
    from models.store.chain import hash_of

    for row in await History.all().order_by("id"):  # an old database: a chain without digests
        row.previous = previous
        row.hash = previous = hash_of(row)
        await sql(f"UPDATE history SET previous = '{row.previous}', hash = '{row.hash}' WHERE id = {row.id}")
    before = await check()
    assert before.whole
    assert before.uncovered > 3
    assert before.covered_from is None
    await begin(bench.now())
    assert not await begin(bench.now())
    after = await check()
    assert after.whole
    assert after.uncovered == 0
    assert after.covered_from == bench.now()
    await sql(f"UPDATE clock SET due = '2030-01-01' WHERE demand_id = {demand.id}")
    assert {(one.what, one.table, one.tickets) for one in (await check()).findings} == {("changed", "clock", (ticket.id,))}


async def test_a_table_that_a_release_adds_is_covered_from_its_first_start(
    bench: Bench, matter: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(covering.COVERED)
    monkeypatch.delitem(covering.COVERED, Contact)
    await sql("DELETE FROM history")
    await begin(bench.now())
    monkeypatch.setitem(covering.COVERED, Contact, before[Contact])
    report = await check()
    assert report.whole
    assert report.uncovered > 0
    assert await begin(bench.now())
    assert (await check()).uncovered == 0
    await TAMPERINGS["the address of the requester is replaced"](matter)
    assert [one.table for one in (await check()).findings] == ["contact"]


async def test_a_column_that_a_release_adds_changes_no_digest(matter: Ticket) -> None:
    demand = await Demand.get(ticket_id=matter.id)
    covered = covering.COVERED[Demand]
    known = covering.digest(demand)
    for name, value in (("document_due", None), ("unlawful", False), ("ground", "")):
        assert getattr(demand, name) == value
        fewer = replace(covered, names=tuple(one for one in covered.names if one != name))
        covering.COVERED[Demand] = fewer
        try:
            assert covering.digest(demand) == known
        finally:
            covering.COVERED[Demand] = covered
    demand.unlawful = True
    assert covering.digest(demand) != known


async def test_an_act_that_is_undone_leaves_no_digest(bench: Bench, matter: Ticket) -> None:
    async def fails(ground: str) -> None:
        async with transaction():
            await Demand.filter(ticket_id=matter.id).update(ground=ground)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails("a")
    async with transaction():
        await Demand.filter(ticket_id=matter.id).update(ground="b")
        with pytest.raises(ZeroDivisionError):
            await fails("c")
    assert (await check()).whole


async def test_what_the_desk_deletes_is_no_finding_and_what_goes_with_it_neither(bench: Bench, matter: Ticket) -> None:
    async with transaction():
        await Ticket.filter(id=matter.id).delete()
    assert (await check()).whole


async def test_checks_mandates_and_incidents_of_an_older_release_are_answered_for_from_the_first_start(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for model in (Verification, Mandate, Challenge, Incident, Concerned, Answer):
        monkeypatch.delitem(covering.COVERED, model)
    await begin(bench.now())
    ticket, _demand = await withdraws(bench)
    await identified(ticket, bench.now())
    await anchors.keep(tmp_path / "anchors", bench.desk.vault, bench.now())
    monkeypatch.undo()

    report = await check(anchors.read(tmp_path / "anchors", bench.desk.vault).anchors)
    assert report.whole
    assert report.uncovered == 7
    assert await begin(bench.now())
    assert not await begin(bench.now())
    report = await check(anchors.read(tmp_path / "anchors", bench.desk.vault).anchors)
    assert report.whole
    assert report.uncovered == 0
    await sql("UPDATE verification SET value = 'mallory@x.example'")
    [found] = await findings(bench, tmp_path)
    assert (found.table, found.tickets) == ("verification", (ticket.id,))
