"""Steps: what is ticked, what a tick stops, what taking it back starts again, and what the requester hears of it."""

import asyncio
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from desk import contents
from desk.context import Desk
from desk.errors import Refused, Temporary
from desk.matter import merging
from desk.outward import replies
from desk.ports import Sender
from desk.reminders import sweep
from desk.terms import confirming, corrections, refusal, steps
from desk.ticket import clocks, endings, obligatory, tickets
from desk.views import cards, listing
from mail.letters import build, render
from models import Clock, Demand, Ending, History, Outbox, OutboxState, Reminder, Step, Ticket
from models.store.connect import transaction
from tests.desk.people import Bench, letter, proof_of


async def withdrawal(bench: Bench, **changes: object) -> tuple[Ticket, Demand]:
    """Anna withdraws her consent by Telegram; her ticket and its demand."""
    told = {"channel": "telegram", "chat_id": 77, "answer_to": "", "mailbox": ""} | changes
    await bench.arrives(letter(bench.now(), **told))
    await Ticket.filter(channel="telegram").update(answer_to="")  # nobody writes an address in a private chat
    demand = await Demand.all().order_by("-id").first().select_related("ticket")
    assert demand is not None
    return demand.ticket, demand


async def ticks(bench: Bench, demand: Demand, key: str, evidence: str = "", *, desk: Desk | None = None) -> Step:
    """Boris proves a step, in the way its rule wants it."""
    spec = clocks.rule_of(bench.desk, demand).step(key)
    proof = replace(proof_of(spec.proof if spec else "fact", bench.now()), words=evidence)
    async with transaction():
        return await steps.prove(desk or bench.desk, demand.id, key, proof, await bench.boris(), bench.now())


async def takes_back(bench: Bench, demand: Demand, key: str) -> Clock | None:
    async with transaction():
        return await steps.undone(bench.desk, demand.id, key, await bench.boris(), bench.now())


async def running(ticket: Ticket) -> list[str]:
    return sorted(clock.key for clock in await clocks.running(ticket))


async def progress() -> list[Outbox]:
    return await Outbox.filter(errand="progress").order_by("id")


def told(row: Outbox) -> list[str]:
    return [one["key"] for one in row.content["steps"]]


# --- ticking ---------------------------------------------------------------------------------------------------------


