"""Robots are told from people, by the word of the protocol first; nothing a person demands is taken for a robot's."""

import pytest

from mail.automated import answerable, automated, no_reply
from mail.parsing.parse import Address, parse

OWN = frozenset({"desk@operator.test"})
DEMAND = "Отзываю согласие на обработку персональных данных. Анна"


def letter(text="hello", *, sender="Anna <anna@people.test>", subject="hello", head="", kind="text/plain; charset=utf-8"):
    return parse(
        f"From: {sender}\r\nTo: desk@operator.test\r\nSubject: {subject}\r\nMessage-ID: <1@people.test>\r\n{head}Content-Type: {kind}\r\n\r\n{text}".encode()
    )


def kind(mail):
    found = automated(mail, own_addresses=OWN)
    return found.kind if found else None


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("вопрос", "Куда обращаться?"),
        ("Отзыв согласия", DEMAND),
        ("Re: Out of office", f"Ваш менеджер вечно out of office, поэтому пишу сюда. {DEMAND}"),
        ("Автоматический ответ: надоел", f"Мне пришёл автоматический ответ, но я настаиваю. {DEMAND}"),
        ("Re: Ваше обращение принято", "Спасибо, буду ждать. Номер у вас записан неверно."),
        ("Re: Автоответ", f"Опять автоответ. {DEMAND}\n\n> Автоответ. Ваше обращение принято.\n> Не отвечайте на это письмо."),
        ("Отпуск", "Я в отпуске до 20-го, вернусь и пришлю паспорт"),
        ("не отвечайте", "Не отвечайте мне по почте, звоните."),
        ("Обращение", "Моё обращение зарегистрировано под номером 123, а ответа нет. Почему?"),
        ("Thank you", "Thank you for contacting me. Here is my passport number."),
    ],
)
def test_people_are_people_however_their_subject_looks(subject, text):
    mail = letter(text, subject=subject)
    assert kind(mail) is None
    assert answerable(mail, OWN)


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: auto-replied\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Auto-Submitted: AUTO-NOTIFIED; x=y\r\n",
        "X-Autoreply: yes\r\n",
        "X-Autorespond: vacation\r\n",
        "Precedence: auto_reply\r\n",
        "Delivered-To: Autoresponder\r\n",
    ],
)
def test_what_declares_itself_automatic_is(head):
    mail = letter("I am away.", head=head)
    assert kind(mail) == "auto_reply"
    assert not answerable(mail, OWN)


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: no\r\n",
        "X-Auto-Response-Suppress: All\r\n",
        "X-Auto-Response-Suppress: OOF, AutoReply\r\n",
        "Precedence: normal\r\n",
        "X-Autoreply: no\r\n",
    ],
)
def test_what_programs_add_to_letters_of_people_makes_no_robot(head):
    mail = letter(DEMAND, head=head)
    assert kind(mail) is None


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Автоматический ответ: Ваше обращение принято", "Добрый день! Я в отпуске с 16.11 по 29.11. По срочным вопросам: Пётр."),
        ("Out of Office Re: your letter", "I'm out of office until Monday."),
        ("Automatic reply: ticket", "Thanks for your mail. I have limited access to email and will reply upon my return."),
        (
            "Re: Ваше обращение принято",
            "Здравствуйте! Нахожусь в отпуске по 5 декабря, по срочным вопросам обращайтесь к коллегам.",
        ),
        ("Abwesenheitsnotiz", "Ich bin bis Montag nicht im Büro."),
        ("Прочитано: Ваше обращение", "Ваше сообщение прочитано."),
        ("AUTO: I am away", "away"),
    ],
)
def test_replies_of_absent_people_are_told_by_their_words(subject, text):
    assert kind(letter(text, subject=subject)) == "auto_reply"


