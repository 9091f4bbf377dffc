"""Backups: whole or not at all, checked before anything is put in place, and nothing overwritten."""

import asyncio
import io
import json
import os
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import cli
from app.backup import manifest as manifests
from app.backup.manifest import VAULT, Manifest
from app.backup.restoring import MAYBE_SENT, Wishes, check, restore
from app.backup.saving import save
from app.building import desk_of, refuse_lost_key
from app.cli import Finding
from app.settings.declared import Settings, load
from desk import contents, history
from desk.flow import inbound
from desk.flow.inbound import Item
from desk.outbox import put
from desk.record import checking, received
from desk.record.received import INLINE
from desk.vault import Vault, VaultError
from models import Attachment, History, Inbound, Message, Outbox, OutboxState, Requester, Ticket
from models.store import leases
from models.store.connect import migrate, opened, transaction
from tests.databases import MakeDatabase

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LARGE = bytes(range(256)) * (INLINE // 128)


class Home:
    """A desk's settings, its data, and the folder of its backups."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.backups, self.timepiece = folder, folder.parent / "backups", NOW
        self.settings = _settings(folder, url)

    async def live(self, positions: range) -> None:
        """Some letters come in, small and large; a ticket and an answer that waits."""
        async with opened(self.settings.database_url):
            desk = desk_of(self.settings)
            items = [
                Item(position, f"mail:{position}", NOW, LARGE + bytes([position]) if position % 2 else b"small")
                for position in positions
            ]
            await inbound.store_many(desk, "mail", "mail:desk@operator.test:INBOX:1", items, NOW)
            async with transaction():
                requester = await Requester.create(name="Анна", created_at=NOW)
                ticket = await Ticket.create(requester=requester, channel="mail", received_at=NOW, opened_at=NOW)
                await put(
                    channel="mail",
                    conversation="mail:anna",
                    key=f"k{ticket.id}",
                    content=contents.Reply(),
                    now=NOW,
                    ticket=ticket,
                )
                await history.add(ticket.id, "desk", "opened", {"kinds": ["question"]}, NOW)

    async def save(self, **wishes: object) -> Path:
        self.timepiece += timedelta(seconds=1)
        return (await save(self.settings, self.backups, self.timepiece, **wishes)).folder

    def vault(self) -> set[str]:
        return {path.name for path in (self.settings.storage.dir / VAULT).glob("[0-9a-f][0-9a-f]/*")}


def _settings(folder: Path, url: str) -> Settings:
    return load({"DESK_CONFIG": os.devnull, "DESK_STORAGE__DIR": str(folder), "DESK_DATABASE__URL": url})


@pytest.fixture
async def home(make_database: MakeDatabase, tmp_path: Path) -> Home:
    made = Home(tmp_path / "home", await make_database(True))
    await made.live(range(1, 5))
    return made


@pytest.fixture
async def empty(make_database: MakeDatabase, tmp_path: Path, home: Home) -> Home:
    """Another machine, with the key and nothing else."""
    made = Home(tmp_path / "another", await make_database(False))
    made.folder.mkdir()
    made.settings.key_file.write_bytes(home.settings.key_file.read_bytes())
    made.settings.key_file.chmod(0o600)
    return made


async def _restored(home: Home, folder: Path, **wishes: object) -> object:
    return await restore(home.settings, folder, NOW + timedelta(days=1), Wishes(**wishes))


def _content(folder: Path) -> Manifest:
    return manifests.read(folder)


# Making one


async def test_a_backup_says_what_is_in_it_and_only_its_owner_may_read_it(home: Home) -> None:
    folder = await home.save()
    found = _content(folder)
    assert (found.counts["ticket"], found.counts["inbound"], found.history[0], found.highest_ticket) == (1, 4, 2, 1)
    assert found.blobs() == home.vault()
    assert len(found.blobs()) == 2
    assert (found.waiting, found.missing, found.with_key) == (1, (), False)
    assert found.keys == tuple({key.id.hex() for key in Vault.open(home.settings.key_file, home.folder / VAULT)._keys.values()})
    assert {oct(path.stat().st_mode & 0o777) for path in [folder, home.backups, *folder.rglob("*")]} == {"0o700", "0o600"}
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {*found.files, manifests.NAME}
    assert home.settings.key_file.read_bytes() not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_the_second_backup_shares_the_files_of_the_first_and_stands_without_it(home: Home, empty: Home) -> None:
    first = await home.save()
    await home.live(range(11, 13))
    result = await save(home.settings, home.backups, NOW + timedelta(hours=1), keep=1)
    assert result.linked == 2
    assert result.removed == (first,)
    assert not first.exists()
    assert len(_content(result.folder).blobs()) == 3
    await _restored(empty, result.folder)
    assert empty.vault() == home.vault()


async def test_a_full_backup_shares_nothing(home: Home) -> None:
    await home.save()
    folder = await home.save(full=True)
    assert {path.stat().st_nlink for path in folder.rglob("*") if path.is_file()} == {1}


async def test_letters_that_come_while_the_backup_is_made_are_in_it_whole_or_not_at_all(home: Home, empty: Home) -> None:
    """A row that is in the copied database has its file beside it."""
    stop = asyncio.Event()

    async def keep_coming() -> None:
        async with opened(home.settings.database_url):
            desk, position = desk_of(home.settings), 100
            while not stop.is_set():
                item = Item(position, "mail:busy", NOW, LARGE + position.to_bytes(4))
                await inbound.store_many(desk, "mail", "mail:busy", [item], NOW)
                position += 1

    async with asyncio.TaskGroup() as group:
        group.create_task(keep_coming())
        folders = [await home.save() for _ in range(5)]
        stop.set()
    for folder in folders:
        assert _content(folder).missing == ()
    counts = [_content(folder).counts["inbound"] for folder in folders]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    await _restored(empty, folders[-1])
    async with opened(empty.settings.database_url):
        desk = desk_of(empty.settings)
        for row in await Inbound.all():
            assert await received.raw(desk, row)


async def test_a_file_the_vault_has_lost_is_named_and_the_rest_is_saved(home: Home) -> None:
    gone = min(home.vault())
    (home.folder / VAULT / gone[:2] / gone).unlink()
    assert _content(await home.save()).missing == (gone,)


async def test_a_backup_that_fails_leaves_nothing_behind(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.backup.saving.copy", full)
    with pytest.raises(Finding, match="No space left on device"):
        await home.save()
    assert [path.name for path in home.backups.iterdir()] == [".lock"]


async def test_what_a_killed_backup_left_is_cleared_by_the_next(home: Home) -> None:
    await home.save()
    left = home.backups / ".2026-11-22T08-00-00Z.part"
    (left / "vault").mkdir(parents=True)
    await home.save()
    assert not left.exists()
    assert len(manifests.backups(home.backups)) == 2


# Restoring one


async def test_a_restored_desk_holds_the_same_and_gives_no_number_twice(home: Home, empty: Home) -> None:
    done = await _restored(empty, await home.save())
    assert (done.opens, done.aside, done.parked) == (True, (), 0)
    async with opened(empty.settings.database_url):
        assert (await checking.check()).whole
        assert [row.action for row in await History.all().order_by("id")] == ["opened", "sealed", "restored"]
        desk = desk_of(empty.settings)
        assert {len(await received.raw(desk, row)) for row in await Inbound.all()} == {len(b"small"), len(LARGE) + 1}
        requester = await Requester.first()
        ticket = await Ticket.create(requester=requester, channel="mail", received_at=NOW, opened_at=NOW)
        assert ticket.number == 1002


async def test_a_desk_that_holds_anything_is_not_restored_over_and_with_force_set_aside(home: Home, back_end: str) -> None:
    folder = await home.save()
    await home.live(range(21, 25))
    before = home.vault()
    with pytest.raises(Finding, match="not empty"):
        await _restored(home, folder)
    assert home.vault() == before
    done = await _restored(home, folder, force=True)
    assert len(done.aside) == 2
    assert home.vault() == _content(folder).blobs()
    aside = next(home.folder.glob("vault.before-restore-*"))
    assert {path.name for path in aside.glob("*/*")} == before
    async with opened(home.settings.database_url):
        assert await Inbound.all().count() == 4
    if back_end == "sqlite":
        with sqlite3.connect(done.aside[1]) as old:
            assert old.execute("SELECT count(*) FROM inbound").fetchone() == (8,)
        old.close()
    # What was set aside is not carried into later backups.
    assert _content(await home.save()).counts["inbound"] == 4


async def test_a_restore_that_fails_half_way_leaves_the_desk_as_it_was(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = await home.save()
    await home.live(range(21, 25))
    before = home.vault()

    async def broken() -> checking.Report:
        return checking.Report(findings=[checking.Finding("broken", "history", 1)])

    monkeypatch.setattr(checking, "check", broken)
    with pytest.raises(Finding, match="history"):
        await _restored(home, folder, force=True)
    assert home.vault() == before
    async with opened(home.settings.database_url):
        assert await Inbound.all().count() == 8
    assert not list(home.folder.glob(".vault*"))


@pytest.mark.parametrize("harm", ["change", "cut", "remove"])
async def test_a_damaged_backup_is_refused_before_anything_is_touched(home: Home, empty: Home, harm: str) -> None:
    folder = await home.save()
    name = next(name for name in _content(folder).files if name.startswith(VAULT))
    path = folder / name
    data = path.read_bytes()
    if harm == "remove":
        path.unlink()
    else:
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if harm == "change" else data[:-1])
    with pytest.raises(Finding, match=name):
        await _restored(empty, folder)
    assert sorted(path.name for path in empty.folder.iterdir()) == ["master.key"]


async def test_a_manifest_that_was_changed_is_refused(home: Home) -> None:
    folder = await home.save()
    path = folder / manifests.NAME
    path.write_text(path.read_text().replace('"highest_ticket": 1', '"highest_ticket": 2'))
    with pytest.raises(Finding, match="was changed"):
        check(folder)


async def test_a_backup_of_a_newer_version_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = await home.save()
    monkeypatch.setattr("models.store.migrating.known", lambda: ())
    with pytest.raises(Finding, match="does not know"):
        check(folder)


@pytest.mark.parametrize("state", ["missing", "another"])
async def test_without_the_key_it_is_said_what_is_lost_and_nothing_is_touched(home: Home, empty: Home, state: str) -> None:
    folder = await home.save()
    empty.settings.key_file.unlink()
    if state == "another":
        Vault.open(empty.settings.key_file, empty.folder / "nowhere")
    held = sorted(path.name for path in empty.folder.iterdir())
    with pytest.raises(Finding, match=r"(?s)the key .*raw letters.*attachment.*Not lost: tickets"):
        await _restored(empty, folder)
    assert sorted(path.name for path in empty.folder.iterdir()) == held


async def test_a_lost_key_costs_what_is_sealed_and_the_desk_goes_on_with_a_new_one(home: Home, empty: Home) -> None:
    folder = await home.save()
    empty.settings.key_file.unlink()
    done = await _restored(empty, folder, without_key=True)
    assert not done.opens
    async with opened(empty.settings.database_url):
        assert await Ticket.all().count() == 1
    await empty.live(range(31, 33))
    # The old key is found again: it goes below the new one, and everything opens.
    with empty.settings.key_file.open("ab") as file:
        file.write(home.settings.key_file.read_bytes())
    async with opened(empty.settings.database_url):
        desk = desk_of(empty.settings)
        assert all([await received.raw(desk, row) for row in await Inbound.all()])


async def test_a_desk_whose_key_is_gone_does_not_make_another(home: Home) -> None:
    home.settings.key_file.unlink()
    async with opened(home.settings.database_url):
        with pytest.raises(VaultError, match="Put the key file back"):
            await refuse_lost_key(home.settings)
    assert not home.settings.key_file.exists()


@pytest.mark.parametrize("where", ["sealed", "vault", "attachment"])
async def test_a_desk_of_which_only_one_thing_is_left_sealed_does_not_make_another_key(home: Home, where: str) -> None:
    home.settings.key_file.unlink()
    shutil.rmtree(home.settings.storage.dir / VAULT)
    async with opened(home.settings.database_url):
        if where != "vault":
            await Inbound.exclude(blob="").delete()
        if where != "sealed":
            await Inbound.exclude(sealed=None).delete()
        if where == "attachment":
            message = await Message.create(
                ticket=await Ticket.first(), direction="in", channel="mail", author="requester", at=NOW
            )
            await Attachment.create(message=message, name="a.pdf", type="application/pdf", size=1, sha256="0" * 64, blob="ab/cd")
        with pytest.raises(VaultError, match="Put the key file back"):
            await refuse_lost_key(home.settings)


async def test_a_desk_that_has_nothing_sealed_makes_its_first_key(empty: Home) -> None:
    async with opened(empty.settings.database_url):
        await refuse_lost_key(empty.settings)


async def test_after_the_key_was_changed_what_is_old_opens_and_old_tags_are_known(home: Home, tmp_path: Path) -> None:
    tag = desk_of(home.settings).signer.tag(1)
    old, new = home.settings.key_file.read_bytes(), tmp_path / "new.key"
    Vault.open(new, tmp_path / "nowhere")
    home.settings.key_file.write_bytes(new.read_bytes() + old)
    await home.live(range(41, 43))
    desk = desk_of(home.settings)
    assert desk.signer.tag(1) != tag
    assert desk.signer.ticket_of_tag(f"Re: {tag}") == 1
    assert desk.signer.ticket_of_tag(f"Re: {desk.signer.tag(1)}") == 1
    found = _content(await home.save())
    assert len(found.keys) == 2
    async with opened(home.settings.database_url):
        assert all([await received.raw(desk, row) for row in await Inbound.all()])


async def test_the_key_is_in_the_backup_only_when_asked_for(home: Home, empty: Home) -> None:
    folder = await home.save(with_key=True)
    empty.settings.key_file.unlink()
    assert (await _restored(empty, folder)).opens
    assert empty.settings.key_file.read_bytes() == home.settings.key_file.read_bytes()
    assert empty.settings.key_file.stat().st_mode & 0o077 == 0


async def test_what_waited_to_be_sent_can_be_parked_for_a_person(home: Home, empty: Home) -> None:
    assert (await _restored(empty, await home.save(), park_waiting=True)).parked == 1
    async with opened(empty.settings.database_url):
        row = await Outbox.get()
        assert (row.state, row.error) == (OutboxState.PARKED, MAYBE_SENT)


async def test_the_other_kind_of_database_is_refused(home: Home, back_end: str, tmp_path: Path) -> None:
    other = "postgres://nobody@127.0.0.1:1/none" if back_end == "sqlite" else f"sqlite://{tmp_path}/other.sqlite3"
    with pytest.raises(Finding, match="same kind of database"):
        await restore(_settings(tmp_path / "x", other), await home.save(), NOW, Wishes())


async def test_a_running_desk_is_not_restored_over(home: Home, empty: Home, back_end: str) -> None:
    folder = await home.save()
    await migrate(empty.settings.database_url)
    async with opened(empty.settings.database_url), leases.holder("desk"):
        with pytest.raises(Finding, match="running"):
            await _restored(empty, folder, force=True)


async def test_without_postgresqls_programs_there_is_a_sentence(
    home: Home, back_end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if back_end == "sqlite":
        return
    monkeypatch.setattr("app.backup.stores.shutil.which", lambda _name: None)
    monkeypatch.setattr("app.backup.stores.Path.glob", lambda *_: [])
    with pytest.raises(Finding, match="apt-get install postgresql-client"):
        await save(home.settings, home.backups, NOW)


# The commands


def test_the_service_does_not_start_over_sealed_messages_without_their_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Home(tmp_path / "home", f"sqlite://{tmp_path}/desk.sqlite3")
    asyncio.run(made.live(range(2, 3, 2)))
    made.settings.key_file.unlink()
    for name, value in {
        "DESK_CONFIG": os.devnull,
        "DESK_STORAGE__DIR": str(made.folder),
        "DESK_DATABASE__URL": made.settings.database_url,
        "DESK_TELEGRAM__TOKEN": "4242:token-that-nobody-is-asked-about",
        "DESK_TELEGRAM__API_URL": "http://127.0.0.1:9",
        "DESK_TELEGRAM__STAFF_CHAT": "-1001",
        "DESK_HTTP__LISTEN": "127.0.0.1:0",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("app.logs.set_up", lambda: None)
    assert cli.main(["run"]) == 1
    assert "Put the key file back" in capsys.readouterr().err
    assert not made.settings.key_file.exists()


def test_the_commands_speak_and_json_answers(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert cli.main(["backup", "safe"]) == 1
    assert "nothing to back up" in capsys.readouterr().err
    assert cli.main(["migrate"]) == 0
    assert cli.main(["migrate", "--to", "0000_nowhere"]) == 1
    capsys.readouterr()
    assert cli.main(["backup", "safe", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["counts"]["ticket"] == 0
    assert cli.main(["restore", "safe", "--check"]) == 0
    assert "Nothing was restored" in capsys.readouterr().out
    assert cli.main(["restore", "elsewhere"]) == 1
    assert "There is no backup" in capsys.readouterr().err
    assert cli.main(["restore", "safe", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["opens"] is True
    assert cli.main(["backup", "safe", "--keep", "-1"]) == 2
