"""What staff mean is what happens: whatever could be a command, a part of something or an edit, over the strict Telegram."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.staff.hearing import _seam
from models import Attachment, Direction, Message, Outbox, OutboxState
from sandbox.telegram import Message as Posting
from tests.bot.bench import Bench, picture, taps, words

LONG = "Клиент тянет время и грубит. " * 130


async def hers(bench: Bench, topic: int) -> Posting:
    """Anna's words in the topic."""
    return next(one for one in bench.said(bench.group, topic) if words(one).startswith("💬"))


async def kept(bench: Bench, direction: Direction) -> list[str]:
    return [one.text for one in await Message.filter(direction=direction).order_by("id")]


def to_anna(bench: Bench) -> list[str]:
    return bench.texts(bench.chat_of(bench.anna))


def files_to_anna(bench: Bench) -> list[str]:
    found = bench.said(bench.chat_of(bench.anna))
    return [one.content["document"]["file_name"] for one in found if "document" in one.content]


def album(*captions: str) -> list[dict]:
    return [
        {"kind": "document", "data": b"file %d" % number, "name": f"{number}.pdf"} | ({"caption": one} if one else {})
        for number, one in enumerate(captions)
    ]


def question(bench: Bench, topic: int) -> Posting:
    """The last question in the topic that still has its buttons."""
    return next(one for one in reversed(bench.said(bench.group, topic)) if words(one).startswith("❓") and taps(one))


def reacted(bench: Bench, message: Posting) -> bool:
    return bool(message.reactions.get(str(bench.world.bot.id)))


async def nothing_left(bench: Bench, before: Sequence[str]) -> None:
    await bench.later(seconds=1)
    await bench.later(minutes=5)
    await bench.later(minutes=5)
    assert to_anna(bench) == list(before)
    assert await kept(bench, Direction.OUT) == []


