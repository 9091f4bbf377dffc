"""Loops end: robots of eight styles, each answering every letter of ours from another address, quickly or with patience."""

import pytest

from models import Ticket
from tests.mail.mailroom import Mailroom, letter

STYLES = {
    "help desk": (
        "Re: {} [#{n}]",
        "Здравствуйте! Ваша заявка № {n} принята. Мы ответим в течение 24 часов.",
        "support+id{n}@help.test",
    ),
    "ticket": ("[Ticket {n}] received", "Thanks for contacting us. Ticket {n} was created.", "help-{n}@desk.test"),
    "agent": ("Re: {}", "Thank you for your message. An agent will look into it shortly. Ref {n}.", "agent{n}@robot.test"),
    "bank": ("Re: {}", "Мы получили ваше письмо и ответим в ближайшее время. Код {n}.", "info{n}@bank.test"),
    "crm": ("RE: {}", "Уважаемый клиент! Ваш запрос передан специалисту, номер {n}.", "case-{n}@crm.test"),
    "knowledge": (
        "Ваш вопрос {n}",
        "Ответ вы найдёте в базе знаний: https://kb.test/{n}. Остался вопрос? Напишите.",
        "bot{n}@kb.test",
    ),
    "free mail": ("Re: {}", "Спасибо за обращение! Менеджер свяжется с вами. {n}", "shop.robot{n}@gmail.com"),
    "demanding": ("Re: {}", "Прошу удалить мои данные. Запрос {n} создан автоматически.", "ticket{n}@loop.test"),
}


@pytest.mark.parametrize("minutes", [0, 10])
@pytest.mark.parametrize("style", STYLES)
async def test_a_robot_that_answers_every_letter_is_answered_a_few_times_a_day(room: Mailroom, style: str, minutes: int) -> None:
    subject, words, sender = STYLES[style]
    for n in range(1, 101):
        last = await Ticket.all().order_by("-id").first()
        ours = room.desk.signer.message_id(last.id, "operator.test") if last else "<0@operator.test>"
        told = subject.format("Ваше обращение", n=n)
        await room.taken(
            letter(told, words.format(n=n), From=sender.format(n=n), Message_ID=f"<{n}@robot.test>", In_Reply_To=ours)
        )
        room.now.forward(minutes=minutes)
    assert len(await room.acknowledged()) <= 12
