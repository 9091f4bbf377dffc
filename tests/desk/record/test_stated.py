"""What the desk itself gave as a reason or a result is read in the language of the paper, whoever tapped it and in which."""

from dataclasses import replace

import pytest

from desk.answers import going_on
from desk.record import journal
from desk.record.dossier.dates import dates
from desk.record.dossier.deeds import steps as deeds
from desk.record.dossier.matter import matter_of
from desk.terms import blocking, steps
from desk.terms.proofs import Proof
from desk.ticket import tickets
from desk.ticket.stated import CLOSING, NOT_NEEDED, RESULTS, SPARED, WAYS, is_own, stated, way_stated
from models import BlockingResult, Demand, ProofKind, Ticket
from models.store.connect import transaction
from tests.desk.people import Bench, letter
from tests.desk.record.test_journal import YEAR
from tests.desk.terms.test_blocking import SITE, blocked

EVERY = [SPARED, *RESULTS.values(), *NOT_NEEDED.values(), *CLOSING.values()]


@pytest.fixture(params=["ru", "en"])
def spoken(bench: Bench, request: pytest.FixtureRequest) -> str:
    """The language of the staff."""
    bench.desk = replace(bench.desk, systems=(SITE,), operator=replace(bench.desk.operator, languages=(request.param,)))
    return str(request.param)


async def told(bench: Bench, language: str) -> str:
    """Everything that the journal and the dossier's lists of deeds and dates say."""
    matter = await matter_of(bench.desk, await Ticket.get(), language, bench.now())
    said = [str(block) for reader in (deeds, dates) for block in (await reader(matter)).blocks]
    return "\n".join([*said, *(str(line) for line in await journal.lines(bench.desk, YEAR, language))])


async def opened(bench: Bench, kind: str) -> Demand:
    await bench.arrives(letter(bench.now(), kinds=(kind,)))
    return await Demand.get()


@pytest.mark.parametrize("said", EVERY)
def test_every_word_of_the_desk_is_in_russian_too(said: str) -> None:
    assert is_own(said)
    assert stated(said, "en") == said
    assert stated(said, "ru") != said
    assert stated(f"{said}, Борис", "ru") == f"{said}, Борис"


async def test_that_no_processor_holds_anything(bench: Bench, spoken: str) -> None:
    demand = await opened(bench, "consent_withdrawal")
    await steps.set_aside(bench.desk, demand.id, "processors", SPARED, await bench.boris(), bench.now())
    russian, english = await told(bench, "ru"), await told(bench, "en")
    assert stated(SPARED, "ru") in russian
    assert SPARED not in russian
    assert SPARED in english
    assert spoken in {"ru", "en"}


async def test_what_a_check_of_blocked_data_came_to(bench: Bench, spoken: str) -> None:
    await opened(bench, "rectification")
    row = await blocked(bench, await Ticket.get())
    await blocking.end(bench.desk, row.id, BlockingResult.CORRECTED, await bench.boris(), bench.now())
    said = RESULTS[BlockingResult.CORRECTED]
    russian, english = await told(bench, "ru"), await told(bench, "en")
    assert stated(said, "ru") in russian
    assert said not in russian
    assert said in english
    assert stated(said, "ru") not in english
    assert spoken in {"ru", "en"}


async def test_why_a_matter_was_closed_unmet_stands_in_the_note_of_its_line(bench: Bench, spoken: str) -> None:
    await opened(bench, "access_request")
    async with transaction():
        await tickets.close(bench.desk, await Ticket.get(), await bench.boris(), bench.now(), reason=CLOSING["spam"])
    [line] = await journal.lines(bench.desk, YEAR, "ru")
    assert line.note == stated(CLOSING["spam"], "ru")
    assert CLOSING["spam"] not in await told(bench, "ru")
    assert spoken in {"ru", "en"}


@pytest.mark.parametrize("way", sorted(WAYS))
async def test_how_a_paper_letter_went(bench: Bench, way: str) -> None:
    demand = await opened(bench, "access_request")
    proof = Proof(ProofKind.PAPER, number="12", dated=bench.now().date(), way=way, tracking="RA123456789RU")
    await steps.prove(bench.desk, demand.id, "answer", proof, await bench.boris(), bench.now())
    assert way_stated(way, "en") in await told(bench, "en")
    assert way_stated(way, "ru") in await told(bench, "ru")


async def test_a_ready_reason_is_never_suggested_as_what_goes_on(bench: Bench) -> None:
    demand = await opened(bench, "consent_withdrawal")
    await steps.set_aside(bench.desk, demand.id, "destroy", NOT_NEEDED["fact"], await bench.boris(), bench.now())
    kept, _checked = await going_on.recorded(await Ticket.get())
    assert kept == []
