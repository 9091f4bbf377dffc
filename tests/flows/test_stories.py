"""Whole stories with the real process: what a person does and what a person sees."""

import asyncio
import signal
import time
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from sandbox.telegram import Message
from tests.flows.rig import Nursery, Rig, buttons, letter, rig, text_of
from tests.sandbox.telegram.conftest import png
from tests.servers.fixtures import ANNA
from tests.servers.fixtures import DESK as REAL_DESK

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 40


async def _ticket(desk: Rig, count: int = 1) -> dict[str, Any]:
    """The newest ticket, once there are so many and its topic is made."""

    async def there() -> dict[str, Any] | None:
        found = await desk.tickets()
        return found[-1] if len(found) == count and found[-1]["topic_id"] else None

    return await desk.until(there, f"{count} tickets with topics")


async def _posted(desk: Rig, topic: int, words: str) -> Message:
    return await desk.until(
        lambda: next((m for m in reversed(desk.topic(topic)) if words in text_of(m)), None), f"“{words}” in the topic"
    )


async def test_a_letter_is_answered_in_its_topic_and_the_answer_comes_back_to_it(desk: Rig) -> None:
    await desk.start()
    request = letter("Анна <anna@people.test>", "Withdrawal Statement", "Отзываю согласие. Анна")
    request.add_attachment(PDF, maintype="application", subtype="pdf", filename="Заявление об отзыве.pdf")
    await desk.receive(request)
    [first] = await desk.until(lambda: desk.letters("anna@people.test"), "an acknowledgement")
    assert first["In-Reply-To"] == request["Message-ID"]
    assert first["Auto-Submitted"] == "auto-replied"
    ticket = await _ticket(desk)
    assert [one["name"] for one in ticket["attachments"]] == ["Заявление об отзыве.pdf"]
    topic = ticket["topic_id"]
    words = await _posted(desk, topic, "Отзываю согласие")
    [file] = await desk.until(lambda: [m for m in desk.topic(topic) if "document" in m.content], "the file in the topic")
    assert file.content["document"]["file_name"] == "Заявление об отзыве.pdf"

    # A word among staff stays inside; a reply with a file goes to Anna.
    boris = desk.people["boris"]
    desk.telegram.people.say(boris, "Кто возьмёт?", chat=desk.group_id, topic=topic)
    desk.telegram.people.send(
        boris, "document", PDF, name="Акт.pdf", caption="Данные уничтожены.", chat=desk.group_id, topic=topic, reply_to=words.id
    )
    reply = (await desk.until(lambda: desk.letters("anna@people.test")[1:], "the reply"))[0]
    body = reply.get_body(("plain",))
    assert body is not None
    assert "Данные уничтожены." in body.get_content()
    [enclosed] = list(reply.iter_attachments())
    assert (enclosed.get_filename(), enclosed.get_content()) == ("Акт.pdf", PDF)
    assert reply["In-Reply-To"] == request["Message-ID"]
    assert "Auto-Submitted" not in reply

    # Anna answers: the same topic, no second acknowledgement.
    await desk.writes("anna@people.test", f"Re: {reply['Subject']}", "Спасибо!", In_Reply_To=reply["Message-ID"])
    await _posted(desk, topic, "Спасибо!")
    assert len(desk.letters("anna@people.test")) == 2
    assert len(await desk.tickets()) == 1
    assert await desk.stop() == 0
    assert not desk.telegram.violations


async def test_a_reply_can_be_taken_back_in_time(nursery: Nursery, tmp_path: Path) -> None:
    async with rig(tmp_path, nursery, DESK_STAFF__UNDO_SECONDS="60") as desk:
        await desk.start()
        await desk.writes("anna@people.test", "Претензия", "Верните деньги за заказ.")
        topic = (await _ticket(desk))["topic_id"]
        words = await _posted(desk, topic, "Верните деньги")
        boris = desk.people["boris"]
        desk.telegram.people.say(boris, "Не вернём!", chat=desk.group_id, topic=topic, reply_to=words.id)
        undo = await desk.until(
            lambda: next((m for m in desk.topic(topic) if any("Отменить" in b for b in buttons(m))), None), "an Undo button"
        )
        press = desk.telegram.people.press(boris, undo, next(b for b in buttons(undo) if "Отменить" in b), chat=desk.group_id)
        await press.answered()
        await desk.until(lambda: not any("Отменить" in b for b in buttons(undo)), "the button is gone")
        await desk.until(lambda: desk.letters("anna@people.test"), "the acknowledgement")
        assert await desk.stop() == 0
        assert len(desk.letters("anna@people.test")) == 1


