"""Letters of one sender about several people: each person has a ticket, and staff see which belong to one sender."""

from email import message_from_bytes, policy

import pytest

from desk.errors import Refused
from desk.matter import persons
from desk.outward import addressing
from desk.ticket.staffing import known
from models import Clue, Message, Outbox, Ticket
from tests.mail.mailroom import Mailroom, letter
from tests.servers.fixtures import DESK

OFFICE = "Юридическое бюро <office@pravo.test>"
CLAIM = "Действуя по доверенности от имени {whom}, заявляю об отзыве согласия на обработку персональных данных доверителя."


def claim(whom: str, number: int, **headers: str) -> bytes:
    return letter(f"Заявление от имени {whom}", CLAIM.format(whom=whom), From=OFFICE, Message_ID=f"<{number}@pravo>", **headers)


async def offers() -> list[list[int]]:
    return [row.content["offer"] for row in await Outbox.filter(errand="joint").order_by("id") if "👥" in row.content["words"]]


async def test_each_client_of_a_lawyer_has_a_ticket_linked_for_staff(room: Mailroom) -> None:
    await room.taken(claim("Петрова Ивана Сергеевича", 1))
    await room.taken(claim("Смирновой Ольги Юрьевны", 2))
    await room.taken(claim("Сидорова Павла Петровича", 3))
    assert await Ticket.all().count() == len(await room.acknowledged()) == 3
    assert await offers() == [[1], [2, 1]]
    told = [await Clue.filter(ticket_id=one.id).values_list("kind", "value") for one in await Ticket.all()]
    assert persons.several(map(persons.told_by, told))


async def test_a_second_letter_about_the_same_client_goes_to_their_ticket(room: Mailroom) -> None:
    await room.taken(claim("Петрова Ивана Сергеевича", 1))
    await room.taken(claim("Смирновой Ольги Юрьевны", 2))
    row = await room.taken(claim("Петрова И. С.", 3))
    assert (row.outcome, row.ticket_id) == ("linked", 1)


async def test_an_answer_that_demands_for_somebody_else_is_a_ticket_of_its_own(room: Mailroom) -> None:
    await room.taken(claim("Петрова Ивана Сергеевича", 1))
    ours = room.desk.signer.message_id(1, "operator.test")
    row = await room.taken(claim("Смирновой Ольги Юрьевны", 2, In_Reply_To=ours))
    assert (row.outcome, row.ticket_id) == ("opened", 2)
    assert await offers() == [[1]]
    papers = letter("Re: Заявление", "Прикладываем доверенность.", From=OFFICE, Message_ID="<3@pravo>", In_Reply_To=ours)
    assert (await room.taken(papers)).ticket_id == 1


async def test_who_speaks_for_many_and_names_nobody_opens_a_ticket_in_doubt(room: Mailroom) -> None:
    await room.taken(claim("Петрова Ивана Сергеевича", 1))
    await room.taken(claim("Смирновой Ольги Юрьевны", 2))
    plain = letter("Отзыв", "Просим прекратить обработку персональных данных.", From=OFFICE, Message_ID="<3@pravo>")
    assert (await room.taken(plain)).outcome == "opened"


async def test_a_person_who_repeats_themselves_is_one_matter_all_the_same(room: Mailroom) -> None:
    text = "Отзываю согласие на обработку моих персональных данных.\n\nАнна Иванова"
    await room.taken(letter("Отзыв", text))
    again = letter("Ещё раз", f"Повторяю!\n{text}", Message_ID="<2@people.test>")
    assert (await room.taken(again)).outcome == "linked"
    assert await offers() == []


async def test_a_parent_of_two_has_a_ticket_for_each_child(room: Mailroom) -> None:
    for number, child in enumerate(("моей дочери Анны", "моего сына Петра", "моей дочери Анны"), 1):
        text = f"Отзываю согласие на обработку данных {child}.\n\nМария Иванова"
        await room.taken(letter("Отзыв согласия", text, Message_ID=f"<{number}@people.test>"))
    assert await Ticket.all().count() == 2
    assert [one.ticket_id for one in await Message.all().order_by("id")] == [1, 2, 1]


def scan(number: int, **headers: str) -> bytes:
    message = message_from_bytes(
        letter("Message from KM_C258", " ", Message_ID=f"<{number}@mfp>", **headers), policy=policy.default
    )
    message.add_attachment(b"%PDF" + bytes([number]), maintype="application", subtype="pdf", filename=f"SKM_{number}.pdf")
    return message.as_bytes()


