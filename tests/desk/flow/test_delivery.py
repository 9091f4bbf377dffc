"""Delivery: many rows at once, a bad row told from a shut way, and all of them at once when the way is open again."""

import asyncio
from datetime import timedelta

import pytest

from desk import contents, outbox
from desk.errors import DeskError, Misconfigured, Permanent, PutOff, Temporary
from desk.flow import delivery, queues
from desk.flow.ways import Ways
from desk.ports import Delivered, Room
from models import Outbox, OutboxState
from tests.bench.calls import counting
from tests.desk.people import Bench, RecordingDoor, letter


async def put(
    bench: Bench, number: int, *, conversation: str = "", channel: str = "staff", fleeting: bool = False, priority: int = 50
):
    row = await outbox.put(
        channel=channel,
        conversation=conversation or f"c{number}",
        key=f"{channel}:{number}",
        content=contents.Callback(id=str(number), at=bench.now())
        if fleeting
        else contents.Notice(words="Number %(n)s", params={"n": number}),
        now=bench.now(),
        priority=priority,
    )
    assert row is not None
    return row


def number_of(row: Outbox) -> int:
    held = contents.read(row)
    return int(held.id) if isinstance(held, contents.Callback) else int(held.params.get("n", -1))


def numbers(door: RecordingDoor) -> list[int]:
    return [number_of(row) for row in door.rows if row.errand in {"notice", "callback"} and number_of(row) >= 0]


class Held(RecordingDoor):
    """A door whose rows hang until they are let go, all of them or by number."""

    def __init__(self, channel: str, at_once: int = 4) -> None:
        super().__init__(channel)
        self.at_once = at_once
        self.gates: dict[int, asyncio.Event] = {}
        self.begun: list[int] = []
        self.most = self.now = 0

    async def send(self, row: Outbox) -> Delivered:
        number = number_of(row)
        self.begun.append(number)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if (gate := self.gates.get(number)) is not None:
                await gate.wait()
            else:
                await asyncio.sleep(0)
            return await super().send(row)
        finally:
            self.now -= 1


# --- one row stops nothing else --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        Misconfigured("The bot is not in the staff group."),
        Temporary("Telegram cannot be reached at the moment."),
        Temporary("Wait.", timedelta(hours=1)),
        Permanent("Telegram refused."),
        PutOff("Too soon.", timedelta(minutes=5)),
        ValueError("a fault of ours"),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_whatever_is_wrong_with_one_row_the_others_leave(bench: Bench, error: Exception) -> None:
    for number in range(5):
        await put(bench, number)
    bench.out["staff"].errors = [error]  # type: ignore[list-item]
    await bench.run()
    assert sorted(numbers(bench.out["staff"])) == [1, 2, 3, 4]


async def test_a_row_that_hangs_holds_up_nothing_of_another_conversation(bench: Bench) -> None:
    door = Held("staff", at_once=2)
    door.gates[0] = asyncio.Event()
    for number in range(6):
        await put(bench, number)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(delivery.drain(bench.desk, door, bench.now))
        while len(door.rows) < 5:
            await asyncio.sleep(0)
        assert not task.done()
        door.gates[0].set()
    assert sorted(numbers(door)) == [0, 1, 2, 3, 4, 5]


async def test_no_more_rows_are_on_their_way_than_the_door_takes(bench: Bench) -> None:
    door = Held("staff", at_once=3)
    for number in range(20):
        await put(bench, number)
    assert await delivery.drain(bench.desk, door, bench.now) == 20
    assert door.most == 3


async def test_what_is_leased_beforehand_is_not_on_its_way_until_what_went_before_is_recorded(bench: Bench) -> None:
    door, on_the_wire = Held("staff", at_once=3), []
    door.ahead, take = 9, door.send

    async def send(row: Outbox) -> Delivered:
        recorded = await Outbox.filter(state=OutboxState.SENT).count()
        on_the_wire.append(len(door.rows) + 1 - recorded)
        return await take(row)

    door.send = send  # type: ignore[method-assign]
    for number in range(30):
        await put(bench, number)
    with counting() as calls:
        assert await delivery.drain(bench.desk, door, bench.now) == 30
    assert (max(on_the_wire), len(door.rows)) == (3, 30)
    assert sum(count for words, count in calls.items() if "attempts + 1" in words) <= 7


async def test_the_order_to_stop_gives_back_what_was_only_leased_and_does_not_count_it(bench: Bench) -> None:
    door, stop = Held("staff", at_once=2), asyncio.Event()
    door.ahead, take = 8, door.send

    async def send(row: Outbox) -> Delivered:
        stop.set()
        return await take(row)

    door.send = send  # type: ignore[method-assign]
    for number in range(10):
        await put(bench, number)
    await delivery.drain(bench.desk, door, bench.now, stop)
    assert 1 <= len(door.rows) <= 2
    given_back = Outbox.filter(state=OutboxState.WAITING, attempts=0, lease_until__isnull=True)
    assert await given_back.count() == 10 - len(door.rows)