async def test_a_step_without_a_term_is_ticked_with_its_proof_and_stops_nothing(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    await ticks(bench, demand, "ground", "  Договор закрыт, журнал № 5 ")
    held = await Step.get()
    assert (held.key, held.evidence, held.done_by, held.done_at) == (
        "ground",
        "Договор закрыт, журнал № 5",
        "staff:2",
        bench.now(),
    )
    assert await running(ticket) == ["destroy", "stop"]
    assert (await History.filter(action="step done").get()).details == {
        "kind": "consent_withdrawal",
        "key": "ground",
        "proof": "fact",
    }


async def test_a_step_that_is_the_act_of_a_clock_stops_it_and_the_last_obligatory_one_meets_the_demand(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    await ticks(bench, demand, "stop")
    assert await running(ticket) == ["destroy"]
    stopped = await Clock.get(key="stop")
    assert (stopped.stopped_how, stopped.stopped_by, stopped.next_at) == (obligatory.STEP, "staff:2", None)
    await ticks(bench, demand, "destroy")
    await demand.refresh_from_db()
    assert demand.outcome == ""
    assert await running(ticket) == ["steps"]
    await ticks(bench, demand, "act", "акт № 7")
    found = {one.key: one for one in await steps.of_ticket(bench.desk, ticket)}
    assert [one.key for one in found.values() if one.done_at] == ["stop", "destroy", "act"]
    await ticks(bench, demand, "ground")
    await ticks(bench, demand, "confirm")
    await demand.refresh_from_db()
    assert demand.outcome == "done"
    assert await running(ticket) == []
    assert found["act"].evidence == "акт № 7"


async def test_what_was_done_and_what_does_not_exist_is_refused(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    await ticks(bench, demand, "ground")
    with pytest.raises(Refused, match="already recorded as done"):
        await ticks(bench, demand, "ground")
    with pytest.raises(Refused, match="does not exist"):
        await ticks(bench, demand, "dance")
    with pytest.raises(Refused, match="not ticked"):
        await takes_back(bench, demand, "stop")
    async with transaction():
        await tickets.close(bench.desk, ticket, await bench.boris(), bench.now(), reason="Заявитель передумал")
    for act in (ticks, takes_back):
        with pytest.raises(Refused, match="closed"):
            await act(bench, demand, "ground")


async def test_a_term_that_ended_otherwise_has_nothing_to_tick(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    async with transaction():
        await corrections.destruction_impossible(bench.desk, ticket, "копии на лентах", await bench.boris(), bench.now())
    with pytest.raises(Refused, match="ended otherwise"):
        await ticks(bench, demand, "destroy")
    with pytest.raises(Refused, match="not ticked"):
        await takes_back(bench, demand, "destroy")
    [view] = [one for one in await steps.of_ticket(bench.desk, ticket) if one.key == "destroy" and one.demand == demand.id]
    assert (view.done_at, view.elsewise) == (None, True)


async def test_a_demand_that_was_refused_or_taken_away_has_nothing_to_tick(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench, kinds=("consent_withdrawal", "stop_processing"))
    first = await Demand.get(kind="consent_withdrawal")
    async with transaction():
        await clocks.end(bench.desk, first, by="staff:2", ending=Ending.REFUSED, why="x", now=bench.now())
    with pytest.raises(Refused, match="ended otherwise"):
        await ticks(bench, first, "ground")
    assert all(one.over for one in await steps.of_ticket(bench.desk, ticket) if one.demand == first.id)
    async with transaction():
        await confirming.only_a_question(bench.desk, ticket, ["stop_processing"], bench.now())
    with pytest.raises(Refused, match="ended otherwise"):
        await ticks(bench, demand, "ground")


async def test_a_misread_kind_takes_its_steps_along_and_brings_them_back(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    await ticks(bench, demand, "stop", "рассылки выключены")
    boris = await bench.boris()
    async with transaction():
        await corrections.change_kind(bench.desk, ticket, "consent_withdrawal", "question", boris, bench.now())
    assert {one.kind for one in await steps.of_ticket(bench.desk, ticket)} == {"question"}
    with pytest.raises(Refused, match="does not exist"):
        await ticks(bench, demand, "ground")
    async with transaction():
        await corrections.change_kind(bench.desk, ticket, "question", "consent_withdrawal", boris, bench.now())
    assert await running(ticket) == ["destroy"]
    assert (await Step.get()).evidence == "рассылки выключены"


async def test_what_is_demanded_anew_has_to_be_done_anew(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    for key in ("ground", "stop", "destroy", "act", "confirm"):
        await ticks(bench, demand, key)
    bench.now.forward(days=2)
    again = letter(bench.now(), number=2, channel="telegram", chat_id=77, mailbox="", ticket_id=ticket.id)
    await bench.arrives(again)
    assert await Step.standing().count() == 0
    assert {one.taken_back_at for one in await Step.all()} == {bench.now()}
    assert await running(ticket) == ["destroy", "stop"]
    await ticks(bench, demand, "stop")
    assert [told(row) for row in await progress()] == [["stop", "destroy"], ["stop"]]


async def test_two_who_tap_at_once_tick_once(bench: Bench) -> None:
    _, demand = await withdrawal(bench)
    boris = await bench.boris()

    async def tap() -> str:
        try:
            async with transaction():
                await steps.done(bench.desk, demand.id, "stop", boris, bench.now())
        except Refused as refusal:
            return str(refusal)
        return "done"

    assert sorted(await asyncio.gather(tap(), tap(), tap())) == ["This was already recorded as done."] * 2 + ["done"]
    assert await Step.all().count() == 1
    assert await History.filter(action="clock stopped").count() == 1
    assert len(await progress()) == 1


async def test_steps_stand_in_the_ticket_as_json(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    await ticks(bench, demand, "stop", "журнал № 5")
    [found] = (await listing.full(bench.desk, ticket))["demands"]
    by_key = {one["key"]: one for one in found["steps"]}
    assert list(by_key) == ["ground", "stop", "destroy", "act", "confirm"]
    assert by_key["stop"] == {
        "key": "stop",
        "name": "Прекратить обработку",
        "text": "Прекратить обработку, рассылки в первую очередь",
        "clock": "stop",
        "done_at": "2026-12-10T11:00:00+03:00",
        "done_by": "staff:2",
        "evidence": "журнал № 5",
        "wanted": "fact",
        "optional": False,
        "set_aside": False,
        "proof": {
            "kind": "fact",
            "letter": None,
            "file": None,
            "number": None,
            "dated": None,
            "way": None,
            "tracking": None,
            "by": None,
        },
        "taken_back": [],
    }
    assert (by_key["ground"]["done_at"], by_key["ground"]["done_by"], by_key["ground"]["clock"]) == (None, None, None)


async def test_a_clock_that_the_card_stopped_before_steps_had_rows_counts_as_done_and_can_be_taken_back(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    async with transaction():
        await clocks.stop(bench.desk, (await Clock.get(key="stop")).id, "staff:2", bench.now(), why="card")
    view = next(one for one in await steps.of_ticket(bench.desk, ticket) if one.key == "stop")
    assert (view.done_at, view.done_by) == (bench.now(), "staff:2")
    with pytest.raises(Refused, match="already"):
        await ticks(bench, demand, "stop")
    assert await takes_back(bench, demand, "stop")
    assert await running(ticket) == ["destroy", "stop"]


async def test_a_step_done_before_its_dates_could_be_counted_stays_done_when_they_are(bench: Bench) -> None:
    bench.now.at = bench.now.at.replace(year=2027, day=30)
    ticket, demand = await withdrawal(bench, kinds=("stop_processing",))
    assert await running(ticket) == []
    for key in ("ground", "stop", "confirm"):
        await ticks(bench, demand, key)
    await demand.refresh_from_db()
    assert demand.outcome == "done"
    await takes_back(bench, demand, "stop")
    await demand.refresh_from_db()
    assert demand.closed_at is None
    await Demand.filter(id=demand.id).update(received_at=bench.now() - timedelta(days=365))
    await Step.filter(key="stop").update(void=0, taken_back_at=None)
    assert await sweep.recount(bench.desk, bench.now()) == 1
    clock = await Clock.get()
    assert (clock.stopped_how, clock.next_at) == (obligatory.STEP, None)
    assert (await Demand.get(id=demand.id)).outcome == "done"


# --- taking back -----------------------------------------------------------------------------------------------------


async def test_a_tick_taken_back_lets_the_clock_run_by_its_dates_and_opens_the_demand(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    before = await Clock.get(key="destroy")
    await ticks(bench, demand, "stop")
    await ticks(bench, demand, "destroy", "акт № 7")
    again = await takes_back(bench, demand, "destroy")
    assert again is not None
    kept = await Step.get(key="destroy")
    assert (kept.evidence, kept.done_by, kept.taken_back_by) == ("акт № 7", "staff:2", "staff:2")
    assert (kept.done_at, kept.taken_back_at) == (bench.now(), bench.now())
    assert (again.due, again.due_at, again.stopped_at, again.stopped_by) == (before.due, before.due_at, None, "")
    await demand.refresh_from_db()
    await ticket.refresh_from_db()
    assert (demand.closed_at, demand.outcome) == (None, "")
    assert ticket.due_at == before.due_at
    assert {"clock stopped", "step done", "step taken back", "clock runs again"} <= set(
        await History.all().values_list("action", flat=True)
    )
    await ticks(bench, demand, "destroy")
    assert await running(ticket) == ["steps"]


async def test_an_obligatory_step_taken_back_opens_a_met_demand_and_an_optional_one_does_not(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench, kinds=("access_request",))
    for key in ("gather", "answer"):
        await ticks(bench, demand, key)
    assert await takes_back(bench, demand, "gather") is None
    await demand.refresh_from_db()
    assert demand.outcome == "done"
    assert await takes_back(bench, demand, "answer") is not None
    await demand.refresh_from_db()
    assert demand.outcome == ""
    assert await running(ticket) == ["answer"]


async def test_an_extended_term_runs_again_to_its_longer_date(bench: Bench) -> None:
    _, demand = await withdrawal(bench, kinds=("stop_processing",))
    clock = await Clock.get()
    longer = next(one for one in clocks.counted(bench.desk, demand, extended=True))
    await clocks.move(bench.desk, clock, longer, bench.now())
    await Clock.all().update(times_extended=1)
    await ticks(bench, demand, "stop")
    again = await takes_back(bench, demand, "stop")
    assert again is not None
    assert (again.due, again.times_extended) == (date(2027, 1, 11), 1)


async def test_a_paper_letter_that_came_earlier_counts_when_the_clock_runs_again(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench, kinds=("stop_processing",))
    await ticks(bench, demand, "ground")
    await Clock.all().update(stopped_at=bench.now(), ending=Ending.DONE, stopped_why=obligatory.STEP, next_at=None)
    async with transaction():
        earlier = bench.now() - timedelta(days=2)
        await corrections.register_paper(bench.desk, ticket, earlier, "", await bench.boris(), bench.now())
    again = await takes_back(bench, demand, "stop")
    assert again is not None
    assert again.due == date(2026, 12, 22)


async def test_reminders_go_on_from_now_and_repeat_nothing(bench: Bench) -> None:
    _, demand = await withdrawal(bench, kinds=("stop_processing",))
    bench.now.forward(days=7)
    assert await sweep.sweep(bench.desk, bench.now())
    said = set(await Reminder.all().values_list("level", flat=True))
    for key in ("ground", "confirm", "stop"):
        await ticks(bench, demand, key)
    bench.now.forward(days=5)
    assert await sweep.sweep(bench.desk, bench.now()) == 0
    rows = await Outbox.filter(errand="reminder").count()
    again = await takes_back(bench, demand, "stop")
    assert again is not None
    assert await sweep.sweep(bench.desk, bench.now()) == 0
    coming = (await cards.coming(bench.desk, await Ticket.get(), bench.now()))[0]
    bench.now.at = coming.at
    assert await sweep.sweep(bench.desk, bench.now())
    last = await Outbox.filter(errand="reminder").order_by("-id").first()
    assert last is not None
    assert await Outbox.filter(errand="reminder").count() == rows + 1
    assert last.content["missed"] == []
    assert last.content["level"] == coming.level
    assert coming.level not in said


async def test_a_term_that_ended_while_it_stood_is_called_at_once_when_it_runs_again(bench: Bench) -> None:
    _, demand = await withdrawal(bench, kinds=("stop_processing",))
    await ticks(bench, demand, "stop")
    bench.now.forward(days=33)
    await takes_back(bench, demand, "stop")
    assert await sweep.sweep(bench.desk, bench.now()) == 1
    said = await Outbox.get(errand="reminder")
    assert said.content["overdue"] is True
    assert await sweep.sweep(bench.desk, bench.now()) == 0


# --- progress --------------------------------------------------------------------------------------------------------


async def test_what_was_done_is_told_once_after_the_time_to_undo_and_steps_join(bench: Bench) -> None:
    _, demand = await withdrawal(bench)
    await ticks(bench, demand, "ground")
    assert await progress() == []
    await ticks(bench, demand, "stop")
    bench.now.forward(seconds=8)
    await ticks(bench, demand, "processors")
    bench.now.forward(seconds=8)
    await bench.run()
    assert bench.out["telegram"].acts("progress") == []
    bench.now.forward(seconds=3)
    await bench.run()
    [row] = bench.out["telegram"].acts("progress")
    assert told(row) == ["stop", "processors"]
    assert [one["due"] for one in row.content["coming"]] == ["2027-01-09"]
    assert row.content["may_go_on"] is True
    assert len(await Outbox.filter(errand="undo")) == 1
    assert (await History.get(action="progress sent")).details == {
        "steps": ["consent_withdrawal.stop", "consent_withdrawal.processors"],
        "channel": "telegram",
    }
    assert (await Outbox.filter(errand="status").order_by("-id").first()).content["state"] == "sent"  # type: ignore[union-attr]


async def test_a_tick_taken_back_in_time_is_not_told(bench: Bench) -> None:
    _, demand = await withdrawal(bench)
    await ticks(bench, demand, "stop")
    await ticks(bench, demand, "processors")
    await takes_back(bench, demand, "stop")
    assert [told(row) for row in await progress()] == [["processors"]]
    await takes_back(bench, demand, "processors")
    [row] = await progress()
    assert row.state == OutboxState.DROPPED
    bench.now.forward(minutes=1)
    await bench.run()
    assert bench.out["telegram"].acts("progress") == []
    await ticks(bench, demand, "stop")
    bench.now.forward(minutes=1)
    await bench.run()
    assert [told(row) for row in bench.out["telegram"].acts("progress")] == [["stop"]]


async def test_what_was_told_is_not_told_again_and_taking_it_back_warns_staff(bench: Bench) -> None:
    _, demand = await withdrawal(bench)
    await ticks(bench, demand, "stop")
    bench.now.forward(seconds=11)
    await bench.run()
    await takes_back(bench, demand, "stop")
    warned = [row for row in await Outbox.filter(errand="notice") if row.content["words"].startswith("⚠️ The requester was told")]
    assert len(warned) == 1
    await ticks(bench, demand, "stop")
    assert len(await progress()) == 1


async def test_staff_can_keep_the_message_back_and_the_tick_stands(bench: Bench) -> None:
    _, demand = await withdrawal(bench)
    await ticks(bench, demand, "stop")
    [row] = await progress()
    async with transaction():
        assert await replies.undo(bench.desk, row.id, await bench.boris(), bench.now())
    bench.now.forward(minutes=1)
    await bench.run()
    assert bench.out["telegram"].acts("progress") == []
    assert await Step.all().count() == 1


@pytest.mark.parametrize(
    ("wanted", "channel", "is_told"),
    [
        ("never", "telegram", False),
        ("never", "mail", False),
        ("telegram", "telegram", True),
        ("telegram", "mail", False),
        ("always", "telegram", True),
        ("always", "mail", True),
    ],
)
async def test_the_operator_chooses_where_progress_is_told(bench: Bench, wanted: str, channel: str, is_told: bool) -> None:
    changes = {} if channel == "telegram" else {"channel": "mail", "chat_id": None, "mailbox": "support@desk.example"}
    _, demand = await withdrawal(bench, **changes)
    await ticks(bench, demand, "stop", desk=replace(bench.desk, progress=wanted))
    assert [row.channel for row in await progress()] == ([channel] if is_told else [])


@pytest.mark.parametrize("changes", [{"spam": True}, {"answerable": False}])
async def test_who_was_never_answered_by_mail_is_not_told_of_progress(bench: Bench, changes: dict[str, object]) -> None:
    _, demand = await withdrawal(bench, channel="mail", chat_id=None, mailbox="support@desk.example", **changes)
    await ticks(bench, demand, "stop", desk=replace(bench.desk, progress="always"))
    assert await progress() == []


async def test_without_an_address_a_step_is_ticked_and_nothing_is_told(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    await Ticket.filter(id=ticket.id).update(chat_id=None, answer_to="")
    await ticks(bench, demand, "stop", desk=replace(bench.desk, progress="always"))
    assert (await progress(), await Step.all().count()) == ([], 1)


async def says(bench: Bench, ticket: Ticket, *stated: tuple[Demand, str]) -> None:
    """A letter leaves that says that these steps were done."""
    states = tuple(contents.Proved(demand=demand.id, key=key) for demand, key in stated)
    async with transaction():
        await replies.reply(
            bench.desk, ticket, staff=await bench.boris(), text="Остановлено.", external_id=f"-1001:{bench.now():%H%M%S}",
            entities=None, files=(), album="", reply_to=50, now=bench.now(), states=states,
        )  # fmt: skip
    bench.now.forward(seconds=11)
    await bench.run()


async def test_what_a_letter_told_is_not_told_once_more(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    await ticks(bench, demand, "stop")
    await ticks(bench, demand, "processors")
    await Outbox.filter(errand="progress").update(next_try_at=bench.now() + timedelta(minutes=5))
    await says(bench, ticket, (demand, "stop"))
    bench.now.forward(minutes=6)
    await bench.run()
    assert [told(row) for row in bench.out["telegram"].acts("progress")] == [["processors"]]


async def test_a_progress_of_which_a_letter_told_all_does_not_leave_and_the_topic_says_why(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    await ticks(bench, demand, "stop")
    await Outbox.filter(errand="progress").update(next_try_at=bench.now() + timedelta(minutes=5))
    await says(bench, ticket, (demand, "stop"))
    bench.now.forward(minutes=6)
    await bench.run()
    assert bench.out["telegram"].acts("progress") == []
    [row] = await progress()
    assert row.state == OutboxState.DROPPED
    assert bench.out["staff"].acts("status")[-1].content["state"] == "told"


async def test_a_step_ticked_after_the_letter_that_told_it_starts_no_progress(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    await says(bench, ticket)
    await ticks(bench, demand, "stop", desk=replace(bench.desk, progress="never"))
    await says(bench, ticket, (demand, "stop"))
    await takes_back(bench, demand, "stop")
    told_wrong = [one.content for one in await Outbox.filter(unique_key__startswith="untold:")]
    assert [one["params"]["what"] for one in told_wrong] == [
        "Мы прекратили обработку ваших данных, для которой нет других законных оснований."
    ]
    await ticks(bench, demand, "stop")
    assert await progress() == []


async def test_closing_a_ticket_tells_no_progress(bench: Bench) -> None:
    ticket, _ = await withdrawal(bench)
    async with transaction():
        await tickets.close(bench.desk, ticket, await bench.boris(), bench.now(), reason="Заявитель передумал")
    assert (await progress(), await Step.all().count()) == ([], 0)


async def test_a_ticket_that_was_closed_early_and_opened_again_can_have_its_steps_ticked(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    await ticks(bench, demand, "stop")
    boris = await bench.boris()
    async with transaction():
        await tickets.close(bench.desk, ticket, boris, bench.now(), reason="Заявитель передумал")
        await tickets.reopen(bench.desk, ticket, boris, bench.now())
    assert await running(ticket) == ["destroy"]
    await ticks(bench, demand, "destroy")
    assert await takes_back(bench, demand, "stop")
    assert await running(ticket) == ["stop"]


async def test_where_processing_goes_on_by_right_the_paper_work_is_still_ticked_and_acts_stand(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    await ticks(bench, demand, "stop")
    await demand.refresh_from_db()
    async with transaction():
        await clocks.end(bench.desk, demand, by="staff:2", ending=Ending.CONTINUED, why="6-1-2", now=bench.now())
    await ticks(bench, demand, "act", "акт о части данных")
    for key in ("stop", "destroy"):
        with pytest.raises(Refused, match="ended otherwise"):
            await takes_back(bench, demand, key)
    with pytest.raises(Refused, match="ended otherwise"):
        await ticks(bench, demand, "destroy")
    async with transaction():
        await clocks.resume(bench.desk, demand, endings.DECIDED, bench.now())
    assert await running(ticket) == ["destroy"]
    await takes_back(bench, demand, "stop")
    assert await running(ticket) == ["destroy", "stop"]


# --- whatever they do ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
async def test_clocks_and_steps_never_disagree_whatever_is_ticked_and_taken_back(bench: Bench, seed: int) -> None:
    """A clock stands exactly while its step is ticked, the demand is done with its clocks, and the requester hears the truth."""
    chance = random.Random(seed)
    ticket, demand = await withdrawal(bench)
    ticked: set[str] = set()
    for _ in range(25):
        act, key = (
            chance.choice((ticks, takes_back)),
            chance.choice(("ground", "stop", "processors", "destroy", "act", "confirm")),
        )
        may = (key in ticked) == (act is takes_back)
        if may:
            await act(bench, demand, key)
            ticked ^= {key}
        else:
            with pytest.raises(Refused):
                await act(bench, demand, key)
        bench.now.forward(seconds=chance.choice((1, 1, 30, 86_400 * 3)))
        if chance.random() < 0.4:
            await sweep.sweep(bench.desk, bench.now())
            await bench.run()
        held = await Clock.filter(demand_id=demand.id)
        assert {clock.key for clock in held if clock.stopped_at} - {"steps"} == ticked & {"stop", "destroy"}
        assert all((clock.next_at is None) == (clock.stopped_at is not None) for clock in held)
        assert {one.key for one in await steps.of_ticket(bench.desk, ticket) if one.done_at} == ticked
        await demand.refresh_from_db()
        await ticket.refresh_from_db()
        assert (demand.outcome == "done") == ({"ground", "stop", "destroy", "act", "confirm"} <= ticked)
        alone = {"stop", "destroy"} <= ticked and demand.outcome != "done"
        assert any(clock.key == "steps" and clock.stopped_at is None for clock in held) == alone
        assert ticket.due_at == min((clock.due_at for clock in held if not clock.stopped_at), default=None)
        waiting = await Outbox.filter(errand="progress", state=OutboxState.WAITING)
        assert {key for row in waiting for key in told(row)} <= ticked
    said = [key for row in bench.out["telegram"].acts("progress") for key in told(row)]
    assert len(said) == len(set(said))


# --- merged tickets --------------------------------------------------------------------------------------------------


async def two_withdrawals(bench: Bench, between: timedelta, *done: str) -> tuple[Ticket, Demand]:
    """Anna withdraws by Telegram, `done` is ticked, then she does so by mail from an address nobody knows; merged into one."""
    ticket, demand = await withdrawal(bench)
    for key in done:
        await ticks(bench, demand, key)
    bench.now.forward(seconds=between.total_seconds())
    await bench.run()
    sender = Sender("email", "other@example.org", name="Анна")
    await bench.arrives(letter(bench.now(), number=9, sender=sender, answer_to="other@example.org"))
    other = await Ticket.all().order_by("-id").first()
    assert other is not None
    assert other.id != ticket.id
    async with transaction():
        await merging.merge(bench.desk, other, ticket.id, await bench.boris(), bench.now())
    return other, demand


async def test_what_is_asked_anew_by_a_merged_ticket_has_to_be_done_anew(bench: Bench) -> None:
    _, demand = await two_withdrawals(bench, timedelta(days=3), "ground", "stop", "act")
    assert {one.key for one in await Step.standing(demand_id=demand.id)} == {"ground", "act"}
    assert await running(await Ticket.get(id=demand.ticket_id)) == ["destroy", "stop"]


async def test_when_all_was_done_before_the_merged_ticket_came_all_has_to_be_done_anew(bench: Bench) -> None:
    _, demand = await two_withdrawals(bench, timedelta(days=3), "ground", "stop", "destroy", "act", "confirm")
    assert await Step.standing(demand_id=demand.id).count() == 0
    assert await running(await Ticket.get(id=demand.ticket_id)) == ["destroy", "stop"]


async def test_a_demand_that_goes_over_takes_its_ticks_along_and_nobody_ticks_in_the_merged_ticket(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    await ticks(bench, demand, "ground")
    sender = Sender("email", "other@example.org", name="Анна")
    await bench.arrives(letter(bench.now(), number=9, sender=sender, answer_to="other@example.org", kinds=("claim",)))
    claim = await Demand.get(kind="claim").select_related("ticket")
    async with transaction():
        await merging.merge(bench.desk, ticket, claim.ticket_id, await bench.boris(), bench.now())
    assert (await Step.get()).ticket_id == claim.ticket_id
    assert len(await steps.of_ticket(bench.desk, claim.ticket)) == 7
    await ticks(bench, demand, "stop")
    async with transaction():
        await merging.unmerge(bench.desk, await Ticket.get(id=ticket.id), await bench.boris(), bench.now())
    assert {one.ticket_id for one in await Step.all()} == {ticket.id}


async def test_a_letter_of_progress_can_be_built_from_its_row_and_names_nobody(bench: Bench) -> None:
    _, demand = await withdrawal(bench, channel="mail", chat_id=None, mailbox="support@desk.example")
    desk = replace(bench.desk, progress="always")
    await ticks(bench, demand, "stop", "договор Анны Петровой", desk=desk)
    bench.now.forward(seconds=11)
    await bench.run()
    [row] = bench.out["mail"].acts("progress")
    assert build(desk.operator, "ru-152fz", contents.of(row, contents.Progress)).recipient == "anna@example.org"
    said = render(desk.operator, "ru-152fz", contents.of(row, contents.Progress)).text
    assert "Мы прекратили обработку ваших данных" in said
    assert "Не позднее 9 января 2027 г." in said
    assert "Анн" not in said
    assert "Withdrawal" not in said


async def test_a_refusal_after_some_steps_keeps_them_and_taking_it_back_goes_on_from_there(bench: Bench) -> None:
    ticket, demand = await withdrawal(bench)
    boris = await bench.boris()
    await ticks(bench, demand, "stop")
    async with transaction():
        row = await refusal.refuse(bench.desk, demand.id, "6-1-5", boris, "Открытый заказ № 5", bench.now())
    assert [one["label"] for one in row.content["met"]] == ["Прекратить обработку"]
    bench.now.forward(seconds=11)
    await bench.run()
    found = {one.key: one for one in await steps.of_ticket(bench.desk, ticket)}
    assert (found["stop"].done_at is not None, found["destroy"].elsewise) == (True, True)
    async with transaction():
        await refusal.take_back(bench.desk, demand.id, "staff:2", bench.now())
    assert await running(ticket) == ["destroy"]
    for key in ("destroy", "act", "ground", "confirm"):
        await ticks(bench, demand, key)
    assert (await Demand.get(id=demand.id)).outcome == "done"


async def test_a_progress_that_could_not_go_yet_loses_a_tick_that_is_taken_back(bench: Bench) -> None:
    _, demand = await withdrawal(bench)
    await ticks(bench, demand, "stop")
    await ticks(bench, demand, "processors")
    bench.now.forward(seconds=11)
    bench.out["telegram"].errors.append(Temporary("later"))
    await bench.run()
    assert (await progress())[0].attempts == 1
    await takes_back(bench, demand, "stop")
    bench.now.forward(hours=1)
    await bench.run()
    assert [told(row) for row in bench.out["telegram"].acts("progress")] == [["processors"]]
