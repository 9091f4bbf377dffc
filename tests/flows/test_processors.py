"""Processors with the real process: letters released by a tap, answers by mail, a bounce, a stranger, a death in between."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sandbox.telegram import Message
from tests.flows.rig import Nursery, Rig, buttons, letter, rig, text_of

SETTINGS = {
    "DESK_PROCESSORS__0__NAME": "ООО «Доставка»",
    "DESK_PROCESSORS__0__EMAIL": "privacy@people.test",
    "DESK_PROCESSORS__0__CONTRACT_NUMBER": "Д-17",
    "DESK_PROCESSORS__1__NAME": "ООО «Рассылка»",
    "DESK_PROCESSORS__1__EMAIL": "dpo@people.test",
}


def listed(desk: Rig, topic: int, words: str = "Обработчики:") -> Message | None:
    return next((m for m in reversed(desk.topic(topic)) if "Обработчики:" in text_of(m) and words in text_of(m)), None)


async def withdrawal(desk: Rig) -> int:
    await desk.writes(
        "Анна Петрова <anna@people.test>", "Withdrawal Statement", "Отзываю согласие, мой диагноз — тайна. Анна Петрова"
    )

    async def there() -> dict[str, Any] | None:
        found = await desk.tickets()
        return found[-1] if found and found[-1]["topic_id"] else None

    return int((await desk.until(there, "a ticket with its topic"))["topic_id"])


async def taps(desk: Rig, message: Message, start: str) -> None:
    text = next(one for one in buttons(message) if one.startswith(start))
    press = desk.telegram.people.press(desk.people["boris"], message, text, chat=desk.group_id)
    await press.answered()


def answer(told: EmailMessage, sender: str, text: str) -> EmailMessage:
    return letter(sender, f"Re: {told['Subject']}", text, In_Reply_To=told["Message-ID"], References=told["Message-ID"])


async def test_two_processors_of_which_one_is_silent_at_first(nursery: Nursery, tmp_path: Path) -> None:
    async with rig(tmp_path, nursery, **SETTINGS) as desk:
        await desk.start()
        topic = await withdrawal(desk)
        drafts = await desk.until(lambda: listed(desk, topic, "подтвердили 0 из 2"), "the drafts")
        assert desk.letters("privacy@people.test") == []
        await taps(desk, drafts, "📨 Отправить все (2)")
        [first] = await desk.until(lambda: desk.letters("privacy@people.test"), "the first letter")
        [second] = await desk.until(lambda: desk.letters("dpo@people.test"), "the second letter")
        body = first.get_body(("plain",)).get_content()
        assert "Анна Петрова" in body
        assert "№ Д-17" in body
        assert "диагноз" not in body + second.get_body(("plain",)).get_content()
        assert "Auto-Submitted" not in first
        assert first["Subject"] != second["Subject"]
        await desk.until(lambda: listed(desk, topic, "должен подтвердить"), "their terms run")

        # A stranger who got hold of the reference; then the processor itself; in between the desk dies.
        await desk.receive(answer(first, "mallory@evil.test", "Всё удалено"))
        await desk.until(
            lambda: next((m for m in desk.topic(topic) if "пришло оно с адреса mallory@evil.test" in text_of(m)), None),
            "the stranger",
        )
        await desk.kill()
        await desk.receive(answer(first, "privacy@people.test", "Обработка прекращена, данные уничтожены 10.12."))
        await desk.start()
        asked = await desk.until(
            lambda: next((m for m in desk.topic(topic) if text_of(m).startswith("📨 Ответ: ООО «Доставка»")), None), "the answer"
        )
        await taps(desk, asked, "✅ Подтвердил")
        await desk.until(lambda: listed(desk, topic, "подтвердили 1 из 2"), "one of two")
        assert len(await desk.tickets()) == 1
        ticket = await desk.command("ticket", "1")
        assert not any(step["key"] == "processors" and step["done_at"] for step in ticket["demands"][0]["steps"])

        # The silent one at last answers in part, then all.
        await desk.receive(answer(second, "dpo@people.test", "Часть удалена"))
        part = await desk.until(
            lambda: next((m for m in desk.topic(topic) if text_of(m).startswith("📨 Ответ: ООО «Рассылка»")), None), "its answer"
        )
        await taps(desk, part, "◐ Частично")
        question = await desk.until(
            lambda: next((m for m in desk.topic(topic) if text_of(m).startswith("Что не исполнено")), None), "what was not done"
        )
        boris = desk.people["boris"]
        desk.telegram.people.say(boris, "архив ещё не чистили", chat=desk.group_id, topic=topic, reply_to=question.id)
        partly = await desk.until(lambda: listed(desk, topic, "подтвердил только часть"), "in part")
        assert "подтвердили 1 из 2" in text_of(partly)
        assert await desk.stop() == 0
        assert not desk.telegram.violations


async def test_a_letter_that_comes_back_is_said(nursery: Nursery, tmp_path: Path) -> None:
    async with rig(tmp_path, nursery, **SETTINGS) as desk:
        await desk.start()
        topic = await withdrawal(desk)
        drafts = await desk.until(lambda: listed(desk, topic, "подтвердили 0 из 2"), "the drafts")
        await taps(desk, drafts, "📨 ООО «Доставка»")
        [told] = await desk.until(lambda: desk.letters("privacy@people.test"), "the letter")
        await desk.until(lambda: listed(desk, topic, "должен подтвердить"), "its term runs")
        raw = (
            "From: MAILER-DAEMON@people.test\r\nTo: support@desk.test\r\nSubject: Undelivered Mail\r\nMessage-ID: <bounce1@people.test>\r\n"
            'Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nUser unknown\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; people.test\r\n\r\n"
            "Final-Recipient: rfc822; privacy@people.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
            f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {told['Message-ID']}\r\nTo: privacy@people.test\r\n\r\n--b--\r\n"
        )
        await desk.mail.deliver(raw.encode(), "support@desk.test", sender="")
        await desk.until(lambda: listed(desk, topic, "вернулось недоставленным"), "it came back")
        assert any("обработчик ничего не знает" in text_of(m) for m in desk.topic(topic))
        assert len(await desk.tickets()) == 1
        assert await desk.stop() == 0
