"""A blocking begins, proves its step, holds the ticket open, and ends with what the check came to; or there is none, and why."""

from dataclasses import replace
from datetime import timedelta

import pytest

from desk import contents
from desk.context import System
from desk.errors import Refused
from desk.law import parse_quiet
from desk.papers.paper import Fields
from desk.record import journal
from desk.record.dossier.matter import matter_of
from desk.record.dossier.others import blockings
from desk.reminders import blocked as blocked_reminders
from desk.reminders import digest
from desk.terms import blocking, refusal, steps
from desk.terms.proofs import Proof
from desk.ticket import blocks, clocks, tickets
from desk.views import cards, listing
from models import Blocking, BlockingResult, Clock, Demand, History, Outbox, ProofKind, RecognisedBy, Step, Ticket, TicketStatus
from models.store.connect import transaction
from tests.desk.people import Bench, letter
from tests.desk.record.test_journal import YEAR

SITE, CRM = System("Сайт", ("имя", "телефон")), System("CRM", ("имя", "адрес"))
ASKING = ("rectification", "blocking_request", "unlawful_processing", "rkn_block_request", "destruction_impossible")


async def ticket_of(bench: Bench, *kinds: str) -> Ticket:
    bench.desk = replace(bench.desk, systems=(SITE, CRM))
    await bench.arrives(letter(bench.now(), kinds=kinds or ("blocking_request",)))
    return await Ticket.get()


async def blocked(bench: Bench, ticket: Ticket, *systems: str, words: str = "") -> Blocking:
    async with transaction():
        return await blocking.begin(bench.desk, ticket, systems or ("Сайт",), await bench.boris(), bench.now(), words=words)


async def ends(bench: Bench, row: Blocking, result: BlockingResult, words: str = "") -> Blocking:
    async with transaction():
        return await blocking.end(bench.desk, row.id, result, await bench.boris(), bench.now(), words=words)


async def proves(bench: Bench, demand: Demand, key: str, words: str = "") -> Step:
    async with transaction():
        proof = Proof(ProofKind.FACT, words=words)
        return await steps.prove(bench.desk, demand.id, key, proof, await bench.boris(), bench.now())


async def takes_back(bench: Bench, demand: Demand, key: str) -> None:
    async with transaction():
        await steps.undone(bench.desk, demand.id, key, await bench.boris(), bench.now())


# --- the beginning ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ASKING[:4])
async def test_beginning_proves_the_step_and_stops_its_clock(bench: Bench, kind: str) -> None:
    ticket = await ticket_of(bench, kind)
    row = await blocked(bench, ticket, "Сайт", "CRM")
    assert (row.systems, row.categories, row.started_by) == (["Сайт", "CRM"], ["имя", "телефон", "адрес"], "staff:2")
    assert (row.started_at, row.ended_at, row.result) == (bench.now(), None, BlockingResult.OPEN)
    step = await Step.get(key="block")
    assert (step.evidence, step.aside) == ("Сайт, CRM", False)
    assert (await Clock.get(key="block")).stopped_at == bench.now()
    assert await Blocking.all().count() == 1
    entry = await History.get(action="data blocked")
    assert entry.details == {"blocking": row.id, "systems": ["Сайт", "CRM"]}


async def test_one_blocking_is_for_every_demand_that_wants_it(bench: Bench) -> None:
    ticket = await ticket_of(bench, "rectification", "blocking_request")
    await blocked(bench, ticket)
    assert await Step.filter(key="block").count() == 2
    assert await Blocking.all().count() == 1


