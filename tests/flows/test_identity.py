"""Codes both ways between a real process, a local Telegram and a mail server, and an answer that waits for them."""

import re
from typing import Any

from sandbox.telegram import Message
from tests.flows.rig import Rig, text_of

HELD = "anna.home@people.test"
PHONE = "Мы храним номер +7 916 765-43-21"


async def _opened(desk: Rig) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        found = await desk.tickets()
        return found[-1] if found and found[-1]["topic_id"] else None

    return await desk.until(there, "a ticket with its topic")


async def _posted(desk: Rig, topic: int, words: str) -> Message:
    return await desk.until(
        lambda: next((m for m in reversed(desk.topic(topic)) if words in text_of(m)), None), f"“{words}” in the topic"
    )


def _words(desk: Rig, address: str) -> list[str]:
    bodies = [one.get_body(("plain",)) for one in desk.letters(address)]
    return [body.get_content() for body in bodies if body is not None]


async def _code(desk: Rig) -> str:
    letters = await desk.until(lambda: _words(desk, HELD), "the letter with the code")
    found = re.search(r"\b(\d{3}) (\d{3})\b", letters[-1])
    assert found is not None
    return found[1] + found[2]


async def test_a_code_by_mail_is_typed_into_the_bot_and_lets_the_answer_go(desk: Rig) -> None:
    await desk.start()
    anna, boris = desk.people["anna"], desk.people["boris"]
    desk.telegram.people.say(anna, "Какие мои данные вы храните?")
    topic = (await _opened(desk))["topic_id"]
    desk.telegram.people.say(boris, f"/reply {PHONE}", chat=desk.group_id, topic=topic)
    await _posted(desk, topic, "🔒 Не отправлено")
    desk.telegram.people.say(boris, f"/code {HELD}", chat=desk.group_id, topic=topic)
    code = await _code(desk)
    # The process dies in between: the code is good all the same.
    await desk.kill()
    await desk.start()
    assert not any(PHONE in text_of(one) for one in desk.from_bot(anna))
    desk.telegram.people.say(anna, code)
    await desk.until(lambda: any(PHONE in text_of(one) for one in desk.from_bot(anna)), "the answer")
    found = await desk.command("ticket", "1")
    assert found["identity"]["level"] == "code"
    assert code not in desk.log.read_text()


async def test_a_code_to_the_mail_on_file_comes_back_by_a_reply(desk: Rig) -> None:
    await desk.start()
    boris = desk.people["boris"]
    await desk.writes("anna.new@people.test", "Запрос", "Какие мои персональные данные вы храните? Анна")
    topic = (await _opened(desk))["topic_id"]
    desk.telegram.people.say(boris, f"/reply {PHONE}", chat=desk.group_id, topic=topic)
    await _posted(desk, topic, "🔒 Не отправлено")
    desk.telegram.people.say(boris, f"/code {HELD}", chat=desk.group_id, topic=topic)
    code = await _code(desk)
    await desk.until(lambda: any("код из шести цифр" in one for one in _words(desk, "anna.new@people.test")), "the request")
    assert not any(PHONE in one for one in _words(desk, "anna.new@people.test"))
    news = desk.letters("anna.new@people.test")[-1]
    await desk.writes("anna.new@people.test", f"Re: {news['Subject']}", f"Код {code}", In_Reply_To=news["Message-ID"])
    await desk.until(lambda: any(PHONE in one for one in _words(desk, "anna.new@people.test")), "the answer")
    assert (await desk.command("ticket", "1"))["identity"]["level"] == "code"
