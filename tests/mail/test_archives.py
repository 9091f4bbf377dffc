"""Letters of archives: found in every form, each with the moment its own server took it."""

import asyncio
import mailbox
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mail.archives import Found, NoArchive, item, letters, of_mailbox, received
from mail.urls import parse_imap
from tests.servers.fixtures import DESK

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
OWN = b"Received: from mx.people.test by mx3.operator.test with ESMTP; Sun, 1 Nov 2026 10:00:05 +0300\r\n"
FOREIGN = b"Received: from a by mx.elsewhere.test; Mon, 2 Nov 2026 10:00:05 +0300\r\n"


def raw(number: int, head: bytes = b"") -> bytes:
    return (
        head
        + b"From: Anna <anna@people.test>\r\nDate: Tue, 3 Nov 2026 07:00:05 +0000\r\nSubject: %d\r\n\r\nI withdraw.\r\n" % number
    )


def test_eml_files_of_a_folder_are_found_wherever_they_lie(tmp_path: Path) -> None:
    (tmp_path / "2026" / "11").mkdir(parents=True)
    (tmp_path / "a.eml").write_bytes(raw(1))
    (tmp_path / "2026" / "11" / "b.eml").write_bytes(raw(2))
    (tmp_path / "notes.txt").write_text("no letter")
    count, found = letters(tmp_path)
    assert count == 2
    assert {one.name: one.raw for one in found} == {"a.eml": raw(1), "2026/11/b.eml": raw(2)}
    assert letters(tmp_path / "a.eml")[0] == 1


def test_an_mbox_tells_when_each_letter_was_delivered(tmp_path: Path) -> None:
    lines = [b"From anna@people.test Wed Nov  4 06:00:05 2026\n" + raw(n).replace(b"\r\n", b"\n") + b"\n" for n in (1, 2)]
    (tmp_path / "old.mbox").write_bytes(b"".join(lines))
    count, found = letters(tmp_path / "old.mbox")
    first, second = found
    assert count == 2
    assert first.received_at == datetime(2026, 11, 4, 6, 0, 5, tzinfo=UTC)
    assert b"Subject: 2" in second.raw
    assert b"From anna" not in second.raw


def test_a_maildir_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "md")
    box.add(raw(1))
    (tmp_path / "md" / "cur" / "1793779205.M1P1.host:2,S").write_bytes(raw(2))
    before = sorted(path.name for path in (tmp_path / "md").rglob("*"))
    count, found = letters(tmp_path / "md")
    assert count == 2
    told = {one.raw.split(b"Subject: ")[1][:1]: one for one in found}
    assert told[b"2"].received_at == datetime(2026, 11, 4, 8, 0, 5, tzinfo=UTC)
    assert sorted(path.name for path in (tmp_path / "md").rglob("*")) == before


def test_what_holds_no_letters_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoArchive, match=r"no \.eml files"):
        letters(tmp_path)
    with pytest.raises(NoArchive, match="There is no"):
        letters(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("head", "archive", "expected"),
    [
        (OWN, datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 1, 7, 0, 5, tzinfo=UTC)),
        (FOREIGN, datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC)),
        (FOREIGN, None, datetime(2026, 11, 2, 7, 0, 5, tzinfo=UTC)),
        (b"", None, datetime(2026, 11, 3, 7, 0, 5, tzinfo=UTC)),
        (b"", datetime(2099, 1, 1, tzinfo=UTC), NOW),
    ],
    ids=["own trace", "the archive", "any trace", "the letter's date", "never later than now"],
)
def test_the_best_witness_of_the_receipt_counts(head: bytes, archive: datetime | None, expected: datetime) -> None:
    assert received(Found("x", raw(1, head), archive), ("imap.provider.test", "operator.test"), NOW) == expected


def test_a_letter_is_known_by_its_bytes_wherever_it_lies() -> None:
    one, same, other = (item(Found(name, raw(n)), (), NOW) for name, n in (("a", 1), ("b", 1), ("c", 2)))
    assert one.position == same.position != other.position
    assert 0 < one.position < 2**63


async def test_of_a_mailbox_only_what_lay_there_before_is_brought_in(dovecot) -> None:
    for number, day in enumerate((1, 10, 20)):
        moment = datetime(2026, 10, day, 9, tzinfo=UTC)
        await asyncio.to_thread(dovecot.append, raw(number), DESK, internaldate=moment)
    count, found = await of_mailbox(
        parse_imap(dovecot.imap_url(DESK)), datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)
    )
    told = [one async for one in found]
    assert count == len(told) == 1
    assert told[0].received_at == datetime(2026, 10, 10, 9, tzinfo=UTC)
    assert b"Subject: 1" in told[0].raw
