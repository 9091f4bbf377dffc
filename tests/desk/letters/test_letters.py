"""A kind of letter is one record: a toy one, registered in one place, is written, shown, taken back, overtaken and sent."""

from collections.abc import Iterator

import pytest
from jinja2 import DictLoader

from desk import contents, letters
from desk.flow import delivery, settling
from desk.outward import replies
from mail import letters as mail_letters
from models import History, Outbox, OutboxState, Ticket
from models.store.connect import transaction
from tests.desk.letters.toy import Greeting, decide, known
from tests.desk.people import Bench, letter


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[letters.DecidedLetter]:
    with known(monkeypatch) as record:
        yield record


async def _decided(bench: Bench) -> Outbox:
    row = await bench.arrives(letter(bench.now()))
    return await decide(bench.desk, await Ticket.get(id=row.ticket_id), bench.now())


async def _run(bench: Bench) -> None:
    for channel in ("staff", "mail"):
        await delivery.drain(bench.desk, bench.out[channel], bench.now)


@pytest.mark.usefixtures("toy")
async def test_a_toy_letter_is_shown_with_undo_sent_and_followed_by_what_its_record_says(bench: Bench) -> None:
    row = await _decided(bench)
    await _run(bench)
    assert [contents.of(one, contents.Undo).reply for one in bench.out["staff"].acts("undo")] == [row.id]
    assert bench.out["mail"].acts("greeting") == []
    bench.now.forward(seconds=11)
    await _run(bench)
    [sent] = bench.out["mail"].acts("greeting")
    assert contents.of(sent, Greeting).whom == "Анна"
    assert (await History.get(action="greeted")).details == {"whom": "Анна"}


@pytest.mark.usefixtures("toy")
async def test_a_toy_letter_that_was_overtaken_does_not_leave(bench: Bench) -> None:
    row = await _decided(bench)
    bench.now.forward(days=2)
    await _run(bench)
    bench.now.forward(seconds=11)
    await _run(bench)
    assert (await Outbox.get(id=row.id)).state == OutboxState.DROPPED
    assert bench.out["mail"].acts("greeting") == []
    assert await History.filter(action="delivery overtaken").exists()


@pytest.mark.usefixtures("toy")
async def test_a_toy_letter_can_be_taken_back(bench: Bench) -> None:
    row = await _decided(bench)
    async with transaction():
        assert await replies.undo(bench.desk, row.id, await bench.boris(), bench.now())
    bench.now.forward(seconds=11)
    await _run(bench)
    assert bench.out["mail"].acts("greeting") == []


@pytest.mark.usefixtures("toy")
async def test_a_toy_letter_needs_one_template_a_language_to_be_mailed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    row = await _decided(bench)
    templates = {"greeting/ru.txt": "Здравствуйте, {{ whom }}! Сегодня {{ on }}.", "layout.html": "{{ content }}"}
    environment = mail_letters._templates().overlay(loader=DictLoader(templates))
    monkeypatch.setattr(mail_letters, "_templates", lambda: environment)
    said = mail_letters.render(bench.desk.operator, "ru-152fz", contents.of(row, Greeting)).text
    assert said.startswith("Здравствуйте, Анна! Сегодня")


def test_every_letter_of_the_desk_is_registered_once_with_its_record() -> None:
    acts = [one.content.errand for one in settling.LETTERS]
    assert len(set(acts)) == len(acts)
    written = {kind.errand for kind in contents.KINDS if issubclass(kind, contents.Letter)}
    # An alarm goes to the operator's own address; the paper statement is the requester's own, asked for in the chat.
    written -= {contents.Alert.errand, contents.PaperForm.errand}
    assert set(acts) == written
