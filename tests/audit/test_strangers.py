"""Nothing reaches a stranger: who is answered, whose ticket a letter joins, whose requester it is."""

import pytest

from desk.errors import Permanent, Refused
from desk.flow import parking
from desk.outward import replies
from desk.ports import Outcome
from mail.door import MailDoor
from models import Contact, Inbound, Outbox, Requester, Ticket
from tests.desk.people import Bench, letter

FORM = (
    "From: Website <support@desk.example>\r\nTo: support@desk.example\r\nReply-To: {name} <{address}>\r\n"
    "Subject: Withdrawal Statement\r\nMessage-ID: <{name}@desk.example>\r\nDate: Thu, 10 Dec 2026 08:00:00 +0000\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\nI withdraw my consent to the processing of my personal data. {name}\r\n"
)


async def test_a_forged_letter_with_another_address_for_answers_never_gets_annas_own(bench: Bench) -> None:
    """Mallory writes in Anna's name and wants the answers; Anna's later letter must not join that ticket."""
    await bench.arrives(letter(bench.now(), answer_to="mallory@example.net"))
    forged = await Ticket.get()
    assert forged.answer_to == "mallory@example.net"
    row = await bench.arrives(letter(bench.now(), number=2))
    assert row.ticket_id != forged.id
    anna = await Ticket.get(id=row.ticket_id)
    await replies.reply(
        bench.desk, anna, staff=await bench.boris(), text="Ваш договор расторгнут.", entities=None, files=(),
        external_id="-1001:5", album="", reply_to=5, now=bench.now(),
    )  # fmt: skip
    bench.now.forward(minutes=1)
    await bench.run()
    assert {one.content["to"] for one in bench.out["mail"].acts("reply")} == {"anna@example.org"}


async def test_who_always_asks_for_answers_elsewhere_is_linked_all_the_same(bench: Bench) -> None:
    first = await bench.arrives(letter(bench.now(), answer_to="anna@home.example"))
    second = await bench.arrives(letter(bench.now(), number=2, answer_to="anna@home.example"))
    assert (second.outcome, second.ticket_id) == ("linked", first.ticket_id)


async def test_people_who_write_by_the_form_of_our_site_are_different_people(bench: Bench) -> None:
    door = MailDoor(bench.desk)
    rows: list[Outcome] = []
    for name, address in (("anna", "anna@example.org"), ("clara", "clara@example.org")):
        raw = FORM.format(name=name, address=address).encode()
        row = await Inbound.create(
            channel="mail", source="mail:support@desk.example:INBOX:1", position=len(rows) + 1,
            conversation="mail:support@desk.example", received_at=bench.now(), stored_at=bench.now(),
            next_try_at=bench.now(), size=len(raw),
        )  # fmt: skip
        outcome = await door.handle(await door.prepare(row, raw), row, bench.now())
        rows.append(outcome)
    assert [one.word for one in rows] == ["opened", "opened"]
    first, second = await Ticket.all().order_by("id")
    assert first.requester_id != second.requester_id
    assert (first.answer_to, second.answer_to) == ("anna@example.org", "clara@example.org")
    assert not await Contact.exists(value="support@desk.example")


async def test_unreadable_letters_of_nobody_are_of_different_people(bench: Bench) -> None:
    for source in ("mail:support@desk.example:INBOX:1", "mail:second@desk.example:INBOX:1"):
        bench.doors["mail"].errors.append(Permanent("This is no letter."))
        row = await Inbound.create(
            channel="mail", source=source, position=5, conversation="mail:unknown:5", received_at=bench.now(),
            stored_at=bench.now(), next_try_at=bench.now(), size=1, state="parked",
        )  # fmt: skip
        await parking.open_from_inbound(bench.desk, row.id, "staff:2", bench.now())
    assert await Requester.all().count() == 2
    assert [one.answer_to for one in await Ticket.all()] == ["", ""]


async def test_an_update_of_the_staff_group_is_nobodys_request(bench: Bench) -> None:
    row = await Inbound.create(
        channel="telegram", source="telegram:1", position=5, conversation="staff:-1001:7", received_at=bench.now(),
        stored_at=bench.now(), next_try_at=bench.now(), size=1, state="parked",
    )  # fmt: skip
    with pytest.raises(Refused):
        await parking.open_from_inbound(bench.desk, row.id, "staff:2", bench.now())
    assert not await Ticket.exists()
    assert not await Outbox.exists()
