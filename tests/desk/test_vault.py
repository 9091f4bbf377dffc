"""The vault: what goes in comes out, and nothing that was changed, cut, moved or meant for another place."""

import asyncio
import hashlib
import io
import os
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk import vault as vault_module
from desk.vault import FRAME, Blob, Vault, VaultError
from tests.weighing import peak

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HEADER = 4 + 8 + 16
SEALED_FRAME = FRAME + 16
SIZES = [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME + 7]


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "master.key"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def vault(key_file: Path, folder: Path) -> Vault:
    return Vault.open(key_file, folder)


def content(size: int) -> bytes:
    return os.urandom(size)


def path_of(folder: Path, blob: Blob) -> Path:
    return folder / blob.name[:2] / blob.name


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# The key file


def test_the_first_start_makes_a_key_for_the_owner_alone(key_file, folder):
    before = os.umask(0o000)
    try:
        Vault.open(key_file, folder)
    finally:
        os.umask(before)
    assert mode(key_file) == 0o600
    assert mode(key_file.parent) == 0o700
    assert mode(folder) == 0o700
    assert [path.name for path in key_file.parent.iterdir()] == ["master.key"]


def test_the_same_key_is_used_ever_after(key_file, folder, vault):
    sealed, blob = vault.seal(b"Anna", "row 1"), vault.write(b"letter")
    text = key_file.read_text()
    again = Vault.open(key_file, folder)
    assert key_file.read_text() == text
    assert again.unseal(sealed, "row 1") == b"Anna"
    assert again.read(blob.name) == b"letter"
    assert again.derive("tags") == vault.derive("tags")


@pytest.mark.parametrize("others", [0o640, 0o604, 0o644, 0o620, 0o601])
def test_a_key_file_that_others_can_use_is_refused(key_file, folder, vault, others):
    key_file.chmod(others)
    with pytest.raises(VaultError, match="chmod 600"):
        Vault.open(key_file, folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text.replace("v1", "v9"),
        lambda text: text[:-10],
        lambda text: text.replace("=", ""),
        lambda text: text.splitlines()[0],
        lambda text: text + "v1 one two three\n",
        lambda text: "\udcff" + text,
    ],
)
def test_a_damaged_key_file_is_refused(key_file, folder, vault, damage):
    key_file.write_bytes(damage(key_file.read_text()).encode("utf-8", "surrogateescape"))
    with pytest.raises(VaultError, match="damaged"):
        Vault.open(key_file, folder)


def test_a_mistyped_key_is_noticed(key_file, folder, vault):
    text = key_file.read_text()
    place = text.index(" ", text.index("v1 ") + 3) + 5
    key_file.write_text(text[:place] + ("B" if text[place] != "B" else "C") + text[place + 1 :])
    with pytest.raises(VaultError, match="damaged"):
        Vault.open(key_file, folder)


def test_a_lost_key_is_not_replaced_while_files_hang_on_it(key_file, folder, vault):
    vault.write(b"letter")
    key_file.unlink()
    with pytest.raises(VaultError, match="missing"):
        Vault.open(key_file, folder)
    assert not key_file.exists()


def test_a_key_that_another_process_made_first_stands(key_file, folder, monkeypatch):
    real_link = os.link

    def somebody_was_first(source, target):
        Path(target).write_bytes(Path(source).read_bytes().replace(b"# ", b"# first "))
        Path(target).chmod(0o600)
        real_link(source, target)

    monkeypatch.setattr(os, "link", somebody_was_first)
    Vault.open(key_file, folder)
    assert "first" in key_file.read_text()


def test_an_older_key_below_the_new_one_still_opens_what_it_sealed(key_file, folder, vault, tmp_path):
    sealed, blob = vault.seal(b"Anna", "row 1"), vault.write(b"letter")
    Vault.open(tmp_path / "new.key", tmp_path / "other")
    old = key_file.read_text().splitlines()[1]
    key_file.write_text((tmp_path / "new.key").read_text() + old + "\n")
    both = Vault.open(key_file, folder)
    assert both.unseal(sealed, "row 1") == b"Anna"
    assert both.read(blob.name) == b"letter"
    with pytest.raises(VaultError, match="the key"):
        vault.unseal(both.seal(b"Boris", "row 2"), "row 2")


def test_another_key_opens_nothing_and_says_so(vault, folder, tmp_path):
    blob, sealed = vault.write(b"letter"), vault.seal(b"Anna", "row 1")
    Vault.open(tmp_path / "other.key", tmp_path / "other")
    stranger = Vault.open(tmp_path / "other.key", folder)
    for attempt in (lambda: stranger.read(blob.name), lambda: stranger.unseal(sealed, "row 1")):
        with pytest.raises(VaultError, match="key file"):
            attempt()


