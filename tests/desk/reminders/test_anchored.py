"""The head of the history leaves the database each working day: in the digest, and into the operator's mailbox for it."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from desk import contents
from desk.record import anchors
from desk.record.checking import check
from desk.reminders import digest
from mail.letters import build
from models import Outbox
from tests.desk.people import Bench, letter


@pytest.mark.parametrize("address", ["", "archive@operator.example"])
async def test_the_head_is_mailed_to_the_mailbox_that_the_setting_names(bench: Bench, address: str) -> None:
    desk = replace(bench.desk, anchor_email=address)
    await bench.arrives(letter(bench.now()))
    head = await anchors.head(bench.now())
    assert head is not None
    assert await digest.say(desk, bench.now())
    assert contents.of(await Outbox.get(errand="digest"), contents.Digest).history == head.short
    mailed = await Outbox.filter(unique_key__startswith="anchor:")
    assert [row.conversation for row in mailed] == ([f"mail:{address}"] if address else [])
    for row in mailed:
        raw = build(desk.operator, desk.regime.name, contents.of(row, contents.Alert)).raw
        body = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
        assert body is not None
        assert f"{head.entry}:{head.hash}" in "".join(body.get_content().split())


async def test_what_the_digest_said_finds_a_history_that_was_cut(bench: Bench) -> None:
    from models.store.connect import client

    await bench.arrives(letter(bench.now()))
    short = (await digest.content(bench.desk, bench.now())).history
    entry, _, start = short.partition(":")
    told = [anchors.Anchor(bench.now(), int(entry), start)]
    assert (await check(told)).whole
    await client().execute_script(f"DELETE FROM history WHERE id = {entry}")
    assert [one.what for one in (await check(told)).findings if one.table == "history"] == ["cut"]