# --- what is meant to stay inside ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "/тщеу клиент тянет",
        ".тщеу клиент тянет",
        "/заметка клиент тянет",
        "／note клиент тянет",
        "\u200b/note клиент тянет",
        "/nоtе клиент тянет",
        "/zametka клиент тянет",
        "/NOTE клиент тянет",
    ],
)
async def test_a_note_in_any_spelling_stays_inside_and_is_confirmed(bench: Bench, text: str) -> None:
    topic = await bench.anna_asks()
    before = to_anna(bench)
    said = bench.people.say(bench.boris, text, chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await nothing_left(bench, before)
    assert await kept(bench, Direction.NOTE) == ["клиент тянет"]
    assert reacted(bench, said)


@pytest.mark.parametrize(
    "text",
    [
        "/ntoe клиент тянет",
        "• /note клиент тянет",
        "📝 /note клиент тянет",
        "note клиент тянет",
        "тщеу клиент тянет",
        "Клиент тянет.\n/note",
        "Он врёт, /note это",
        "«/note клиент тянет»",
        "/reply Да\n/note он врёт",
        "/n o t e клиент",
    ],
)
async def test_what_may_be_a_command_is_asked_about_and_leaves_only_by_a_button(bench: Bench, text: str) -> None:
    topic = await bench.anna_asks()
    before = to_anna(bench)
    bench.people.say(bench.boris, text, chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await nothing_left(bench, before)
    asked = question(bench, topic)
    assert {"📝 Заметка", "📤 Отправить как есть"} <= set(taps(asked))
    bench.people.press(bench.clara, asked, "📤 Отправить как есть", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert to_anna(bench)[-1].endswith(text.removeprefix("/reply "))
    assert not taps(bench.group.messages[asked.id])


async def test_what_was_meant_is_done_by_its_button(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/repyl Скоро <ответим>", chat=bench.group, topic=topic)
    await bench.run()
    press = bench.people.press(bench.boris, question(bench, topic), "✅ /reply", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert press.text
    assert to_anna(bench)[-1].endswith("Скоро <ответим>")
    assert await kept(bench, Direction.NOTE) == []


async def test_a_caption_in_the_other_layout_keeps_its_files_inside(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before = to_anna(bench)
    bench.people.send(
        bench.boris,
        "document",
        b"x",
        name="a.pdf",
        caption="/тщеу вот",
        chat=bench.group,
        topic=topic,
        reply_to=await hers(bench, topic),
    )
    await nothing_left(bench, before)
    note = await Message.get(direction=Direction.NOTE)
    assert (note.text, [one.name for one in await Attachment.filter(message_id=note.id)]) == ("вот", ["a.pdf"])


@pytest.mark.parametrize(
    "captions", [("/note мой", "", ""), ("", "/note мой", ""), ("", "", "/тщеу мой"), ("/заметка мой", "", "")]
)
async def test_an_album_is_a_note_whichever_part_says_so(bench: Bench, captions: tuple[str, ...]) -> None:
    topic = await bench.anna_asks()
    before = to_anna(bench)
    bench.people.send_album(bench.boris, album(*captions), chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await nothing_left(bench, before)
    notes = await Message.filter(direction=Direction.NOTE).order_by("-version")
    assert notes[0].text == "мой"
    assert [one.name for one in await Attachment.filter(message_id=notes[0].id)] == ["0.pdf", "1.pdf", "2.pdf"]


async def test_an_album_that_may_be_a_note_is_asked_about_once_and_sent_whole(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before = to_anna(bench)
    bench.people.send_album(
        bench.boris, album("/ntoe вот", "", ""), chat=bench.group, topic=topic, reply_to=await hers(bench, topic)
    )
    await nothing_left(bench, before)
    asked = [one for one in bench.said(bench.group, topic) if words(one).startswith("❓") and taps(one)]
    assert len(asked) == 1
    bench.people.press(bench.boris, asked[0], "📤 Отправить как есть", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert files_to_anna(bench) == ["0.pdf", "1.pdf", "2.pdf"]


async def test_a_long_note_that_the_app_cut_stays_inside_whole(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before, target = to_anna(bench), await hers(bench, topic)
    bench.people.say(bench.boris, f"/note {LONG}", chat=bench.group, topic=topic, reply_to=target)
    bench.people.say(bench.boris, LONG, chat=bench.group, topic=topic, reply_to=target)
    bench.people.say(bench.boris, "И всё.", chat=bench.group, topic=topic, reply_to=target)
    await nothing_left(bench, before)
    last = (await kept(bench, Direction.NOTE))[-1]
    assert last.startswith("Клиент тянет")
    assert last.endswith("И всё.")
    assert len(last) > 2 * len(LONG)


async def test_a_long_answer_that_the_app_cut_leaves_whole(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, LONG, chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    bench.people.say(bench.boris, "И всё.", chat=bench.group, topic=topic)
    await bench.run()
    await bench.later(seconds=11)
    assert to_anna(bench)[-1].endswith("И всё.")
    assert len(await kept(bench, Direction.OUT)) == 1
    assert await kept(bench, Direction.NOTE) == []


async def test_files_that_follow_a_note_at_once_belong_to_it(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before, target = to_anna(bench), await hers(bench, topic)
    bench.people.say(bench.boris, "/note переписка с ним", chat=bench.group, topic=topic, reply_to=target)
    for number in range(3):
        bench.people.send(bench.boris, "photo", picture(number), chat=bench.group, topic=topic, reply_to=target)
    bench.people.send_album(bench.boris, album("", ""), chat=bench.group, topic=topic, reply_to=target)
    await nothing_left(bench, before)


async def test_a_photo_sent_later_is_an_answer_of_its_own(bench: Bench) -> None:
    topic = await bench.anna_asks()
    target = await hers(bench, topic)
    bench.people.say(bench.boris, "/note переписка", chat=bench.group, topic=topic, reply_to=target)
    await bench.later(seconds=20)
    bench.people.send(bench.boris, "document", b"x", name="a.pdf", chat=bench.group, topic=topic, reply_to=target)
    await bench.run()
    await bench.later(seconds=11)
    assert files_to_anna(bench) == ["a.pdf"]


async def test_the_rest_of_a_command_that_was_done_stays_inside(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before, target = to_anna(bench), await hers(bench, topic)
    bench.people.say(bench.boris, f"/close {LONG}", chat=bench.group, topic=topic, reply_to=target)
    bench.people.say(bench.boris, "и грубит", chat=bench.group, topic=topic, reply_to=target)
    await bench.run()
    await bench.later(minutes=2)
    assert "и грубит" not in " ".join(to_anna(bench)[len(before) :])
    assert await kept(bench, Direction.OUT) == []


# --- an edit changes what it shows -----------------------------------------------------------------------------------


async def test_a_file_replaced_while_it_waits_is_the_one_that_leaves(bench: Bench) -> None:
    topic = await bench.anna_asks()
    sent = bench.people.send(
        bench.boris, "document", b"wrong", name="чужой ответ.pdf", caption="Вот", chat=bench.group, topic=topic,
        reply_to=await hers(bench, topic),
    )  # fmt: skip
    await bench.run()
    bench.people.edit_media(bench.boris, sent, "document", b"right", name="ваш ответ.pdf", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert files_to_anna(bench) == ["ваш ответ.pdf"]


async def test_a_file_of_an_album_replaced_while_it_waits_is_the_one_that_leaves(bench: Bench) -> None:
    topic = await bench.anna_asks()
    parts = bench.people.send_album(
        bench.boris, album("Вот", "", ""), chat=bench.group, topic=topic, reply_to=await hers(bench, topic)
    )
    await bench.run()
    bench.people.edit_media(bench.boris, parts[1], "document", b"right", name="верный.pdf", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert files_to_anna(bench) == ["0.pdf", "верный.pdf", "2.pdf"]


async def test_a_file_replaced_by_one_that_cannot_be_had_does_not_let_the_old_one_leave(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before = to_anna(bench)
    sent = bench.people.send(
        bench.boris, "document", b"wrong", name="a.pdf", chat=bench.group, topic=topic, reply_to=await hers(bench, topic)
    )
    await bench.run()
    bench.people.edit_media(bench.boris, sent, "document", b"x" * (20 * 1024 * 1024 + 1), name="b.pdf", chat=bench.group)
    await nothing_left(bench, before)
    assert "Ничего не отправлено" in " ".join(bench.texts(bench.group, topic))


@pytest.mark.parametrize("first", ["/ntoe он тянет", "/qwerty он тянет", "/noet он тянет"])
async def test_a_command_mended_by_editing_is_done(bench: Bench, first: str) -> None:
    topic = await bench.anna_asks()
    before = to_anna(bench)
    sent = bench.people.say(bench.boris, first, chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.run()
    bench.people.edit(bench.boris, sent, "/note он тянет", chat=bench.group)
    await nothing_left(bench, before)
    assert (await kept(bench, Direction.NOTE))[-1] == "он тянет"
    assert [one for one in bench.said(bench.group, topic) if words(one).startswith("❓") and taps(one)] == []


async def test_a_mistyped_take_mended_by_editing_takes(bench: Bench) -> None:
    topic = await bench.anna_asks()
    sent = bench.people.say(bench.boris, "/tkae", chat=bench.group, topic=topic)
    await bench.run()
    bench.people.edit(bench.boris, sent, "/take", chat=bench.group)
    await bench.run()
    ticket = await bench.ticket()
    await ticket.fetch_related("assignee")
    assert ticket.assignee is not None
    assert ticket.assignee.telegram_id == bench.boris.id


async def test_an_answer_edited_into_a_note_does_not_leave(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before = to_anna(bench)
    sent = bench.people.say(bench.boris, "Он тянет", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.run()
    bench.people.edit(bench.boris, sent, "/note Он тянет", chat=bench.group)
    await nothing_left(bench, before)
    assert await kept(bench, Direction.NOTE) == ["Он тянет"]
    assert reacted(bench, sent)


async def test_an_answer_edited_into_what_may_be_a_note_is_asked_about(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before = to_anna(bench)
    sent = bench.people.say(bench.boris, "Он тянет", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.run()
    bench.people.edit(bench.boris, sent, "/ntoe Он тянет", chat=bench.group)
    await nothing_left(bench, before)
    assert "✅ /note" in taps(question(bench, topic))


async def test_a_note_edited_into_an_answer_leaves(bench: Bench) -> None:
    topic = await bench.anna_asks()
    sent = bench.people.say(bench.boris, "Скоро ответим", chat=bench.group, topic=topic)
    await bench.run()
    bench.people.edit(bench.boris, sent, "/reply Скоро ответим вам", chat=bench.group)
    await bench.run()
    assert "↩️ Отменить" in taps(bench.last(bench.group, topic))
    await bench.later(seconds=11)
    assert to_anna(bench)[-1].endswith("Скоро ответим вам")


async def test_the_moment_of_a_scheduled_answer_follows_an_edit(bench: Bench) -> None:
    topic = await bench.anna_asks()
    sent = bench.people.say(bench.boris, "/later завтра 10:00 | Да", chat=bench.group, topic=topic)
    await bench.run()
    first = (await Outbox.get(errand="reply")).next_try_at
    bench.people.edit(bench.boris, sent, "/later завтра 12:30 | Да, конечно", chat=bench.group)
    await bench.run()
    row = await Outbox.get(errand="reply")
    assert ((row.next_try_at - first).total_seconds(), row.content["text"]) == (2.5 * 3600, "Да, конечно")
    assert "12:30" in " ".join(bench.texts(bench.group, topic))


async def test_a_scheduled_answer_edited_to_no_moment_waits_for_nothing(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before = to_anna(bench)
    sent = bench.people.say(bench.boris, "/later завтра 10:00 | Да", chat=bench.group, topic=topic)
    await bench.run()
    bench.people.edit(bench.boris, sent, "/later вчера 10:00 | Да", chat=bench.group)
    await bench.run()
    await bench.later(days=2)
    assert [one for one in to_anna(bench)[len(before) :] if one.endswith("Да")] == []


async def test_a_held_answer_edited_before_its_release_shows_the_manager_what_leaves(bench: Bench) -> None:
    topic = await bench.anna_asks()
    sent = bench.people.say(bench.boris, "/hold Первое", chat=bench.group, topic=topic)
    await bench.run()
    held = bench.last(bench.group, topic)
    shown = next(one["callback_data"] for row in held.markup["inline_keyboard"] for one in row if "Выпустить" in one["text"])
    bench.people.edit(bench.boris, sent, "/hold Второе", chat=bench.group)
    await bench.run()
    before = to_anna(bench)
    stale = bench.people.tap(bench.clara, held, shown, chat=bench.group)
    await bench.run()
    await bench.later(minutes=1)
    assert to_anna(bench) == before
    assert stale.text
    bench.people.press(bench.clara, bench.group.messages[held.id], "✅ Выпустить", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert to_anna(bench)[-1].endswith("Второе")


async def test_an_edit_after_the_release_is_held_again(bench: Bench) -> None:
    topic = await bench.anna_asks()
    sent = bench.people.say(bench.boris, "/hold Первое", chat=bench.group, topic=topic)
    await bench.run()
    before = to_anna(bench)
    bench.people.press(bench.clara, bench.last(bench.group, topic), "✅ Выпустить", chat=bench.group)
    bench.people.edit(bench.boris, sent, "/hold Совсем другое", chat=bench.group)
    await bench.fetch()
    await bench.handle()
    await bench.run()
    await bench.later(minutes=1)
    assert to_anna(bench) == before
    assert await Outbox.filter(errand="reply", state=OutboxState.WAITING).exists()


async def test_a_done_command_that_is_edited_is_answered(bench: Bench) -> None:
    topic = await bench.anna_asks()
    sent = bench.people.say(bench.boris, "/take", chat=bench.group, topic=topic)
    await bench.run()
    bench.people.edit(bench.boris, sent, "/close спам", chat=bench.group)
    await bench.run()
    assert "остаётся сделанным" in bench.texts(bench.group, topic)[-1]
    assert (await bench.ticket()).status == "open"


async def test_an_edit_after_the_answer_left_is_told(bench: Bench) -> None:
    topic = await bench.anna_asks()
    sent = bench.people.say(bench.boris, "Да", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.run()
    await bench.later(seconds=11)
    bench.people.edit(bench.boris, sent, "/note Да", chat=bench.group)
    await bench.run()
    assert "уже ушёл" in bench.texts(bench.group, topic)[-1]


async def test_an_edit_after_undo_sends_nothing_unasked(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before = to_anna(bench)
    sent = bench.people.say(bench.boris, "Ой", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.run()
    bench.people.press(bench.boris, bench.last(bench.group, topic), "↩️ Отменить", chat=bench.group)
    await bench.run()
    bench.people.edit(bench.boris, sent, "Ой-ой", chat=bench.group)
    await bench.run()
    await bench.later(minutes=1)
    assert to_anna(bench) == before
    tapped = bench.people.press(bench.boris, question(bench, topic), "📤 Отправить как есть", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert tapped.text == "Отправляется"
    assert to_anna(bench)[-1].endswith("Ой-ой")


async def test_the_seconds_of_undo_count_from_when_it_is_on_the_screen(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before = to_anna(bench)
    bench.people.say(bench.boris, "Да", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.fetch()
    await bench.handle()
    bench.now.forward(seconds=9)
    await bench.run()
    await bench.later(seconds=5)
    assert to_anna(bench) == before
    bench.people.press(bench.boris, bench.last(bench.group, topic), "↩️ Отменить", chat=bench.group)
    await bench.run()
    await bench.later(minutes=1)
    assert to_anna(bench) == before


# --- nobody believes it went when it did not -------------------------------------------------------------------------


async def test_a_reply_to_the_desks_own_word_is_asked_about(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "Первый ответ", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.run()
    await bench.later(seconds=11)
    status = bench.last(bench.group, topic)
    bench.people.say(bench.boris, "И ещё одно", chat=bench.group, topic=topic, reply_to=status)
    await bench.run()
    bench.people.press(bench.boris, question(bench, topic), "📤 Отправить как есть", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert to_anna(bench)[-1].endswith("И ещё одно")


async def test_a_reply_to_a_colleagues_answer_is_asked_about(bench: Bench) -> None:
    topic = await bench.anna_asks()
    sent = bench.people.say(bench.boris, "Первый ответ", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.run()
    await bench.later(minutes=2)
    bench.people.say(bench.clara, "Забыли дату", chat=bench.group, topic=topic, reply_to=sent)
    await bench.run()
    bench.people.press(bench.clara, question(bench, topic), "📝 Заметка", chat=bench.group)
    await bench.later(minutes=2)
    assert await kept(bench, Direction.NOTE) == ["Забыли дату"]
    assert await kept(bench, Direction.OUT) == ["Первый ответ"]


@pytest.mark.parametrize("text", ["Опять он", "/note Опять он"])
async def test_every_note_is_confirmed_as_one(bench: Bench, text: str) -> None:
    topic = await bench.anna_asks()
    said = bench.people.say(bench.boris, text, chat=bench.group, topic=topic)
    await bench.run()
    assert reacted(bench, said)


async def test_an_answer_for_which_no_manager_exists_is_refused_at_once(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.desk.__dict__["managers"] = frozenset()
    bench.people.say(bench.boris, "/hold Ответ", chat=bench.group, topic=topic)
    await bench.run()
    assert await kept(bench, Direction.OUT) == []
    assert "нет руководителя" in bench.texts(bench.group, topic)[-1]


async def test_a_word_to_the_digest_of_the_group_does_not_vanish(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.say(bench.boris, "/due", chat=bench.group)
    await bench.run()
    bench.people.say(bench.boris, "Отвечу завтра", chat=bench.group, reply_to=bench.last(bench.group))
    await bench.run()
    assert "никуда не ушло" in bench.texts(bench.group)[-1]


# --- two who answer --------------------------------------------------------------------------------------------------


async def test_the_second_of_two_who_answer_at_once_is_asked_first(bench: Bench) -> None:
    topic = await bench.anna_asks()
    target = await hers(bench, topic)
    bench.people.say(bench.boris, "Данные удалены", chat=bench.group, topic=topic, reply_to=target)
    bench.people.say(bench.clara, "Данных нет", chat=bench.group, topic=topic, reply_to=target)
    await bench.run()
    await bench.later(minutes=1)
    assert [one for one in to_anna(bench) if "Данн" in one] == [one for one in to_anna(bench) if one.endswith("Данные удалены")]
    assert "Борис" in words(question(bench, topic))
    bench.people.press(bench.clara, question(bench, topic), "📤 Отправить как есть", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert to_anna(bench)[-1].endswith("Данных нет")


async def test_one_who_answers_twice_is_not_asked(bench: Bench) -> None:
    topic = await bench.anna_asks()
    target = await hers(bench, topic)
    for text in ("Раз", "Два"):
        bench.people.say(bench.boris, text, chat=bench.group, topic=topic, reply_to=target)
    await bench.run()
    await bench.later(seconds=11)
    assert [one[-3:] for one in to_anna(bench)[-2:]] == ["Раз", "Два"]


async def test_an_anonymous_administrators_words_are_kept_and_signed_by_who_sends_them(bench: Bench) -> None:
    topic = await bench.anna_asks()
    target = await hers(bench, topic)
    bench.people.say(bench.clara, "Данных нет", chat=bench.group, topic=topic, reply_to=target, anonymous=True)
    bench.people.say(bench.clara, "просто мысль", chat=bench.group, topic=topic, anonymous=True)
    await bench.later(minutes=1)
    assert sorted(await kept(bench, Direction.NOTE)) == ["Данных нет", "просто мысль"]
    bench.people.press(bench.clara, question(bench, topic), "📤 Отправить как есть", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert to_anna(bench)[-1].endswith("Данных нет")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="абв .,", min_size=1, max_size=8), st.text(alphabet="абв .,", min_size=1, max_size=8))
def test_a_seam_joins_pieces_without_losing_a_letter(before: str, after: str) -> None:
    assert (before + _seam(before, after) + after).replace(" ", "").replace("\n", "") == (before + after).replace(" ", "")
