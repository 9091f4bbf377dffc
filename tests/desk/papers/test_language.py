"""Papers for an inspector are in the language of the law they answer to, whatever staff speak; letters are in their reader's."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from desk import contents
from desk.deed import drafting, releasing
from desk.incident.notices import draft
from desk.law import load_regime
from models import Ticket
from tests.desk.deed.conftest import DELIVERY, SITE
from tests.desk.deed.test_destruction import made, words_of
from tests.desk.people import Bench, Now, letter, make_desk


@pytest.fixture(params=[("en", "ru"), ("en",)], ids="-".join)
async def bench(db: object, tmp_path, now: Now, request: pytest.FixtureRequest) -> Bench:
    desk = make_desk(tmp_path, processors=(DELIVERY,), systems=(SITE,))
    return Bench(replace(desk, operator=replace(desk.operator, languages=request.param)), now)


async def asked(bench: Bench, **changes: object) -> Ticket:
    await bench.arrives(letter(bench.now(), **changes))
    bench.now.forward(days=5)
    return await Ticket.get()


async def test_the_act_of_a_russian_operator_is_russian_in_all_its_words(bench: Bench) -> None:
    row = await made(bench, await asked(bench), SITE.name)
    for blob in (row.act, row.editable):
        words = await words_of(bench, blob)
        assert "Акт № 1-1" in words
        assert "обращение № 1 от 10.12.2026" in words
        assert "request" not in words


async def test_a_processor_is_instructed_in_it(bench: Bench) -> None:
    ticket = await asked(bench)
    await drafting.draft(bench.desk, bench.now())
    await releasing.release(bench.desk, ticket, None, await bench.boris(), bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    [told] = [contents.of(row, contents.Instruction) for row in bench.out["mail"].acts("instruction")]
    assert told.language == "ru"
    assert any("обработк" in one for one in told.asks)


def test_the_notices_of_an_incident_are_in_it(bench: Bench) -> None:
    paper = draft(bench.desk, 1, datetime(2026, 12, 10, tzinfo=UTC), {}, "first")
    assert (paper.language, paper.head) == ("ru", ["В Роскомнадзор"])


async def test_an_english_requester_still_reads_english(bench: Bench) -> None:
    ticket = await asked(bench, language="en")
    assert ticket.language == "en"
    [told] = bench.out["mail"].acts("acknowledgement")
    assert contents.of(told, contents.Acknowledgement).language == "en"


@pytest.mark.parametrize(("law", "language"), [("ru-152fz", "ru"), ("uk-gdpr", "en"), ("gdpr", "en")])
def test_the_law_settles_it_or_else_the_language_of_the_staff_does(bench: Bench, law: str, language: str) -> None:
    desk = replace(bench.desk, regime=load_regime(law))
    assert desk.papers_language == language
    assert replace(desk, operator=replace(desk.operator, languages=("ru",))).papers_language == (
        language if law != "gdpr" else "ru"
    )
