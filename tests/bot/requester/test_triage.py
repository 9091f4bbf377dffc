"""A message of which nothing is sure, in the private chat and on the card: asked once, answered by a tap or a digit."""

import pytest

from desk.recognising.letter import recognise
from models import Clock, Demand, Ticket
from tests.bot.bench import taps, words
from tests.bot.requester.conftest import Phone
from tests.bot.terms import presses

UNSURE = "насчёт согласия на обработку моих данных и рассылки, решите уже"
FIRST, *_REST = CANDIDATES = recognise("", UNSURE).candidates


async def running() -> list[str]:
    return await Clock.filter(stopped_at__isnull=True).order_by("id").values_list("demand__kind", flat=True)


async def test_what_is_unsure_is_asked_about_by_numbered_buttons_and_counts_from_the_first_message(phone: Phone) -> None:
    received = phone.bench.now()
    await phone.says(UNSURE)
    assert set(await running()) == {"complaint"}
    assert "Чего вы хотите?" in phone.reads
    assert [tap[:2] for tap in taps(phone.live)] == [f"{number}." for number in range(1, len(CANDIDATES) + 2)]
    phone.bench.now.forward(days=2)
    await phone.taps("1. ")
    assert set(await running()) == {FIRST}
    assert (await Demand.get(kind=FIRST)).received_at == received
    assert await Demand.filter(recognised_by="requester").count() == 1


@pytest.mark.parametrize("said", ["1", "1.", "Ответ 1"])
async def test_a_typed_digit_is_an_answer_too(phone: Phone, said: str) -> None:
    await phone.says(UNSURE)
    await phone.says(said)
    assert set(await running()) == {FIRST}


async def test_something_else_leaves_it_to_staff(phone: Phone) -> None:
    await phone.says(UNSURE)
    asked = phone.live
    await phone.taps("другое")
    assert set(await running()) == {"complaint"}
    assert any("ничего из того" in one for one in phone.bench.texts(phone.bench.group, await phone.bench.topic()))
    assert await phone.forges(asked, "meant:1:0") == "Эта кнопка устарела."


async def test_the_card_shows_what_may_be_demanded_and_a_tap_of_staff_opens_it(phone: Phone) -> None:
    await phone.says(UNSURE)
    card = await phone.bench.card()
    assert "Возможно, требуют и этого" in words(card)
    label = next(one for one in taps(card) if one.startswith("❔"))
    await presses(phone.bench, card, label)
    assert "complaint" not in await running()
    assert label not in taps(await phone.bench.card())


async def test_the_card_lets_staff_say_that_it_is_none_of_these(phone: Phone) -> None:
    await phone.says(UNSURE)
    assert await presses(phone.bench, await phone.bench.card(), "❔ Ничего из этого") == "Записано: ничего из этого."
    assert not [one for one in taps(await phone.bench.card()) if one.startswith("❔")]
    assert (await Ticket.get()).candidates is None
