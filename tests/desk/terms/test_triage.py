"""What is only likely: the ticket is sorted, the requester is asked one question, and a demand counts from the first receipt."""

from dataclasses import replace

import pytest

from desk.errors import Refused
from desk.ports import Incoming, Sender
from desk.terms import triage
from desk.ticket import candidates
from models import Clock, Demand, Ticket, TicketStatus
from tests.desk.people import Bench, letter

LIKELY = ("rectification", "consent_withdrawal")


def unsure(bench: Bench, **more: object) -> Incoming:
    return letter(bench.now(), kinds=("question",), candidates=LIKELY, **more)


def reply(bench: Bench, ticket: Ticket, words: str, **more: object) -> Incoming:
    said = {"number": 2, "kinds": ("question",), "ticket_id": ticket.id, "text": words, "new_text": words}
    return letter(bench.now(), **said | more)


async def running(ticket: Ticket) -> set[str]:
    return set(await Clock.filter(ticket_id=ticket.id, stopped_at__isnull=True).values_list("demand__kind", flat=True))


async def test_a_letter_of_which_nothing_is_sure_is_to_be_sorted_within_a_working_day_and_asks_one_question(bench: Bench) -> None:
    await bench.arrives(unsure(bench))
    ticket = await Ticket.get()
    assert ticket.candidates == list(LIKELY)
    assert {clock.key: clock.due.isoformat() for clock in await Clock.all()} == {"triage": "2026-12-11", "answer": "2026-12-24"}
    assert [one["kind"] for one in bench.out["mail"].rows[0].content["asked"]] == list(LIKELY)


async def test_beside_a_sure_demand_nobody_is_asked_but_staff_see_what_may_be_meant_besides(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request",), candidates=LIKELY))
    ticket = await Ticket.get()
    assert await running(ticket) == {"access_request"}
    assert not bench.out["mail"].rows[0].content.get("asked")
    assert candidates.left(ticket, ["access_request"]) == LIKELY


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        ("1", {"rectification"}),
        ("2.", {"consent_withdrawal"}),
        ("1 и 2", set(LIKELY)),
        ("1, 2", set(LIKELY)),
        ("Ответ: 2", {"consent_withdrawal"}),
        ("2\n\nС уважением,\nАнна", {"consent_withdrawal"}),
        ("2️⃣", {"consent_withdrawal"}),
        ("вариант 1, спасибо", {"rectification"}),
        ("2)", {"consent_withdrawal"}),
    ],
)
async def test_a_digit_by_mail_opens_what_was_meant_from_the_first_receipt(bench: Bench, answer: str, kinds: set[str]) -> None:
    received = bench.now()
    await bench.arrives(unsure(bench))
    ticket = await Ticket.get()
    bench.now.forward(days=5)
    await bench.arrives(reply(bench, ticket, answer))
    assert await running(ticket) == kinds
    opened = await Demand.filter(kind__in=list(kinds))
    assert {(one.received_at, one.recognised_by) for one in opened} == {(received, "requester")}
    told = bench.out["mail"].rows[-1].content
    assert {one["kind"] for one in told["kinds"]} == kinds
    assert not told.get("asked")


@pytest.mark.parametrize("answer", ["3", "нет, другое", "Другое", "something else", "3 спасибо"])
async def test_something_else_leaves_the_sorting_to_staff_and_tells_them(bench: Bench, answer: str) -> None:
    await bench.arrives(unsure(bench))
    ticket = await Ticket.get()
    await bench.arrives(reply(bench, ticket, answer))
    await ticket.refresh_from_db()
    assert (await running(ticket), ticket.candidates) == ({"complaint"}, None)
    assert "none of the kinds" in bench.out["staff"].acts("notice")[-1].content["words"]


@pytest.mark.parametrize(
    "answer",
    ["4", "12 декабря я вам уже писала", "Заказ 2 так и не пришёл, где он?", "1 000 рублей", "да", "2 дня назад", "", "👍"],
)
async def test_what_is_no_answer_changes_nothing(bench: Bench, answer: str) -> None:
    await bench.arrives(unsure(bench))
    ticket = await Ticket.get()
    await bench.arrives(reply(bench, ticket, answer))
    await ticket.refresh_from_db()
    assert (await running(ticket), ticket.candidates) == ({"complaint"}, list(LIKELY))