@pytest.mark.parametrize(
    ("sender", "text"),
    [
        ("no-reply@shop.test", "Ваше обращение принято в работу. Номер 4471209."),
        ("noreply@shop.test", "Your request has been received and will be answered."),
        (
            "support@shop.test",
            "Ваша заявка №123 зарегистрирована. Это письмо сформировано автоматически, отвечать на него не нужно.",
        ),
        ("help@shop.test", "Your ticket has been created. This is an automated message, please do not reply."),
    ],
)
def test_receipts_of_help_desks_without_any_header_are_told_by_their_words(sender, text):
    mail = letter(text, sender=sender, subject="Обращение №4471209 принято")
    assert kind(mail) == "auto_reply"
    assert not answerable(mail, OWN)


def test_a_help_desk_repeating_our_own_words_demands_nothing():
    mail = letter(
        "Ваше обращение принято. Тема: отзыв согласия на обработку персональных данных. Не отвечайте на это письмо.",
        sender="noreply@shop.test",
    )
    assert kind(mail) == "auto_reply"


def test_a_person_behind_a_no_reply_address_is_heard_and_not_answered():
    mail = letter(DEMAND, sender="Anna <no-reply@forms.test>")
    assert kind(mail) is None
    assert not answerable(mail, OWN)


def test_a_web_form_sends_a_person_s_demand():
    mail = letter(
        DEMAND, sender="Site <form@forms.test>", head="Auto-Submitted: auto-generated\r\nReply-To: anna@people.test\r\n"
    )
    assert kind(mail) is None


def test_an_empty_return_path_is_never_answered():
    mail = letter(DEMAND, head="Return-Path: <>\r\n")
    assert kind(mail) is None
    assert not answerable(mail, OWN)


DSN = """Reporting-MTA: dns; mx.people.test

Final-Recipient: rfc822; anna@people.test
Action: {action}
Status: {status}
"""


def bounce(
    action="failed",
    status="5.1.1",
    original="Message-ID: <ours@operator.test>\nSubject: ack\n\ntext",
    sender="MAILER-DAEMON@mx.people.test",
):
    body = (
        f"--b\nContent-Type: text/plain\n\nI'm sorry\n--b\nContent-Type: message/delivery-status\n\n{DSN.format(action=action, status=status)}\n"
        f"--b\nContent-Type: message/rfc822\n\n{original}\n--b--\n"
    )
    return letter(
        body,
        sender=sender,
        subject="Undelivered Mail Returned to Sender",
        kind="multipart/report; report-type=delivery-status; boundary=b",
        head="Return-Path: <>\r\n",
    )


def test_a_bounce_names_the_letter_and_the_recipient():
    found = automated(bounce(), own_addresses=OWN)
    assert (found.kind, found.failed, found.delayed) == ("bounce", True, False)
    assert found.recipients == ("anna@people.test",)
    assert found.original_message_id == "<ours@operator.test>"


def test_a_delay_is_no_failure():
    found = automated(bounce("delayed", "4.4.1"), own_addresses=OWN)
    assert (found.failed, found.delayed) == (False, True)


def test_a_delivery_told_of_is_neither_failure_nor_delay():
    found = automated(bounce("delivered", "2.0.0"), own_addresses=OWN)
    assert (found.kind, found.failed, found.delayed) == ("bounce", False, False)


@pytest.mark.parametrize(
    ("sender", "subject", "text", "failed"),
    [
        (
            "MAILER-DAEMON@qmail.test",
            "failure notice",
            "Hi. This is the qmail-send program.\n<anna@people.test>:\nno such user\n--- Below\nMessage-ID: <ours@operator.test>",
            True,
        ),
        (
            "mailer-daemon@yandex.test",
            "Недоставленное сообщение",
            "Ваше письмо не может быть доставлено\n<anna@people.test>: ящик переполнен",
            True,
        ),
        (
            "Mailer-Daemon@exim.test",
            "Warning: message 1abc delayed 24 hours",
            "This message was created automatically. delay. will continue trying.\n\n  anna@people.test\n    Delay reason: timeout",
            False,
        ),
        ("postmaster@corp.test", "Undeliverable: ack", "Your message wasn't delivered.\n<anna@people.test>:", True),
    ],
)
def test_bounces_in_plain_words_are_read(sender, subject, text, failed):
    found = automated(letter(text, sender=sender, subject=subject), own_addresses=OWN)
    assert (found.kind, found.failed) == ("bounce", failed)
    assert found.recipients == ("anna@people.test",)


