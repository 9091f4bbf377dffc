"""A withdrawal on paper comes first, and its copy by mail or Telegram follows: one matter, the earliest receipt counts."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from desk.context import Desk
from desk.flow import opening
from desk.flow.intake import take
from desk.flow.opening import Entry
from desk.ports import Incoming, Outcome, Sender
from desk.views import cards
from models import Clock, Inbound, Outbox, Ticket, Way
from models.store.connect import transaction
from tests.desk.people import THURSDAY, make_desk

NAME, PHONE = "Иванова Мария Петровна", "+7 921 123-45-67"
KINDS = ("consent_withdrawal", "stop_processing")


@pytest.fixture
def desk(db: object, tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


async def on_paper(desk: Desk, **contacts: str) -> Ticket:
    entered = Entry(
        way=Way.PAPER, came_at=datetime(2026, 12, 7, 6, tzinfo=UTC), kinds=KINDS, name=NAME, postal="150000, Ярославль",
        contacts=tuple(contacts.items()), attempted_at=datetime(2026, 12, 7, 6, tzinfo=UTC),
        handed_over_at=datetime(2026, 12, 9, 12, tzinfo=UTC), words="Отзываю согласие",
    )  # fmt: skip
    async with transaction():
        return (await opening.open_ticket(desk, entered, "staff:2", "1", THURSDAY)).ticket


async def copy(desk: Desk, **changes: object) -> Outcome:
    number = await Inbound.all().count() + 1
    row = await Inbound.create(
        channel="mail", source="test", position=number, conversation="test", received_at=THURSDAY, stored_at=THURSDAY,
        next_try_at=THURSDAY, size=1, state="done",
    )  # fmt: skip
    text = f"Отзываю согласие. {NAME}, {PHONE}"
    values: dict[str, object] = {
        "channel": "mail", "sender": Sender("email", "maria@example.ru", name="Мария Иванова"), "received_at": THURSDAY,
        "external_id": f"<{number}@example.ru>", "text": text, "new_text": text, "language": "ru", "kinds": KINDS,
    } | changes  # fmt: skip
    incoming = Incoming(**values)  # type: ignore[arg-type]
    async with transaction():
        return await take(desk, incoming, row, THURSDAY)


async def due(key: str = "stop", kind: str = "stop_processing") -> date:
    return (await Clock.get(key=key, demand__kind=kind, demand__ticket_id=1)).due


async def test_the_copy_becomes_a_leg_and_the_terms_stay_with_the_paper(desk: Desk) -> None:
    await on_paper(desk, phone=PHONE)
    before = await due()
    await copy(desk)
    assert (await Ticket.get(id=2)).merged_into == 1
    assert await due() == before == date(2026, 12, 21)
    card = await cards.card(desk, await Ticket.get(id=1), THURSDAY)
    assert [(one.channel, one.number, one.earliest) for one in card.legs] == [("paper", 1, True), ("mail", 2, False)]
    assert await Outbox.filter(errand="acknowledgement", conversation="mail:maria@example.ru").count() == 1


async def test_where_the_copy_turns_out_to_have_come_earlier_the_clocks_are_counted_from_it(desk: Desk) -> None:
    await on_paper(desk, phone=PHONE)
    await copy(desk, received_at=datetime(2026, 12, 3, 9, tzinfo=UTC))
    assert (await Ticket.get(id=1)).received_at == datetime(2026, 12, 3, 9, tzinfo=UTC)
    assert await due() == date(2026, 12, 17)
    assert await due("destroy", "consent_withdrawal") == date(2027, 1, 2)
    card = await cards.card(desk, await Ticket.get(id=1), THURSDAY)
    assert [(one.channel, one.earliest) for one in card.legs] == [("mail", True), ("paper", False)]


async def test_a_copy_in_telegram_under_the_stated_name_becomes_a_leg_too(desk: Desk) -> None:
    await on_paper(desk, phone=PHONE)
    await copy(desk, channel="telegram", chat_id=5, sender=Sender("telegram", "5", name="Маша"), named=NAME, external_id="5:1")
    assert (await Ticket.get(id=2)).merged_into == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"text": f"Отзываю согласие. {NAME}", "new_text": f"Отзываю согласие. {NAME}"},  # the name alone
        {"sender": Sender("email", "x@example.ru", name="Пётр Сидоров"), "text": PHONE, "new_text": PHONE},  # the phone alone
    ],
)
async def test_where_it_is_unsure_staff_are_asked(desk: Desk, changes: dict[str, object]) -> None:
    await on_paper(desk, phone=PHONE)
    await copy(desk, **changes)
    assert (await Ticket.get(id=2)).merged_into is None
    [offered] = await Outbox.filter(errand="joint", ticket_id=2)
    assert offered.content["offer"] == [1]


async def test_another_demand_of_the_same_person_is_a_matter_of_its_own(desk: Desk) -> None:
    await on_paper(desk, phone=PHONE)
    await copy(desk, kinds=("claim",))
    assert (await Ticket.get(id=2)).merged_into is None
    assert await Outbox.filter(errand="joint").count() == 0


async def test_two_that_could_be_meant_are_not_chosen_from(desk: Desk) -> None:
    await on_paper(desk, phone=PHONE)
    entered = Entry(
        way=Way.PAPER,
        came_at=THURSDAY,
        kinds=KINDS,
        name=NAME,
        contacts=(("phone", PHONE),),
        handed_over_at=THURSDAY,
        words="Ещё",
    )
    async with transaction():
        await opening.open_ticket(desk, entered, "staff:2", "2", THURSDAY)
    await copy(desk)
    assert (await Ticket.get(id=3)).merged_into is None


async def test_a_copy_from_the_address_that_the_paper_names_is_the_same_ticket(desk: Desk) -> None:
    await on_paper(desk, email="maria@example.ru")
    outcome = await copy(desk)
    assert (outcome.word, outcome.ticket_id) == ("linked", 1)
    assert await Ticket.all().count() == 1
    assert await due() == date(2026, 12, 21)
    await copy(desk, received_at=datetime(2026, 12, 3, 9, tzinfo=UTC), text="Ещё раз отзываю согласие", new_text="Ещё раз")
    assert await due() == date(2026, 12, 17)