async def test_a_step_that_is_ticked_in_words_is_a_blocking_too(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    await proves(bench, await Demand.get(), "block", "отключён доступ в 1С")
    [row] = await blocks.lasting(ticket)
    assert (row.systems, row.words) == ([], "отключён доступ в 1С")


@pytest.mark.parametrize(
    ("systems", "words", "sentence"),
    [((), " ", "Say where"), (("Касса",), "", "no system “Касса”"), (("Сайт",), "", "blocked already in: Сайт")],
)
async def test_what_cannot_be_blocked_is_refused_with_a_sentence(
    bench: Bench, systems: tuple[str, ...], words: str, sentence: str
) -> None:
    ticket = await ticket_of(bench)
    await blocked(bench, ticket)
    with pytest.raises(Refused) as told:
        await blocking.begin(bench.desk, ticket, systems, await bench.boris(), bench.now(), words=words)
    assert sentence in told.value.sentence


async def test_another_system_is_blocked_later_and_nothing_on_a_closed_ticket(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    await blocked(bench, ticket)
    bench.now.forward(hours=2)
    await blocked(bench, ticket, "CRM")
    assert [one.systems for one in await blocks.lasting(ticket)] == [["Сайт"], ["CRM"]]
    await tickets.close(bench.desk, ticket, await bench.boris(), bench.now(), reason="ошибка")
    with pytest.raises(Refused, match="closed"):
        await blocking.begin(bench.desk, ticket, (), await bench.boris(), bench.now(), words="1С")


async def test_a_demand_that_comes_later_is_covered_by_what_is_blocked(bench: Bench) -> None:
    ticket = await ticket_of(bench, "rectification")
    await blocked(bench, ticket)
    await tickets.add_demands(bench.desk, ticket, ["blocking_request"], bench.now(), RecognisedBy.STAFF, bench.now())
    assert [one.kind for one in await blocking.wanting(bench.desk, ticket)] == ["blocking_request"]
    async with transaction():
        await blocking.covers(bench.desk, ticket, await bench.boris(), bench.now())
    assert await blocking.wanting(bench.desk, ticket) == []
    assert await Blocking.all().count() == 1


# --- the end ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", list(blocking.RESULTS))
async def test_it_ends_once_with_what_the_check_came_to(bench: Bench, result: BlockingResult) -> None:
    ticket = await ticket_of(bench)
    row = await blocked(bench, ticket)
    bench.now.forward(days=1)
    row = await ends(bench, row, result, "проверил Иванов")
    assert (row.result, row.ended_at, row.ended_by, row.words) == (result, bench.now(), "staff:2", "проверил Иванов")
    assert await Step.standing(key="block").count() == 1
    assert (await History.get(action="blocking ended")).details == {"blocking": row.id, "result": result.value}
    for again in (result, BlockingResult.MISTAKE):
        with pytest.raises(Refused, match="over already"):
            await ends(bench, row, again)


@pytest.mark.parametrize("result", [BlockingResult.OPEN, BlockingResult.HARM])
async def test_what_is_no_result_ends_nothing(bench: Bench, result: BlockingResult) -> None:
    row = await blocked(bench, await ticket_of(bench))
    with pytest.raises(Refused, match="no result"):
        await ends(bench, row, result)
    assert (await Blocking.get()).ended_at is None


async def test_a_mistake_opens_the_step_again_and_counts_no_more(bench: Bench) -> None:
    ticket = await ticket_of(bench, "rectification", "blocking_request")
    row = await ends(bench, await blocked(bench, ticket), BlockingResult.MISTAKE)
    assert row.result == BlockingResult.MISTAKE
    assert await Step.standing(key="block").count() == 0
    assert await blocks.standing([ticket.id]) == []
    await blocked(bench, ticket)
    assert await Step.standing(key="block").count() == 2


async def test_a_step_that_is_taken_back_takes_its_blocking_with_it(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    await blocked(bench, ticket)
    await takes_back(bench, await Demand.get(), "block")
    assert await blocks.lasting(ticket) == []
    assert (await Blocking.get()).result == BlockingResult.MISTAKE


async def test_corrected_and_unblocked_is_one_step_and_is_taken_back_as_one(bench: Bench) -> None:
    ticket = await ticket_of(bench, "rectification")
    row = await blocked(bench, ticket)
    bench.now.forward(days=1)
    await proves(bench, await Demand.get(), "correct", "фамилия исправлена")
    await row.refresh_from_db()
    assert (row.result, row.ended_at) == (BlockingResult.CORRECTED, bench.now())
    bench.now.forward(hours=1)
    await takes_back(bench, await Demand.get(), "correct")
    await row.refresh_from_db()
    assert (row.result, row.ended_at, row.ended_by) == (BlockingResult.OPEN, None, "")


# --- not blocked -----------------------------------------------------------------------------------------------------


async def test_the_ground_not_to_block_sets_the_step_aside(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    async with transaction():
        await blocking.not_blocked(bench.desk, ticket, "сорвётся выплата заявителю", await bench.boris(), bench.now())
    row = await Blocking.get()
    assert (row.result, row.words, row.started_at) == (BlockingResult.HARM, "сорвётся выплата заявителю", None)
    assert (await Step.get(key="block")).aside
    assert await blocks.lasting(ticket) == []
    with pytest.raises(Refused, match="waits for the data to be blocked"):
        await blocking.not_blocked(bench.desk, ticket, "ещё раз", await bench.boris(), bench.now())


async def test_not_blocked_wants_a_reason_and_nothing_that_is_blocked(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    with pytest.raises(Refused, match="whom blocking would harm"):
        await blocking.not_blocked(bench.desk, ticket, "  ", await bench.boris(), bench.now())
    await blocked(bench, ticket)
    with pytest.raises(Refused, match="are blocked"):
        await blocking.not_blocked(bench.desk, ticket, "вред", await bench.boris(), bench.now())


# --- what follows ----------------------------------------------------------------------------------------------------


async def test_a_blocking_that_lasts_keeps_a_met_ticket_open_and_is_in_the_digest(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    row = await blocked(bench, ticket)
    await Demand.all().update(closed_at=bench.now(), outcome="done")
    with pytest.raises(Refused, match="still blocked"):
        await tickets.close(bench.desk, ticket, await bench.boris(), bench.now())
    assert (await digest.content(bench.desk, bench.now())).blocked == (ticket.id,)
    await tickets.close(bench.desk, ticket, await bench.boris(), bench.now(), reason="спам")
    assert (await digest.content(bench.desk, bench.now())).blocked == (ticket.id,)
    await ends(bench, row, BlockingResult.LIFTED)
    assert (await digest.content(bench.desk, bench.now())).blocked == ()
    await ticket.refresh_from_db()
    assert ticket.status == TicketStatus.CLOSED


@pytest.mark.parametrize("lifted", [False, True])
async def test_a_refusal_asks_to_lift_what_is_blocked(bench: Bench, lifted: bool) -> None:
    ticket = await ticket_of(bench, "rectification")
    row = await blocked(bench, ticket)
    if lifted:
        await ends(bench, row, BlockingResult.LIFTED)
    demand = await Demand.get()
    [ground, *_] = clocks.rule_of(bench.desk, demand).grounds
    reasons = "Данные точны, ч. 8 ст. 14 152-ФЗ, ст. 20 152-ФЗ"
    await refusal.refuse(bench.desk, demand.id, ground.id, await bench.boris(), reasons, bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    told = [one for one in await Outbox.filter(errand="notice") if "still blocked" in one.content["words"]]
    assert len(told) == (0 if lifted else 1)


async def test_both_moments_are_in_json_journal_dossier_and_card(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    row = await blocked(bench, ticket)
    [line] = await journal.lines(bench.desk, YEAR, "ru")
    assert line.blocking == "10.12.2026 11:00 (UTC+03:00) – блокирование продолжается, Сайт"
    bench.now.forward(days=1)
    await ends(bench, row, BlockingResult.LIFTED)
    [line] = await journal.lines(bench.desk, YEAR, "ru")
    assert line.blocking.startswith("10.12.2026 11:00 (UTC+03:00) – 11.12.2026 11:00 (UTC+03:00), Сайт: не подтвердилось")
    [told] = (await listing.full(bench.desk, ticket))["blockings"]
    assert (told["demand"], told["systems"], told["result"]) == ("blocking_request", ["Сайт"], "lifted")
    assert (told["started_at"], told["ended_at"]) == ("2026-12-10T11:00:00+03:00", "2026-12-11T11:00:00+03:00")
    [block] = (await blockings(await matter_of(bench.desk, ticket, "ru", bench.now()))).blocks
    assert isinstance(block, Fields)
    assert [value for _, value in block.rows][:2] == ["Сайт", "имя, телефон"]
    assert any("11.12.2026 11:00" in value for _, value in block.rows)
    [shown] = (await cards.card(bench.desk, ticket, bench.now())).blockings
    assert (shown.started_at, shown.ended_at) == (bench.now() - timedelta(days=1), bench.now())


# --- the deed that a result is ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "result", "proved"),
    [
        ("rectification", BlockingResult.CORRECTED, {"correct"}),
        ("rkn_block_request", BlockingResult.CORRECTED, {"correct"}),
        ("unlawful_processing", BlockingResult.UNLAWFUL, {"stop"}),
        ("rkn_block_request", BlockingResult.UNLAWFUL, {"stop"}),
        ("blocking_request", BlockingResult.CORRECTED, {"check"}),
        ("blocking_request", BlockingResult.LIFTED, {"check"}),
        ("rectification", BlockingResult.LIFTED, set()),
        ("unlawful_processing", BlockingResult.LIFTED, set()),
        ("rectification", BlockingResult.MISTAKE, set()),
    ],
)
async def test_the_end_of_a_blocking_proves_the_steps_that_it_is(
    bench: Bench, kind: str, result: BlockingResult, proved: set[str]
) -> None:
    ticket = await ticket_of(bench, kind)
    await ends(bench, await blocked(bench, ticket), result)
    assert {one.key for one in await Step.standing()} - {"block"} == proved
    for one in await Step.standing(key__in=list(proved)):
        assert (one.done_at, one.done_by, bool(one.evidence)) == (bench.now(), "staff:2", True)


async def test_nothing_is_proved_while_another_blocking_lasts(bench: Bench) -> None:
    ticket = await ticket_of(bench, "rectification")
    first = await blocked(bench, ticket)
    second = await blocked(bench, ticket, "CRM")
    await ends(bench, first, BlockingResult.CORRECTED)
    assert not await Step.standing(key="correct")
    assert await blocks.lasting(ticket) == [second]
    await ends(bench, second, BlockingResult.CORRECTED)
    assert len(await Step.standing(key="correct")) == 1


@pytest.mark.parametrize(
    ("kind", "result", "step"),
    [("rectification", BlockingResult.CORRECTED, "correct"), ("unlawful_processing", BlockingResult.UNLAWFUL, "stop")],
)
async def test_a_result_that_was_wrong_is_taken_back_by_its_step(
    bench: Bench, kind: str, result: BlockingResult, step: str
) -> None:
    ticket = await ticket_of(bench, kind)
    row = await ends(bench, await blocked(bench, ticket), result)
    await takes_back(bench, await Demand.get(), step)
    assert [one.id for one in await blocks.lasting(ticket)] == [row.id]


# --- a beginning before its record -----------------------------------------------------------------------------------


async def dates_back(bench: Bench, row: Blocking, **before: float) -> Blocking:
    async with transaction():
        at = bench.now() - timedelta(**before) if before else None
        return await blocking.began(bench.desk, row.id, at, await bench.boris(), bench.now())


async def test_a_beginning_that_staff_forgot_is_entered_and_both_moments_stay(bench: Bench) -> None:
    ticket = await ticket_of(bench, "rectification")
    recorded = bench.now()
    row = await dates_back(bench, await blocked(bench, ticket), days=2)
    assert (row.started_at, row.noted_at) == (recorded - timedelta(days=2), recorded)
    assert (await Step.get(key="block")).done_at == recorded
    again = await dates_back(bench, row, days=1)
    assert (again.started_at, again.noted_at) == (recorded - timedelta(days=1), recorded)
    back = await dates_back(bench, again)
    assert (back.started_at, back.noted_at) == (recorded, None)
    assert await History.filter(action="beginning of the blocking entered").count() == 3


async def test_both_moments_stand_in_journal_dossier_and_json(bench: Bench) -> None:
    ticket = await ticket_of(bench, "rectification")
    row = await dates_back(bench, await blocked(bench, ticket), days=2)
    zone = bench.desk.operator.zone
    both = [f"{one.astimezone(zone):%d.%m.%Y %H:%M}" for one in (row.started_at, row.noted_at)]
    [line] = await journal.lines(bench.desk, YEAR, "ru")
    assert all(one in str(line) for one in both)
    section = await blockings(await matter_of(bench.desk, ticket, "ru", bench.now()))
    [told] = [one for one in section.blocks if isinstance(one, Fields)]
    assert all(any(one in words for _head, words in told.rows) for one in both)
    [shown] = (await listing.full(bench.desk, ticket))["blockings"]
    assert shown["noted_at"] is not None


@pytest.mark.parametrize("wrong", ["ahead", "after its end", "a mistake", "nothing to take back"])
async def test_a_beginning_that_cannot_be_is_refused(bench: Bench, wrong: str) -> None:
    ticket = await ticket_of(bench, "rectification")
    row = await blocked(bench, ticket)
    at = bench.now() + timedelta(minutes=1)
    if wrong == "after its end":
        bench.now.forward(hours=1)
        await ends(bench, row, BlockingResult.LIFTED)
        at = bench.now()
    elif wrong == "a mistake":
        await ends(bench, row, BlockingResult.MISTAKE)
    with pytest.raises(Refused):
        await blocking.began(
            bench.desk, row.id, None if wrong == "nothing to take back" else at, await bench.boris(), bench.now()
        )


# --- reminding -------------------------------------------------------------------------------------------------------


async def reminders_of(bench: Bench) -> list[tuple[int, ...]]:
    rows = [row for row in bench.out["staff"].rows if row.errand == "notice"]
    return [contents.of(row, contents.Notice).whom for row in rows if "have been blocked since" in str(row.content)]


async def test_staff_are_reminded_of_what_is_blocked_each_week_and_managers_from_the_second_time(bench: Bench) -> None:
    ticket = await ticket_of(bench, "rectification")
    await tickets.take(bench.desk, ticket, await bench.boris(), bench.now())
    row = await blocked(bench, ticket)
    for day in range(1, 16):
        bench.now.forward(days=1)
        await blocked_reminders.remind(bench.desk, bench.now())
        await blocked_reminders.remind(bench.desk, bench.now())
        await bench.run()
        assert len(await reminders_of(bench)) == (0 if day < 7 else 1 if day < 14 else 2)
    assert [len(one) for one in await reminders_of(bench)] == [1, 1 + len(bench.desk.managers - {2})]
    await ends(bench, row, BlockingResult.LIFTED)
    bench.now.forward(days=30)
    assert await blocked_reminders.remind(bench.desk, bench.now()) == 0


async def test_nobody_is_reminded_at_night(bench: Bench) -> None:
    ticket = await ticket_of(bench, "rectification")
    bench.now.forward(hours=14)
    await blocked(bench, ticket)
    bench.now.forward(days=7)
    assert await blocked_reminders.remind(bench.desk, bench.now()) == 0
    bench.now.forward(hours=9)
    assert await blocked_reminders.remind(bench.desk, bench.now()) == 1


async def test_one_of_an_older_release_is_reminded_of_too(bench: Bench) -> None:
    row = await blocked(bench, await ticket_of(bench, "rectification"))
    await Blocking.filter(id=row.id).update(next_at=None)
    assert await blocked_reminders.remind(bench.desk, bench.now()) == 0
    bench.now.forward(days=8)
    assert await blocked_reminders.remind(bench.desk, bench.now()) == 1


@pytest.mark.parametrize(
    ("quiet", "hours", "next_one"),  # a Thursday a week later, so many hours after eleven; the day of month and the hour
    [
        ("09:00-11:30", 0, (17, 11)),
        ("12:00-14:00", 2, (17, 14)),
        ("16:00-10:30", 6, (18, 10)),
        ("10:00-12:00", 0, (17, 12)),
        ("17:00-12:00", 23, (18, 12)),
        ("", 8, (18, 9)),
    ],
)
async def test_nobody_is_reminded_in_quiet_hours(bench: Bench, quiet: str, hours: int, next_one: tuple[int, int]) -> None:
    counting = replace(bench.desk.counting, reminding=replace(bench.desk.counting.reminding, quiet=parse_quiet(quiet)))
    row = await blocked(bench, await ticket_of(bench, "rectification"))
    bench.desk = replace(bench.desk, counting=counting)
    bench.now.forward(days=7, hours=hours)
    assert await blocked_reminders.remind(bench.desk, bench.now()) == 0
    next_at = (await Blocking.get(id=row.id)).next_at
    assert next_at is not None
    local = next_at.astimezone(bench.desk.operator.zone)
    assert (local.day, local.hour) == next_one
    assert await blocked_reminders.remind(bench.desk, next_at) == 1