async def test_what_waited_long_behind_others_is_leased_anew_before_it_goes(bench: Bench) -> None:
    door = Held("staff", at_once=1)
    door.ahead, take, leased = 3, door.send, []

    async def send(row: Outbox) -> Delivered:
        assert row.lease_until is not None
        leased.append(row.lease_until - bench.now())
        bench.now.forward(minutes=2)
        return await take(row)

    door.send = send  # type: ignore[method-assign]
    for number in range(4):
        await put(bench, number)
    await delivery.drain(bench.desk, door, bench.now)
    assert sorted(numbers(door)) == [0, 1, 2, 3]
    assert min(leased) == queues.LEASE
    assert await Outbox.filter(state=OutboxState.SENT, attempts=1).count() == 4


async def test_of_one_conversation_one_row_is_on_its_way_and_in_order(bench: Bench) -> None:
    door = Held("staff", at_once=8)
    for number in range(9):
        await put(bench, number, conversation=f"c{number % 2}")
    await delivery.drain(bench.desk, door, bench.now)
    assert [one for one in numbers(door) if one % 2] == [1, 3, 5, 7]
    assert door.most == 2


async def test_what_the_other_side_has_no_room_for_is_not_even_taken_up(bench: Bench) -> None:
    door = bench.out["staff"]
    door.room = lambda: Room(2 - len(door.rows), frozenset({"callback"}))  # type: ignore[method-assign]
    door.at_once = 8
    for number in range(4):
        await put(bench, number)
    await delivery.drain(bench.desk, door, bench.now)
    await put(bench, 9, fleeting=True, priority=outbox.URGENT)
    await delivery.drain(bench.desk, door, bench.now)
    assert numbers(door) == [0, 1, 9]
    assert await Outbox.filter(state=OutboxState.WAITING, attempts=0, lease_until__isnull=True).count() == 2


@pytest.mark.parametrize("error", [Misconfigured("Not in the group."), Temporary("Away.")], ids=["refused", "away"])
async def test_a_row_that_fails_for_ever_is_parked_in_the_end_though_its_way_is_open(bench: Bench, error: DeskError) -> None:
    await put(bench, 1)
    door, own = bench.out["staff"], "staff:1"
    for _ in range(delivery.MAX_ATTEMPTS):
        assert (await Outbox.get(unique_key=own)).state == OutboxState.WAITING
        door.errors = [error]
        await delivery.drain(bench.desk, door, bench.now)
        bench.now.forward(hours=2)
    assert (await Outbox.get(unique_key=own)).state == OutboxState.PARKED


def test_a_row_is_tried_for_days_at_first_each_minute() -> None:
    waits = [delivery.again_after(number) for number in range(1, delivery.MAX_ATTEMPTS)]
    assert waits[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert max(waits[:35]) == timedelta(minutes=1)
    assert timedelta(days=3.5) < sum(waits, timedelta(0)) < timedelta(days=5)


# --- urgency ---------------------------------------------------------------------------------------------------------


async def test_inside_a_conversation_the_urgent_goes_first_and_equals_in_their_order(bench: Bench) -> None:
    for number, priority in enumerate((80, 50, 20, 20, 0)):
        await put(bench, number, conversation="topic:1", priority=priority)
    await bench.run()
    assert numbers(bench.out["staff"]) == [4, 2, 3, 1, 0]


async def test_what_failed_lets_the_more_urgent_pass_and_nothing_else(bench: Bench) -> None:
    await put(bench, 1, conversation="topic:1", priority=20)
    bench.out["staff"].errors = [Temporary("Away.")]
    await bench.run()
    for number, priority in ((2, 20), (3, 50), (4, 0)):
        await put(bench, number, conversation="topic:1", priority=priority)
    await bench.run()
    assert numbers(bench.out["staff"]) == [4]
    bench.now.forward(minutes=1)
    await bench.run()
    assert numbers(bench.out["staff"]) == [4, 1, 2, 3]


async def test_what_is_urgent_in_a_ticket_without_a_topic_makes_its_topic_urgent(bench: Bench) -> None:
    for number in range(1, 4):
        await bench.arrives(letter(bench.now(), number=number), handle=False)
    door = bench.out["staff"]
    door.shut = Temporary("Away.")
    await bench.run()
    rows = await Outbox.filter(errand="topic").order_by("id")
    last = await (await Outbox.get(id=rows[-1].id)).ticket  # type: ignore[misc]
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(last),
        key="undo",
        content=contents.Undo(reply=1),
        now=bench.now(),
        ticket=last,
        priority=0,
    )
    door.shut = None
    bench.now.forward(minutes=1)
    await bench.run()
    assert [(row.errand, row.ticket_id) for row in door.rows][:2] == [("topic", last.id), ("undo", last.id)]


