"""A letter of answer from its first gap to what becomes of it: what it proves falls when it comes back."""

from dataclasses import replace

import pytest

from desk.answers import drafts
from desk.context import Statement
from models import Answer, Demand, Outbox, OutboxState, Step, Ticket
from models.store.connect import transaction
from tests.desk.people import Bench, letter

STATEMENT = Statement(language="ru", signatory="О. И. Ветрова", position="Директор")


async def begun(bench: Bench, kind: str, template: str) -> Answer:
    bench.desk = replace(bench.desk, statements=(STATEMENT,))
    await bench.arrives(letter(bench.now(), kinds=(kind,)))
    return await drafts.begin(bench.desk, await Ticket.get(), template, "ru", await bench.boris(), bench.now())


async def asked(bench: Bench, answer: Answer) -> list[str]:
    return [gap.key for gap in (await drafts.of(bench.desk, answer, bench.now())).filled.gaps if gap.fillable]


async def sent(bench: Bench, answer: Answer) -> Outbox:
    """Every gap is filled in, and the letter leaves."""
    async with transaction():
        while gaps := (await drafts.of(bench.desk, answer, bench.now())).filled.gaps:
            said = "0" if gaps[0].choices else "сведения"
            await drafts.say(bench.desk, answer, gaps[0], said, await bench.boris(), bench.now())
        _draft, note = await drafts.show(bench.desk, answer, await bench.boris(), bench.now())
        row = await drafts.release(bench.desk, answer, await bench.boris(), reply_to=note.id, now=bench.now())
    bench.now.forward(seconds=30)
    await bench.run()
    return await Outbox.get(id=row.id)


@pytest.mark.parametrize(
    ("kind", "template", "key"),
    [("question", "answer", "answer"), ("rkn_request", "authority", "answer"), ("claim", "claim", "answer")],
)
async def test_what_a_letter_proved_falls_when_it_comes_back(bench: Bench, kind: str, template: str, key: str) -> None:
    row = await sent(bench, await begun(bench, kind, template))
    assert row.state == OutboxState.SENT
    step = await Step.standing(key=key).get()
    assert (step.outbox_id, step.number) == (row.id, "1/2026")
    assert (await Demand.get()).closed_at is not None

    back = letter(
        bench.now(), number=9, automated="bounce", answerable=False, original_message_id=row.content["message_id"], subject="Failed",
        failed_recipients=("anna@example.org",),
    )  # fmt: skip
    await bench.arrives(back)
    assert not await Step.standing(key=key).exists()
    assert (await Step.get(id=step.id)).taken_back_at == bench.now()
    assert (await Demand.get()).closed_at is None
    assert any("came back had answered this request" in str(one.content) for one in bench.out["staff"].rows)


async def test_a_letter_that_came_back_can_be_begun_anew_and_proves_again(bench: Bench) -> None:
    row = await sent(bench, await begun(bench, "question", "answer"))
    back = letter(bench.now(), number=9, automated="bounce", answerable=False, original_message_id=row.content["message_id"])
    await bench.arrives(back)
    again = await drafts.begin(bench.desk, await Ticket.get(), "answer", "ru", await bench.boris(), bench.now())
    await sent(bench, again)
    assert (await Step.standing(key="answer").get()).number == "2/2026"


async def test_what_was_filled_in_stands_in_the_order_of_the_letter(bench: Bench) -> None:
    answer = await begun(bench, "access_request", "access")
    keys = await asked(bench, answer)
    assert len(keys) > 2
    answer.said = dict.fromkeys(reversed(keys), "слова") | {"aa": "что уже не спрашивают", "?x": "1"}
    await answer.save()
    assert await drafts.filled_in(bench.desk, answer, bench.now()) == [*keys, "aa"]
