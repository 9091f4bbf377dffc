"""A letter that only greets or thanks opens nothing; whatever more it says, shows or is followed by does."""

from email import message_from_bytes, policy

import pytest

from desk.flow import quiet
from models import Message, Ticket
from tests.mail.mailroom import letter


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("", "Здравствуйте!"),
        ("Здравствуйте", "Добрый день!"),
        ("Добрый день", "Здравствуйте!\n\n-- \nС уважением,\nАнна Иванова"),
        ("Без темы", "Здравствуйте"),
        ("(no subject)", "Hello!"),
        ("Hi", "Hi there,\n\nАнна"),
        ("Re: Спасибо", "Спасибо большое!"),
        ("Привет", "Привет, поддержка!"),
        ("Спасибо", "Спасибо за помощь, всего доброго!\nАнна Иванова"),
        ("Приветствие", "Доброго времени суток, уважаемые коллеги!\n\nОтправлено с iPhone"),
        ("", "Good afternoon\n\nSent from my iPhone 15"),
    ],
)
async def test_a_letter_that_only_greets_waits_in_the_list_and_opens_nothing(room, subject, text):
    row = await room.taken(letter(subject, text))
    assert (row.outcome, await Ticket.all().count(), await room.acknowledged()) == ("courtesy", 0, [])
    assert await quiet.counts() == {"courtesy": 1}


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Отзыв согласия", "Здравствуйте!"),
        ("Мой заказ не пришёл", "Добрый день!"),
        ("Здравствуйте", "Здравствуйте! Не приходит код."),
        ("Re: удалите мои данные", "Здравствуйте!"),
        ("", "Здравствуйте?"),
        ("", ""),
        ("Здравствуйте", "Здравствуйте!\n> Отзываю согласие на обработку персональных данных."),
        ("Здравствуйте", "Здравствуйте!\n\nС уважением,\nпрошу удалить мои данные"),
        ("Договор 4471", "Спасибо!"),
        ("Здравствуйте", "Здравствуйте! 89161234567"),
    ],
)
async def test_whoever_says_more_than_a_greeting_opens_a_ticket(room, subject, text):
    assert (await room.taken(letter(subject, text))).outcome == "opened"


async def test_a_greeting_with_a_file_opens_a_ticket(room):
    message = message_from_bytes(letter("Здравствуйте", "Здравствуйте!"), policy=policy.SMTP)
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="scan.pdf")
    assert (await room.taken(message.as_bytes())).outcome == "opened"


async def test_the_demand_that_follows_a_greeting_in_its_thread_opens_a_ticket_and_is_acknowledged(room):
    await room.taken(letter("Здравствуйте", "Здравствуйте!", Message_ID="<1@people.test>"))
    follows = letter(
        "Re: Здравствуйте", "Отзываю согласие на обработку моих данных.", Message_ID="<2@p.test>", References="<1@people.test>"
    )
    assert (await room.taken(follows)).outcome == "opened"
    assert len(await room.acknowledged()) == 1


async def test_a_greeting_goes_with_the_ticket_that_its_writer_has(room):
    await room.taken(letter(Message_ID="<1@people.test>"))
    row = await room.taken(letter("Спасибо", "Спасибо!", Message_ID="<2@people.test>"))
    ticket = await Ticket.get()
    assert (row.outcome, row.ticket_id) == ("added", ticket.id)
    assert await Message.filter(ticket_id=ticket.id, direction="in").count() == 2


async def test_a_greeting_that_staff_raise_is_a_ticket(room):
    await room.taken(letter("Здравствуйте", "Здравствуйте!"))
    [one] = await quiet.unseen(1)
    await quiet.make_ticket(room.desk, one.id, "staff:2", room.now())
    await room.drain()
    assert await Ticket.all().count() == 1