@pytest.mark.parametrize(
    ("answer", "picks"), [("да", (0,)), ("Yes!", (0,)), ("Да, верно", (0,)), ("нет", ()), ("2", ()), ("3", None)]
)
def test_of_a_single_kind_yes_and_no_are_answers_too(answer: str, picks: tuple[int, ...] | None) -> None:
    assert triage.picked(answer, 1) == picks


async def test_a_demand_in_words_is_taken_for_itself_and_not_for_an_answer(bench: Bench) -> None:
    await bench.arrives(unsure(bench))
    ticket = await Ticket.get()
    await bench.arrives(reply(bench, ticket, "1", kinds=("access_request",)))
    assert await running(ticket) == {"complaint", "access_request"}


async def test_a_stranger_s_digit_answers_nothing(bench: Bench) -> None:
    await bench.arrives(unsure(bench))
    ticket = await Ticket.get()
    await bench.arrives(reply(bench, ticket, "1", sender=Sender("email", "mallory@evil.example")))
    assert await running(ticket) == {"complaint"}


async def test_staff_say_what_is_demanded_and_the_other_candidates_stay_with_their_digits(bench: Bench) -> None:
    received = bench.now()
    await bench.arrives(unsure(bench))
    ticket = await Ticket.get()
    bench.now.forward(days=1)
    await triage.judged(bench.desk, ticket, "rectification", await bench.boris(), bench.now())
    demand = await Demand.get(kind="rectification")
    assert (demand.received_at, demand.recognised_by) == (received, "staff")
    assert await running(ticket) == {"rectification"}
    await ticket.refresh_from_db()
    assert candidates.left(ticket, ["rectification"]) == ("consent_withdrawal",)
    with pytest.raises(Refused):
        await triage.judged(bench.desk, ticket, "rectification", await bench.boris(), bench.now())


async def test_staff_say_that_none_is_demanded(bench: Bench) -> None:
    await bench.arrives(unsure(bench))
    ticket = await Ticket.get()
    await triage.dismissed(ticket, await bench.boris(), bench.now())
    await ticket.refresh_from_db()
    assert (ticket.candidates, await running(ticket)) == (None, {"complaint"})
    with pytest.raises(Refused):
        await triage.dismissed(ticket, await bench.boris(), bench.now())


async def test_a_later_letter_brings_candidates_to_the_card_without_a_term_of_their_own(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request",)))
    ticket = await Ticket.get()
    more = letter(bench.now(), number=2, kinds=("question",), candidates=("access_request", *LIKELY), ticket_id=ticket.id)
    await bench.arrives(more)
    await ticket.refresh_from_db()
    assert (ticket.candidates, await running(ticket)) == (list(LIKELY), {"access_request"})


async def test_what_staff_say_on_a_closed_ticket_opens_it_again(bench: Bench) -> None:
    await bench.arrives(unsure(bench))
    ticket = await Ticket.get()
    await bench.finishes(ticket)
    await triage.judged(bench.desk, ticket, "rectification", await bench.boris(), bench.now())
    await ticket.refresh_from_db()
    assert ticket.status == TicketStatus.OPEN
    assert "rectification" in await running(ticket)


async def test_advertising_is_asked_nothing(bench: Bench) -> None:
    await bench.arrives(unsure(bench, spam=True))
    ticket = await Ticket.get()
    assert (ticket.candidates, await running(ticket)) == (None, {"question"})


async def test_a_mailbox_that_takes_requests_only_takes_what_may_be_one(bench: Bench) -> None:
    mailbox = replace(bench.desk.mailboxes[0], take="requests")
    desk = replace(bench.desk, mailboxes=(mailbox,))
    sorting = Bench(desk, bench.now)
    assert (await sorting.arrives(unsure(sorting))).outcome == "opened"
