"""What another process writes while a batch is being decided is heeded; nobody waits for a decision that is not written yet."""

import asyncio
import contextvars
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desk import history
from desk.flow import inbound, intake
from desk.matter import merging
from desk.ports import Incoming, Outcome, Sender
from desk.record.checking import check
from desk.ticket import tickets
from models import Clock, Demand, Inbound, Message, Outbox, Ticket
from models.store.connect import opened, transaction
from tests.desk.people import Bench, Now, letter, make_desk

# Positions of the batch, which comes from another folder.
ELSEWHERE = 1000
PETR = Sender("email", "petr@people.test", name="Пётр Сидоров")
PHONE = "Отзываю согласие на обработку персональных данных. Мой телефон +7 912 345-67-89."


def annas(bench: Bench, number: int, **changes: object) -> Incoming:
    return letter(bench.now(), number=number, **changes)


def petrs(bench: Bench, number: int, **changes: object) -> Incoming:
    return letter(bench.now(), **({"number": number, "sender": PETR} | changes))


async def nothing(bench: Bench) -> None:
    """Nobody else writes."""


async def a_stranger(bench: Bench) -> None:
    """Somebody else's letter, which has nothing to do with these."""
    await bench.arrives(letter(bench.now(), number=90, sender=Sender("email", "olga@people.test")), handle=True)


async def her_letter(bench: Bench) -> None:
    """A letter of hers about the same, so that the one in the batch is the second."""
    await bench.arrives(annas(bench, 91))


async def the_very_letter(bench: Bench) -> None:
    """The same letter, from another folder."""
    await bench.arrives(annas(bench, 10))


async def the_same_phone(bench: Bench) -> None:
    """A letter from another address that names the same phone."""
    other = Sender("email", "other@people.test", name="Анна Петрова")
    await bench.arrives(letter(bench.now(), number=92, sender=other, text=PHONE, new_text=PHONE))


async def closes(bench: Bench) -> None:
    """Staff close her ticket."""
    async with transaction():
        await tickets.close(bench.desk, await Ticket.get(id=1), await bench.boris(), bench.now(), reason="так решили")


async def merges(bench: Bench) -> None:
    """Staff make her ticket one with another's."""
    async with transaction():
        await merging.merge(bench.desk, await Ticket.get(id=1), 2, await bench.boris(), bench.now())


async def both_open(bench: Bench) -> None:
    await bench.arrives(annas(bench, 1))
    await bench.arrives(petrs(bench, 2))


Step = Callable[[Bench], Awaitable[None]]
# What there is before, what another process does meanwhile, and whether it changes what the batch becomes.
MEANWHILE: list[tuple[Step, Step, bool]] = [
    (nothing, nothing, False),
    (nothing, a_stranger, False),
    (both_open, a_stranger, False),
    (nothing, her_letter, True),
    (nothing, the_very_letter, True),
    (nothing, the_same_phone, True),
    (both_open, closes, True),
    (both_open, merges, True),
    (her_letter, closes, True),
]


async def batch(bench: Bench) -> list[Outcome]:
    """Two letters taken together, hers and his."""
    pairs: list[tuple[Incoming, Inbound]] = []
    for incoming in (annas(bench, 10, text=PHONE, new_text=PHONE), petrs(bench, 11)):
        given = replace(incoming, received_at=bench.now())
        row = await Inbound.create(
            channel="mail",
            source="mail:support@desk.example:INBOX:2",
            position=ELSEWHERE + len(pairs),
            conversation=f"mail:{given.sender.value}",
            received_at=given.received_at,
            stored_at=bench.now(),
            next_try_at=bench.now() + timedelta(days=1),
            size=1,
            sealed=b"",
        )
        pairs.append((given, row))
    async with transaction():
        return await intake.take_together(bench.desk, pairs, bench.now())


async def told(outcomes: list[Outcome]) -> dict[str, Any]:
    """What came of it, but for numbers and moments."""
    return {
        "outcomes": [one.words for one in outcomes],
        "tickets": Counter([(one.status, one.subject) for one in await Ticket.all()]),
        "demands": Counter([(one.kind, one.closed_at is None) for one in await Demand.all()]),
        "clocks": Counter([(one.key, one.due) for one in await Clock.all()]),
        "messages": Counter([(one.direction, one.text) for one in await Message.all()]),
        "outbox": Counter([(one.channel, one.errand, one.state) for one in await Outbox.all()]),
        "whole": (await check()).whole,
    }


async def elsewhere(work: Awaitable[None]) -> None:
    """Do something as another process would, outside of the transaction of this task."""

    async def alone() -> None:
        await work

    await asyncio.get_running_loop().create_task(alone(), context=contextvars.Context())


@pytest.mark.parametrize(("before", "meanwhile", "changes"), MEANWHILE, ids=lambda one: getattr(one, "__name__", str(one)))
async def test_a_batch_becomes_what_it_would_have_become_after_what_was_written_meanwhile(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: Step, meanwhile: Step, changes: bool
) -> None:
    real_hold, real_decide = intake.hold, intake.decide
    async with opened(postgres_url):
        bench = Bench(make_desk(tmp_path), Now())
        await before(bench)
        decided: list[bool] = []

        async def hold(numbers: Any) -> bool:
            await elsewhere(meanwhile(bench))
            return await real_hold(numbers)

        def decide(*given: Any) -> Any:
            decided.append(history.locked())
            return real_decide(*given)

        with monkeypatch.context() as patched:
            patched.setattr(intake, "hold", hold)
            patched.setattr(
                intake, "decide", lambda *given: decide(*given) if given[3].position >= ELSEWHERE else real_decide(*given)
            )
            together = await told(await batch(bench))
    # Decided before anybody was kept waiting, and once more only where something was no longer so.
    assert decided == [False] * 2 + [True] * 2 * changes
    assert together == await one_after_the_other(tmp_path, before, meanwhile)


async def one_after_the_other(folder: Path, *steps: Step) -> dict[str, Any]:
    """The same in an empty database, nothing at the same time."""
    async with opened(f"sqlite://{folder}/after.sqlite3", tests=True):
        bench = Bench(make_desk(folder), Now())
        for step in steps:
            await step(bench)
        return await told(await batch(bench))


async def test_several_workers_at_once_take_each_letter_once_and_each_persons_in_order(postgres_url: str, tmp_path: Path) -> None:
    people, each = 24, 4
    async with opened(postgres_url):
        bench = Bench(make_desk(tmp_path), Now())
        for number in range(people * each):
            person, words = number % people, f"Отзываю согласие. Письмо {number}. Мой телефон +7 912 345-67-{number % 3:02}."
            sender = Sender("email", f"p{person}@people.test", name=f"Пётр {person}")
            await bench.arrives(letter(bench.now(), number=100 + number, sender=sender, text=words, new_text=words), handle=False)
        await asyncio.gather(*(inbound.drain(bench.desk, bench.doors, bench.now) for _ in range(3)))
        assert await Inbound.filter(state="done").count() == people * each
        assert await Ticket.all().count() == people
        for ticket in await Ticket.all():
            kept = await Message.filter(ticket_id=ticket.id, direction="in").order_by("id")
            assert [one.inbound_id for one in kept] == sorted(one.inbound_id for one in kept if one.inbound_id is not None)
            assert len(kept) == each
        assert (await check()).whole
