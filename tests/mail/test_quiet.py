"""What becomes of letters that open no ticket, and of those that programs, groups and colleagues pass on: whole ways through the desk."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from desk.errors import Refused
from desk.flow import quiet
from models import Inbound, Message, Outbox, OutboxState, Quiet, Receipt, Ticket, TicketStatus
from tests.mail.mailroom import OWNER, letter
from tests.servers.fixtures import ANNA, CLAIMS, DESK


async def shown(ticket_id: int | None = None) -> list[str]:
    """The words of notices to staff, and of the messages posted to them."""
    rows = await Outbox.filter(channel="staff", **({"ticket_id": ticket_id} if ticket_id else {})).order_by("id")
    notices = [row.content["words"] for row in rows if row.errand == "notice"]
    posted = [row.message_id for row in rows if row.errand == "requester"]
    return notices + [one.text for one in await Message.filter(id__in=posted)]


AWAY = letter("Автоматический ответ: обращение", "Я в отпуске до понедельника.", Auto_Submitted="auto-replied")


async def test_a_robots_letter_without_a_ticket_is_in_the_list_and_nobody_is_bothered(room):
    row = await room.taken(AWAY)
    assert (row.outcome, row.ticket_id, await Ticket.all().count(), await Outbox.all().count()) == ("auto_reply", None, 0, 0)
    [one] = await quiet.unseen(10)
    assert (one.sender, one.words, one.kind) == (ANNA, "Я в отпуске до понедельника.", "auto_reply")
    assert "declared_reply" in one.why
    assert await quiet.counts() == {"auto_reply": 1}


async def test_a_quiet_letter_that_is_raised_becomes_a_ticket_with_its_own_receipt_and_is_not_answered(room):
    row = await room.taken(AWAY)
    [one] = await quiet.unseen(10)
    await quiet.make_ticket(room.desk, one.id, "staff:2", room.now.forward(days=1))
    await room.drain()
    ticket = await Ticket.get()
    assert ticket.received_at == row.received_at
    assert (await Quiet.get(id=one.id)).ticket_id == ticket.id
    assert "Я в отпуске до понедельника." in " ".join(await shown(ticket.id))
    assert await room.acknowledged() == []
    assert await quiet.counts() == {}
    with pytest.raises(Refused):
        await quiet.make_ticket(room.desk, one.id, "staff:2", room.now())


async def test_a_quiet_letter_that_came_twice_is_raised_all_the_same(room):
    await room.taken(AWAY)
    await room.taken(AWAY)
    [one] = await quiet.unseen(10)
    await quiet.make_ticket(room.desk, one.id, "staff:2", room.now())
    await room.drain()
    assert await Ticket.all().count() == 1


async def test_what_was_looked_at_is_not_shown_again(room):
    await room.taken(AWAY)
    [one] = await quiet.unseen(10)
    assert await quiet.seen([one.id], "staff:2", room.now()) == 1
    assert await quiet.unseen(10) == []


async def test_a_mailbox_for_requests_only_keeps_the_rest_in_the_list(room):
    assert (await room.taken(letter("Вопрос", "Когда вы открыты?"), CLAIMS)).outcome == "recorded"
    assert await quiet.counts() == {"recorded": 1}


async def test_what_comes_automatically_to_a_running_ticket_is_posted_with_its_words_and_reopens_nothing(room):
    await room.taken(letter())
    ticket = await Ticket.get()
    await Ticket.filter(id=ticket.id).update(status=TicketStatus.CLOSED)
    ours = room.desk.signer.message_id(ticket.id, "operator.test")
    away = letter("Re: x", "Я в отпуске до понедельника.", Auto_Submitted="auto-replied", In_Reply_To=ours, Message_ID="<2@x>")
    assert (await room.taken(away)).ticket_id == ticket.id
    told = await shown(ticket.id)
    assert "Я в отпуске до понедельника." in told
    assert any(one.startswith("🤖") for one in told)
    assert (await Ticket.get()).status == TicketStatus.CLOSED


async def test_an_automatic_letter_without_a_reference_goes_with_the_open_ticket_of_its_sender(room):
    await room.taken(letter())
    assert (await room.taken(AWAY)).ticket_id == (await Ticket.get()).id


# --- reactions

REACTIONS = [
    ("Re: Ваше обращение", "👍"),
    ("Re: Ваше обращение", "👍 Анна Иванова reacted via Gmail"),
    ("Re: Ваше обращение", "Анна Иванова reacted to your message:\n👍"),
    ("Re: Ваше обращение", "❤️"),
    ("Re: Ваше обращение", "👍 Анна Иванова отреагировала через Gmail"),
    ("Re: Ваше обращение", "Liked “Ваше обращение принято”"),
    ("Анна Иванова отреагировала на ваше сообщение", "👍"),
    ("Re: Отзыв согласия", "Понравилось «Ваше обращение принято»"),
    ("Re: Отзыв согласия", "Анна Иванова реагировал(а) на ваше сообщение: 👍"),
    ("Re: Отзыв согласия", "Анна Иванова отреагировал(-а) на письмо"),
    ("Re: Отзыв согласия", "Loved an image"),
    ("Re: Отзыв согласия", "❤️ to “We have received your request”"),
]


@pytest.mark.parametrize(("subject", "text"), REACTIONS)
async def test_a_reaction_is_a_note_and_reopens_nothing(room, subject, text):
    await room.taken(letter())
    ticket = await Ticket.get()
    await Ticket.filter(id=ticket.id).update(status=TicketStatus.CLOSED)
    ours = room.desk.signer.message_id(ticket.id, "operator.test")
    row = await room.taken(letter(subject, text, In_Reply_To=ours, Message_ID="<2@x>"))
    assert (row.outcome, row.ticket_id) == ("reaction", ticket.id)
    assert (await Ticket.get()).status == TicketStatus.CLOSED
    assert len(await room.acknowledged()) == 1


@pytest.mark.parametrize(
    "text", ["???", "Спасибо 👍", "Да!", "2", "👍 но данные удалите", "Понравилось «Ваше письмо», удалите мои данные"]
)
async def test_words_beside_a_sign_and_an_impatient_question_are_no_reaction(room, text):
    await room.taken(letter())
    ours = room.desk.signer.message_id((await Ticket.get()).id, "operator.test")
    assert (await room.taken(letter("Re: Ваше обращение", text, In_Reply_To=ours, Message_ID="<2@x>"))).outcome == "added"


# --- who wrote

FORM = "Имя: {name}\nE-mail: {email}\nТелефон: {phone}\nСообщение: Отзываю согласие на обработку моих персональных данных."


async def test_each_person_who_filled_in_the_form_of_the_site_has_a_ticket_and_is_answered(room):
    for number, name in enumerate(("Иван Петров", "Ольга Смирнова"), 1):
        text = FORM.format(name=name, email=f"person{number}@people.test", phone="")
        await room.taken(letter("Заявка с сайта", text, From="WordPress <wordpress@shop.test>", Message_ID=f"<{number}@f>"))
    assert await Ticket.all().count() == 2
    assert await room.acknowledged() == ["person1@people.test", "person2@people.test"]


async def test_who_left_only_a_telephone_number_is_known_by_it_and_staff_are_told_that_nobody_can_be_written_to(room):
    for number in (1, 2):
        text = FORM.format(name="Иван", email="", phone="+7 900 000-00-01")
        await room.taken(letter("Заявка", text, From="<noreply@shop.test>", Message_ID=f"<{number}@f>", Date=f"{number}"))
    assert await Ticket.all().count() == 1
    assert await room.acknowledged() == []
    assert any("does not tell an address" in one for one in await shown())


FORWARDS = [
    "Возьмите в работу.\n\n---------- Forwarded message ---------\nОт: Иван Петров <ivan@people.test>\nSubject: Отзыв\n\n{text}",
    "-------- Пересылаемое сообщение --------\n10.12.2026, 10:00, Иван Петров <ivan@people.test>:\n\n{text}",
    "________________________________\nFrom: Иван Петров <ivan@people.test>\nSent: Thursday\nTo: owner\nSubject: x\n\n{text}",
    "Begin forwarded message:\n\n> From: Иван Петров <ivan@people.test>\n> Subject: x\n>\n> {text}",
    "-----Исходное сообщение-----\nОт: Иван Петров [mailto:ivan@people.test]\nОтправлено: 10 декабря\nКому: нам\n\n{text}",
]


@pytest.mark.parametrize("form", FORWARDS)
@pytest.mark.parametrize("colleague", [DESK, OWNER, "manager@operator.test"])
async def test_what_a_colleague_forwards_is_the_persons_who_wrote_it_and_answered_to_them(room, form, colleague):
    text = form.format(text="Отзываю согласие на обработку моих персональных данных.")
    row = await room.taken(letter("Fwd: Отзыв", text, From=f"Коллега <{colleague}>"))
    assert row.outcome == "opened"
    assert await room.acknowledged() == ["ivan@people.test"]
    ticket = await Ticket.get().select_related("requester")
    assert ticket.requester.name == "Иван Петров"
    assert any(one.startswith("📨") for one in await shown(ticket.id))


async def test_a_forwarded_letter_that_names_nobody_is_a_ticket_and_staff_are_asked_for_the_person(room):
    text = "---------- Forwarded message ---------\n\nОтзываю согласие на обработку моих персональных данных."
    await room.taken(letter("Fwd: Отзыв", text, From=f"Коллега <{DESK}>"))
    ticket = await Ticket.get()
    assert ticket.answer_to == ""
    assert await room.acknowledged() == []
    assert any("without the requester's address" in one for one in await shown(ticket.id))


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Re: Ваше обращение",
            "Удалите мои данные.\n\n-----Исходное сообщение-----\nОт: Поддержка <desk@operator.test>\n\nПринято.",
        ),
        ("Re: вопрос", "Удалите мои данные.\n\n-----Original Message-----\nFrom: Анна <anna@people.test>\n\nприлагаю"),
        ("FW: анкета", "Удалите мои данные.\n\n-----Original Message-----\nFrom: Кадры <hr@operator.test>\n\nзаполните"),
        ("Заявление", "Отзываю согласие на обработку моих персональных данных."),
    ],
)
async def test_an_employee_who_writes_for_themselves_is_the_requester(room, subject, text):
    await room.taken(letter(subject, text, From="Пётр <petr@operator.test>"))
    assert await room.acknowledged() == ["petr@operator.test"]


async def test_a_letter_in_a_letter_of_a_colleague_is_the_persons(room):
    message = message_from_bytes(letter("заявление клиента", "во вложении", From=f"Коллега <{OWNER}>"), policy=policy.default)
    message.add_attachment(message_from_bytes(letter(), policy=policy.default))
    await room.taken(message.as_bytes())
    assert await room.acknowledged() == [ANNA]


@pytest.mark.parametrize("reply_to", [DESK, DESK.upper(), CLAIMS, "desk+site@operator.test", f"Поддержка <{DESK}>"])
async def test_no_answer_ever_goes_to_ourselves(room, reply_to):
    await room.taken(letter(Reply_To=reply_to))
    assert await room.acknowledged() == [ANNA]
    assert (await Ticket.get()).answer_to == ANNA


@pytest.mark.parametrize("sender", [DESK, "desk+x@operator.test", CLAIMS])
async def test_a_letter_from_our_own_address_has_nobody_to_answer_to(room, sender):
    await room.taken(letter(From=sender, Reply_To="desk+x@operator.test"))
    ticket = await Ticket.get()
    assert (ticket.answer_to, await room.acknowledged()) == ("", [])


async def test_what_the_owner_writes_is_never_taken_for_a_requesters(room):
    await room.taken(letter())
    ticket = await Ticket.get()
    ours = room.desk.signer.message_id(ticket.id, "operator.test")
    row = await room.taken(letter("Re: Срок", "Когда ответим?", From=OWNER, In_Reply_To=ours, Message_ID="<2@o>"))
    assert (row.outcome, row.ticket_id) == ("staff", ticket.id)
    assert "Когда ответим?" in await shown(ticket.id)
    assert (await room.taken(letter("Привет", "Как дела?", From=OWNER, Message_ID="<3@o>"))).outcome == "staff"
    assert await quiet.counts() == {"staff": 1}
    assert await Ticket.all().count() == 1


async def test_an_answer_to_an_alert_is_staffs_whoever_it_was_passed_on_to(room):
    alert = await Outbox.create(
        channel="mail", errand="alert", conversation=f"mail:{OWNER}", unique_key="a", content={"to": OWNER}, state=OutboxState.SENT,
        created_at=room.now(), next_try_at=room.now(),
    )  # fmt: skip
    await Receipt.create(
        outbox=alert, channel="mail", place=OWNER, external_id="<alert@operator.test>", role="letter", at=room.now()
    )
    row = await room.taken(letter("Re: Срок", "Разберусь", From="lawyer@people.test", In_Reply_To="<alert@operator.test>"))
    assert row.outcome == "staff"
    assert await Ticket.all().count() == 0


# --- bounces and duplicates

BOUNCED = """From: MAILER-DAEMON@mx.people.test
To: {desk}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce@mx.people.test>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

