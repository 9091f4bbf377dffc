"""What staff say, and whether it arrives."""

from datetime import timedelta

import pytest

from desk import contents
from desk.errors import Permanent, Refused, Temporary, TopicGone, Unreachable
from desk.flow import delivery
from desk.outward import replies
from desk.ports import File, Room
from desk.ticket import tickets
from models import Attachment, Message, Outbox, OutboxState, Ticket
from tests.desk.people import Bench, acts, letter


async def _reply(bench: Bench, ticket: Ticket, text: str = "Удалили.", number: int = 50, **more: object) -> Outbox:
    values = {"entities": None, "files": (), "album": ""} | more
    row = await replies.reply(
        bench.desk,
        ticket,
        staff=await bench.boris(),
        text=text,
        external_id=f"-1001:{number}",
        reply_to=number,
        now=bench.now(),
        **values,
    )
    await delivery.drain(bench.desk, bench.out["staff"], bench.now)  # its Undo is on the screen
    return row


@pytest.fixture
async def ticket(bench: Bench) -> Ticket:
    await bench.arrives(letter(bench.now()))
    return await Ticket.get()


async def test_a_reply_waits_for_undo_and_then_leaves_as_a_letter_in_the_thread(bench: Bench, ticket: Ticket) -> None:
    await _reply(bench, ticket)
    await bench.run()
    assert acts(bench.out["mail"].rows) == ["acknowledgement"]
    assert bench.out["staff"].acts("undo")[0].content["via"] == "mail"
    bench.now.forward(seconds=11)
    await bench.run()
    sent = bench.out["mail"].rows[-1]
    assert (sent.errand, sent.content["text"]) == ("reply", "Удалили.")
    assert sent.content["references"][-1] == "<letter1@example.org>"
    assert bench.out["staff"].acts("status")[-1].content["state"] == "sent"


async def test_a_reply_taken_back_in_time_never_leaves(bench: Bench, ticket: Ticket) -> None:
    row = await _reply(bench, ticket)
    assert await replies.undo(bench.desk, row.id, await bench.boris(), bench.now())
    bench.now.forward(seconds=60)
    await bench.run()
    assert acts(bench.out["mail"].rows) == ["acknowledgement"]
    assert bench.out["staff"].acts("status")[-1].content["state"] == "dropped"
    assert not await replies.undo(bench.desk, row.id, await bench.boris(), bench.now())


async def test_undo_comes_too_late_once_the_reply_left(bench: Bench, ticket: Ticket) -> None:
    row = await _reply(bench, ticket)
    bench.now.forward(seconds=11)
    await bench.run()
    assert not await replies.undo(bench.desk, row.id, await bench.boris(), bench.now())


async def test_a_reply_that_waits_for_undo_does_not_hold_up_other_letters_to_the_person(bench: Bench, ticket: Ticket) -> None:
    await _reply(bench, ticket)
    await bench.arrives(letter(bench.now(), number=2, kinds=("claim",), subject="Претензия", text="Верните деньги"))
    assert acts(bench.out["mail"].rows) == ["acknowledgement", "acknowledgement"]


async def test_an_edit_while_it_waits_changes_the_letter_and_later_is_too_late(bench: Bench, ticket: Ticket) -> None:
    await _reply(bench, ticket)
    await _reply(bench, ticket, text="Всё удалили.")
    bench.now.forward(seconds=11)
    await bench.run()
    assert bench.out["mail"].rows[-1].content["text"] == "Всё удалили."
    with pytest.raises(replies.Left):
        await _reply(bench, ticket, text="Иначе")


async def test_an_album_is_one_reply_with_all_its_files(bench: Bench, ticket: Ticket) -> None:
    await _reply(bench, ticket, files=[File("a.jpg")], album="7")
    await _reply(bench, ticket, files=[File("a.jpg"), File("b.jpg")], album="7")
    bench.now.forward(seconds=11)
    await bench.run()
    sent = bench.out["mail"].rows[-1].content
    names = [(await Attachment.get(id=one)).name for one in sent["attachments"]]
    assert (sent["text"], names) == ("Удалили.", ["a.jpg", "b.jpg"])


async def test_nothing_to_say_is_refused(bench: Bench, ticket: Ticket) -> None:
    with pytest.raises(Refused, match="nothing to send"):
        await _reply(bench, ticket, text="  ")


async def test_a_note_stays_inside(bench: Bench, ticket: Ticket) -> None:
    before = await Outbox.all().count()
    await replies.note(
        bench.desk, ticket, staff=await bench.boris(), text="Странный он", files=(), external_id="-1001:60", now=bench.now()
    )
    assert await Outbox.all().count() == before
    assert (await Message.get(direction="note")).text == "Странный он"