def test_neither_the_vault_nor_its_keys_show_the_secret(vault, key_file):
    secret = key_file.read_text().split()[-1]
    shown = repr(vault) + repr(list(vault._keys.values())) + str(vars(vault))
    assert secret not in shown
    assert repr(vault._current.secret) not in shown


# Keys for other uses


def test_derived_keys_differ_by_purpose_and_are_no_master_key(vault, key_file):
    keys = {vault.derive("tags"), vault.derive("history"), vault._current.derive("values"), vault._current.secret}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert vault.derive("values") not in keys


# Small values


@pytest.mark.parametrize("size", [0, 1, 1000, 300_000])
def test_a_sealed_value_opens(vault, size):
    value = content(size)
    sealed = vault.seal(value, "inbound:desk:7")
    assert vault.unseal(sealed, "inbound:desk:7") == value
    assert len(sealed) == 1 + 8 + 12 + size + 16


def test_the_same_value_is_never_sealed_alike(vault):
    assert len({vault.seal(b"Anna", "row 1") for _ in range(50)}) == 50


def test_a_value_in_another_place_does_not_open(vault):
    with pytest.raises(VaultError, match="place"):
        vault.unseal(vault.seal(b"Anna", "row 1"), "row 2")


def test_a_value_changed_in_any_byte_does_not_open(vault):
    sealed = vault.seal(b"Anna", "row 1")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(VaultError):
            vault.unseal(bytes(changed), "row 1")
    for length in range(len(sealed)):
        with pytest.raises(VaultError):
            vault.unseal(sealed[:length], "row 1")


# Files


@pytest.mark.parametrize("size", SIZES)
async def test_a_file_comes_out_as_it_went_in_by_every_way(vault, size):
    data = content(size)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, size, 50_000):
            yield data[start : start + 50_000]

    blobs = [
        vault.write(data),
        vault.write(io.BytesIO(data)),
        await vault.write_async(data),
        await vault.write_async(io.BytesIO(data)),
        await vault.write_async(chunks()),
    ]
    for blob in blobs:
        assert (blob.size, blob.sha256) == (size, hashlib.sha256(data).hexdigest())
        assert vault.read(blob.name) == data
        assert await vault.read_async(blob.name) == data
        assert b"".join([chunk async for chunk in vault.stream_async(blob.name)]) == data
        with vault.open_stream(blob.name) as stream:
            assert stream.read(10) + stream.read1(7) + stream.read() == data
    assert len({blob.name for blob in blobs}) == 5


def test_names_tell_nothing_and_files_are_the_owners_alone(vault, folder):
    before = os.umask(0o000)
    try:
        blob = vault.write(b"passport of Anna")
    finally:
        os.umask(before)
    path = path_of(folder, blob)
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert blob.sha256 not in str(path)
    assert b"Anna" not in path.read_bytes()
    assert vault.write(b"passport of Anna").name != blob.name


@pytest.mark.parametrize("size", [0, 5, FRAME, 2 * FRAME + 5])
def test_a_file_changed_in_any_part_does_not_open(vault, folder, size):
    path = path_of(folder, blob := vault.write(content(size)))
    whole = path.read_bytes()
    places = {0, 4, 12, HEADER, len(whole) // 2, len(whole) - 1, min(HEADER + SEALED_FRAME, len(whole) - 1)}
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(VaultError):
            vault.read(blob.name)


def test_a_file_cut_off_anywhere_does_not_open(vault, folder):
    path = path_of(folder, blob := vault.write(content(3 * FRAME)))
    whole = path.read_bytes()
    ends = [HEADER + n * SEALED_FRAME + more for n in range(3) for more in (-1, 0, 1)]
    for end in [0, 3, HEADER - 1, *ends, len(whole) - 1]:
        path.write_bytes(whole[:end])
        with pytest.raises(VaultError):
            vault.read(blob.name)


def test_frames_added_repeated_or_reordered_do_not_open(vault, folder):
    path = path_of(folder, blob := vault.write(content(3 * FRAME)))
    whole = path.read_bytes()
    head, frames = whole[:HEADER], [whole[HEADER + n * SEALED_FRAME :][:SEALED_FRAME] for n in range(3)]
    for order in ([0, 1, 2, 2], [1, 0, 2], [0, 2], [0, 0, 1, 2], [2]):
        path.write_bytes(head + b"".join(frames[n] for n in order))
        with pytest.raises(VaultError):
            vault.read(blob.name)
    path.write_bytes(whole + b"x")
    with pytest.raises(VaultError):
        vault.read(blob.name)


def test_a_file_in_the_place_of_another_does_not_open(vault, folder):
    one, two = vault.write(b"to Anna"), vault.write(b"to Boris")
    path_of(folder, two).write_bytes(path_of(folder, one).read_bytes())
    with pytest.raises(VaultError):
        vault.read(two.name)
    assert vault.read(one.name) == b"to Anna"


def test_what_was_read_before_the_damage_is_authentic(vault, folder):
    data = content(3 * FRAME)
    path = path_of(folder, blob := vault.write(data))
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(changed)
    with vault.open_stream(blob.name) as stream:
        assert stream.read(FRAME) == data[:FRAME]
        with pytest.raises(VaultError):
            stream.read()


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "AB" * 16, "a" * 31, "a" * 32 + "/x", "я" * 32])
def test_only_names_of_the_vault_are_looked_for(vault, name):
    for act in (vault.read, vault.delete, vault.open_stream):
        with pytest.raises(VaultError):
            act(name)


