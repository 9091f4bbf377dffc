"""Whose name stands where: what one request says of a person changes no other; no sign turns a line round."""

import pytest

from desk.ports import File, Incoming, Sender
from models import Requester, Ticket
from sandbox.telegram import Person
from tests.bot.bench import Bench, words
from tests.bot.requester.conftest import Phone, tickets
from tests.bot.requester.test_dialogs import begun
from tests.desk.people import THURSDAY

# Signs that turn the direction of what follows, or are not seen at all.
TURNING = ["\u202e", "\u202d", "\u2066", "\u2067", "\u2068", "\u2069", "\u200f", "\u200e", "\u061c", "\u202a", "\u202b", "\u202c"]


async def asked_by(phone: Phone, name: str) -> None:
    """A withdrawal through the menu under a name."""
    await begun(phone)
    await phone.taps("О моих")
    await phone.says(name)
    await phone.says("anna@example.org")
    await phone.taps("Полностью")
    await phone.taps("Принять")
    await phone.taps("Без файлов")
    await phone.taps("Отправить")


async def test_a_name_given_in_one_dialog_renames_nobody_on_other_tickets(phone: Phone) -> None:
    await phone.says("Где находится ваш офис?")
    before = words(await phone.bench.card(1))
    await asked_by(phone, "Мария Сидорова")
    assert len(await tickets()) == 2
    assert "Сидорова" in words(await phone.bench.card(2))
    await phone.says("И ещё: сколько это займёт?", reply_to=phone.screens[0])
    assert "Сидорова" not in words(await phone.bench.card(1))
    assert "Анна" in before
    assert "Анна" in words(await phone.bench.card(1))
    assert (await Requester.get()).name == "Анна Петрова"


@pytest.mark.parametrize("sign", TURNING)
def test_no_turning_sign_passes_the_border_of_the_desk(sign: str) -> None:
    sender = Sender("telegram", "5", name=f"Анна{sign}Петрова", shown=f"@{sign}anna")
    file = File(name=f"отчёт{sign}fdp.exe")
    incoming = Incoming(
        channel="mail",
        sender=sender,
        received_at=THURSDAY,
        external_id="1",
        text=f"Слова{sign} остаются",
        new_text="",
        language="ru",
        subject=f"Тема{sign} письма",
        represented={"name": f"Иван{sign}", "basis": f"сын{sign}"},
    )
    told = [sender.name, sender.shown, file.name, incoming.subject, *(incoming.represented or {}).values()]
    assert not any(sign in one for one in told)
    assert sender.name == "АннаПетрова"
    assert sign in incoming.text


def test_a_name_is_one_line_and_keeps_what_belongs_to_it() -> None:
    assert Sender("telegram", "5", name="Анна\n№ 17  \t закрыта\x07").name == "Анна № 17 закрыта"
    assert Sender("telegram", "5", name="Аня 👩\u200d💻").name == "Аня 👩\u200d💻"
    assert File(name="\u202e\u200b").name == "file"


async def test_a_name_with_turning_signs_reaches_card_and_topic_without_them(bench: Bench) -> None:
    person: Person = bench.world.add_person("Ан\u202eна", last_name="\u2067Петрова")
    phone = Phone(bench, person)
    await phone.sends("document", name="счёт\u202efdp.exe", caption="Где находится ваш офис?")
    shown = [words(one) for one in bench.said(bench.group)] + [str(one.content) for one in bench.group.messages.values()]
    assert any("Анна" in one for one in shown)
    assert not any(sign in one for one in shown for sign in TURNING)
    assert await Ticket.all().count() == 1