Undeliverable
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.people.test

Final-Recipient: rfc822; {whom}
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

Message-ID: {original}

hi
--b--
"""


@pytest.mark.parametrize(
    ("whom", "ours"), [(ANNA, True), (ANNA.upper(), True), ("mallory@evil.test", False), ("anna@evil.test", False)]
)
async def test_a_bounce_counts_only_for_whom_it_names(room, whom, ours):
    await room.taken(letter())
    sent = await Outbox.get(errand="acknowledgement")
    original = sent.content["message_id"]
    await Receipt.create(outbox=sent, channel="mail", place=ANNA, external_id=original, role="letter", at=room.now())
    await room.taken(BOUNCED.format(desk=DESK, whom=whom, original=original).encode())
    told = [one for one in await shown() if one.startswith("↩️")]
    assert [one.startswith("↩️ A letter of ours came back") for one in told] == [ours]


def with_file(content: bytes, name: str = "скан.pdf", **headers: str) -> bytes:
    message = message_from_bytes(letter(**headers), policy=policy.default)
    message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return message.as_bytes()


@pytest.mark.parametrize(
    ("second", "messages"),
    [
        (with_file(b"one", Received="by relay"), 1),
        (with_file(b"two"), 2),
        (with_file(b"one", name="другой.pdf"), 2),
        (letter(), 2),
        (with_file(b"one", Subject="Другая тема"), 2),
    ],
)
async def test_a_duplicate_is_the_same_letter_byte_for_byte_in_what_the_person_sent(room, second, messages):
    await room.taken(with_file(b"one"))
    await room.taken(second)
    assert await Ticket.all().count() == 1
    assert await Message.all().count() == messages


# --- loops


async def test_a_fixed_address_stops_at_five_and_staff_and_the_owner_hear_it_once(room):
    for number in range(9):
        await room.taken(letter(f"Вопрос {number}", f"Как вам {number}?", Message_ID=f"<{number}@x>"))
    assert len(await room.acknowledged()) == 5
    assert await Ticket.all().count() == 9
    general = await Outbox.filter(channel="staff", conversation="general", errand="notice")
    assert len([row for row in general if row.content["words"].startswith("🔁")]) == 1
    assert [row.content["to"] for row in await Outbox.filter(errand="alert")] == [OWNER]


ROBOTS = [
    ("an address for each ticket", "case{n}@help.robot.test", "Re: {tag}", "We got it: case {n}, wait."),
    ("a plus address for each ticket", "support+id{n}@robot.test", "Re: {tag}", "We got it: case {n}, wait."),
    ("a domain for each ticket", "help@robot{n}.test", "Re: {tag}", "Принято сообщение {n}, ждите."),
    ("its own subject", "case{n}@robot.test", "Case {n}", "We got {tag}, wait."),
    ("nothing of ours in it", "case{n}@robot{n}.test", "Case {n}", "Hello dear customer, we look at case {n} soon."),
    ("our words repeated", "case{n}@robot.test", "Re: отзыв согласия {tag}", "Отзываю согласие на обработку данных {n}"),
    (
        "our demand repeated",
        "c{n}@robot.test",
        "Заявка {n} принята",
        "Ваша заявка принята: отзываю согласие на обработку данных.",
    ),
    ("a public domain", "help{n}@gmail.com", "Re: {tag}", "We got it: case {n}, wait."),
    ("other words each time", "case{n}@robot.test", "Re: {tag}", "слово{n} " + "абвгдежзик"[::-1] * 3),
]


@pytest.mark.parametrize(("_style", "address", "subject", "text"), ROBOTS, ids=[one[0] for one in ROBOTS])
async def test_a_loop_ends_whatever_addresses_the_other_side_writes_from(room, _style, address, subject, text):
    await room.taken(letter())
    for n in range(40):
        room.now.forward(seconds=1)
        letters = len(await room.acknowledged())
        tag = room.desk.signer.tag(await Ticket.all().count())
        n_text = text.format(n=n, tag=tag)
        raw = letter(subject.format(n=n, tag=tag), n_text, From=address.format(n=n), Message_ID=f"<{n}@r>", To=DESK)
        await room.taken(raw)
        if len(await room.acknowledged()) == letters:
            break
    assert len(await room.acknowledged()) <= 21
    told = [row.content["words"] for row in await Outbox.filter(channel="staff", conversation="general", errand="notice")]
    assert len([one for one in told if one.startswith("🔁")]) <= 1


async def test_a_crowd_of_people_who_demand_in_the_same_words_are_all_answered(room):
    for n in range(70):
        await room.taken(letter(From=f"person{n}@people.test", Message_ID=f"<{n}@p>"))
    assert len(await room.acknowledged()) == await Ticket.all().count() == 70


async def test_a_cap_opens_again_when_its_time_is_over(room):
    for number in range(7):
        await room.taken(letter(f"Вопрос {number}", f"Как вам {number}?", Message_ID=f"<{number}@x>"))
    room.now.forward(hours=25)
    assert room.now() - timedelta(hours=25) < room.now()
    await room.taken(letter("Вопрос", "Как вам завтра?", Message_ID="<9@x>"))
    assert len(await room.acknowledged()) == 6


async def test_no_row_of_a_letter_is_lost_in_the_list(room):
    await room.taken(AWAY)
    row = await Inbound.get()
    assert (await Quiet.get()).inbound_id == row.id
    assert replace(await room.told(AWAY)).held_for
