"""One matter over two channels: the earliest receipt counts, both legs stand, and no stranger gets in."""

import asyncio
import itertools
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pytest

from desk.errors import Refused
from desk.matter import likeness, merging
from desk.outward import replies
from desk.ports import Incoming, Sender
from desk.reminders import digest, sweep
from desk.terms import corrections, extension, steps
from desk.ticket import clocks, finding, legs, tickets
from desk.views import cards, listing
from models import Clock, Contact, Demand, History, Message, Outbox, OutboxState, Reminder, Ticket, TicketStatus
from models.store.connect import transaction
from tests.desk.people import Bench, letter

MALLORY = Sender("email", "mallory@evil.example", name="Мэллори")
TELEGRAM = Sender("telegram", "77", name="Аня П.")


def chat(now: datetime, **changes: object) -> Incoming:
    """Anna's withdrawal by the bot."""
    number = changes.pop("number", 1)
    base = letter(now, channel="telegram", sender=TELEGRAM, external_id=f"77:{number}", fingerprint="", mailbox="", reply_to=())
    return replace(base, chat_id=77, subject="", **changes)


async def by_both(bench: Bench, **mail: object) -> tuple[Ticket, Ticket]:
    """Anna writes to the bot on Thursday and sends a letter on Friday: two tickets."""
    first = await bench.arrives(chat(bench.now()))
    bench.now.forward(days=1)
    second = await bench.arrives(letter(bench.now(), **mail))
    assert first.ticket_id != second.ticket_id
    return await Ticket.get(id=first.ticket_id), await Ticket.get(id=second.ticket_id)


async def merge(bench: Bench, ticket: Ticket, into: Ticket | int) -> Ticket:
    async with transaction():
        number = into if isinstance(into, int) else into.id
        await merging.merge(bench.desk, await Ticket.get(id=ticket.id), number, await bench.boris(), bench.now())
    await bench.run()
    return await Ticket.get(id=ticket.id)


async def apart(bench: Bench, ticket: Ticket) -> Ticket:
    async with transaction():
        await merging.unmerge(bench.desk, await Ticket.get(id=ticket.id), await bench.boris(), bench.now())
    await bench.run()
    return await Ticket.get(id=ticket.id)


async def dues(ticket: Ticket) -> dict[str, date]:
    return {clock.key: clock.due for clock in await clocks.running(ticket)}


async def reply(bench: Bench, ticket: Ticket, text: str, leg: Ticket | None = None, **more: object) -> Outbox:
    return await replies.reply(
        bench.desk, ticket, staff=await bench.boris(), text=text, entities=None, files=(),
        external_id=f"-1001:{text}", album="", reply_to=5, now=bench.now(), leg=leg, **more,
    )  # fmt: skip


# --- terms -----------------------------------------------------------------------------------------------------------


async def test_the_earliest_receipt_counts_whichever_ticket_stays(bench: Bench) -> None:
    earlier, later = await by_both(bench)
    assert (await dues(later))["destroy"] == date(2027, 1, 10)
    merged = await merge(bench, earlier, later)
    assert (merged.status, merged.merged_into, merged.due_at) == (TicketStatus.CLOSED, later.id, None)
    joint = await Ticket.get(id=later.id)
    assert await dues(joint) == {"stop": date(2026, 12, 10), "destroy": date(2027, 1, 9)}
    assert await clocks.running(merged) == []
    assert joint.received_at == earlier.received_at
    assert (joint.due_at, joint.safe_at) == (earlier.due_at, earlier.safe_at)


async def test_a_later_second_copy_moves_nothing(bench: Bench) -> None:
    earlier, later = await by_both(bench)
    before = await dues(earlier)
    await merge(bench, later, earlier)
    assert await dues(earlier) == before
    assert (await Ticket.get(id=earlier.id)).received_at == earlier.received_at


async def test_a_withdrawal_by_mail_on_monday_and_by_bot_on_sunday_counts_from_sunday(bench: Bench) -> None:
    sunday = bench.now.at = datetime.fromisoformat("2026-12-06T21:00:00+03:00")
    await bench.arrives(chat(sunday))
    bench.now.at = datetime.fromisoformat("2026-12-07T10:00:00+03:00")
    await bench.arrives(letter(bench.now()))
    bot, mail = await Ticket.all().order_by("id")
    await merge(bench, bot, mail)
    assert (await dues(mail))["destroy"] == date(2027, 1, 5)
    told = await listing.full(bench.desk, await Ticket.get(id=mail.id))
    assert told["received_at"] == "2026-12-06T21:00:00+03:00"
    assert told["legs"] == [
        {"number": bot.id, "channel": "telegram", "received_at": "2026-12-06T21:00:00+03:00", "earliest": True},
        {"number": mail.id, "channel": "mail", "received_at": "2026-12-07T10:00:00+03:00", "earliest": False},
    ]


