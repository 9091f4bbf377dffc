"""The door in of the channel "mail": what the desk is told of a letter, and the whole way through it and back."""

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from desk.context import Desk, Mailbox
from desk.errors import Permanent
from desk.flow import delivery, inbound
from desk.flow.inbound import Item
from mail.delivery import MailDelivery
from mail.door import MailDoor
from mail.urls import parse_smtp
from models import Attachment, Contact, Inbound, InboundState, Message, Outbox, Ticket
from tests.desk.people import make_desk
from tests.mail.mailroom import RECEIVED, Mailroom, letter
from tests.mail.test_mailbox import watching
from tests.servers.fixtures import ANNA, CLAIMS, DESK


@pytest.fixture
def desk(tmp_path) -> Desk:
    return make_desk(tmp_path, mailboxes=(Mailbox(DESK, "Поддержка"), Mailbox(CLAIMS, "Претензии", take="requests")))


@pytest.fixture
async def room(desk, db) -> Mailroom:
    return Mailroom(desk)


async def test_the_desk_is_told_who_wrote_what_when_and_to_which_mailbox(room):
    told = await room.told(letter(References="<0@people.test>", In_Reply_To="<0@people.test>"))
    assert (told.channel, told.mailbox, told.received_at) == ("mail", DESK, RECEIVED)
    assert (told.sender.kind, told.sender.value, told.sender.name, told.sender.verified) == (
        "email",
        ANNA,
        "Анна Иванова",
        "sender",
    )
    assert (told.external_id, told.subject, told.answer_to) == ("<1@people.test>", "Withdrawal Statement", ANNA)
    assert told.kinds[0] == "consent_withdrawal"
    assert told.language == "ru"
    assert told.text.strip() == "Отзываю согласие на обработку моих персональных данных."
    assert (told.automated, told.answerable, told.spam) == (None, True, False)
    assert told.reply_to == ("<0@people.test>",)
    assert len(told.fingerprint) == 64
    assert (told.ticket_id, told.named_ticket_id) == (None, None)


async def test_files_are_in_the_vault_before_the_desk_hears_of_them(room):
    message = message_from_bytes(letter(), policy=policy.default)
    content = bytes(range(256)) * 9000
    message.add_attachment(content, maintype="application", subtype="pdf", filename="Заявление № 1.pdf")
    message.add_attachment("прекратите рассылку рекламы", filename="ещё.txt")
    told = await room.told(message.as_bytes())
    pdf, text = told.files
    assert (pdf.name, pdf.type, pdf.inline) == ("Заявление № 1.pdf", "application/pdf", False)
    assert room.desk.vault.read(pdf.blob.name) == content
    assert pdf.blob.size == len(content)
    assert room.desk.vault.read(text.blob.name).decode().strip() == "прекратите рассылку рекламы"
    # What is demanded in an attached text is demanded.
    assert "marketing_optout" in told.kinds


async def test_answers_go_to_reply_to(room):
    told = await room.told(letter(Reply_To="box@people.test"))
    assert (told.sender.value, told.answer_to) == (ANNA, "box@people.test")


async def test_our_own_message_id_proves_the_ticket_and_so_does_the_signed_tag(room):
    ours, tag = room.desk.signer.message_id(17, "operator.test"), room.desk.signer.tag(18)
    assert (await room.told(letter(In_Reply_To=ours))).ticket_id == 17
    assert (await room.told(letter(References=f"<x@y> {ours} <1@people.test>"))).ticket_id == 17
    assert (await room.told(letter(f"Re: Withdrawal Statement [{tag}]"))).ticket_id == 18
    # The thread comes before the subject: people write a new matter under an old subject.
    assert (await room.told(letter(f"Re: x [{tag}]", In_Reply_To=ours))).ticket_id == 17


async def test_a_number_without_a_signature_is_only_claimed(room):
    told = await room.told(letter("Re: RD-17"))
    assert (told.ticket_id, told.named_ticket_id) == (None, 17)
    forged = await room.told(letter("Re: [RD-17-aaaaaaaaaa]", In_Reply_To="<rd.17.0011223344556677.aaaaaaaaaa@operator.test>"))
    assert (forged.ticket_id, forged.named_ticket_id) == (None, 17)


async def test_a_thank_you_under_our_own_subject_demands_nothing_again(room):
    tag = room.desk.signer.tag(17)
    thanks = await room.told(letter(f"Re: Withdrawal Statement [{tag}]", "Спасибо!"))
    assert (thanks.ticket_id, thanks.kinds) == (17, ("question",))
    assert (await room.told(letter("Re: Withdrawal Statement [RD-17-aaaaaaaaaa]", "Спасибо!"))).ticket_id is None


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto_reply"),
        ({"From": DESK}, "auto_reply"),
        ({"From": "Претензии <CLAIMS@operator.test>"}, "auto_reply"),
        ({"List_Id": "<news.people.test>", "List_Unsubscribe": "<mailto:x@y>", "Precedence": "bulk"}, "list"),
    ],
)
async def test_robots_and_our_own_loops_are_never_answered(room, headers, kind):
    text = "Я в отпуске." if "From" not in headers else "x"
    told = await room.told(letter("Автоответ", text, **headers))
    assert told.answerable is False
    assert told.automated is not None
    if "From" not in headers:
        assert told.automated == kind