async def test_a_temporary_failure_is_tried_again_and_a_permanent_one_is_parked_and_said(bench: Bench, ticket: Ticket) -> None:
    row = await _reply(bench, ticket)
    bench.now.forward(seconds=11)
    bench.out["mail"].errors = [Temporary("The server is busy.", timedelta(seconds=30)), Permanent("It is too large.")]
    await bench.run()
    waiting = await Outbox.get(id=row.id)
    assert (waiting.state, waiting.attempts) == (OutboxState.WAITING, 1)
    bench.now.forward(seconds=29)
    await bench.run()
    assert (await Outbox.get(id=row.id)).attempts == 1
    bench.now.forward(seconds=2)
    await bench.run()
    assert (await Outbox.get(id=row.id)).state == OutboxState.PARKED
    assert bench.out["staff"].acts("parked")[0].content == {"outbox": row.id, "error": "It is too large."}
    assert bench.out["staff"].acts("status")[-1].content["state"] == "parked"


async def test_a_requester_who_cannot_be_reached_is_said_so_in_the_topic(bench: Bench, ticket: Ticket) -> None:
    await _reply(bench, ticket)
    bench.now.forward(seconds=11)
    bench.out["mail"].errors = [Unreachable("This address does not exist.")]
    await bench.run()
    assert bench.out["staff"].acts("status")[-1].content["state"] == "unreachable"


async def test_a_deleted_topic_is_made_anew_and_what_waited_follows_in_order(bench: Bench, ticket: Ticket) -> None:
    bench.out["staff"].rows.clear()
    bench.out["staff"].errors = [TopicGone("The topic was deleted.")]
    await bench.arrives(letter(bench.now(), number=2, kinds=("question",), ticket_id=ticket.id, text="раз"), handle=False)
    await bench.arrives(letter(bench.now(), number=3, kinds=("question",), ticket_id=ticket.id, text="два"))
    assert acts(bench.out["staff"].rows)[:2] == ["topic", "card"]
    texts = [(await Message.get(id=row.message_id)).text for row in bench.out["staff"].acts("requester")]
    assert texts == ["Отзываю согласие на обработку персональных данных.", "раз", "два"]


async def test_closing_with_running_clocks_wants_a_reason(bench: Bench, ticket: Ticket) -> None:
    with pytest.raises(Refused, match="destroy"):
        await tickets.close(bench.desk, ticket, await bench.boris(), bench.now())
    await tickets.close(bench.desk, ticket, await bench.boris(), bench.now(), reason="Дубль")
    assert (await Ticket.get()).due_at is None


async def test_a_letter_quotes_the_letter_it_answers_or_the_words_chosen_of_it(bench: Bench, ticket: Ticket) -> None:
    await bench.arrives(letter(bench.now(), number=2, text="Первое.\nКогда удалите?"))
    last = await Message.filter(ticket_id=ticket.id).order_by("-id").first()
    assert last is not None
    whole = await _reply(bench, ticket, answers=last.id)
    assert whole.content["quoted"] == {"at": last.at.isoformat(), "text": last.new_text}
    chosen = await _reply(bench, ticket, number=51, answers=last.id, quote="Когда удалите?")
    assert chosen.content["quoted"]["text"] == "Когда удалите?"
    forged = await _reply(bench, ticket, number=52, answers=last.id, quote="Чужие слова")
    assert forged.content["quoted"]["text"] == last.new_text
    assert "quoted" not in (await _reply(bench, ticket, number=53)).content


@pytest.mark.parametrize("hold", ["shut", "failing", "limits"])
async def test_an_undo_that_is_not_on_the_screen_holds_the_reply(bench: Bench, ticket: Ticket, hold: str) -> None:
    staff = bench.out["staff"]
    if hold == "shut":
        staff.shut = Temporary("Away.")
    elif hold == "failing":
        staff.errors = [Temporary("No answer.")] * 100
    else:
        staff.room = lambda: Room(0)  # type: ignore[method-assign]
    await _reply(bench, ticket)
    for _ in range(10):
        bench.now.forward(seconds=30)
        await bench.run()
    assert not bench.out["mail"].acts("reply")
    staff.shut, staff.errors, staff.room = None, [], lambda: Room(1)  # type: ignore[method-assign]
    bench.now.forward(seconds=60)
    await bench.run(undo_at_once=False)
    assert bench.out["staff"].acts("undo")
    bench.now.forward(seconds=9)
    await bench.run()
    assert not bench.out["mail"].acts("reply")
    bench.now.forward(seconds=3)
    await bench.run()
    assert bench.out["mail"].acts("reply")


async def test_a_group_that_cannot_be_told_for_an_hour_holds_up_no_answer(bench: Bench, ticket: Ticket) -> None:
    bench.out["staff"].shut = Temporary("Away.")
    await _reply(bench, ticket)
    for _ in range(3):
        bench.now.forward(minutes=25)
        await bench.run()
    assert bench.out["mail"].acts("reply")


async def test_what_went_before_it_failed_is_not_told_as_nothing(bench: Bench, ticket: Ticket) -> None:
    row = await _reply(bench, ticket)
    contents.keep_steps(row, {"words:0": [1]})
    await row.save(update_fields=["content"])
    bench.now.forward(seconds=11)
    bench.out["mail"].errors = [Permanent("It is too large.")]
    await bench.run()
    assert bench.out["staff"].acts("status")[-1].content["state"] == "cut"
