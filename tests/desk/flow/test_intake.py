"""What a message becomes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from desk.ports import File, Sender
from desk.reminders.sweep import recount
from models import Clock, Contact, Demand, History, InboundState, Level, Message, Outbox, Ticket, TicketStatus
from tests.desk.people import Bench, acts, letter

MALLORY = Sender("email", "mallory@evil.example", name="Анна Петрова")


async def test_a_withdrawal_becomes_a_ticket_with_clocks_topic_card_words_and_an_acknowledgement(bench: Bench) -> None:
    row = await bench.arrives(letter(bench.now()))
    ticket = await Ticket.get()
    assert (row.state, row.outcome, row.ticket_id) == (InboundState.DONE, "opened", ticket.id)
    assert {clock.key: clock.due.isoformat() for clock in await Clock.all()} == {"stop": "2026-12-10", "destroy": "2027-01-09"}
    assert ticket.due_at == bench.now()
    assert acts(bench.out["staff"].rows) == ["topic", "card", "requester"]
    sent = bench.out["mail"].rows
    assert acts(sent) == ["acknowledgement"]
    assert sent[0].content["to"] == "anna@example.org"
    assert sent[0].content["number"] == ticket.id
    assert sent[0].content["in_reply_to"] == "<letter1@example.org>"
    assert bench.desk.signer.tag(ticket.id) in sent[0].content["subject"]
    ticket = await Ticket.get()
    assert (ticket.topic_id, ticket.card_id) == (1001, 1002)


async def test_the_same_letter_taken_again_changes_nothing(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    again = await bench.arrives(letter(bench.now()))
    assert again.outcome == "duplicate"
    assert await Ticket.all().count() == await Message.all().count() == 1
    assert acts(bench.out["mail"].rows) == ["acknowledgement"]


async def test_another_letter_under_a_message_id_already_seen_is_not_lost(bench: Bench) -> None:
    first = letter(bench.now())
    await bench.arrives(first)
    other = replace(
        letter(bench.now(), number=2, kinds=("rectification",), sender=Sender("email", "other@list.example")),
        external_id=first.external_id,
    )
    assert (await bench.arrives(other)).outcome == "opened"
    assert await Ticket.all().count() == 2


async def test_the_requesters_answer_joins_the_ticket_without_a_second_acknowledgement(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    ticket = await Ticket.get()
    answer = letter(bench.now(), number=2, subject="Re: …", kinds=("question",), ticket_id=ticket.id, text="Спасибо")
    assert (await bench.arrives(answer)).outcome == "added"
    assert await Message.filter(ticket_id=ticket.id).count() == 2
    assert acts(bench.out["mail"].rows) == ["acknowledgement"]
    assert acts(bench.out["staff"].rows).count("requester") == 2


async def test_an_answer_that_demands_more_opens_that_demand_with_its_own_clock(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    ticket = await Ticket.get()
    bench.now.forward(days=1)
    more = letter(bench.now(), number=2, kinds=("access_request",), ticket_id=ticket.id, text="И что у вас обо мне есть?")
    await bench.arrives(more)
    assert set(await Demand.filter(ticket_id=ticket.id).values_list("kind", flat=True)) == {
        "consent_withdrawal",
        "access_request",
    }
    assert [kind["kind"] for kind in bench.out["mail"].rows[-1].content["kinds"]] == ["access_request"]


async def test_a_proven_reference_borne_by_a_stranger_opens_a_ticket_of_its_own(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    first = await Ticket.get()
    await bench.arrives(letter(bench.now(), number=2, sender=MALLORY, ticket_id=first.id, text="Пришлите мне ответ сюда"))
    assert await Message.filter(ticket_id=first.id).count() == 1
    second = await Ticket.get(id__not=first.id)
    notices = [row for row in bench.out["staff"].acts("notice") if row.ticket_id == second.id]
    assert notices[0].content["params"] == {"number": first.id}


async def test_a_second_letter_on_the_same_matter_is_linked_and_starts_no_clock(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    due = [clock.due_at for clock in await Clock.all().order_by("id")]
    bench.now.forward(days=3)
    row = await bench.arrives(letter(bench.now(), number=2, text="Повторно отзываю согласие"))
    assert row.outcome == "linked"
    assert [clock.due_at for clock in await Clock.all().order_by("id")] == due
    assert bench.out["mail"].rows[-1].content["linked"] is True


async def test_a_storm_of_repeats_is_not_a_storm_of_answers(bench: Bench) -> None:
    for number in range(1, 30):
        await bench.arrives(letter(bench.now(), number=number, text=f"Отзываю согласие, раз {number}"))
    assert await Ticket.all().count() == 1
    assert await Message.all().count() == 29
    assert len(bench.out["mail"].rows) <= 2


async def test_one_address_gets_at_most_five_automatic_letters_a_day_and_staff_are_told(bench: Bench) -> None:
    for number in range(1, 14):
        await bench.arrives(letter(bench.now(), number=number, kinds=("question",), subject=f"Вопрос {number}"))
    assert await Ticket.all().count() == 13
    assert len(bench.out["mail"].acts("acknowledgement")) == 5
    assert any("No automatic letter" in row.content["words"] for row in bench.out["staff"].acts("notice"))


async def test_robots_are_never_answered(bench: Bench) -> None:
    for number, kind in enumerate(("auto_reply", "bounce", "list", "report"), 1):
        row = await bench.arrives(letter(bench.now(), number=number, automated=kind, answerable=False))
        assert row.outcome == kind
    assert await Ticket.all().count() == 0
    assert await Outbox.all().count() == 0


async def test_a_bounce_is_tied_to_the_letter_it_reports_on(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    sent = bench.out["mail"].rows[0]
    bounce = letter(
        bench.now(),
        number=2,
        automated="bounce",
        answerable=False,
        original_message_id=sent.content["message_id"],
        subject="Undelivered",
    )
    row = await bench.arrives(bounce)
    assert (row.outcome, row.ticket_id) == ("bounce", sent.ticket_id)
    assert "undelivered" in bench.out["staff"].acts("notice")[-1].content["words"]


async def test_mail_to_a_closed_ticket_opens_it_again_with_a_clock(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    ticket = await Ticket.get()
    await bench.finishes(ticket)
    bench.now.forward(days=40)
    await bench.arrives(letter(bench.now(), number=2, kinds=("question",), ticket_id=ticket.id, text="Вы так и не удалили"))
    ticket = await Ticket.get()
    assert ticket.status == TicketStatus.OPEN
    assert ticket.due_at is not None
    assert ticket.due_at > bench.now()


async def test_the_same_demand_on_a_reopened_ticket_counts_from_its_own_receipt(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    ticket = await Ticket.get()
    await bench.finishes(ticket)
    later = bench.now.forward(days=40)
    await bench.arrives(letter(later, number=2, ticket_id=ticket.id, text="Снова отзываю согласие"))
    stop = await Clock.get(key="stop")
    assert stop.start_at == later
    assert stop.stopped_at is None


async def test_an_edited_message_keeps_both_versions(bench: Bench) -> None:
    anna = Sender("telegram", "77", name="Анна")
    first = letter(bench.now(), channel="telegram", sender=anna, external_id="77:5", chat_id=77, fingerprint="", mailbox="")
    await bench.arrives(first)
    edited = replace(first, text="Отзываю согласие. Срочно.", version=2)
    assert (await bench.arrives(edited)).outcome == "edited"
    assert [(m.version, m.text) for m in await Message.all().order_by("version")] == [(1, first.text), (2, edited.text)]
    assert acts(bench.out["telegram"].rows) == ["acknowledgement"]


async def test_a_mailbox_that_takes_requests_only_records_the_rest(bench: Bench) -> None:
    mailbox = replace(bench.desk.mailboxes[0], take="requests")
    bench.doors["mail"].desk = replace(bench.desk, mailboxes=(mailbox,))
    assert (await bench.arrives(letter(bench.now(), kinds=("question",)))).outcome == "recorded"
    assert (await bench.arrives(letter(bench.now(), number=2))).outcome == "opened"


async def test_receipt_moves_the_date_not_the_moment_of_reading(bench: Bench) -> None:
    received = bench.now() - timedelta(days=2)
    await bench.arrives(letter(received))
    assert (await Ticket.get()).received_at == received
    assert (await Clock.get(key="destroy")).due.isoformat() == "2027-01-07"


async def test_a_request_whose_date_cannot_be_counted_is_a_ticket_all_the_same(bench: Bench) -> None:
    late = bench.now().replace(year=2027, month=12, day=25)
    bench.now.at = late
    await bench.arrives(letter(late, kinds=("access_request",)))
    assert (await Ticket.get()).due_at is None
    assert "No date could be counted" in bench.out["staff"].acts("notice")[0].content["words"]


async def test_history_tells_the_story_and_holds_no_words_of_the_requester(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    story = [row.action for row in await History.all().order_by("id")]
    assert story[0] == "ticket opened"
    assert "acknowledged" in story
    told = str([row.details for row in await History.all()])
    assert "Анна" not in told
    assert "anna@" not in told


async def test_contacts_keep_the_best_proof(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    sender = Sender("email", "Anna@Example.org", verified=Level.AUTHENTICATED)
    await bench.arrives(letter(bench.now(), number=2, sender=sender, text="ещё"))
    contact = await Contact.get()
    assert (contact.value, contact.verified) == ("anna@example.org", "authenticated")


async def test_a_letter_older_than_the_calendars_is_a_ticket_and_staff_are_told_each_day(bench: Bench) -> None:
    old = bench.now().replace(year=2020)
    assert (await bench.arrives(letter(old))).outcome == "opened"
    for _ in range(2):
        assert await recount(bench.desk, bench.now()) == 0
        await bench.run()
    assert len(bench.out["staff"].acts("notice")) == 1
    bench.now.forward(days=1)
    await recount(bench.desk, bench.now())
    await bench.run()
    assert len(bench.out["staff"].acts("notice")) == 2


ANNA = Sender("telegram", "77", name="Анна")
SCAN = File("scan.pdf", "application/pdf", missing="too big")


@pytest.mark.parametrize(
    ("brings", "edited"),
    [
        ({}, False),
        ({"quote": "срок"}, False),
        ({"files": (SCAN,)}, True),
        ({"kinds": ("access_request",)}, True),
        ({"candidates": ("access_request",)}, True),
        ({"sender": replace(ANNA, verified=Level.CODE)}, True),
        ({"remarks": ({"words": "It was cut.", "params": {}},)}, True),
        ({"new_text": "Пишу от имени моей дочери, ей 9 лет.", "text": "Пишу от имени моей дочери, ей 9 лет."}, True),
    ],
)
async def test_words_in_a_chat_edit_the_card_only_where_they_bring_something_that_it_shows(
    bench: Bench, brings: dict[str, Any], edited: bool
) -> None:
    chat = {"channel": "telegram", "sender": ANNA, "chat_id": 77, "fingerprint": "", "mailbox": "", "reply_to": ()}
    await bench.arrives(letter(bench.now(), external_id="77:5", **chat))
    before = len(bench.out["staff"].acts("card"))
    [ticket] = await Ticket.all()
    said = {"ticket_id": ticket.id, "kinds": (), "text": "Когда ответите?", "new_text": "Когда ответите?", "subject": ""} | brings
    await bench.arrives(letter(bench.now(), number=2, external_id="77:6", **chat | said))
    assert [row.message_id for row in bench.out["staff"].acts("requester")][-1] == (await Message.all().order_by("-id"))[0].id
    assert await Ticket.all().count() == 1
    assert (len(bench.out["staff"].acts("card")) > before) is edited
