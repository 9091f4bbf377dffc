"""Proofs: what shows that a step was done, what is not enough, and that nothing else ever meets a demand."""

import random
from datetime import date, timedelta

import pytest

from desk.context import Processor
from desk.errors import Refused
from desk.terms import corrections, refusal, said, steps
from desk.terms.proofs import ACCEPTED, Proof
from desk.ticket import clocks, tickets
from models import Clock, Demand, Ending, Outbox, OutboxState, ProofKind, Step, Ticket, TicketStatus
from models.store.connect import transaction
from tests.desk.people import Bench, letter, proof_of

TODAY = date(2026, 12, 10)
CLOUD, PRINT = Processor("ООО «Облако»", email="dpo@cloud.example"), Processor("АО «Печать»")


async def opened(bench: Bench, *kinds: str) -> tuple[Ticket, Demand]:
    await bench.arrives(letter(bench.now(), kinds=kinds))
    return await Ticket.get(), await Demand.all().order_by("id").first()


async def proves(bench: Bench, demand: Demand, key: str, proof: Proof) -> Step:
    async with transaction():
        return await steps.prove(bench.desk, demand.id, key, proof, await bench.boris(), bench.now())


def wanted(bench: Bench, demand: Demand, key: str) -> str:
    spec = clocks.rule_of(bench.desk, demand).step(key)
    assert spec is not None
    return spec.proof


async def outcome(demand: Demand) -> str:
    return (await Demand.get(id=demand.id)).outcome


async def replied(bench: Bench, ticket: Ticket) -> Outbox:
    """A reply of Boris that has left."""
    from desk.outward import replies

    row = await replies.reply(
        bench.desk,
        ticket,
        staff=await bench.boris(),
        text="Вот сведения.",
        entities=None,
        files=(),
        external_id=f"-1001:{await Outbox.all().count()}",
        album="",
        reply_to=1,
        now=bench.now(),
    )
    bench.now.forward(minutes=1)
    await bench.run()
    return await Outbox.get(id=row.id)


# --- what is enough ------------------------------------------------------------------------------------------------------


async def test_an_access_request_is_not_met_without_an_answer(bench: Bench) -> None:
    ticket, demand = await opened(bench, "access_request")
    for one in ("gather", "screen"):
        await proves(bench, demand, one, Proof(ProofKind.FACT))
    with pytest.raises(Refused, match="is a letter"):
        await proves(bench, demand, "answer", Proof(ProofKind.FACT, words="ответили"))
    with pytest.raises(Refused, match="cannot be set aside"):
        await steps.set_aside(bench.desk, demand.id, "answer", "не нужно", await bench.boris(), bench.now())
    with pytest.raises(Refused, match="still run"):
        await tickets.close(bench.desk, ticket, await bench.boris(), bench.now())
    assert await outcome(demand) == ""
    row = await replied(bench, ticket)
    await proves(bench, demand, "answer", Proof(ProofKind.LETTER, outbox_id=row.id))
    assert await outcome(demand) == "done"


async def test_after_a_reply_staff_are_asked_whether_it_was_the_answer(bench: Bench) -> None:
    ticket, _demand = await opened(bench, "access_request", "question")
    await replied(bench, ticket)
    [asked] = await Outbox.filter(errand="was_answer")
    assert [one["key"] for one in asked.content["steps"]] == ["answer", "answer"]
    await bench.proves(ticket)
    await replied(bench, ticket)
    assert await Outbox.filter(errand="was_answer").count() == 1


async def test_a_letter_that_has_not_left_or_is_of_another_ticket_proves_nothing(bench: Bench) -> None:
    ticket, demand = await opened(bench, "access_request")
    row = await replied(bench, ticket)
    await Outbox.filter(id=row.id).update(state=OutboxState.WAITING)
    with pytest.raises(Refused, match="not left yet"):
        await proves(bench, demand, "answer", Proof(ProofKind.LETTER, outbox_id=row.id))
    with pytest.raises(Refused, match="does not belong"):
        await proves(bench, demand, "answer", Proof(ProofKind.LETTER, outbox_id=4096))
    notice = await Outbox.filter(channel="staff").first()
    assert notice is not None
    with pytest.raises(Refused, match="does not belong"):
        await proves(bench, demand, "answer", Proof(ProofKind.LETTER, outbox_id=notice.id))