async def test_an_album_from_a_chat_reaches_the_topic_and_the_reply_the_chat(desk: Rig) -> None:
    await desk.start()
    anna, boris = desk.people["anna"], desk.people["boris"]
    desk.telegram.people.say(anna, "Добрый день! На какой адрес прислать бумажное письмо?")
    topic = (await _ticket(desk))["topic_id"]
    desk.telegram.people.send_album(anna, [{"kind": "photo", "data": png(8, 8)}, {"kind": "photo", "data": png(9, 9)}])
    photos = await desk.until(
        lambda: (found := [m for m in desk.topic(topic) if "photo" in m.content]) and len(found) == 2 and found, "both photos"
    )
    assert photos[0].media_group_id == photos[1].media_group_id is not None
    words = await _posted(desk, topic, "бумажное письмо")
    desk.telegram.people.say(boris, "На адрес из политики.", chat=desk.group_id, topic=topic, reply_to=words.id)
    await desk.until(lambda: any("На адрес из политики." in text_of(m) for m in desk.from_bot(anna)), "the answer in the chat")
    desk.telegram.people.say(anna, "Понятно, спасибо.")
    await _posted(desk, topic, "Понятно")
    assert len(await desk.tickets()) == 1
    desk.telegram.people.block(anna)
    desk.telegram.people.say(boris, "И ещё одно.", chat=desk.group_id, topic=topic, reply_to=words.id)
    await desk.until(
        lambda: any("заблокировал" in text_of(m) for m in desk.topic(topic)), "staff are told that Anna blocked the bot"
    )
    assert await desk.stop() == 0


async def test_a_deleted_topic_is_made_anew_and_nothing_is_lost(desk: Rig) -> None:
    await desk.start()
    await desk.writes("anna@people.test", "Withdrawal Statement", "Отзываю согласие.")
    ticket = await _ticket(desk)
    desk.telegram.people.delete_topic(desk.group_id, ticket["topic_id"])
    [ack] = await desk.until(lambda: desk.letters("anna@people.test"), "an acknowledgement")
    await desk.writes("anna@people.test", f"Re: {ack['Subject']}", "Вы меня слышите?", In_Reply_To=ack["Message-ID"])

    async def moved() -> int | None:
        [now] = await desk.tickets()
        return now["topic_id"] if now["topic_id"] not in (None, ticket["topic_id"]) else None

    topic = await desk.until(moved, "a new topic")
    await _posted(desk, topic, "Вы меня слышите?")
    await desk.until(lambda: any(m.pinned for m in desk.topic(topic)), "the card pinned in the new topic")
    assert await desk.stop() == 0


async def test_outages_of_everything_lose_nothing(desk: Rig) -> None:
    assert desk.mail is not None
    await desk.start()
    await desk.until(lambda: any(call.method == "getUpdates" for call in desk.telegram.calls), "the desk is up")
    await desk.telegram.refuse_connections()
    await desk.mail.fault("smtp", "refuse")
    await desk.writes("anna@people.test", "Withdrawal Statement", "Отзываю согласие.")
    desk.telegram.people.say(desk.people["anna"], "Вы работаете сегодня до скольки?")

    async def taken() -> bool:
        return len(await desk.tickets()) == 1

    await desk.until(taken, "the letter is a ticket though nobody can be told")
    await desk.mail.fault("imap", "drop")
    await desk.mail.cut_connections("imap")
    await desk.writes("boris.person@people.test", "Претензия", "Верните деньги за заказ.")
    await desk.mail.lift_faults()
    await desk.telegram.accept_connections()
    await desk.until(
        lambda: desk.letters("anna@people.test") and desk.letters("boris.person@people.test"), "both are answered", 90
    )
    await desk.until(lambda: desk.from_bot(desk.people["anna"]), "the chat is answered", 90)
    await _ticket(desk, 3)
    await desk.until(lambda: desk.letters("anna@people.test"), "the letter is answered")
    assert await desk.stop() == 0
    assert len(desk.letters("anna@people.test")) == 1


