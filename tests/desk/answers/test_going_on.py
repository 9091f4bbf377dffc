"""What a letter suggests of processing that goes on follows the record: never “nothing”, where something was recorded."""

import pytest

from desk.answers import going_on
from desk.terms import blocking, corrections, steps
from desk.terms.proofs import Proof
from models import Demand, ProofKind, Ticket
from tests.desk.people import Bench, letter

NOTHING = "Обработка ваших персональных данных ни на каком ином основании не продолжается."
ORDER = "Заказ № 1207 не доставлен: имя и адрес нужны до вручения (п. 5 ч. 1 ст. 6)"


async def withdrawn(bench: Bench, *kinds: str) -> Ticket:
    await bench.arrives(letter(bench.now(), kinds=kinds or ("consent_withdrawal",)))
    return await Ticket.get()


async def suggested(bench: Bench, ticket: Ticket, language: str = "ru") -> str:
    return (await going_on.gap(bench.desk, ticket, language)).suggestion


async def checked(bench: Bench, said: str) -> None:
    demand = await Demand.get(kind="consent_withdrawal")
    await steps.prove(bench.desk, demand.id, "ground", Proof(ProofKind.FACT, words=said), await bench.boris(), bench.now())


async def test_without_a_record_nothing_is_suggested(bench: Bench) -> None:
    assert await suggested(bench, await withdrawn(bench)) == ""


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Оснований нет",
        "иных оснований не выявлено",
        "проверено",
        "Проверили, оснований продолжать нет",
        "нет",
        "No other grounds",
        "ok",
    ],
)
async def test_grounds_that_were_looked_for_and_not_found_suggest_that_nothing_goes_on(bench: Bench, said: str) -> None:
    ticket = await withdrawn(bench)
    await checked(bench, said)
    assert await suggested(bench, ticket) == NOTHING
    assert await suggested(bench, ticket, "en") == "No processing of your personal data continues on any other ground."


@pytest.mark.parametrize(
    "said",
    [
        ORDER,
        "договор действует до конца года",
        "п. 5 ч. 1 ст. 6 - гарантия",
        "Бухгалтерские документы хранятся пять лет",
        "нет согласия, но есть договор № 5",
        "Оснований по п. 7 нет, по п. 5 ч. 1 ст. 6 есть: заказ",
    ],
)
async def test_a_ground_that_was_recorded_is_suggested_in_its_own_words(bench: Bench, said: str) -> None:
    ticket = await withdrawn(bench)
    await checked(bench, said)
    assert await suggested(bench, ticket) == f"{said[:1].upper()}{said[1:]}."
    assert await suggested(bench, ticket, "en") == ""


async def test_a_step_set_aside_tells_what_goes_on(bench: Bench) -> None:
    ticket = await withdrawn(bench)
    await checked(bench, "")
    demand = await Demand.get(kind="consent_withdrawal")
    await steps.set_aside(bench.desk, demand.id, "processors", "Курьер доставляет заказ", await bench.boris(), bench.now())
    assert await suggested(bench, ticket) == "Курьер доставляет заказ."


async def test_a_destruction_that_was_put_off_is_no_nothing(bench: Bench) -> None:
    ticket = await withdrawn(bench)
    await checked(bench, "")
    await corrections.destruction_impossible(bench.desk, ticket, "Резервные копии", await bench.boris(), bench.now())
    assert await suggested(bench, ticket) == "Резервные копии."


async def test_data_that_are_blocked_are_no_nothing(bench: Bench) -> None:
    ticket = await withdrawn(bench, "consent_withdrawal", "blocking_request")
    await checked(bench, "")
    await blocking.begin(bench.desk, ticket, (), await bench.boris(), bench.now(), words="журнал на бумаге")
    assert NOTHING not in await suggested(bench, ticket)


async def test_a_check_that_was_taken_back_suggests_nothing(bench: Bench) -> None:
    ticket = await withdrawn(bench)
    await checked(bench, "")
    demand = await Demand.get(kind="consent_withdrawal")
    await steps.undone(bench.desk, demand.id, "ground", await bench.boris(), bench.now())
    assert await suggested(bench, ticket) == ""