async def test_what_a_letter_proved_falls_when_it_comes_back(bench: Bench) -> None:
    ticket, demand = await opened(bench, "access_request")
    row = await replied(bench, ticket)
    await proves(bench, demand, "answer", Proof(ProofKind.LETTER, outbox_id=row.id))
    async with transaction():
        await tickets.close(bench.desk, await Ticket.get(), await bench.boris(), bench.now())
    bench.now.forward(hours=1)
    async with transaction():
        assert await steps.came_back(bench.desk, row, bench.now())
    assert await outcome(demand) == ""
    assert (await Ticket.get()).status == TicketStatus.OPEN
    [fallen] = await Step.filter(key="answer")
    assert (fallen.taken_back_at, fallen.taken_back_by) == (bench.now(), "desk")
    assert await clocks.running(ticket)


@pytest.mark.parametrize(
    ("key", "proof", "missing"),
    [
        ("confirm", Proof(ProofKind.PAPER, number="12", way="почта"), "its date"),
        ("confirm", Proof(ProofKind.PAPER, dated=TODAY, way="почта"), "its number"),
        ("confirm", Proof(ProofKind.PAPER, number="12", dated=TODAY), "the way it went"),
        ("confirm", Proof(ProofKind.PAPER, number="12", dated=date(2026, 12, 11), way="почта"), "in the future"),
        ("confirm", Proof(ProofKind.DOCUMENT, number="12", dated=TODAY), "is a letter"),
        ("act", Proof(ProofKind.FACT, words="составлен"), "wants its document"),
        ("act", Proof(ProofKind.DOCUMENT), "wants its document"),
        ("act", Proof(ProofKind.DOCUMENT, number="7"), "wants its document"),
        ("act", Proof(ProofKind.DOCUMENT, attachment_id=77), "does not belong"),
        ("processors", Proof(ProofKind.FACT, words="все уничтожили"), "wants the word"),
        ("processors", Proof(ProofKind.CONFIRMATION, by="  "), "wants the word"),
    ],
)
async def test_what_is_not_enough_is_refused_and_said(bench: Bench, key: str, proof: Proof, missing: str) -> None:
    _, demand = await opened(bench, "consent_withdrawal")
    with pytest.raises(Refused, match=missing):
        await proves(bench, demand, key, proof)
    assert not await Step.all().exists()


# --- processors, and what the requester hears ----------------------------------------------------------------------------


async def test_a_withdrawal_is_not_met_and_nobody_is_told_destroyed_while_a_processor_is_silent(bench: Bench) -> None:
    object.__setattr__(bench.desk, "processors", (CLOUD, PRINT))
    object.__setattr__(bench.desk, "progress", "always")
    _, demand = await opened(bench, "consent_withdrawal")
    for key in ("ground", "stop", "destroy", "act", "confirm"):
        await proves(bench, demand, key, proof_of(wanted(bench, demand, key), bench.now()))
    assert await outcome(demand) == ""
    with pytest.raises(Refused, match="АО «Печать»"):
        await proves(bench, demand, "processors", Proof(ProofKind.CONFIRMATION, by="ООО «Облако»"))

    async def told() -> set[str]:
        rows = await Outbox.filter(errand="progress").exclude(state=OutboxState.DROPPED)
        return {one["key"] for row in rows for one in row.content["steps"]}

    assert await told() == {"stop"}
    await proves(bench, demand, "processors", Proof(ProofKind.CONFIRMATION, by="ООО «Облако», АО «Печать»"))
    assert await outcome(demand) == "done"
    assert await told() == {"stop", "processors", "destroy"}
    async with transaction():
        await steps.undone(bench.desk, demand.id, "processors", await bench.boris(), bench.now())
    assert await told() == {"stop"}


async def test_a_silent_processor_set_aside_lets_nobody_be_told_that_it_destroyed(bench: Bench) -> None:
    object.__setattr__(bench.desk, "processors", (CLOUD,))
    object.__setattr__(bench.desk, "progress", "always")
    _, demand = await opened(bench, "consent_withdrawal")
    async with transaction():
        await steps.set_aside(bench.desk, demand.id, "processors", "договор расторгнут", await bench.boris(), bench.now())
    await proves(bench, demand, "destroy", Proof(ProofKind.FACT))
    assert not await Outbox.filter(errand="progress").exists()
    row = await Step.get(key="processors")
    assert (row.aside, row.evidence, row.done_by) == (True, "договор расторгнут", "staff:2")