BOUNCE = """From: Mail Delivery System <MAILER-DAEMON@mx.people.test>
To: {to}
Subject: {subject}
Message-ID: <bounce-{action}@mx.people.test>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

{words}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.people.test

Final-Recipient: rfc822; {anna}
Action: {action}
Status: {status}

--b
Content-Type: message/rfc822

From: {to}
Message-ID: {original}
Subject: Re: x

hi
--b--
"""


def bounce(original: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    words = "Undeliverable" if action == "failed" else "Delayed, still being tried"
    subject = "Undelivered Mail Returned to Sender" if action == "failed" else "Warning: message delayed"
    return BOUNCE.format(
        to=DESK, subject=subject, words=words, anna=ANNA, action=action, status=status, original=original
    ).encode()


async def test_a_bounce_names_the_letter_and_the_address_it_is_about(room):
    ours = room.desk.signer.message_id(17, "operator.test")
    told = await room.told(bounce(ours))
    assert (told.automated, told.answerable) == ("bounce", False)
    assert (told.original_message_id, told.failed_recipients, told.ticket_id) == (ours, (ANNA,), 17)


async def test_a_report_that_a_letter_is_late_is_no_bounce(room):
    told = await room.told(bounce(room.desk.signer.message_id(17, "operator.test"), "delayed", "4.4.1"))
    assert (told.automated, told.answerable, told.ticket_id) == ("report", False, 17)


async def test_a_sender_our_own_server_vouches_for_is_authenticated(room):
    vouched = b"Authentication-Results: mx.operator.test; dmarc=pass header.from=people.test\n" + letter()
    forged = b"Received: from x by mx.operator.test with ESMTP; x\n" + vouched
    assert (await room.told(vouched)).sender.verified == "authenticated"
    assert (await room.told(forged)).sender.verified == "sender"
    room.door = MailDoor(room.desk, {DESK.upper(): "mx.operator.test"})
    assert (await room.told(forged)).sender.verified == "authenticated"


async def test_letters_without_a_sender_are_tickets_of_different_people_that_cannot_be_answered(room):
    one = await room.taken(letter(From="", Message_ID="<a@x>"))
    two = await room.taken(letter("Жалоба", "Другое письмо", From="", Message_ID="<b@x>"))
    assert (one.outcome, two.outcome) == ("opened", "opened")
    first, second = await Ticket.all().order_by("id")
    assert first.requester_id != second.requester_id
    assert first.answer_to == second.answer_to == ""
    assert await Outbox.filter(channel="mail").count() == 0


async def test_a_letter_that_was_never_had_stays_parked_when_it_is_tried_again(room):
    item = Item(77, "unreadable:77", RECEIVED, b"Read it in the mailbox itself: UID 77.")
    await inbound.park(room.desk, channel="mail", source=f"mail:{DESK}:INBOX:1", item=item, error="x", now=room.now())
    with pytest.raises(Permanent, match="UID 77"):
        await room.door.prepare(await Inbound.get(position=77), item.raw)


async def test_the_same_letter_under_another_number_is_a_duplicate_and_leaves_nothing_in_the_vault(room, tmp_path):
    message = message_from_bytes(letter(), policy=policy.default)
    message.add_attachment(b"x" * 1000, maintype="application", subtype="pdf", filename="a.pdf")
    assert (await room.taken(message.as_bytes())).outcome == "opened"
    blobs = len(list((tmp_path / "blobs").rglob("*.*"))) + len(list((tmp_path / "blobs").glob("*/*")))
    again = await room.taken(b"Received: by elsewhere\n" + message.as_bytes())
    assert again.outcome == "duplicate"
    assert len(list((tmp_path / "blobs").rglob("*.*"))) + len(list((tmp_path / "blobs").glob("*/*"))) == blobs
    assert await Message.all().count() == 1


async def test_a_mailbox_for_requests_only_records_the_rest(room):
    question = await room.taken(letter("Вопрос", "Когда приедет мой заказ?", Message_ID="<q@x>"), CLAIMS)
    request = await room.taken(letter(Message_ID="<r@x>"), CLAIMS)
    assert (question.outcome, request.outcome) == ("recorded", "opened")
    assert await Ticket.all().count() == 1


async def test_garbage_is_a_ticket_and_never_a_fault(room):
    for number, raw in enumerate(
        (b"", b"\x00\xff\xfe", b"Content-Type: multipart/mixed; boundary=x\n\n--x\n", "Тема: x\n\nтекст".encode("cp1251"))
    ):
        row = await room.taken(raw)
        assert row.state == InboundState.DONE, (number, row.error)


# -- the whole way, with real servers


@asynccontextmanager
async def at_work(desk: Desk, mta):
    """The mailbox watched, letters taken and answered, with real servers on both sides."""
    mail_door, out = MailDoor(desk), MailDelivery(desk, {DESK: parse_smtp(mta.smtp_url(DESK, security="starttls"))})
    now = lambda: datetime.now(UTC)  # noqa: E731
    stop = asyncio.Event()
    async with watching(desk, mta.dovecot.imap_url(DESK)) as one, asyncio.TaskGroup() as group:
        group.create_task(inbound.work(desk, {"mail": mail_door}, stop, now))
        group.create_task(delivery.work(desk, out, stop, now))
        try:
            yield one
        finally:
            stop.set()
            desk.wake.all()
    await out.close()


async def test_anna_writes_is_acknowledged_answers_and_is_in_the_same_ticket(desk, mta, db):
    mta.authenticates("people.test", "dmarc=pass header.from=people.test")
    async with at_work(desk, mta):
        await asyncio.to_thread(mta.send, letter())
        (raw,) = await asyncio.to_thread(mta.dovecot.wait_for_messages, ANNA)
        acknowledgement = message_from_bytes(raw, policy=policy.default)
        ticket = await Ticket.get()
        assert acknowledgement["In-Reply-To"] == "<1@people.test>"
        assert acknowledgement["Auto-Submitted"] == "auto-replied"
        assert desk.signer.tag(ticket.id) in acknowledgement["Subject"]
        assert f"№ {ticket.id}" in acknowledgement.get_body(("plain",)).get_content()
        assert (await Contact.get(kind="email")).verified == "authenticated"

        answer = letter(
            acknowledgement["Subject"],
            "Прилагаю номер заказа.",
            Message_ID="<2@people.test>",
            In_Reply_To=acknowledgement["Message-ID"],
            References=f"{acknowledgement['References']} {acknowledgement['Message-ID']}",
        )
        await asyncio.to_thread(mta.send, answer)
        async with asyncio.timeout(30):
            while await Inbound.filter(outcome="added").count() < 1:
                await asyncio.sleep(0.05)
    assert await Ticket.all().count() == 1
    assert await Message.filter(ticket=ticket, direction="in").count() == 2
    # No second acknowledgement for an answer.
    assert len(mta.dovecot.messages(ANNA)) == 1


async def test_a_bounce_of_our_letter_is_tied_to_its_ticket_and_not_answered(desk, mta, db):
    async with at_work(desk, mta):
        # The mailbox of the sender is not there, so that the acknowledgement comes back.
        await asyncio.to_thread(mta.send, letter(From="gone@people.test"))
        async with asyncio.timeout(30):
            while await Inbound.filter(outcome="bounce").count() < 1:
                await asyncio.sleep(0.05)
    ticket = await Ticket.get()
    row = await Inbound.get(outcome="bounce")
    assert row.ticket_id == ticket.id
    assert await Outbox.filter(channel="mail").count() == 1


async def test_an_attachment_reaches_the_ticket_whole(desk, mta, db):
    message = message_from_bytes(letter(), policy=policy.default)
    content = bytes(range(256)) * 20_000
    message.add_attachment(content, maintype="application", subtype="pdf", filename="Заявление.pdf")
    async with at_work(desk, mta):
        await asyncio.to_thread(mta.send, message.as_bytes(policy=policy.SMTP))
        await asyncio.to_thread(mta.dovecot.wait_for_messages, ANNA)
    attachment = await Attachment.get()
    assert (attachment.name, desk.vault.read(attachment.blob) == content) == ("Заявление.pdf", True)


# -- cost


def test_what_classify_needs_brings_no_mail_client_and_no_templates():
    code = (
        "import sys, mail.parsing.parse, mail.automated, mail.urls, mail.scanners, desk.recognising.letter\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'aioimaplib', 'aiosmtplib', 'jinja2', 'tortoise', 'aiogram'}))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


async def test_a_letter_to_an_alias_is_a_letter_to_us_and_no_letter_of_ours_goes_there(tmp_path, db):
    brand = "privacy@old-brand.test"
    known = Mailroom(make_desk(tmp_path, mailboxes=(Mailbox(DESK, aliases=(brand.upper(),)),)))
    told = await known.told(letter("Паспорт", "Паспорт приложен.", To=brand, Reply_To=brand))
    assert told.answerable
    assert told.answer_to == ANNA
    strange = await Mailroom(make_desk(tmp_path / "other", mailboxes=(Mailbox(DESK),))).told(
        letter("Паспорт", "Паспорт приложен.", To=brand, Message_ID="<2@people.test>")
    )
    assert strange.silenced_by == ("not_to_us",)
