"""Tables that are filled when they change: what an older release wrote is there under its new name, and goes back as it was."""

from datetime import UTC, datetime
from pathlib import Path

from bot import group
from models import Dialog, Outbox
from models.store import migrating
from models.store.connect import _context, config_of, migrate, opened, read
from tests.desk.people import make_desk

NOW = datetime(2026, 12, 10, 8, 0, tzinfo=UTC)
CHAT, NEW_CHAT = -1001234567890, -1009876543210


def _before(name: str) -> str:
    return migrating.known()[migrating.known().index(name) - 1]


async def _rows(url: str, query: str) -> list[tuple]:
    place = read(url)
    async with _context(place, config_of(place), everywhere=False) as found:
        return [tuple(row.values()) for row in await found.execute_query_dict(query)]


async def test_what_rows_of_the_outbox_do_is_there_under_the_word_errand(database_url: str) -> None:
    async with opened(database_url):
        for errand in ("reply", "card"):
            await Outbox.create(
                channel="mail", errand=errand, conversation="a", unique_key=errand, content={}, created_at=NOW, next_try_at=NOW
            )
    await migrate(database_url, _before("0015_errands"))
    assert await _rows(database_url, "SELECT act FROM outbox ORDER BY id") == [("reply",), ("card",)]
    await migrate(database_url)
    async with opened(database_url):
        assert [row.errand for row in await Outbox.all().order_by("id")] == ["reply", "card"]


async def test_what_is_known_of_the_staff_group_leaves_the_dialogs(database_url: str, tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    async with opened(database_url):
        await Dialog.create(key="fsm:1:1", state="step", data={"a": 1}, updated_at=NOW)
        await group.became(desk, NEW_CHAT, NOW)
        await group.shut(CHAT, 7, NOW, closed=True)
    await migrate(database_url, _before("0020_staff_group_memory"))
    kept = "SELECT key FROM dialog ORDER BY key"
    assert await _rows(database_url, kept) == [("fsm:1:1",), ("staff_chat",), (f"topic:{CHAT}:7",)]
    await migrate(database_url)
    assert await _rows(database_url, kept) == [("fsm:1:1",)]
    async with opened(database_url):
        assert await group.staff_chat(desk) == NEW_CHAT
        assert await group.is_shut(CHAT, 7)
        assert not await group.is_shut(CHAT, 8)