def test_a_missing_file_gets_a_sentence_and_is_deleted_twice_without_harm(vault):
    blob = vault.write(b"letter")
    assert vault.delete(blob.name)
    assert not vault.delete(blob.name)
    with pytest.raises(VaultError, match="missing"):
        vault.read(blob.name)


# Writing that does not end well


def test_a_file_that_is_not_finished_leaves_nothing(vault, folder):
    class Breaks(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > FRAME:
                raise ConnectionResetError("the sender went away")
            return super().read(size)

    with pytest.raises(ConnectionResetError):
        vault.write(Breaks(content(3 * FRAME)))
    assert [path for path in folder.rglob("*") if path.is_file()] == []


async def test_an_error_of_the_source_is_not_taken_for_one_of_the_vault(vault, folder):
    async def source() -> AsyncIterator[bytes]:
        yield content(2 * FRAME)
        raise TimeoutError("the sender is silent")

    with pytest.raises(TimeoutError, match="silent"):
        await vault.write_async(source())
    assert [path for path in folder.rglob("*") if path.is_file()] == []


async def test_a_cancelled_write_leaves_nothing_half_written(vault, folder):
    started = asyncio.Event()

    async def source() -> AsyncIterator[bytes]:
        yield content(2 * FRAME)
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(vault.write_async(source()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_full_disk_gets_a_sentence_and_leaves_nothing(vault, folder, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vault_module.os, "fsync", full)
    with pytest.raises(VaultError, match="No space left"):
        vault.write(b"letter")
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_file_has_its_name_only_once_it_is_on_the_disk(vault, folder, monkeypatch):
    seen = []
    real = os.fsync

    def look(descriptor):
        seen.append(sorted(path.suffix for path in folder.rglob("*") if path.is_file()))
        real(descriptor)

    (folder / "00").mkdir()
    monkeypatch.setattr(vault_module.secrets, "token_hex", lambda size: "00" * size)
    monkeypatch.setattr(vault_module.os, "fsync", look)
    vault.write(b"letter")
    # First the bytes under a passing name, then the folder with the real one.
    assert seen == [[".part"], [""]]


class Dying(io.RawIOBase):
    """A source whose reader dies at the second chunk, as a process does that is killed."""

    def __init__(self) -> None:
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        self._read += 1
        if self._read > 1:
            os._exit(7)
        return b"half" * FRAME


def test_a_name_that_a_killed_process_was_writing_can_be_written_again(vault):
    name = vault.name_of("sent/1/0")
    if (child := os.fork()) == 0:
        vault.write(Dying(), name)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert not vault.has(name)
    assert vault.read(vault.write(b"whole", name).name) == b"whole"


# Sweeping


def test_sweeping_removes_old_files_that_nobody_knows(vault, folder):
    known, orphan, fresh = (vault.write(word) for word in (b"known", b"orphan", b"fresh"))
    half = path_of(folder, known).with_name("0" * 32 + ".part")
    half.write_bytes(b"half")
    note = path_of(folder, known).with_name("README")
    note.write_text("not ours")
    old = (NOW - timedelta(days=2)).timestamp()
    for path in (path_of(folder, known), path_of(folder, orphan), half, note):
        os.utime(path, (old, old))
    new = NOW.timestamp()
    os.utime(path_of(folder, fresh), (new, new))
    gone = vault.sweep({known.name}, timedelta(days=1), NOW)
    assert sorted(gone) == sorted([orphan.name, half.name])
    assert vault.read(known.name) == b"known"
    assert vault.read(fresh.name) == b"fresh"
    assert note.exists()
    assert vault.sweep({known.name}, timedelta(days=1), NOW) == []


def test_opening_in_a_place_that_cannot_be_written_gets_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(VaultError, match="cannot be"):
        Vault.open(tmp_path / "master.key", tmp_path / "file" / "files")
    with pytest.raises(VaultError, match="cannot be"):
        Vault.open(tmp_path / "file" / "master.key", tmp_path / "files")


@pytest.mark.parametrize("size", [32 * FRAME, 32 * FRAME + 5])
def test_a_large_file_is_held_once_while_it_is_read(vault, size):
    blob = vault.write(content(size))
    assert peak(lambda: vault.read(blob.name)) < size + 5 * FRAME
