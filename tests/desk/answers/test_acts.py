"""What a letter tells of acts of destruction: which there are, one or several."""

from datetime import date

import pytest

from desk.answers import acts
from desk.answers.folder import packaged
from desk.answers.template import fill
from desk.law import load_regime
from desk.terms import steps
from desk.terms.proofs import Proof
from models import ProofKind
from models.store.connect import transaction
from tests.desk.answers.test_templates import facts
from tests.desk.people import Bench
from tests.desk.terms.test_steps import withdrawal

ALL = packaged(load_regime("ru-152fz"))


async def test_each_act_is_named_and_several_are_several(bench: Bench) -> None:
    _, demand = await withdrawal(bench)
    assert await acts.of([demand], "ru") == {"number": "", "date": "", "several": ""}
    proof = Proof(ProofKind.DOCUMENT, number="1-1, 1-2", dated=date(2026, 12, 5))
    async with transaction():
        await steps.prove(bench.desk, demand.id, "act", proof, await bench.boris(), bench.now())
    assert await acts.of([demand], "ru") == {"number": "1-1, 1-2", "date": "5 декабря 2026 г.", "several": "yes"}


@pytest.mark.parametrize(
    ("language", "one", "several"),
    [
        ("ru", "составлен акт № 1-1 от D", "составлены акты № 1-1, 1-2, последний — D"),
        (
            "en",
            "A record of destruction No. 1-1 was drawn up on D",
            "Records of destruction No. 1-1, 1-2 were drawn up, the last of them on D",
        ),
    ],
)
@pytest.mark.parametrize("key", ["withdrawn", "destroyed"])
def test_a_letter_says_one_act_or_several(key: str, language: str, one: str, several: str) -> None:
    template = ALL[key, language]
    known = facts(template)
    for act, words in (("1-1", one), ("1-1, 1-2", several)):
        told = known | {"act": {"number": act, "date": "D", "several": "yes" if "," in act else ""}}
        assert words in fill(template, told, {}).text