async def test_a_paper_letter_is_a_leg_too(bench: Bench) -> None:
    earlier, later = await by_both(bench)
    first = earlier.received_at - timedelta(days=3)
    await corrections.register_paper(bench.desk, later, first, "Почтой", await bench.boris(), bench.now())
    await merge(bench, later, earlier)
    card = await cards.card(bench.desk, await Ticket.get(id=earlier.id), bench.now())
    assert [(leg.channel, leg.number, leg.earliest) for leg in card.legs] == [
        ("paper", later.id, True),
        ("telegram", earlier.id, False),
        ("mail", later.id, False),
    ]
    assert (await dues(earlier))["destroy"] == date(2027, 1, 6)


async def test_what_only_the_other_demands_goes_over_with_its_own_receipt(bench: Bench) -> None:
    stays, goes = await by_both(bench, kinds=("access_request", "consent_withdrawal"))
    access = await Demand.get(kind="access_request")
    clock = await Clock.get(demand_id=access.id)
    await merge(bench, goes, stays)
    access = await Demand.get(kind="access_request")
    assert (access.ticket_id, access.received_at) == (stays.id, goes.received_at)
    moved = await Clock.get(demand_id=access.id)
    assert (moved.id, moved.ticket_id, moved.due, moved.next_at) == (clock.id, stays.id, clock.due, clock.next_at)
    assert len(await clocks.running(stays)) == 3