async def test_the_act_is_not_asked_where_nothing_was_destroyed(bench: Bench) -> None:
    ticket, demand = await opened(bench, "unlawful_processing")
    await proves(bench, demand, "block", Proof(ProofKind.FACT))
    await proves(bench, demand, "stop", Proof(ProofKind.FACT))
    await proves(bench, demand, "notify", proof_of("letter", bench.now()))
    async with transaction():
        await steps.set_aside(bench.desk, demand.id, "destroy", "основание найдено", await bench.boris(), bench.now())
    assert await outcome(demand) == "done"
    assert (await Clock.get(key="destroy")).ending == Ending.ASIDE
    async with transaction():
        await steps.undone(bench.desk, demand.id, "destroy", await bench.boris(), bench.now())
    assert {one.key for one in await steps.left(bench.desk, ticket)} == {"destroy", "act"}


async def test_steps_without_a_term_are_reminded_of_by_the_dates_of_their_demand(bench: Bench) -> None:
    ticket, demand = await opened(bench, "consent_withdrawal")
    for key in ("stop", "destroy"):
        await proves(bench, demand, key, Proof(ProofKind.FACT))
    destroy, rest = await Clock.get(key="destroy"), await Clock.get(key="steps")
    assert (rest.target, rest.safe, rest.statutory) == (destroy.target, destroy.safe, False)
    await ticket.refresh_from_db()
    assert ticket.due_at == rest.due_at
    from desk.reminders import sweep

    # The first working noon after the New Year.
    bench.now.at = rest.due_at + timedelta(days=1, hours=15)
    assert await sweep.sweep(bench.desk, bench.now())
    [row] = await Outbox.filter(errand="reminder")
    assert [one["key"] for one in row.content["clocks"]] == ["steps"]


async def test_closing_over_open_steps_names_them_and_is_not_done(bench: Bench) -> None:
    ticket, demand = await opened(bench, "marketing_optout")
    object.__setattr__(bench.desk, "processors", (CLOUD,))
    await proves(bench, demand, "suppress", Proof(ProofKind.FACT))
    with pytest.raises(Refused, match="still run: steps"):
        await tickets.close(bench.desk, ticket, await bench.boris(), bench.now())
    async with transaction():
        await tickets.close(bench.desk, ticket, await bench.boris(), bench.now(), reason="Договорились устно")
    assert await outcome(demand) == "dropped"


# --- whatever staff do ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
async def test_no_sequence_of_acts_of_staff_ends_in_met_with_an_obligatory_step_unproved(bench: Bench, seed: int) -> None:
    chance = random.Random(seed)
    object.__setattr__(bench.desk, "processors", (CLOUD,) if seed % 2 else ())
    kinds = chance.sample(["consent_withdrawal", "access_request", "rectification", "unlawful_processing", "claim"], 2)
    ticket, _demand = await opened(bench, *kinds)
    boris, met = await bench.boris(), 0
    for turn in range(90):
        demands = await Demand.filter(ticket_id=ticket.id).order_by("id")
        demand = chance.choice(demands)
        rule = clocks.rule_of(bench.desk, demand)
        spec = chance.choice(rule.steps)
        proof = chance.choice([proof_of(spec.proof, bench.now()), proof_of(spec.proof, bench.now()), Proof(ProofKind.FACT, "да")])
        try:
            async with transaction():
                now_ = await Ticket.get(id=ticket.id)
                match chance.choices(
                    ("prove", "aside", "back", "close", "reopen", "impossible", "kind", "refuse"), (60, 8, 10, 2, 6, 2, 2, 1)
                )[0]:
                    case "prove":
                        await steps.prove(bench.desk, demand.id, spec.key, proof, boris, bench.now())
                    case "aside":
                        await steps.set_aside(bench.desk, demand.id, spec.key, "причина", boris, bench.now())
                    case "back":
                        await steps.undone(bench.desk, demand.id, spec.key, boris, bench.now())
                    case "close":
                        await tickets.close(bench.desk, now_, boris, bench.now(), reason=chance.choice(("", "так решили")))
                    case "reopen":
                        await tickets.reopen(bench.desk, now_, boris, bench.now())
                    case "impossible":
                        await corrections.destruction_impossible(bench.desk, now_, "ленты", boris, bench.now())
                    case "kind":
                        await corrections.change_kind(
                            bench.desk, now_, None, chance.choice(("question", "complaint")), boris, bench.now()
                        )
                    case "refuse":
                        await clocks.end(bench.desk, demand, by="staff:2", ending=Ending.REFUSED, why="x", now=bench.now())
                        await refusal.take_back(bench.desk, demand.id, "staff:2", bench.now())
        except Refused:
            pass
        bench.now.forward(hours=1)
        for one in await Demand.filter(ticket_id=ticket.id).prefetch_related("clocks", "steps"):
            open_ = unproved(bench, one)
            if one.outcome == Ending.DONE:
                met += 1
                assert not open_, (turn, one.kind, open_)
            elif one.closed_at is None:
                assert open_, (turn, one.kind)
                assert any(clock.stopped_at is None for clock in one.clocks), (turn, one.kind)
    assert met


