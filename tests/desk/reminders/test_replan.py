"""Other settings on a running desk: no reminder is lost, none is said twice, none is made up."""

from datetime import UTC, date, datetime, time

from desk.law import Counting, Reminding, parse_regime
from desk.ports import Sender
from desk.reminders.sweep import recount, replan, sweep
from desk.ticket import clocks
from models import Clock, Demand, Outbox, Reminder
from tests.desk.people import Bench, letter
from tests.law.test_cases import changed


async def _claim(bench: Bench) -> Clock:
    """A claim of 10.12.2026 11:00: wd5 on 22.12, wd3 on 24.12, half on 25.12, wd1 on 28.12, safe on 30.12."""
    await bench.arrives(letter(bench.now(), kinds=("claim",), subject="Претензия"))
    return await Clock.get()


def _choose(bench: Bench, **chosen: object) -> None:
    zone = bench.desk.operator.zone
    object.__setattr__(bench.desk, "counting", Counting(zone=zone, reminding=Reminding(**chosen)))


def _at(bench: Bench, text: str) -> None:
    bench.now.at = datetime.fromisoformat(f"2026-12-{text}").replace(tzinfo=bench.desk.operator.zone).astimezone(UTC)


async def _live(bench: Bench, until: str) -> None:
    """Let time pass in steps of a quarter of an hour, sweeping, until that moment of December."""
    end = datetime.fromisoformat(f"2026-12-{until}").replace(tzinfo=bench.desk.operator.zone)
    while bench.now() < end:
        bench.now.forward(minutes=15)
        await sweep(bench.desk, bench.now())


async def _said(bench: Bench) -> list[str]:
    zone = bench.desk.operator.zone
    return [f"{one.level} {one.said_at.astimezone(zone):%d %H:%M}" for one in await Reminder.all().order_by("id")]


async def test_a_level_that_is_chosen_now_is_said_at_its_time_and_not_late(bench: Bench) -> None:
    await _claim(bench)
    _at(bench, "12 12:00")
    _choose(bench, levels=("wd10", "wd7", "wd5"))  # wd10 is 15.12, wd7 is 18.12
    assert await replan(bench.desk, bench.now()) == 1
    await _live(bench, "22 12:00")
    assert await _said(bench) == ["wd10 15 09:00", "wd7 18 09:00", "wd5 22 09:00"]
    assert await Reminder.filter(missed=True).count() == 0


async def test_a_level_whose_day_is_over_when_it_is_chosen_is_not_called_missed(bench: Bench) -> None:
    await _claim(bench)
    await _live(bench, "17 12:00")
    _choose(bench, levels=("wd10", "wd5"))
    await replan(bench.desk, bench.now())
    await _live(bench, "22 12:00")
    assert await _said(bench) == ["wd5 22 09:00"]
    assert (await Outbox.get(errand="reminder")).content["missed"] == []


async def test_a_level_that_is_said_an_hour_earlier_now_is_not_lost_between_the_plans(bench: Bench) -> None:
    _choose(bench, quiet=(time(18), time(11)))
    await _claim(bench)
    await _live(bench, "22 10:00")  # 11:00 was the moment of wd5; it is 09:00 now
    _choose(bench)
    await replan(bench.desk, bench.now())
    await _live(bench, "22 12:00")
    assert await _said(bench) == ["wd5 22 10:15"]


async def test_nor_is_it_when_the_sweep_comes_before_the_plan_is_made_anew(bench: Bench) -> None:
    _choose(bench, quiet=(time(18), time(11)))
    await _claim(bench)
    await _live(bench, "22 10:00")
    _choose(bench)
    await _live(bench, "22 12:00")  # the sweep finds it at the moment of the old plan
    assert await _said(bench) == ["wd5 22 11:00"]
    await replan(bench.desk, bench.now())
    await _live(bench, "23 12:00")
    assert len(await _said(bench)) == 1


async def test_a_level_that_was_said_is_not_said_again_at_its_later_hour(bench: Bench) -> None:
    await _claim(bench)
    await _live(bench, "22 10:00")
    _choose(bench, quiet=(time(18), time(11)))
    await replan(bench.desk, bench.now())
    await _live(bench, "24 12:00")
    assert await _said(bench) == ["wd5 22 09:00", "wd3 24 11:00"]


async def test_a_level_that_is_taken_away_is_not_said(bench: Bench) -> None:
    clock = await _claim(bench)
    _choose(bench, levels=("safe_2h",))
    await replan(bench.desk, bench.now())
    moved = await Clock.get(id=clock.id)
    assert moved.next_at is not None
    assert f"{moved.next_at:%d.%m %H:%M}" == "30.12 06:00"
    await _live(bench, "31 12:00")
    assert await _said(bench) == ["safe_morning 30 09:00", "safe_2h 30 16:00", "due 30 18:00"]


async def test_what_fell_due_while_the_desk_stood_still_is_said_though_the_settings_changed_meanwhile(bench: Bench) -> None:
    await _claim(bench)
    _at(bench, "24 13:00")
    _choose(bench, levels=("wd4", "wd3"))
    await replan(bench.desk, bench.now())
    assert await sweep(bench.desk, bench.now()) == 1
    assert {one.level: one.missed for one in await Reminder.all()} == {"wd4": True, "wd3": True}


async def test_a_clock_that_is_planned_by_these_settings_is_not_looked_at_again(bench: Bench) -> None:
    clock = await _claim(bench)
    await Clock.filter(id=clock.id).update(next_at=bench.now.forward(days=300))
    assert await replan(bench.desk, bench.now()) == 0
    await Clock.filter(id=clock.id).update(planned_by="")  # as an older version of the program left it
    assert await replan(bench.desk, datetime(2026, 12, 10, 9, tzinfo=UTC)) == 1
    assert (await Clock.get()).planned_by == clock.planned_by != ""
    assert await replan(bench.desk, bench.now()) == 0


async def test_a_stopped_clock_is_not_planned_again(bench: Bench) -> None:
    clock = await _claim(bench)
    await bench.stops(clock)
    _choose(bench, levels=("wd10",))
    assert await replan(bench.desk, bench.now()) == 0
    assert (await Clock.get()).next_at is None


async def test_a_ticket_keeps_the_version_of_the_rule_it_was_opened_with(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("question",), subject="Вопрос"))
    first = await Demand.get()
    object.__setattr__(bench.desk, "regime", parse_regime(changed("2026-12-31", "2027-01-01")))  # twenty working days, not ten
    bench.now.at = datetime(2027, 1, 12, 9, tzinfo=UTC)
    other = Sender("email", "olga@example.org")
    await bench.arrives(letter(bench.now(), kinds=("question",), subject="Вопрос", sender=other, number=2))
    second = await Demand.exclude(id=first.id).get()
    assert (first.rule_version, second.rule_version) == (1, 2)
    before = await Clock.get(demand_id=first.id)
    assert (await Clock.get(demand_id=second.id)).due == date(2027, 2, 9)
    # Counted once more, as after a calendar was added, it is still counted by its own version.
    await Clock.filter(demand_id=first.id).delete()
    await Demand.filter(id=first.id).update(uncounted=True)
    assert await recount(bench.desk, bench.now()) == 1
    assert (await Clock.get(demand_id=first.id)).due == before.due == date(2026, 12, 24)
    assert clocks.rule_of(bench.desk, first).clock("answer").amount == 10