async def test_an_extended_term_keeps_its_extension(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request",)))
    stays = await Ticket.get()
    await extension.extend(bench.desk, (await Clock.get()).id, await bench.boris(), "Архив", bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    assert (await Clock.get()).due == date(2027, 1, 11)
    row = await bench.arrives(chat(bench.now() - timedelta(days=2), kinds=("access_request",)))
    await merge(bench, await Ticket.get(id=row.ticket_id), stays)
    [clock] = await clocks.running(stays)
    assert (clock.due, clock.times_extended) == (date(2026, 12, 29), 1)  # 08.12.2026 + 15 working days


async def test_an_extension_whose_notice_came_too_late_for_the_first_receipt_does_not_hold(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request",)))
    stays = await Ticket.get()
    await extension.extend(bench.desk, (await Clock.get()).id, await bench.boris(), "Архив", bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    row = await bench.arrives(chat(bench.now() - timedelta(days=30), kinds=("access_request",)))
    await merge(bench, await Ticket.get(id=row.ticket_id), stays)
    [clock] = await clocks.running(stays)
    assert (clock.due, clock.times_extended) == (date(2026, 11, 24), 0)  # 10.11.2026 + 10 working days


async def test_an_extension_of_the_one_that_goes_makes_no_date_of_the_other_later(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request",)))
    goes = await Ticket.get()
    await extension.extend(bench.desk, (await Clock.get()).id, await bench.boris(), "Архив", bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    row = await bench.arrives(chat(bench.now(), kinds=("access_request",)))
    stays = await Ticket.get(id=row.ticket_id)
    before = await dues(stays)
    await merge(bench, goes, stays)
    assert await dues(stays) == before == {"answer": date(2026, 12, 24)}


async def test_what_was_recorded_as_done_stays_done_and_is_named(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    destroy = await Clock.get(ticket_id=stays.id, key="destroy")
    await bench.stops(destroy)
    await merge(bench, goes, stays)
    assert set(await dues(stays)) == {"stop"}
    said = bench.out["staff"].acts("joint")[-1].content
    assert said["done"] == ["consent_withdrawal.destroy"]


async def test_what_was_asked_after_it_was_done_is_asked_anew(bench: Bench) -> None:
    await bench.arrives(chat(bench.now()))
    stays = await Ticket.get()
    await bench.proves(stays)
    await tickets.add_demands(bench.desk, stays, ["access_request"], bench.now(), "staff", bench.now())
    bench.now.forward(days=5)
    row = await bench.arrives(letter(bench.now()))
    goes = await Ticket.get(id=row.ticket_id)
    theirs = await dues(goes)
    await merge(bench, goes, stays)
    assert (await dues(stays)).items() >= theirs.items()
    withdrawal = await Demand.get(ticket_id=stays.id, kind="consent_withdrawal")
    assert (withdrawal.closed_at, withdrawal.received_at) == (None, goes.received_at)
    await apart(bench, goes)
    withdrawal = await Demand.get(ticket_id=stays.id, kind="consent_withdrawal")
    assert (withdrawal.closed_at is not None, withdrawal.outcome) == (True, "done")
    assert await dues(await Ticket.get(id=goes.id)) == theirs


async def test_a_kind_that_staff_had_taken_away_runs_for_the_one_that_demands_it(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    await corrections.change_kind(bench.desk, stays, "consent_withdrawal", "claim", await bench.boris(), bench.now())
    theirs = await dues(goes)
    await merge(bench, goes, stays)
    assert (await dues(stays)).items() >= theirs.items()


async def test_the_receipt_of_a_demand_that_was_over_before_starts_nothing(bench: Bench) -> None:
    await bench.arrives(chat(bench.now(), kinds=("consent_withdrawal", "access_request")))
    goes = await Ticket.get()
    over = [one.key for one in await steps.left(bench.desk, goes) if one.kind == "consent_withdrawal"]
    await bench.proves(goes, *over)
    bench.now.forward(days=2)
    row = await bench.arrives(letter(bench.now()))
    stays = await Ticket.get(id=row.ticket_id)
    before = await dues(stays)
    await merge(bench, goes, stays)
    assert (await dues(stays)).items() >= before.items()
    assert (await Demand.get(ticket_id=stays.id, kind="consent_withdrawal")).received_at == stays.received_at


async def test_what_could_not_be_counted_takes_the_clocks_of_the_other(bench: Bench) -> None:
    bench.now.at = bench.now().replace(year=2027, month=12, day=25)
    row = await bench.arrives(letter(bench.now(), kinds=("access_request",)))
    stays = await Ticket.get(id=row.ticket_id)
    assert await clocks.running(stays) == []
    row = await bench.arrives(chat(bench.now() - timedelta(days=20), kinds=("access_request",)))
    goes = await Ticket.get(id=row.ticket_id)
    theirs = await dues(goes)
    await merge(bench, goes, stays)
    assert await dues(stays) == theirs != {}
    assert await clocks.uncounted().count() == 0
    await apart(bench, goes)
    assert (await dues(stays), await dues(goes)) == ({}, theirs)
    assert [one.ticket_id for one in await clocks.uncounted()] == [stays.id]


async def test_merging_never_makes_a_date_later_and_never_leaves_a_demand_without_a_clock(bench: Bench) -> None:
    """Two tickets as they may come, in either direction, with steps done before: what ran runs on, at the latest as before."""
    random = Random(152)
    kinds = ["consent_withdrawal", "access_request", "rectification", "blocking_request", "unlawful_processing", "question"]
    for turn in range(6):
        start = bench.now.forward(days=3)
        made = []
        for side in range(2):
            wanted = tuple(random.sample(kinds, random.randint(1, 3)))
            anna = Sender("email", f"anna{turn}{side}@example.org")
            number = 100 + turn * 2 + side
            at = start - timedelta(hours=random.randint(0, 60))
            row = await bench.arrives(letter(at, number=number, kinds=wanted, sender=anna, subject=f"{number}"))
            made.append(await Ticket.get(id=row.ticket_id))
            for clock in await clocks.running(made[-1]):
                if random.random() < 0.3:
                    await bench.stops(clock)
        goes, stays = random.sample(made, 2)
        before = {
            one.id: {(clock.demand.kind, clock.key): clock.due_at for clock in await _running(one)} for one in (goes, stays)
        }
        await merge(bench, goes, stays)
        after = {(clock.demand.kind, clock.key): clock.due_at for clock in await _running(stays)}
        done = {(one.demand.kind, one.key) for one in await _stopped(stays)}
        assert before[stays.id].keys() <= after.keys()
        for what, due in itertools.chain(before[stays.id].items(), before[goes.id].items()):
            assert what in done or after[what] <= due, (turn, what)
        assert await Clock.filter(ticket_id=goes.id, stopped_at__isnull=True).count() == 0
        assert await Clock.filter(ticket_id=goes.id, next_at__isnull=False).count() == 0
        assert (
            await Demand.filter(ticket_id__in=[goes.id, stays.id], closed_at__isnull=True, clocks__id__isnull=True).count() == 0
        )
        assert await Clock.filter(ticket_id=stays.id, stopped_at__isnull=True, next_at__isnull=True).count() == 0


async def _running(ticket: Ticket) -> list[Clock]:
    return await Clock.filter(ticket_id=ticket.id, stopped_at__isnull=True).select_related("demand")


async def _stopped(ticket: Ticket) -> list[Clock]:
    return await Clock.filter(ticket_id=ticket.id, stopped_at__isnull=False).select_related("demand")


async def test_reminders_are_said_once_and_in_the_joint_topic(bench: Bench) -> None:
    earlier, later = await by_both(bench)
    await merge(bench, earlier, later)
    bench.now.forward(days=40)
    await sweep.sweep(bench.desk, bench.now())
    await bench.run()
    said = bench.out["staff"].acts("reminder")
    assert {row.ticket_id for row in said} == {later.id}
    assert await Reminder.filter(clock__ticket_id=earlier.id).count() == 0
    content = await digest.content(bench.desk, bench.now())
    assert (content.open, content.overdue.count) == (1, 1)


# --- legs ------------------------------------------------------------------------------------------------------------


async def test_messages_of_both_are_read_in_the_joint_ticket_and_stay_where_they_came(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    await merge(bench, goes, stays)
    assert [one.ticket_id for one in await Message.all().order_by("id")] == [stays.id, goes.id]
    told = await listing.full(bench.desk, await Ticket.get(id=stays.id))
    assert [one["ticket"] for one in told["messages"]] == [stays.id, goes.id]
    assert told["requester"]["emails"] == ["anna@example.org"]
    assert told["requester"]["telegram_id"] == 77
    shown = [row for row in bench.out["staff"].acts("requester") if row.ticket_id == stays.id]
    assert [(await Message.get(id=row.message_id)).ticket_id for row in shown] == [stays.id, goes.id]


async def test_a_letter_in_the_merged_thread_lands_in_the_joint_topic(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    await merge(bench, goes, stays)
    row = await bench.arrives(letter(bench.now(), number=2, ticket_id=goes.id, kinds=("question",), text="Ну как?"))
    assert (row.outcome, row.ticket_id) == ("added", goes.id)
    assert (await Ticket.get(id=goes.id)).status == TicketStatus.CLOSED
    shown = bench.out["staff"].acts("requester")[-1]
    assert (shown.ticket_id, (await Message.get(id=shown.message_id)).ticket_id) == (stays.id, goes.id)


async def test_a_new_demand_in_the_merged_thread_runs_in_the_joint_ticket_and_is_acknowledged_there(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    await merge(bench, goes, stays)
    await bench.arrives(letter(bench.now(), number=2, ticket_id=goes.id, kinds=("access_request",), text="И что у вас есть?"))
    access = await Demand.get(kind="access_request")
    assert access.ticket_id == stays.id
    assert await Demand.filter(ticket_id=goes.id, closed_at__isnull=True).count() == 0
    sent = bench.out["mail"].acts("acknowledgement")[-1]
    assert (sent.content["to"], [one["kind"] for one in sent.content["kinds"]]) == ("anna@example.org", ["access_request"])


async def test_the_same_demand_again_over_the_merged_channel_is_linked_and_starts_no_clock(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    await merge(bench, goes, stays)
    before = await dues(stays)
    row = await bench.arrives(letter(bench.now(), number=2, text="Повторно отзываю согласие"))
    assert (row.outcome, row.ticket_id) == ("linked", goes.id)
    assert await dues(stays) == before
    assert await Ticket.all().count() == 2


async def test_a_message_on_a_closed_joint_ticket_opens_that_one_again(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    await merge(bench, goes, stays)
    await tickets.close(bench.desk, await Ticket.get(id=stays.id), await bench.boris(), bench.now(), reason="Проверка")
    bench.now.forward(days=3)
    await bench.arrives(letter(bench.now(), number=2, ticket_id=goes.id, text="Снова отзываю согласие"))
    assert (await Ticket.get(id=stays.id)).status == TicketStatus.OPEN
    assert (await Ticket.get(id=goes.id)).status == TicketStatus.CLOSED
    assert (await dues(stays))["destroy"] == date(2027, 1, 9)
    assert await clocks.running(goes) == []


async def test_answers_go_over_the_channel_of_the_message_they_answer(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    await merge(bench, goes, stays)
    joint, leg = await Ticket.get(id=stays.id), await Ticket.get(id=goes.id)
    await reply(bench, joint, "в чат")
    await reply(bench, joint, "письмом", leg=leg)
    bench.now.forward(seconds=11)
    await bench.run()
    assert [row.content["text"] for row in bench.out["telegram"].acts("reply")] == ["в чат"]
    [sent] = bench.out["mail"].acts("reply")
    assert (sent.content["to"], sent.content["number"]) == ("anna@example.org", goes.id)
    assert sent.content["in_reply_to"] == "<letter1@example.org>"
    assert bench.desk.signer.tag(goes.id) in sent.content["subject"]
    states = [row.ticket_id for row in bench.out["staff"].acts("status")]
    assert states == [stays.id, stays.id]
    row = await bench.arrives(
        letter(bench.now(), number=3, ticket_id=bench.desk.signer.ticket_of_message_id(sent.content["message_id"]), kinds=())
    )
    assert (row.outcome, row.ticket_id) == ("added", goes.id)


async def test_the_joint_ticket_stands_once_in_the_persons_list(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    await merge(bench, stays, goes)
    assert [one.id for one in await finding.of_requester(77)] == [goes.id]
    assert [one.id for one in await finding.of_requester(77, open_only=False)] == [goes.id]


async def test_history_of_both_says_what_happened_and_the_listing_leaves_the_merged_out(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    await merge(bench, goes, stays)
    [left] = await History.filter(ticket_id=goes.id, action="ticket merged")
    [came] = await History.filter(ticket_id=stays.id, action="ticket taken in")
    assert (left.actor, left.details["into"], came.actor, came.details["from"]) == ("staff:2", stays.id, "staff:2", goes.id)
    assert [one["number"] for one in await listing.listing(bench.desk, open_only=True)] == [stays.id]
    assert [one["merged_into"] for one in await listing.listing(bench.desk)] == [None, stays.id]
    assert [one.number for one in await cards.due(bench.desk, bench.now())] == [stays.id]
    farewell, welcome = bench.out["staff"].acts("joint")[-2:]
    assert (farewell.ticket_id, farewell.content["to"]) == (goes.id, stays.id)
    assert (welcome.ticket_id, welcome.content["to"]) == (stays.id, goes.id)


async def test_a_bounce_of_a_merged_leg_is_said_where_the_matter_goes_on(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    await merge(bench, goes, stays)
    sent = bench.out["mail"].rows[0]
    bounce = letter(bench.now(), number=9, automated="bounce", original_message_id=sent.content["message_id"], subject="Failed")
    await bench.arrives(bounce)
    assert bench.out["staff"].acts("notice")[-1].ticket_id == stays.id


async def test_a_repeat_of_what_was_merged_is_recognised_for_both_legs(bench: Bench) -> None:
    stays, goes = await by_both(bench, kinds=("access_request",))
    await merge(bench, goes, stays)
    for clock in await Clock.filter(demand__kind="access_request"):
        await bench.stops(clock)
    bench.now.forward(days=3)
    await bench.arrives(letter(bench.now(), number=5, kinds=("access_request",), subject="Снова"))
    told = [row.content for row in bench.out["staff"].acts("notice") if "Repeated within" in row.content["words"]]
    assert [one["params"]["number"] for one in told] == [stays.id]


# --- strangers -------------------------------------------------------------------------------------------------------


async def test_nobody_outside_continues_the_joint_ticket(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    await merge(bench, goes, stays)
    for number, named in enumerate((stays.id, goes.id), 20):
        row = await bench.arrives(letter(bench.now(), number=number, sender=MALLORY, ticket_id=named, text="Пришлите сюда"))
        assert (row.outcome, row.ticket_id in {stays.id, goes.id}) == (("opened", False) if number == 20 else ("linked", False))
    assert await Message.filter(ticket_id__in=[stays.id, goes.id]).count() == 2
    assert [one.id for one in await finding.of_requester(66, open_only=False)] == []


async def test_a_merge_verifies_nobody_and_opens_no_other_ticket(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), number=7, kinds=("claim",), subject="Претензия"))
    claim = await Ticket.get()
    stays, goes = await by_both(bench)
    await merge(bench, goes, stays)
    assert {one.verified for one in await Contact.all()} == {"sender"}
    assert {one.id for one in await finding.of_requester(77, open_only=False)} == {stays.id}
    row = await bench.arrives(chat(bench.now(), number=9, ticket_id=claim.id, kinds=("question",), text="Что там?"))
    assert row.ticket_id != claim.id
    assert (await Ticket.get(id=stays.id)).requester_id != (await Ticket.get(id=goes.id)).requester_id


async def test_only_the_automatic_answer_to_a_demand_of_their_own_reaches_the_other_leg(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    before = len(bench.out["mail"].rows), len(bench.out["telegram"].rows)
    await merge(bench, goes, stays)
    await reply(bench, await Ticket.get(id=stays.id), "Личное")
    bench.now.forward(seconds=11)
    await bench.run()
    assert (len(bench.out["mail"].rows), len(bench.out["telegram"].rows)) == (before[0], before[1] + 1)


# --- refusals --------------------------------------------------------------------------------------------------------


async def test_what_cannot_be_merged_is_refused_in_words(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    with pytest.raises(Refused, match="itself"):
        await merge(bench, goes, goes)
    with pytest.raises(Refused, match="no ticket № 99"):
        await merge(bench, goes, 99)
    await Ticket.filter(id=goes.id).update(represented={"name": "Пётр", "basis": "parent"})
    with pytest.raises(Refused, match="different people"):
        await merge(bench, goes, stays)
    await Ticket.filter(id=stays.id).update(represented={"name": "ПЕТР", "basis": "guardian"})
    await tickets.close(bench.desk, await Ticket.get(id=stays.id), await bench.boris(), bench.now(), reason="Проверка")
    with pytest.raises(Refused, match=f"№ {stays.id} is closed"):
        await merge(bench, goes, stays)
    with pytest.raises(Refused, match=f"№ {stays.id} is closed"):
        await merge(bench, stays, goes)
    assert await Ticket.filter(merged_into__isnull=False).count() == 0


async def test_an_answer_on_its_way_is_let_go_first(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    row = await reply(bench, goes, "Сейчас")
    with pytest.raises(Refused, match="waits to be sent"):
        await merge(bench, goes, stays)
    await Outbox.filter(id=row.id).update(state=OutboxState.PARKED)
    with pytest.raises(Refused, match="could not be delivered"):
        await merge(bench, goes, stays)
    await Outbox.filter(id=row.id).update(state=OutboxState.DROPPED)
    held = await reply(bench, goes, "Потом", held=True)
    with pytest.raises(Refused, match="manager"):
        await merge(bench, goes, stays)
    assert await replies.undo(bench.desk, held.id, await bench.boris(), bench.now())
    await reply(bench, stays, "В чат, и пусть ждёт", at=bench.now() + timedelta(days=2))
    assert (await merge(bench, goes, stays)).merged_into == stays.id


@pytest.mark.parametrize("which", [0, 1])
async def test_a_notice_of_extension_goes_out_first(bench: Bench, which: int) -> None:
    pair = await by_both(bench, kinds=("access_request",))
    await tickets.add_demands(bench.desk, pair[0], ["access_request"], pair[0].received_at, "staff", bench.now())
    clock = await Clock.get(ticket_id=pair[which].id, key="answer")
    await extension.extend(bench.desk, clock.id, await bench.boris(), "Архив", bench.now())
    with pytest.raises(Refused, match="extension"):
        await merge(bench, *pair)


async def test_a_merge_into_a_merged_ticket_follows_it_and_a_merged_one_acts_no_more(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    row = await bench.arrives(letter(bench.now(), number=3, sender=Sender("email", "anna@work.example"), subject="Ещё"))
    third = await Ticket.get(id=row.ticket_id)
    await merge(bench, goes, stays)
    assert (await merge(bench, third, goes)).merged_into == stays.id
    merged, boris = await Ticket.get(id=goes.id), await bench.boris()
    with pytest.raises(Refused, match=f"joined to № {stays.id}"):
        await merge(bench, merged, third)
    for act in (
        tickets.reopen(bench.desk, merged, boris, bench.now()),
        corrections.change_kind(bench.desk, merged, None, "claim", boris, bench.now()),
        corrections.register_paper(bench.desk, merged, bench.now(), "", boris, bench.now()),
        reply(bench, merged, "В никуда"),
    ):
        with pytest.raises(Refused, match=f"№ {stays.id}"):
            await act


async def test_a_chain_of_merges_is_one_matter(bench: Bench) -> None:
    first, second = await by_both(bench)
    row = await bench.arrives(letter(bench.now(), number=3, sender=Sender("email", "anna@work.example"), subject="Ещё"))
    third = await Ticket.get(id=row.ticket_id)
    await merge(bench, first, second)
    await merge(bench, second, third)
    assert await legs.numbers(third) == [third.id, second.id, first.id]
    assert (await dues(third))["destroy"] == date(2027, 1, 9)
    row = await bench.arrives(chat(bench.now(), number=8, ticket_id=first.id, kinds=("access_request",), text="Ещё вопрос"))
    assert row.ticket_id == first.id
    assert (await Demand.get(kind="access_request")).ticket_id == third.id


# --- taking apart ----------------------------------------------------------------------------------------------------


async def test_a_wrong_merge_is_taken_apart_with_everything_that_came_since(bench: Bench) -> None:
    earlier, later = await by_both(bench, kinds=("consent_withdrawal", "access_request"))
    before = await dues(earlier), await dues(later)
    await merge(bench, earlier, later)
    await bench.arrives(chat(bench.now(), number=2, ticket_id=earlier.id, kinds=("question",), text="Есть новости?"))
    opened = await apart(bench, earlier)
    assert (opened.status, opened.merged_into, opened.closed_at) == (TicketStatus.OPEN, None, None)
    assert (await dues(earlier), await dues(later)) == before
    assert (await Ticket.get(id=later.id)).received_at == later.received_at
    assert opened.due_at == earlier.due_at
    told = await listing.full(bench.desk, await Ticket.get(id=later.id))
    assert [one["ticket"] for one in told["messages"]] == [later.id]
    assert await Message.filter(ticket_id=earlier.id).count() == 2
    assert (await merge(bench, earlier, later)).merged_into == later.id
    assert (await apart(bench, earlier)).merged_into is None


async def test_a_demand_that_went_over_comes_back(bench: Bench) -> None:
    stays, goes = await by_both(bench, kinds=("access_request",))
    await merge(bench, goes, stays)
    await apart(bench, goes)
    assert (await Demand.get(kind="access_request")).ticket_id == goes.id
    assert set(await dues(goes)) == {"answer"}
    assert set(await dues(stays)) == {"stop", "destroy"}


async def test_the_ticket_that_goes_on_says_where_it_is_taken_apart(bench: Bench) -> None:
    into, ticket = await by_both(bench)
    await merge(bench, ticket, into)
    with pytest.raises(Refused, match=f"in the topic of № {ticket.id}"):
        await apart(bench, into)


async def test_what_is_not_merged_or_has_an_answer_waiting_is_not_taken_apart(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    with pytest.raises(Refused, match="was not joined"):
        await apart(bench, goes)
    await merge(bench, goes, stays)
    await reply(bench, await Ticket.get(id=stays.id), "письмом", leg=await Ticket.get(id=goes.id))
    with pytest.raises(Refused, match="waits to be sent"):
        await apart(bench, goes)


# --- likeness --------------------------------------------------------------------------------------------------------


async def hinted(bench: Bench) -> dict[int, list[int]]:
    rows = [row for row in bench.out["staff"].acts("joint") if "offer" in row.content]
    return {int(row.ticket_id or 0): row.content["offer"] for row in rows}


STATEMENT = "Отзыв согласия\nКому: ИП Тестова А. А.\n\nОтзываю согласие.\n\nИзвестный нам контакт: {contact}"


async def test_a_contact_named_in_the_dialog_is_a_hint_for_staff_alone(bench: Bench) -> None:
    first = await bench.arrives(letter(bench.now()))
    second = await bench.arrives(chat(bench.now(), text=STATEMENT.format(contact="Anna@Example.org."), new_text=""))
    assert await hinted(bench) == {second.ticket_id: [first.ticket_id]}
    assert [row.errand for row in bench.out["telegram"].rows] == ["acknowledgement"]
    assert "anna@" not in str(bench.out["telegram"].rows[0].content)
    assert await Ticket.filter(merged_into__isnull=False).count() == 0


async def test_the_hint_comes_the_other_way_round_too(bench: Bench) -> None:
    first = await bench.arrives(chat(bench.now(), text=STATEMENT.format(contact="anna@example.org"), new_text=""))
    second = await bench.arrives(letter(bench.now()))
    assert await hinted(bench) == {second.ticket_id: [first.ticket_id]}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Анна Петрова", "Петрова Анна Сергеевна", True),
        ("Семёнов Пётр", "петр семенов", True),
        ("Анна", "Анна", False),
        ("Анна П.", "Анна П.", False),
        ("Анна Петрова", "Анна Сидорова", False),
        ("", "", False),
    ],
)
async def test_the_full_name_is_a_hint_and_a_first_name_is_none(bench: Bench, one: str, other: str, alike: bool) -> None:
    first = await bench.arrives(letter(bench.now(), sender=Sender("email", "a@one.example", name=one)))
    second = await bench.arrives(chat(bench.now(), sender=Sender("telegram", "77", name=other)))
    assert await hinted(bench) == ({second.ticket_id: [first.ticket_id]} if alike else {})


async def test_no_hint_without_a_common_demand_after_two_months_for_another_person_or_on_a_closed_one(bench: Bench) -> None:
    named = Sender("telegram", "77", name="Петрова Анна")
    await bench.arrives(letter(bench.now()))
    await bench.arrives(chat(bench.now(), sender=named, kinds=("access_request",)))
    await bench.arrives(
        chat(bench.now(), sender=replace(named, value="78"), number=2, represented={"name": "Пётр", "basis": "мать"})
    )
    bench.now.forward(days=61)
    await bench.arrives(chat(bench.now(), sender=replace(named, value="79"), number=3))
    assert await hinted(bench) == {}


async def test_an_address_that_many_people_name_is_nobodys(bench: Bench) -> None:
    for number in range(1, 9):
        words = "Отзываю согласие. Рассылка идёт с news@shop.example"
        anna = Sender("email", f"p{number}@example.org")
        await bench.arrives(letter(bench.now(), number=number, sender=anna, text=words, new_text=words))
    assert max(await hinted(bench)) <= likeness.COMMON
    assert all(len(found) <= likeness.OFFERED for found in (await hinted(bench)).values())


async def test_the_likely_ones_are_the_alike_and_the_persons_own(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), number=7, kinds=("claim",), subject="Претензия"))
    await bench.arrives(chat(bench.now(), sender=Sender("telegram", "77", name="Петрова Анна"), kinds=("access_request",)))
    await bench.arrives(letter(bench.now()))
    claim, access, own = await Ticket.all().order_by("id")
    assert [one.id for one in await likeness.likely(own)] == [access.id, claim.id]


def test_phones_are_compared_by_their_own_digits() -> None:
    assert likeness.folded_phone("+7 (912) 345-67-89") == likeness.folded_phone("8 912 345 67 89") == "9123456789"
    assert likeness.folded_phone("12345") == likeness.folded_phone("1234567890123456") == ""


# --- at the same moment ----------------------------------------------------------------------------------------------


async def test_a_demand_that_comes_while_staff_merge_is_never_left_in_the_merged_ticket(bench: Bench) -> None:
    """The letter is being taken when the merge begins: whoever is first, its demand runs in the joint ticket."""
    stays, goes = await by_both(bench)
    boris = await bench.boris()
    more = letter(bench.now(), number=2, ticket_id=goes.id, kinds=("access_request",), text="И что у вас обо мне есть?")
    await bench.arrives(more, handle=False)

    async def merging_now() -> None:
        async with transaction():
            await merging.merge(bench.desk, goes, stays.id, boris, bench.now())

    await asyncio.gather(merging_now(), bench.run())
    await bench.run()
    access = await Demand.get(kind="access_request")
    assert access.ticket_id == stays.id
    assert set(await dues(stays)) == {"stop", "destroy", "answer"}
    assert await Clock.filter(ticket_id=goes.id, stopped_at__isnull=True).count() == 0


async def test_two_people_who_merge_crosswise_merge_once(bench: Bench) -> None:
    stays, goes = await by_both(bench)
    boris = await bench.boris()

    async def one(ticket: Ticket, into: Ticket) -> bool:
        try:
            async with transaction():
                await merging.merge(bench.desk, ticket, into.id, boris, bench.now())
        except Refused:
            return False
        return True

    done = await asyncio.gather(one(stays, goes), one(goes, stays))
    assert sorted(done) == [False, True]
    assert await Ticket.filter(merged_into__isnull=False).count() == 1
    assert await Ticket.filter(status=TicketStatus.OPEN).count() == 1