async def test_what_came_while_the_desk_was_down_is_taken_with_its_own_receipt(desk: Rig) -> None:
    assert desk.mail is not None
    await desk.start()
    await desk.writes("anna@people.test", "Withdrawal Statement", "Отзываю согласие.")
    await _ticket(desk)
    assert await desk.stop() == 0
    await desk.writes("second@people.test", "Withdrawal Statement", "Отзываю согласие, второе.")
    received = desk.mail.mails("support@desk.test")[-1]
    desk.telegram.people.say(desk.people["anna"], "Кто-нибудь есть?")
    await asyncio.sleep(1.1)
    await desk.mail.renumber("support@desk.test")
    await desk.start()
    await desk.until(lambda: desk.letters("second@people.test"), "the second letter is answered")
    await desk.until(lambda: desk.from_bot(desk.people["anna"]), "the chat is answered")
    tickets = await desk.tickets()
    second = next(one for one in tickets if one["requester"]["emails"] == ["second@people.test"])
    assert second["received_at"][:19] == received.received_at.astimezone(_zone(second)).isoformat()[:19]
    assert len(tickets) == 3
    assert len(desk.letters("anna@people.test")) == 1
    assert await desk.stop() == 0


def _zone(ticket: dict[str, Any]) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(ticket["received_at"]).tzinfo


async def test_sigterm_in_the_middle_of_work_ends_within_ten_seconds(desk: Rig) -> None:
    for number in range(40):
        await desk.writes(f"p{number}@people.test", "Withdrawal Statement", f"Отзываю согласие {number}.")
    await desk.start()
    await desk.until(lambda: desk.letters("p0@people.test"), "work has begun")
    import os

    began = time.monotonic()
    os.kill(desk.pid, signal.SIGTERM)
    assert await desk.nursery.wait(desk.pid) == 0
    desk.pid = 0
    assert time.monotonic() - began < 10
    await desk.start()
    await desk.until(lambda: all(desk.letters(f"p{n}@people.test") for n in range(40)), "every letter is answered", 60)
    assert await desk.stop() == 0
    assert all(len(desk.letters(f"p{n}@people.test")) == 1 for n in range(40))


@pytest.mark.timeout(180)
async def test_with_real_dovecot_and_mta_a_letter_is_acknowledged_at_once_and_threads(
    dovecot: Any, mta: Any, nursery: Nursery, tmp_path: Path
) -> None:
    mailbox = {
        "DESK_MAILBOXES__0__ADDRESS": REAL_DESK,
        "DESK_MAILBOXES__0__IMAP_URL": dovecot.imap_url(REAL_DESK),
        "DESK_MAILBOXES__0__SMTP_URL": mta.smtp_url(REAL_DESK),
    }
    async with rig(tmp_path, nursery, **mailbox) as desk:
        await desk.start()
        await desk.until(lambda: dovecot.connections(REAL_DESK), "the mailbox is watched")
        request = _mail("Re: Withdrawal Statement", "Отзываю согласие на обработку моих данных. Анна")
        await asyncio.to_thread(mta.send, request.as_bytes(policy=policy.SMTP), to=REAL_DESK, sender=ANNA)
        [raw] = await asyncio.to_thread(dovecot.wait_for_messages, ANNA, 1)
        first = BytesParser(policy=policy.default).parsebytes(raw)
        assert first["References"] == first["In-Reply-To"] == request["Message-ID"]
        ticket = await _ticket(desk)
        words = await _posted(desk, ticket["topic_id"], "Отзываю согласие")
        boris = desk.people["boris"]
        desk.telegram.people.say(boris, "Готово.", chat=desk.group_id, topic=ticket["topic_id"], reply_to=words.id)
        raws = await asyncio.to_thread(dovecot.wait_for_messages, ANNA, 2)
        reply = BytesParser(policy=policy.default).parsebytes(raws[-1])
        answer = _mail(f"Re: {reply['Subject']}", "Благодарю.", In_Reply_To=reply["Message-ID"])
        await asyncio.to_thread(mta.send, answer.as_bytes(policy=policy.SMTP), to=REAL_DESK, sender=ANNA)
        await _posted(desk, ticket["topic_id"], "Благодарю.")
        away = _mail(
            "Автоответ: Re: Withdrawal Statement", "Я в отпуске.", Auto_Submitted="auto-replied", In_Reply_To=reply["Message-ID"]
        )
        await asyncio.to_thread(mta.send, away.as_bytes(policy=policy.SMTP), to=REAL_DESK, sender=ANNA)
        await _posted(desk, ticket["topic_id"], "автоматическое")
        assert await desk.stop() == 0
        assert len(await asyncio.to_thread(dovecot.messages, ANNA)) == 2
        assert len(await desk.tickets()) == 1


def _mail(subject: str, text: str, **headers: str) -> EmailMessage:
    made = letter(ANNA, subject, text, **headers)
    del made["To"]
    made["To"] = REAL_DESK
    return made
