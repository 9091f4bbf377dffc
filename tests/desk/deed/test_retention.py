"""Closed tickets lose their personal data when the settings say so; acts outlive them."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pypdf import PdfReader
from tortoise import fields
from tortoise.models import Model

import models
from desk.deed import drafting, releasing, retention
from desk.papers.paper import Table
from desk.ports import File, Sender
from desk.record import checking, journal
from desk.record.dossier import dossier
from desk.record.journal import Span
from desk.ticket import tickets
from models import (
    Answer,
    Attachment,
    Challenge,
    Contact,
    Demand,
    Destruction,
    Heard,
    Held,
    History,
    Inbound,
    Message,
    Outbox,
    Requester,
    Ticket,
)
from models.store.connect import client
from tests.desk.deed.test_destruction import made
from tests.desk.people import Bench, letter

YEAR = timedelta(days=366)
SECRETS = ("Анна", "Петрова", "anna@example.org", "секрет", "паспорт")


async def closed(bench: Bench, **changes: object) -> Ticket:
    file = File("паспорт.pdf", "application/pdf", await bench.desk.vault.write_async(b"%PDF"))
    said = "Отзываю согласие, это секрет. Анна Петрова"
    await bench.arrives(letter(bench.now(), text=said, new_text=said, files=(file,), **changes))
    ticket = await Ticket.all().order_by("-id").first()
    await drafting.draft(bench.desk, bench.now())
    await releasing.release(bench.desk, ticket, None, await bench.boris(), bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    await Answer.create(
        ticket=ticket,
        template="access",
        language="ru",
        said={"ask:Данные": "секрет"},
        shown="Здравствуйте, Анна Петрова!",
        serial=1 + await Answer.all().count(),
        year=2026,
        created_at=bench.now(),
        created_by="staff:2",
    )
    await tickets.close(bench.desk, ticket, await bench.boris(), bench.now(), reason="секрет")
    await bench.run()
    return ticket


async def everything() -> str:
    """All that the database holds, but the history, as one text."""
    found = []
    for table in (
        "ticket",
        "requester",
        "contact",
        "message",
        "attachment",
        "inbound",
        "outbox",
        "receipt",
        "clue",
        "heard",
        "step",
        "instruction",
        "demand",
        "clock",
        "automatic",
        "quiet",
        "answer",
    ):
        found += [
            json.dumps(row, default=str, ensure_ascii=False)
            for row in await client().execute_query_dict(f"SELECT * FROM {table}")
        ]
    return "\n".join(found)


@pytest.mark.parametrize(("years", "erased"), [(1, 1), (2, 1), (3, 0)])
async def test_the_setting_says_when_a_closed_ticket_loses_its_data(bench: Bench, years: int, erased: int) -> None:
    await closed(bench)
    bench.desk = replace(bench.desk, closed_ticket_years=years)
    bench.now.at += 2 * YEAR
    assert await retention.erase(bench.desk, bench.now()) == erased
    assert await retention.erase(bench.desk, bench.now()) == 0


async def test_nothing_personal_is_left_and_a_line_stays_for_the_journal(bench: Bench) -> None:
    ticket = await closed(bench)
    before = await everything()
    assert all(one in before for one in SECRETS)
    blob = (await Attachment.get()).blob
    kinds = [one.kind for one in await Demand.all()]
    bench.now.at += 4 * YEAR
    await retention.erase(bench.desk, bench.now())
    after = await everything()
    assert [one for one in SECRETS if one in after] == []
    assert not bench.desk.vault.has(blob)
    assert all((row.sealed, row.blob) == (None, "") for row in await Inbound.all())
    assert await Heard.all().count() == 0
    kept = await Ticket.get(id=ticket.id)
    assert kept.erased_at is not None
    assert (kept.received_at, kept.closed_at) == (ticket.received_at, kept.closed_at)
    assert [one.kind for one in await Demand.all()] == kinds
    assert await Message.all().count() > 0
    entry = await History.get(action="personal data erased")
    assert entry.details["legs"] == [ticket.id]


async def test_the_history_still_answers_for_everything_after_an_erasure(bench: Bench) -> None:
    await closed(bench)
    bench.now.at += 4 * YEAR
    await retention.erase(bench.desk, bench.now())
    report = await checking.check()
    assert report.findings == []


async def test_what_is_left_of_it_shows_no_number_of_our_own_and_says_which_number_is_whose(bench: Bench) -> None:
    ticket = await closed(bench)
    bench.now.at += 4 * YEAR
    await retention.erase(bench.desk, bench.now())
    made = zipfile.ZipFile(io.BytesIO(await dossier(bench.desk, await Ticket.get(id=ticket.id), "en", bench.now())))
    said = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made.read("index.pdf"))).pages)
    assert "erased:" not in said
    assert "№" not in said
    year = Span(date(2026, 1, 1), date(2026, 12, 31))
    [line] = await journal.lines(bench.desk, year, "en")
    assert line.subject.startswith("depersonalised")
    table, _signature = journal.as_paper(bench.desk, [line], "en", year, bench.now()).blocks
    assert isinstance(table, Table)
    assert f"No. {ticket.id}" in table.rows[0][0]


async def test_the_same_letter_found_again_in_a_mailbox_opens_nothing(bench: Bench) -> None:
    await closed(bench)
    again = letter(bench.now())
    bench.now.at += 4 * YEAR
    await retention.erase(bench.desk, bench.now())
    assert (await bench.arrives(again)).outcome == "duplicate"
    assert await Ticket.all().count() == 1


async def test_a_person_with_an_open_matter_stays_known(bench: Bench) -> None:
    await closed(bench)
    bench.now.at += 4 * YEAR
    await bench.arrives(letter(bench.now(), number=8, subject="Другое", kinds=("access_request",)))
    await retention.erase(bench.desk, bench.now())
    assert await Contact.filter(value="anna@example.org").exists()
    assert (await Requester.get()).name == "Анна Петрова"


async def test_an_open_or_reopened_ticket_keeps_everything(bench: Bench) -> None:
    ticket = await closed(bench)
    await tickets.reopen(bench.desk, ticket, await bench.boris(), bench.now())
    bench.now.at += 9 * YEAR
    assert await retention.erase(bench.desk, bench.now()) == 0
    assert await Message.filter(text__contains="секрет").exists()


async def test_acts_outlive_their_ticket_until_three_years_from_the_destruction_and_go_then(bench: Bench) -> None:
    bench.desk = replace(bench.desk, closed_ticket_years=1)
    await bench.arrives(letter(bench.now()))
    ticket = await Ticket.get()
    bench.now.forward(days=5)
    act = await made(bench, ticket, "Сайт")
    await tickets.close(bench.desk, ticket, await bench.boris(), bench.now(), reason="всё")
    bench.now.at += YEAR + timedelta(days=1)
    assert await retention.erase(bench.desk, bench.now()) == 1
    kept = await Destruction.get(id=act.id)
    assert "Анна" in kept.subject
    assert (await bench.desk.vault.read_async(kept.act)).startswith(b"%PDF")
    bench.now.at = bench.now.at.replace(year=2029, month=12, day=14)
    await retention.erase(bench.desk, bench.now())
    assert await Destruction.all().count() == 1  # the last day
    bench.now.forward(days=1)
    await retention.erase(bench.desk, bench.now())
    assert await Destruction.all().count() == 0
    assert not bench.desk.vault.has(kept.act)


async def test_the_topic_goes_with_its_words(bench: Bench) -> None:
    ticket = await closed(bench)
    topic = (await Ticket.get(id=ticket.id)).topic_id
    bench.now.at += 4 * YEAR
    await retention.erase(bench.desk, bench.now())
    await bench.run()
    assert [row.content["thread"] for row in bench.out["staff"].acts("forget")] == [topic]
    assert await Outbox.filter(ticket_id=ticket.id).count() == 0


async def test_a_dry_look_counts_and_changes_nothing(bench: Bench) -> None:
    await closed(bench)
    await closed(bench, number=3, sender=Sender("email", "olga@example.org", name="Ольга"), subject="Отзыв")
    kept = retention.Kept.by(bench.desk)
    assert (await retention.looked_at(kept, bench.now()))[:2] == (0, 0)
    assert (await retention.looked_at(kept, bench.now()))[2].isoformat() == "2029-12-10"
    assert await retention.looked_at(kept, bench.now() + 4 * YEAR) == (2, 0, None)
    assert await Message.filter(text__contains="секрет").count() == 4  # their letters, and why they were closed


# Columns of what hangs on a ticket that hold no personal data, or that have a way of their own in desk.deed.retention.
HARMLESS = {
    "ticket": {
        "status",
        "channel",
        "mailbox",
        "language",
        "named",
        "represented",
        "answer_to",
        "subject",
        "candidates",
        "speaker",
        "minor",
    },
    "demand": {"kind", "recognised_by", "rule_id", "outcome", "ground"},
    "clock": {"key", "article", "unit", "stopped_by", "ending", "stopped_why", "planned_by"},
    "step": {"key", "done_by", "proof", "way", "taken_back_by"},
    "message": {"direction", "channel", "author", "subject", "text", "new_text", "remarks", "external_id", "album", "quote"},
    "instruction": {"processor", "address", "email", "contract", "categories", "asks", "covers", "state", "decided_by"},
    "quiet": {"kind", "why", "state", "decided_by"},
    "registration": {"way"},
    "incident": {"answers", "receipts", "notifying"},  # what happened, told to the authority; people stand in "concerned"
    "reminder": {"level"},
    # What it says is emptied by a statement of its own.
    "answer": {"template", "language", "said", "files", "shown", "way", "tracking", "created_by"},
    "blocking": {"systems", "categories", "started_by", "ended_by", "result"},
    "destruction": None,  # kept for three years, then deleted whole
    "history": {"actor", "action", "details", "previous", "hash"},
}


def test_every_column_of_words_of_a_ticket_is_erased_or_known_to_be_harmless() -> None:
    worded = (fields.CharField, fields.TextField, fields.JSONField, fields.BinaryField)
    whole = {*retention.DELETED, Outbox, Attachment, Heard, Inbound, models.Receipt}
    forgotten = []
    for table in {one for one in vars(models).values() if isinstance(one, type) and issubclass(one, Model)} - whole:
        names = set(table._meta.fields_map)
        harmless = HARMLESS.get(table._meta.db_table, set())
        if ("ticket_id" not in names and table is not Ticket) or harmless is None:
            continue
        for name in names - set(retention.EMPTIED.get(table, ())) - harmless:
            if isinstance(table._meta.fields_map[name], worded):
                forgotten.append(f"{table._meta.db_table}.{name}")
    assert sorted(forgotten) == []


async def held(value: str) -> None:
    await Held.create(kind="email", value=value, name="Анна Петрова", source="import", added_at=datetime(2026, 1, 1, tzinfo=UTC))


async def test_what_the_operator_held_of_an_address_goes_with_the_matter(bench: Bench) -> None:
    await held("anna@example.org")
    await held("vera@example.org")
    ticket = await closed(bench)
    at = bench.now()
    await Challenge.create(
        ticket_id=ticket.id, to_kind="email", to_value="anna.old@example.org", from_kind="email", from_value="anna@example.org",
        salt="1", digest="2", tries=5, sent_by="staff:2", created_at=at, expires_at=at,
    )  # fmt: skip
    await held("anna.old@example.org")
    bench.now.forward(days=4 * 366)
    await retention.erase(bench.desk, bench.now())
    assert [one.value for one in await Held.all()] == ["vera@example.org"]


async def test_what_another_matter_needs_stays_held(bench: Bench) -> None:
    await held("anna@example.org")
    await closed(bench)
    bench.now.forward(days=4 * 366)
    await bench.arrives(letter(bench.now(), number=2))
    await retention.erase(bench.desk, bench.now())
    assert await Held.exists(value="anna@example.org")
