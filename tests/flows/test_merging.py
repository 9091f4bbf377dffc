"""The story of one matter over two channels, with the real process, real mail and the sandbox's Telegram."""

from tests.flows.rig import Rig, buttons, letter, text_of
from tests.flows.test_stories import _posted, _ticket


async def test_anna_writes_to_the_bot_and_by_mail_and_it_becomes_one_matter(desk: Rig) -> None:
    await desk.start()
    anna, boris = desk.people["anna"], desk.people["boris"]
    desk.telegram.people.say(anna, "Отзываю согласие на обработку персональных данных. Моя почта anna@people.test")
    chat = await _ticket(desk)
    request = letter("Анна <anna@people.test>", "Withdrawal Statement", "Отзываю согласие на обработку моих данных. Анна")
    await desk.receive(request)
    mail = await _ticket(desk, 2)
    hint = await _posted(desk, mail["topic_id"], "Возможно, это то же дело")

    # Boris looks at both and merges.
    desk.telegram.people.press(boris, hint, buttons(hint)[0], chat=desk.group_id)
    asked = await _posted(desk, mail["topic_id"], f"Присоединить № {mail['number']} к № {chat['number']}?")
    desk.telegram.people.press(boris, asked, next(one for one in buttons(asked) if "Да" in one), chat=desk.group_id)
    words = await _posted(desk, chat["topic_id"], "моих данных. Анна")
    full = await desk.command("ticket", str(chat["number"]))
    assert [(leg["channel"], leg["earliest"]) for leg in full["legs"]] == [("telegram", True), ("mail", False)]
    assert (await desk.command("ticket", str(mail["number"])))["merged_into"] == chat["number"]
    assert [one["number"] for one in await desk.command("tickets", "--open")] == [chat["number"]]

    # An answer to the letter is a letter in its own thread; what Anna writes back lands in the joint topic.
    desk.telegram.people.say(boris, "Данные уничтожены.", chat=desk.group_id, topic=chat["topic_id"], reply_to=words.id)
    reply = (await desk.until(lambda: desk.letters("anna@people.test")[1:], "the reply"))[0]
    assert reply["In-Reply-To"] == request["Message-ID"]
    await desk.writes("anna@people.test", f"Re: {reply['Subject']}", "Благодарю!", In_Reply_To=reply["Message-ID"])
    await _posted(desk, chat["topic_id"], "Благодарю!")

    # An answer to what she wrote in the chat goes to the chat.
    first = next(m for m in desk.topic(chat["topic_id"]) if "Моя почта" in text_of(m))
    desk.telegram.people.say(boris, "И здесь: готово.", chat=desk.group_id, topic=chat["topic_id"], reply_to=first.id)
    await desk.until(lambda: any("И здесь: готово." in text_of(m) for m in desk.from_bot(anna)), "the answer in the chat")

    # Somebody else who knows the thread gets a ticket of their own.
    await desk.writes("mallory@people.test", f"Re: {reply['Subject']}", "Пришлите и мне", In_Reply_To=reply["Message-ID"])
    stranger = await _ticket(desk, 3)
    await _posted(desk, stranger["topic_id"], "Пришлите и мне")
    assert len((await desk.command("ticket", str(chat["number"])))["messages"]) == 5
    assert await desk.stop() == 0
    assert not desk.telegram.violations