@pytest.mark.parametrize(
    "headers",
    [
        {"From": "Kyocera <scanner@office.test>"},
        {"From": "mfp-2@office.test", "Subject": "Scan"},
        {"From": "Xerox <office@firm.test>"},
        {"From": "office@firm.test", "Subject": "Scanned from a Xerox Multifunction Printer"},
        {"From": f"Scanner <{DESK}>"},
    ],
)
async def test_each_scan_is_a_ticket_and_the_scanner_is_never_written_to(room: Mailroom, headers) -> None:
    for number in (1, 2):
        await room.taken(scan(number, **headers))
    assert await Ticket.all().count() == 2
    assert await room.acknowledged() == []
    assert [one.answer_to for one in await Ticket.all()] == ["", ""]


async def test_what_two_hands_brought_of_one_address_are_two_tickets_in_doubt_and_linked(room: Mailroom) -> None:
    demand = "Отзываю согласие на обработку моих персональных данных."
    form = f"Имя: Иван Петров\nE-mail: ivan@people.test\nСообщение: {demand}"
    passed_on = f"---------- Forwarded message ---------\nОт: Иван Петров <ivan@people.test>\n\n{demand}"
    await room.taken(letter("Заявка", form, From="wordpress@shop.test", Message_ID="<1@x>"))
    assert (await room.taken(letter("Fwd: Отзыв", passed_on, From=DESK, Message_ID="<2@x>"))).outcome == "opened"
    assert (
        await room.taken(letter("Заявка", f"{form} Ещё раз!", From="wordpress@shop.test", Message_ID="<3@x>"))
    ).outcome == "linked"
    assert (await room.taken(letter("Отзыв", demand, From="ivan@people.test", Message_ID="<4@x>"))).outcome == "linked"
    joint = [row.content for row in await Outbox.filter(errand="joint").order_by("id")]
    assert [one["offer"] for one in joint if "another way" in one["words"]] == [[1]]


@pytest.mark.parametrize("sender", ["info@site-forms.test", "Студия <studio@web.test>", "shop@shop.test"])
async def test_a_form_that_asks_to_answer_whoever_filled_it_in_is_theirs_whatever_its_sender_is_called(
    room: Mailroom, sender: str
) -> None:
    for number, name in enumerate(("Иван Петров", "Ольга Сидорова")):
        form = f"Имя: {name}\nEmail: p{number}@people.test\nСообщение: Отзываю согласие на обработку моих персональных данных."
        await room.taken(letter("Заявка", form, From=sender, Reply_To=f"p{number}@people.test", Message_ID=f"<{number}@x>"))
    assert await room.acknowledged() == ["p0@people.test", "p1@people.test"]
    assert [one.requester.name for one in await Ticket.all().order_by("id").select_related("requester")] == [
        "Иван Петров", "Ольга Сидорова",
    ]  # fmt: skip


async def nobodys(room: Mailroom) -> Ticket:
    text = "---------- Forwarded message ---------\n\nОтзываю согласие на обработку моих персональных данных."
    await room.taken(letter("Fwd: Отзыв", text, From=f"Коллега <{DESK}>"))
    return await Ticket.get()


async def test_staff_name_the_address_of_a_person_and_the_acknowledgement_goes_there(room: Mailroom) -> None:
    ticket, boris = await nobodys(room), await known(room.desk, 2, "Борис", "boris", room.now())
    assert await addressing.name(room.desk, ticket, "ivan@people.test", "Иван Петров", boris, room.now())
    assert await room.acknowledged() == ["ivan@people.test"]
    ticket = await Ticket.get().select_related("requester")
    assert (ticket.answer_to, ticket.requester.name) == ("ivan@people.test", "Иван Петров")
    with pytest.raises(Refused):
        await addressing.name(room.desk, ticket, "mallory@evil.test", "", boris, room.now())


@pytest.mark.parametrize("address", [DESK, "desk+x@operator.test", "ivan", "ivan@", "a b@c.test", ""])
async def test_an_address_of_ours_or_none_at_all_is_refused(room: Mailroom, address: str) -> None:
    ticket, boris = await nobodys(room), await known(room.desk, 2, "Борис", "boris", room.now())
    with pytest.raises(Refused):
        await addressing.name(room.desk, ticket, address, "", boris, room.now())
    assert await room.acknowledged() == []
