"""What people said that letters demand is read from the tickets, for exactly as long as these hold it."""

import json
from datetime import timedelta

import pytest

from desk.deed import retention
from desk.ports import Sender
from desk.recognising.learning import Example
from desk.recognising.training.__main__ import _letter
from desk.record import examples
from desk.terms import confirming, corrections, triage
from desk.ticket import blocks
from models import Destruction, DestructionState, Ticket
from models.store.connect import transaction
from tests.desk.people import Bench, letter

WORDS = "Снимите меня с учёта в клубе гостей.\nАнна Петрова, +7 912 345-67-89, anna@example.org"


async def arrived(bench: Bench, **more: object) -> Ticket:
    await bench.arrives(letter(bench.now(), text=WORDS, new_text=WORDS, subject="Клуб", **more))
    return await Ticket.all().order_by("-id").first()  # type: ignore[return-value]


async def corrected(bench: Bench, ticket: Ticket, old: str | None, new: str | None) -> None:
    await corrections.change_kind(bench.desk, ticket, old, new, await bench.boris(), bench.now())


def demanded(told: list[Example]) -> list[tuple[set[str], bool]]:
    return [(set(one.demanded), one.corrected) for one in told]


async def test_a_kind_that_staff_put_in_the_place_of_another_is_what_the_letter_demands(bench: Bench) -> None:
    ticket = await arrived(bench, kinds=("question",))
    assert await examples.examples() == []
    await corrected(bench, ticket, "question", "consent_withdrawal")
    await corrected(bench, ticket, None, "stop_processing")
    [one] = await examples.examples()
    assert (set(one.demanded), one.corrected, one.subject) == ({"consent_withdrawal", "stop_processing"}, True, "Клуб")
    assert one.text.startswith("Снимите меня с учёта в клубе гостей.")


async def test_a_kind_that_was_taken_away_is_not_demanded(bench: Bench) -> None:
    ticket = await arrived(bench, kinds=("consent_withdrawal", "access_request"))
    await corrected(bench, ticket, "access_request", None)
    assert demanded(await examples.examples()) == [({"consent_withdrawal"}, True)]


async def test_a_candidate_that_was_chosen_is_demanded_and_what_is_still_to_be_sorted_teaches_nothing(bench: Bench) -> None:
    ticket = await arrived(bench, kinds=("question",), candidates=("rectification", "consent_withdrawal"))
    assert await examples.examples() == []
    await triage.judged(bench.desk, ticket, "rectification", await bench.boris(), bench.now())
    assert demanded(await examples.examples()) == [({"rectification"}, True)]


async def test_none_of_the_candidates_says_nothing_until_staff_have_sorted_the_letter(bench: Bench) -> None:
    ticket = await arrived(bench, kinds=("question",), candidates=("rectification", "consent_withdrawal"))
    await triage.meant(bench.desk, ticket, [], bench.now())
    assert await examples.examples() == []
    await corrected(bench, ticket, "complaint", "marketing_optout")
    assert demanded(await examples.examples()) == [({"marketing_optout"}, True)]


async def test_what_the_requester_confirms_or_takes_back_is_said(bench: Bench) -> None:
    ticket = await arrived(bench, kinds=("consent_withdrawal",))
    await confirming.confirmed(ticket, ["consent_withdrawal"], bench.now())
    other = await arrived(bench, number=2, kinds=("access_request",), sender=Sender("email", "oleg@example.org", name="Олег"))
    await confirming.only_a_question(bench.desk, other, ["access_request"], bench.now())
    assert demanded(await examples.examples()) == [({"consent_withdrawal"}, True), (set(), True)]


async def test_what_nobody_corrected_stands_once_it_is_answered(bench: Bench) -> None:
    ticket = await arrived(bench, kinds=("consent_withdrawal",))
    assert await examples.examples() == []
    await bench.finishes(ticket)
    assert demanded(await examples.examples()) == [({"consent_withdrawal"}, False)]


@pytest.mark.parametrize("how", ["erased", "destroyed by an act", "blocked"])
async def test_whoever_was_destroyed_or_is_blocked_teaches_nothing(bench: Bench, how: str) -> None:
    ticket = await arrived(bench, kinds=("consent_withdrawal",))
    await corrected(bench, ticket, "consent_withdrawal", "access_request")
    assert len(await examples.examples()) == 1
    if how == "erased":
        await bench.finishes(ticket)
        assert await retention.erase(bench.desk, bench.now() + timedelta(days=366 * 4)) == 1
    elif how == "blocked":
        async with transaction():
            await blocks.begin(ticket, None, ["CRM"], ["имя"], "проверка", "staff:2", bench.now())
    else:
        await Destruction.create(ticket=ticket, state=DestructionState.RECORDED, place="CRM", number="1-1")
    assert await examples.examples() == []


async def test_the_export_holds_no_name_no_phone_and_no_address_and_is_read_by_the_training(bench: Bench) -> None:
    ticket = await arrived(bench, kinds=("question",))
    await corrected(bench, ticket, "question", "consent_withdrawal")
    lines = examples.as_lines(await examples.examples()).splitlines()
    assert not [part for part in ("Анна", "Петрова", "912", "anna", "example.org") if part in "".join(lines)]
    [read] = [_letter("own", json.loads(line)) for line in lines]
    assert (read.either[0], read.subject) == ({"consent_withdrawal"}, "Клуб")
    assert read.text.startswith("Снимите меня с учёта")