def unproved(bench: Bench, demand: Demand) -> list[str]:
    """The obligatory steps of a demand that nothing shows, counted here once more without the desk's own code."""
    rows = {row.key: row for row in demand.steps if row.taken_back_at is None}
    ended = {clock.key for clock in demand.clocks if clock.ending == Ending.IMPOSSIBLE}
    found, gone = [], {key for key, row in rows.items() if row.aside}
    for spec in clocks.rule_of(bench.desk, demand).steps:
        row = rows.get(spec.key)
        if spec.optional or (spec.proof == "confirmation" and not spec.clock and not bench.desk.processors):
            continue
        if spec.follows and (spec.follows in gone or spec.follows in ended):
            continue
        if spec.clock in ended:
            continue
        if row is None or not (row.aside or ProofKind(row.proof) in ACCEPTED[spec.proof]):
            found.append(spec.key)
    return found


# --- what staff say ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "number", "dated", "way", "tracking"),
    [
        ("исх. 12 от 05.12.2026 почта RA123", "12", date(2026, 12, 5), "почта", "RA123"),
        (
            "исх. № 12/ПД от 5 декабря 2026 г., заказным письмом, РПО 80080055535351",
            "12/ПД",
            date(2026, 12, 5),
            "почта",
            "80080055535351",
        ),
        ("№ 45-ПД 05.12.26 курьер", "45-ПД", date(2026, 12, 5), "курьер", ""),
        ("12 от 05.12 лично", "12", date(2026, 12, 5), "лично", ""),
        ("outgoing no. 7 dated December 5, 2026 by courier", "7", date(2026, 12, 5), "курьер", ""),
        ("рег. № 100500 от 2026-12-05 портал РКН", "100500", date(2026, 12, 5), "портал", ""),
        ("почтой 05.12.2026 исх 14 80080012345678", "14", date(2026, 12, 5), "почта", "80080012345678"),
        ("исх.№12 05.12.2026 нарочным", "12", date(2026, 12, 5), "лично", ""),
        ("исх. 3 от «30» декабря, вручено под роспись", "3", date(2025, 12, 30), "лично", ""),
    ],
)
def test_a_paper_letter_is_read_as_people_write_it(words: str, number: str, dated: date, way: str, tracking: str) -> None:
    proof = said.read(words, "letter", TODAY)
    assert (proof.kind, proof.number, proof.dated, proof.way, proof.tracking) == (ProofKind.PAPER, number, dated, way, tracking)


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        ("", ["its number", "its date", "the way it went (post, courier, by hand, portal)"]),
        ("ответили", ["its number", "its date", "the way it went (post, courier, by hand, portal)"]),
        ("05.12.2026 почта", ["its number"]),
        ("исх 12 почта", ["its date"]),
        ("исх. 12 от 31.02.2026 почта", ["its date"]),
        ("исх. 12 от 05.12.2026", ["the way it went (post, courier, by hand, portal)"]),
    ],
)
def test_what_a_paper_letter_lacks_is_named(words: str, missing: list[str]) -> None:
    with pytest.raises(said.Lacking) as lacking:
        said.read(words, "letter", TODAY)
    assert lacking.value.missing == missing
    assert "Не указано" in lacking.value.said("ru")
