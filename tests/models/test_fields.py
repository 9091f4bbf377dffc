"""Columns: instants in UTC whichever way they come in, text that every back end takes."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from tortoise import fields
from tortoise.exceptions import ValidationError

from models import Inbound, Outbox, Requester, Staff
from models.fields import CleanCharField, UtcDatetimeField, clean_text
from models.store.connect import client, is_postgres

MOSCOW = timezone(timedelta(hours=3))
AT_16_MOSCOW = datetime(2026, 3, 2, 16, 0, tzinfo=MOSCOW)
AT_13_UTC = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
AT_14_UTC = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
NAIVE = datetime(2026, 3, 2, 16, 0)


async def stored(column: str, table: str) -> list[str]:
    """The instants as they stand in the database, read past the column types."""
    rows = await client().execute_query_dict(f"SELECT {column} FROM {table} ORDER BY id")
    return [str(row[column]) for row in rows]


async def test_an_instant_is_stored_in_utc_by_insert_save_update_and_bulk(db):
    await Staff.create(telegram_id=1, seen_at=AT_16_MOSCOW)
    row = await Staff.create(telegram_id=2, seen_at=AT_14_UTC)
    row.seen_at = AT_16_MOSCOW
    await row.save(update_fields=["seen_at"])
    row = await Staff.create(telegram_id=3, seen_at=AT_14_UTC)
    await Staff.filter(id=row.id).update(seen_at=AT_16_MOSCOW)
    await Staff.bulk_create([Staff(telegram_id=4, seen_at=AT_16_MOSCOW)])
    (row,) = await Staff.filter(id__gt=row.id)
    row.seen_at = AT_16_MOSCOW.astimezone(timezone(timedelta(hours=-5)))
    await Staff.bulk_update([row], ["seen_at"])
    assert await stored("seen_at", "staff") == ["2026-03-02 13:00:00+00:00"] * 4
    for row in await Staff.all():
        assert row.seen_at == AT_13_UTC
        assert row.seen_at.tzinfo is UTC


async def test_filters_compare_instants_whatever_their_offset(db):
    await Requester.create(name="due", created_at=AT_13_UTC)
    await Requester.create(name="later", created_at=AT_14_UTC)
    for found in (
        Requester.filter(created_at__lte=AT_16_MOSCOW),
        Requester.filter(created_at=AT_16_MOSCOW),
        Requester.filter(created_at__in=[AT_16_MOSCOW]),
        Requester.filter(created_at__range=(AT_16_MOSCOW, AT_16_MOSCOW)),
        Requester.exclude(created_at__gt=AT_16_MOSCOW),
    ):
        assert [row.name for row in await found] == ["due"]


async def test_instants_with_and_without_microseconds_are_in_order(db):
    moments = [AT_13_UTC + timedelta(microseconds=n) for n in (0, 1, 999_999, 1_000_000)]
    for moment in reversed(moments):
        await Requester.create(created_at=moment)
    assert [row.created_at for row in await Requester.all().order_by("created_at")] == moments
    assert await Requester.filter(created_at__gt=AT_13_UTC).count() == 3


async def test_a_naive_datetime_is_refused_on_every_way_in(db):
    row = await Requester.create(created_at=AT_14_UTC)
    with pytest.raises(ValueError, match="time zone"):
        await Requester.create(created_at=NAIVE)
    with pytest.raises(ValueError, match="time zone"):
        await Requester.filter(id=row.id).update(created_at=NAIVE)
    with pytest.raises(ValueError, match="time zone"):
        await Requester.filter(created_at__lte=NAIVE)
    row.created_at = NAIVE
    with pytest.raises(ValueError, match="time zone"):
        await row.save(update_fields=["created_at"])
    assert await stored("created_at", "requester") == ["2026-03-02 14:00:00+00:00"]


@pytest.mark.parametrize("wrong", [date(2026, 3, 2), 1_772_460_000, 3.5])
async def test_what_is_not_a_datetime_is_refused(db, wrong):
    with pytest.raises(TypeError, match="instant"):
        await Requester.filter(created_at__lte=wrong)


async def test_an_instant_may_be_missing(db):
    row = await Staff.create(telegram_id=1, seen_at=AT_13_UTC)
    assert Inbound(lease_until=None).lease_until is None
    assert await Inbound.filter(lease_until__isnull=True).count() == 0
    assert row.seen_at == AT_13_UTC


def test_text_without_an_offset_is_read_as_utc_as_sqlites_clock_writes_it():
    assert UtcDatetimeField().to_python_value("2026-03-02 13:00:00") == AT_13_UTC
    assert UtcDatetimeField().to_python_value("2026-03-02T16:00:00+03:00") == AT_13_UTC


def test_tortoises_own_column_keeps_the_offset_it_was_given():
    assert str(fields.DatetimeField().to_db_value(AT_16_MOSCOW, Requester)) == "2026-03-02 16:00:00+03:00"
    assert str(UtcDatetimeField().to_db_value(AT_16_MOSCOW, Requester)) == "2026-03-02 13:00:00+00:00"


async def test_text_from_outside_is_stored_without_nul_and_lone_surrogates(db):
    dirty, clean = "Анна\x00 \ud800Петрова\udcff", "Анна \ufffdПетрова\ufffd"
    row = await Requester.create(name=dirty, created_at=AT_13_UTC)
    await Inbound.create(
        channel="mail",
        source="s",
        position=1,
        conversation="c",
        received_at=AT_13_UTC,
        stored_at=AT_13_UTC,
        size=1,
        next_try_at=AT_13_UTC,
        error=dirty,
    )
    assert row.name == clean
    assert (await Requester.get(name=dirty)).name == clean
    assert (await Inbound.get(position=1)).error == clean
    await Requester.filter(id=row.id).update(name="\x00Boris")
    assert (await Requester.get(id=row.id)).name == "Boris"


def test_clean_text_leaves_emoji_and_pairs_alone():
    assert clean_text("👩‍⚖️ ok \U0010ffff") == "👩‍⚖️ ok \U0010ffff"


async def test_short_text_is_never_cut_silently(db):
    with pytest.raises(ValidationError):
        await Requester.create(name="я" * 256, created_at=AT_13_UTC)
    assert (await Requester.create(name="я" * 255, created_at=AT_13_UTC)).name == "я" * 255


def test_a_column_of_short_text_keeps_its_length():
    assert CleanCharField(12).SQL_TYPE == "VARCHAR(12)"


async def test_json_survives_as_it_was(db):
    content = {"text": "Здравствуйте, «Анна»", "n": [1, None, True], "кey": {"a": 0.5}}
    await Outbox.create(
        channel="mail",
        errand="letter",
        conversation="c",
        unique_key="k",
        content=content,
        created_at=AT_13_UTC,
        next_try_at=AT_13_UTC,
    )
    assert (await Outbox.get(unique_key="k")).content == content
    assert isinstance(is_postgres(), bool)
