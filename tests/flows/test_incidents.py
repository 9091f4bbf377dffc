"""An incident found by the operator, on real processes: opened by the command line, and its people told though the process dies."""

import asyncio
import re
from collections import Counter
from pathlib import Path

import pytest

from mail.delivery import CONNECTIONS
from sandbox.telegram import Message
from tests.flows.rig import BEGINNING, Nursery, Rig, buttons, rig, text_of

PEOPLE = [f"person{number}@people.test" for number in range(24)]
ANSWERS = {
    "Что произошло": "Выгрузка заказов лежала в открытом доступе",
    "Категории персональных": "имена и телефоны",
    "Принятые меры": "Доступ закрыт",
    "Уполномоченное лицо": "Клара, +7 900 000-00-00",
}


async def _last(desk: Rig, topic: int, words: str, since: int = 0) -> Message:
    """The message of the topic with these words that is newer than `since`."""

    def found() -> Message | None:
        seen = [one for one in desk.topic(topic) if words in text_of(one) and one.id > since]
        return seen[-1] if seen else None

    message = await desk.until(found, f"“{words}” stands in the topic")
    assert isinstance(message, Message)
    return message


async def _says(desk: Rig, topic: int, text: str, reply_to: Message | None = None) -> Message:
    group = desk.telegram.world.group(desk.group_id)
    return desk.telegram.people.say(desk.people["boris"], text, chat=group, topic=topic, reply_to=reply_to)


async def _presses(desk: Rig, message: Message, button: str) -> None:
    group = desk.telegram.world.group(desk.group_id)
    whole = next(one for one in buttons(message) if button in one)
    desk.telegram.people.press(desk.people["boris"], message, whole, chat=group)


@pytest.mark.timeout(300)
async def test_people_are_told_once_though_the_process_is_killed_again_and_again(nursery: Nursery, tmp_path: Path) -> None:
    async with rig(tmp_path, nursery) as desk:
        await desk.start()
        opened = await desk.command(
            "open", "incident", "--came", f"{BEGINNING:%d.%m.%Y} 10:00", "--words", "Нашли выгрузку в сети"
        )
        assert {one["key"] for one in opened["clocks"]} == {"notify_authority", "report_authority"}

        async def topic_made() -> int:
            return int((await desk.command("ticket", "1"))["topic_id"] or 0)

        topic = await desk.until(topic_made, "the ticket has its topic", 90)
        asked = await _says(desk, topic, "/incident")
        screen = await _last(desk, topic, "🚨 Инцидент", asked.id)
        for button, words in ANSWERS.items():
            before = max(one.id for one in desk.topic(topic))
            await _presses(desk, screen, button)
            question = await _last(desk, topic, "✏️", before)
            await _says(desk, topic, words, question)
            await _last(desk, topic, "Записано", question.id)
        await desk.kill()
        await desk.start()
        before = max(one.id for one in desk.topic(topic))
        await _presses(desk, screen, "Список людей")
        question = await _last(desk, topic, "CSV", before)
        await asyncio.sleep(0)
        group = desk.telegram.world.group(desk.group_id)
        table = "email\n" + "\n".join([*PEOPLE, PEOPLE[0]])
        desk.telegram.people.send(
            desk.people["boris"], "document", table.encode(), name="l.csv", chat=group, topic=topic, reply_to=question
        )
        listed = await _last(desk, topic, "Новых в списке", question.id)
        assert "24" in text_of(listed)
        asked = await _says(desk, topic, "/incident")
        screen = await _last(desk, topic, "🚨 Инцидент", asked.id)
        await _presses(desk, screen, "Сообщить людям")
        preview = await _last(desk, topic, "Вот что прочитают", screen.id)
        await _presses(desk, preview, "Отправить")
        assert desk.mail is not None
        # Each life ends the instant after a notice was handed over, before that can be recorded.
        kills = 0
        for _ in range(4):
            seen = len(desk.mail.arrivals)
            await desk.until(lambda seen=seen: len(desk.mail.arrivals) > seen, "another notice arrives", 60)
            await desk.kill()
            kills += 1
            await desk.start()
        await desk.until(lambda: all(desk.letters(one) for one in PEOPLE), "everybody is told", 120)

        async def over() -> bool:
            return (await desk.command("ticket", "1"))["notices"]["state"] == "done"

        await desk.until(over, "the notices are over", 90)
        notices = (await desk.command("ticket", "1"))["notices"]
        assert (notices["total"], notices["sent"], notices["left"]) == (24, 24, 0)
        repeated = 0
        for one in PEOPLE:
            ids = Counter(str(letter["Message-ID"]) for letter in desk.letters(one))
            assert len(ids) == 1, f"{one} was told by two letters"
            repeated += sum(ids.values()) - 1
        # What was in flight at a kill, at most a letter a connection, may have come twice, as the same letter.
        assert repeated <= kills * CONNECTIONS
        body = desk.letters(PEOPLE[0])[0].get_body(("plain",))
        assert body is not None
        assert re.search("Выгрузка заказов лежала в открытом доступе", body.get_content())
        assert await desk.stop() == 0
