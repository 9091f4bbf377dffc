"""Replies that leave at a moment or when a manager releases them."""

from datetime import UTC, datetime

import pytest

from desk.i18n import words as words_of
from desk.reminders.sweep import sweep
from models import Direction, Message, Outbox
from tests.bot.bench import Bench, taps, words
from tests.bot.terms import demand, presses, writes

ONLY_MANAGERS = words_of("bot", "ru").gettext("Only a manager can release a held reply.")


def hers(bench: Bench) -> list[str]:
    return bench.texts(bench.chat_of(bench.anna))


async def test_a_reply_set_for_tomorrow_shows_on_the_card_and_leaves_then(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    bench.people.say(bench.boris, "/later завтра 10:00 | Ваши <b>данные</b>", parse_mode="HTML", chat=bench.group, topic=topic)
    await bench.run()
    waiting = bench.last(bench.group, topic)
    assert words(waiting) == "🕒 Уйдёт заявителю (Telegram) 11.12.2026 10:00 МСК"
    assert taps(waiting) == ["▶️ Отправить сейчас", "↩️ Забрать", "🌅 Завтра утром", "🗓 В надёжный срок"]
    await bench.later(seconds=1)
    assert "🕒 Ответ уйдёт 11.12.2026 10:00 МСК" in words(await bench.card())
    bench.now.at = datetime(2026, 12, 11, 6, 59, tzinfo=UTC)
    await bench.run()
    assert not hers(bench)[-1].endswith("Ваши данные")
    await bench.later(minutes=1)
    assert hers(bench)[-1].endswith("Ваши данные")
    bold = [one for one in bench.last(bench.chat_of(bench.anna)).content["entities"] if one["type"] == "bold"][-1]
    assert hers(bench)[-1][bold["offset"] :] == "данные"
    assert words(waiting).startswith("✅")
    await bench.later(seconds=1)
    assert "🕒" not in words(await bench.card())


async def test_the_text_may_stand_on_the_next_line_and_words_in_between_do_not_wait_for_it(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    await writes(bench, "/later на безопасную дату\nИтоговый ответ\nс двумя строками", topic)
    await writes(bench, "/reply Скоро ответим", topic)
    await bench.later(seconds=11)
    assert hers(bench)[-1].endswith("Скоро ответим")
    bench.now.at = datetime(2026, 12, 24, 14, 0, tzinfo=UTC)
    await bench.run()
    assert hers(bench)[-1].endswith("Итоговый ответ\nс двумя строками")


async def test_a_scheduled_reply_is_sent_now_moved_or_taken_back_by_its_buttons(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    waiting = await writes(bench, "/later завтра 10:00 | Раз", topic)
    assert await presses(bench, waiting, "🗓 В надёжный срок") == "Время отправки изменено."
    assert words(waiting) == "🕒 Уйдёт заявителю (Telegram) 24.12.2026 17:00 МСК"
    assert await presses(bench, waiting, "🌅 Завтра утром")
    assert "11.12.2026 09:00" in words(waiting)
    await presses(bench, waiting, "▶️ Отправить сейчас")
    await bench.later(seconds=1)
    assert hers(bench)[-1].endswith("Раз")
    assert taps(waiting) == []
    other = await writes(bench, "/later завтра 10:00 | Два", topic)
    await presses(bench, other, "↩️ Забрать")
    await bench.later(days=2)
    assert not any(one.endswith("Два") for one in hers(bench))
    assert words(other).startswith("↩️")


async def test_a_reply_set_for_after_the_safe_date_says_so_where_it_waits_and_on_the_card(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    waiting = await writes(bench, "/later 28.12 10:00 | Ответ", topic)
    assert words(waiting).splitlines()[1] == "⚠️ Это позже надёжного срока: 24.12.2026."
    await bench.later(seconds=1)
    assert "28.12.2026 10:00 МСК ⚠️ после надёжного срока" in words(await bench.card())
    await presses(bench, waiting, "🗓 В надёжный срок")
    assert "⚠️" not in words(waiting)


async def test_beside_a_term_that_wants_to_be_met_at_once_the_safe_date_is_that_of_the_next_term(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    waiting = await writes(bench, "/later на безопасную дату | Ответ", topic)
    assert words(waiting) == "🕒 Уйдёт заявителю (Telegram) 30.12.2026 17:00 МСК"


async def test_an_ordinary_reply_can_be_put_off_to_the_safe_date_while_it_can_be_undone(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    waiting = await writes(bench, "/reply Ответ", topic)
    assert taps(waiting)[0] == "↩️ Отменить"
    await presses(bench, waiting, "🗓 В надёжный срок")
    await bench.later(minutes=5)
    assert not hers(bench)[-1].endswith("Ответ")
    bench.now.at = datetime(2026, 12, 24, 14, 0, tzinfo=UTC)
    await bench.run()
    assert hers(bench)[-1].endswith("Ответ")
    late = await presses(bench, await writes(bench, "/reply Ещё", topic), "🌅 Завтра утром")
    assert late == "Время отправки изменено."


async def test_a_scheduled_reply_is_moved_by_a_reply_to_its_posting(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    waiting = await writes(bench, "/later завтра 10:00 | Ответ", topic)
    await writes(bench, "/later 14.12 12:00", topic, reply_to=waiting)
    assert "14.12.2026 12:00" in words(waiting)
    assert (await Outbox.get(errand="reply")).next_try_at == datetime(2026, 12, 14, 9, 0, tzinfo=UTC)
    assert "что отправить" in words(await writes(bench, "/later завтра 10:00", topic))


async def test_an_edited_scheduled_reply_never_tells_the_requester_its_moment(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    mine = bench.people.say(bench.boris, "/later завтра 10:00 | Двнных нет", chat=bench.group, topic=topic)
    await bench.run()
    bench.people.edit(bench.boris, mine, "/later завтра 10:00 | Данных нет", chat=bench.group)
    await bench.run()
    await bench.later(days=1)
    assert hers(bench)[-1].split("\n\n", 1)[1] == "Данных нет"


async def test_a_file_can_be_scheduled(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    bench.people.send(
        bench.boris, "document", b"%PDF act", name="Акт.pdf", caption="/later завтра 10:00", chat=bench.group, topic=topic
    )
    await bench.run()
    await bench.later(minutes=1)
    assert not any("document" in one.content for one in bench.said(bench.chat_of(bench.anna)))
    await bench.later(days=1)
    assert bench.last(bench.chat_of(bench.anna)).content["document"]["file_name"] == "Акт.pdf"


@pytest.mark.parametrize(("said", "answer"), [("/later вчера 10:00 | x", "не время"), ("/later сегодня 09:00 | x", "прошло")])
async def test_a_moment_that_is_none_or_past_is_refused_and_nothing_is_sent(bench: Bench, said: str, answer: str) -> None:
    topic = await demand(bench, "access_request")
    assert answer in words(await writes(bench, said, topic))
    assert await Message.filter(direction=Direction.OUT).count() == 0


async def test_a_held_reply_leaves_when_a_manager_releases_it_and_only_then(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    waiting = await writes(bench, "/hold Итоговый ответ", topic)
    assert words(waiting).startswith("✋ Задержан")
    assert taps(waiting) == ["✅ Выпустить", "↩️ Забрать"]
    await bench.later(days=2)
    assert "✋ Ответ ждёт, когда его выпустит руководитель" in words(await bench.card())
    assert await presses(bench, waiting, "✅ Выпустить") == ONLY_MANAGERS
    await bench.later(minutes=1)
    assert not any(one.endswith("Итоговый ответ") for one in hers(bench))
    assert await presses(bench, waiting, "✅ Выпустить", who=bench.clara) == "Уходит сейчас."
    await bench.later(seconds=1)
    assert hers(bench)[-1].endswith("Итоговый ответ")
    assert taps(waiting) == []


async def test_no_other_button_or_command_gets_round_the_release(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    waiting = await writes(bench, "/hold Итоговый ответ", topic)
    reply = await Outbox.get(errand="reply")
    for act in ("now", "tomorrow", "safe"):
        press = bench.people.tap(bench.boris, waiting, f"wait:{act}:{reply.id}", chat=bench.group)
        await bench.run()
        assert press.text == ONLY_MANAGERS
    assert words(await writes(bench, "/later завтра 10:00", topic, reply_to=waiting)) == ONLY_MANAGERS
    await bench.later(days=20)
    assert not any(one.endswith("Итоговый ответ") for one in hers(bench))
    stale = bench.people.tap(bench.boris, waiting, "wait:now:999", chat=bench.group)
    await bench.run()
    assert stale.text == "Эта кнопка устарела."


async def test_near_the_safe_date_managers_are_asked_to_release_what_is_held(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    await writes(bench, "/hold Итоговый ответ", topic)
    bench.now.at = datetime(2026, 12, 24, 6, 0, tzinfo=UTC)
    await sweep(bench.desk, bench.now())
    await bench.run()
    reminder = next(one for one in reversed(bench.said(bench.group, topic)) if taps(one) == ["✅ Выпустить ответ"])
    assert "Готовый ответ ждёт" in words(reminder)
    await presses(bench, reminder, "✅ Выпустить ответ", who=bench.clara)
    await bench.later(seconds=1)
    assert hers(bench)[-1].endswith("Итоговый ответ")
    assert words(reminder).startswith("⏰")