def test_a_postmaster_who_writes_as_a_person_is_one():
    assert kind(letter(DEMAND, sender="postmaster@corp.test")) is None


def test_a_read_receipt_is_an_automatic_reply_about_our_letter():
    body = "--b\n\nread\n--b\nContent-Type: message/disposition-notification\n\nOriginal-Message-ID: <ours@operator.test>\nDisposition: manual-action; displayed\n--b--\n"
    found = automated(letter(body, kind="multipart/report; report-type=disposition-notification; boundary=b"), own_addresses=OWN)
    assert (found.kind, found.original_message_id) == ("auto_reply", "<ours@operator.test>")


def test_an_abuse_report_is_a_report():
    body = "--b\n\nabuse\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <ours@operator.test>\n\nx\n--b--\n"
    found = automated(letter(body, kind="multipart/report; report-type=feedback-report; boundary=b"), own_addresses=OWN)
    assert (found.kind, found.original_message_id) == ("report", "<ours@operator.test>")


def test_a_newsletter_is_a_list():
    mail = letter(
        "Скидки! Чтобы отписаться, нажмите. Вы можете отозвать согласие.",
        head="List-Id: <news.shop.test>\r\nList-Unsubscribe: <https://x>\r\nPrecedence: bulk\r\n",
    )
    assert kind(mail) == "list"
    assert not answerable(mail, OWN)


def test_a_person_writing_through_our_own_group_is_a_person():
    head = "List-Id: <desk.operator.test>\r\nList-Post: <mailto:desk@operator.test>\r\nPrecedence: list\r\n"
    assert kind(letter("Куда обращаться?", head=head)) is None


def test_a_person_s_demand_through_a_foreign_list_is_heard_and_not_answered_blindly():
    mail = letter(DEMAND, head="List-Id: <all.corp.test>\r\nPrecedence: list\r\n")
    assert kind(mail) is None


def test_our_own_letter_come_back_is_a_loop():
    mail = letter("Ваше обращение принято", sender="Desk <DESK@operator.test>", head="Auto-Submitted: auto-replied\r\n")
    assert kind(mail) == "auto_reply"
    assert not answerable(mail, OWN)


def test_a_form_of_our_own_site_or_a_colleague_passing_a_letter_on_is_no_loop():
    assert kind(letter(DEMAND, sender="desk@operator.test", head="Reply-To: anna@people.test\r\n")) is None
    passed_on = letter(DEMAND, sender="desk@operator.test", subject="Fwd: заявление")
    assert kind(passed_on) is None
    assert not answerable(passed_on, OWN)


@pytest.mark.parametrize(
    "address",
    ["no-reply@a.test", "noreply@a.test", "NoReply+x@a.test", "do-not-reply@a.test", "donotreply@a.test", "shop-noreply@a.test", "MAILER-DAEMON@a.test", "bounce-12@a.test", "bounces+x=y@a.test", "robot@a.test", "nobody@a.test", "ne-otvechai@a.test", "noreply.support@a.test"],
)  # fmt: skip
def test_nobody_reads_these(address):
    assert no_reply(address)
    assert no_reply(Address("", address))


@pytest.mark.parametrize(
    "address",
    [
        "anna@noreply.test",
        "norbert@a.test",
        "reply@a.test",
        "nora.eply@a.test",
        "support@a.test",
        "robotov@a.test",
        "bouncer@a.test",
        "daemon@a.test",
        "arnold.reply@a.test",
        None,
        "",
    ],
)
def test_people_read_these(address):
    assert not no_reply(address)