async def test_a_ticket_that_was_begun_is_shown_whole_before_the_next_one(bench: Bench) -> None:
    for number in range(1, 4):
        await bench.arrives(letter(bench.now(), number=number, sender=letter(bench.now()).sender), handle=False)
    await bench.run()
    shown = [row.ticket_id for row in bench.out["staff"].rows if row.errand in {"topic", "card", "requester"}]
    assert shown == sorted(shown)


# --- after an outage -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [Temporary("Away."), Misconfigured("The token is revoked.")], ids=["away", "revoked"])
async def test_while_a_way_is_shut_one_probe_asks_and_then_all_rows_go_the_most_urgent_first(
    bench: Bench, error: DeskError
) -> None:
    door = bench.out["staff"]
    door.shut = error
    for number in range(30):
        await put(bench, number, priority=80 - number)
    for _ in range(60):
        await bench.run()
        bench.now.forward(seconds=10)
    assert door.probes <= 75
    assert await Outbox.filter(state=OutboxState.WAITING, attempts=0).count() == 30
    assert "staff" in bench.ways["staff"].troubles()
    door.shut = None
    bench.now.forward(seconds=60)
    await bench.run()
    assert numbers(door) == list(reversed(range(30)))
    assert bench.ways["staff"].troubles() == {}


async def test_what_failed_before_the_way_was_known_to_be_shut_goes_with_the_others(bench: Bench) -> None:
    door = bench.out["staff"]
    await put(bench, 1)
    for _ in range(8):
        door.errors = [Temporary("Away.")]
        await bench.run()
        bench.now.forward(seconds=60)
    door.shut = Temporary("Away.")
    await put(bench, 2)
    await bench.run()
    door.shut = None
    bench.now.forward(seconds=2)
    await bench.run()
    assert sorted(numbers(door)) == [1, 2]


async def test_when_a_row_that_failed_goes_others_that_failed_so_go_too(bench: Bench) -> None:
    door = bench.out["staff"]
    for number in range(4):
        await put(bench, number)
    for _ in range(6):
        door.errors = [Temporary("No answer.")] * 4
        await bench.run()
        bench.now.forward(minutes=1)
    assert numbers(door) == []
    await Outbox.exclude(unique_key="staff:2").update(next_try_at=bench.now() + timedelta(hours=1))
    await bench.run()
    assert sorted(numbers(door)) == [0, 1, 2, 3]


async def test_a_reply_set_for_later_is_not_let_go_by_an_outage_that_ended(bench: Bench) -> None:
    door = bench.out["staff"]
    row = await put(bench, 1)
    await Outbox.filter(id=row.id).update(next_try_at=bench.now() + timedelta(days=1))
    door.shut = Temporary("Away.")
    await put(bench, 2)
    await bench.run()
    door.shut = None
    bench.now.forward(minutes=1)
    await bench.run()
    assert numbers(door) == [2]


async def test_a_way_that_carried_nothing_for_long_is_asked_how_it_is(bench: Bench) -> None:
    door, ways = bench.out["staff"], bench.ways["staff"]
    door.heartbeat = timedelta(minutes=1)
    await bench.run()
    assert door.probes == 0
    door.shut = Misconfigured("Thrown out.")
    bench.now.forward(minutes=2)
    await bench.run()
    assert {name: shut.error.sentence for name, shut in ways.troubles().items()} == {"staff": "Thrown out."}


async def test_one_shut_way_of_several_holds_up_its_own_rows_alone(bench: Bench) -> None:
    class Two(RecordingDoor):
        def ways(self) -> tuple[str, ...]:
            return ("left", "right")

        def way(self, row: Outbox) -> str:
            return "left" if number_of(row) % 2 else "right"

        async def probe(self, way: str) -> None:
            if way == "left" and self.closed:
                raise Temporary("Left is away.")

        async def send(self, row: Outbox) -> Delivered:
            if self.way(row) == "left" and self.closed:
                raise Temporary("Left is away.")
            return await super().send(row)

        closed = True

    door = Two("staff")
    ways = Ways(door)
    for number in range(6):
        await put(bench, number)
    await delivery.drain(bench.desk, door, bench.now, ways=ways)
    assert numbers(door) == [0, 2, 4]
    door.closed = False
    bench.now.forward(seconds=2)
    await delivery.drain(bench.desk, door, bench.now, ways=ways)
    assert sorted(numbers(door)) == [0, 1, 2, 3, 4, 5]
