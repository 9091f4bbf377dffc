"""Merging in the staff group: seen side by side first, done by a tap under that very question, and shown in both topics."""

from desk.ports import Incoming, Sender
from models import Contact, Inbound, Outbox, Ticket
from models import Message as Stored
from sandbox.telegram import Message as Posting
from tests.bot.bench import Bench, taps, words

WITHDRAWAL = "Отзываю согласие на обработку персональных данных. Мой адрес: anna@example.org"


async def by_mail(bench: Bench, number: int = 1, address: str = "anna@example.org", **changes: object) -> Ticket:
    """A letter is taken by the desk, as the mail door would have it."""
    from dataclasses import replace

    from desk.flow.intake import take
    from models.store.connect import transaction

    incoming = Incoming(
        channel="mail",
        sender=Sender("email", address, name="Анна Петрова"),
        received_at=bench.now(),
        external_id=f"<{number}@example.org>",
        text="Отзываю согласие.",
        new_text="Отзываю согласие.",
        language="ru",
        subject="Withdrawal Statement",
        kinds=("consent_withdrawal",),
        mailbox="support@desk.example",
    )
    row = await Inbound.create(
        channel="mail", source="mail:x", position=number, conversation=f"mail:{address}", received_at=bench.now(),
        stored_at=bench.now(), size=1, next_try_at=bench.now(), state="done",
    )  # fmt: skip
    async with transaction():
        outcome = await take(bench.desk, replace(incoming, **changes), row, bench.now())
    await bench.run()
    return await Ticket.get(id=outcome.ticket_id)


async def two(bench: Bench) -> tuple[Ticket, Ticket]:
    """Anna's ticket from the bot, and the one of her letter two days later."""
    await bench.anna_asks(WITHDRAWAL)
    await bench.later(days=2)
    mail = await by_mail(bench)
    return await bench.ticket(1), mail


async def say(bench: Bench, text: str, ticket: Ticket) -> Posting:
    bench.people.say(bench.boris, text, chat=bench.group, topic=ticket.topic_id)
    await bench.run()
    return bench.last(bench.group, ticket.topic_id)


async def tap(bench: Bench, posting: Posting, label: str) -> str:
    press = bench.people.press(bench.boris, posting, next(one for one in taps(posting) if label in one), chat=bench.group)
    await bench.run()
    return press.text or ""


async def forge(bench: Bench, posting: Posting, data: str) -> str:
    press = bench.people.tap(bench.boris, posting, data, chat=bench.group)
    await bench.run()
    return press.text or ""


async def merged(bench: Bench) -> tuple[Ticket, Ticket]:
    chat, mail = await two(bench)
    await tap(bench, await say(bench, f"/merge {chat.id}", mail), "Да")
    return await bench.ticket(chat.id), await bench.ticket(mail.id)


async def test_both_are_seen_side_by_side_and_one_tap_merges(bench: Bench) -> None:
    chat, mail = await two(bench)
    asked = await say(bench, f"/merge № {chat.id}", mail)
    seen = words(asked)
    assert f"Присоединить № {mail.id} к № {chat.id}?" in seen
    for part in ("anna@example.org", "@anna", "отзыв согласия", "Получено 10.12.2026", "Получено 12.12.2026"):
        assert part in seen, part
    assert (await bench.ticket(mail.id)).merged_into is None
    assert "продолжается" in await tap(bench, asked, "Да")
    assert taps(asked) == []
    chat, mail = await bench.ticket(chat.id), await bench.ticket(mail.id)
    assert mail.merged_into == chat.id
    card = await bench.card(mail.id)
    assert f"присоединена к № {chat.id}" in words(card)
    assert taps(card) == []
    assert "Уничтожить" not in words(card)
    joint = await bench.card(chat.id)
    assert "← срок отсюда" in words(joint)
    assert "e-mail" in words(joint) or "почта" in words(joint)
    said = bench.texts(bench.group, mail.topic_id)
    assert any(f"идёт дальше в № {chat.id}" in one for one in said)
    told = next(one for one in bench.said(bench.group, chat.topic_id) if f"присоединена № {mail.id}" in words(one))
    assert taps(told) == [f"№ {mail.id} →"]
    shown = bench.last(bench.group, chat.topic_id)
    assert words(shown).startswith("✉️ Анна Петрова")
    assert f"№ {mail.id}" in words(shown).splitlines()[0]


async def test_an_answer_to_the_words_of_the_leg_goes_by_mail_and_to_the_card_by_telegram(bench: Bench) -> None:
    chat, mail = await merged(bench)
    letter = bench.last(bench.group, chat.topic_id)
    bench.people.say(bench.boris, "Письмом", chat=bench.group, topic=chat.topic_id, reply_to=letter)
    bench.people.say(bench.boris, "В чат", chat=bench.group, topic=chat.topic_id, reply_to=await bench.card(chat.id))
    await bench.later(seconds=1)
    await bench.later(seconds=11)
    assert words(bench.last(bench.chat_of(bench.anna))).endswith("В чат")
    [sent] = await Outbox.filter(channel="mail", errand="reply")
    assert (sent.content["to"], sent.content["text"], sent.content["number"]) == ("anna@example.org", "Письмом", mail.id)


async def test_what_is_written_in_the_topic_that_ended_is_refused_or_a_note(bench: Bench) -> None:
    chat, mail = await merged(bench)
    old = next(one for one in bench.said(bench.group, mail.topic_id) if words(one).startswith("✉️"))
    bench.people.say(bench.boris, "В никуда", chat=bench.group, topic=mail.topic_id, reply_to=old)
    await bench.run()
    assert "продолжайте там" in bench.texts(bench.group, mail.topic_id)[-1]
    for command in ("/reply Ау", "/close", "/reopen", "/take", "/kind +claim", "/letter 10.12.2026", f"/merge {chat.id}"):
        assert f"№ {chat.id}" in words(await say(bench, command, mail)), command
    assert not await Outbox.filter(channel="mail", errand="reply").exists()
    assert (await bench.ticket(mail.id)).status == "closed"


async def test_a_tap_on_an_old_card_of_a_merged_ticket_is_refused(bench: Bench) -> None:
    chat, mail = await two(bench)
    await tap(bench, await say(bench, f"/merge {chat.id}", mail), "Да")
    for act in ("take", "close", "reopen", "stop"):
        assert "продолжайте там" in await forge(bench, await bench.card(mail.id), f"card:{act}:{mail.id}:1"), act


async def test_the_question_can_be_turned_round_and_left(bench: Bench) -> None:
    chat, mail = await two(bench)
    asked = await say(bench, f"/merge {chat.id}", mail)
    await tap(bench, asked, "Наоборот")
    assert f"Присоединить № {chat.id} к № {mail.id}?" in words(asked)
    await tap(bench, asked, "Да")
    assert ((await bench.ticket(chat.id)).merged_into, (await bench.ticket(mail.id)).merged_into) == (mail.id, None)
    await say(bench, "/unmerge", await bench.ticket(chat.id))
    asked = await say(bench, f"/merge {mail.id}", await bench.ticket(chat.id))
    await tap(bench, asked, "Отмена")
    assert "Ничего не объединено" in words(asked)
    assert not await Ticket.filter(merged_into__isnull=False).exists()


async def test_a_hint_offers_and_never_merges_by_itself(bench: Bench) -> None:
    chat, mail = await two(bench)
    hint = next(one for one in bench.said(bench.group, mail.topic_id) if "Возможно, это то же дело" in words(one))
    assert taps(hint) == [f"↪️ Объединить с № {chat.id}"]
    await tap(bench, hint, "Объединить")
    assert not await Ticket.filter(merged_into__isnull=False).exists()
    await tap(bench, bench.last(bench.group, mail.topic_id), "Да")
    assert (await bench.ticket(mail.id)).merged_into == chat.id
    assert not any("то же дело" in one for one in bench.texts(bench.chat_of(bench.anna)))


async def test_without_a_number_the_likely_ones_are_offered(bench: Bench) -> None:
    chat, mail = await two(bench)
    offer = await say(bench, "/merge", mail)
    assert taps(offer) == [f"№ {chat.id} · отзыв согласия"]
    await tap(bench, offer, f"№ {chat.id}")
    assert f"Присоединить № {mail.id}" in words(bench.last(bench.group, mail.topic_id))
    other = await by_mail(bench, 5, "somebody@else.example", sender=Sender("email", "somebody@else.example"), kinds=("claim",))
    assert "не нашлось" in words(await say(bench, "/merge", other))
    assert "/merge 12" in words(await say(bench, "/merge с той, первой", other))
    assert "Заявки № 99 нет" in words(await say(bench, "/merge 99", other))


async def test_forged_taps_merge_nothing(bench: Bench) -> None:
    chat, mail = await two(bench)
    other = await by_mail(bench, 5, "somebody@else.example", sender=Sender("email", "somebody@else.example"), kinds=("claim",))
    asked = await say(bench, f"/merge {chat.id}", mail)
    forged = [
        f"merge:do:{other.id}:{chat.id}",
        f"merge:do:{mail.id}:{other.id}",
        f"merge:eat:{mail.id}:{chat.id}",
        "merge:do:99:1",
    ]
    for data in forged:
        assert "устарела" in await forge(bench, asked, data), data
    assert "устарела" in await forge(bench, await bench.card(mail.id), f"merge:do:{mail.id}:{chat.id}")
    hers = bench.last(bench.chat_of(bench.anna))
    bench.people.tap(bench.anna, hers, f"merge:do:{mail.id}:{chat.id}")
    await bench.run()
    assert not await Ticket.filter(merged_into__isnull=False).exists()


async def test_a_merged_pair_is_taken_apart_in_the_topic_that_ended(bench: Bench) -> None:
    chat, mail = await merged(bench)
    bench.people.say(bench.boris, "/unmerge", chat=bench.group, topic=mail.topic_id)
    await bench.run()
    assert "снова отдельная заявка" in bench.texts(bench.group, mail.topic_id)[-1]
    assert "снова отдельная заявка" in bench.texts(bench.group, chat.topic_id)[-1]
    card = words(await bench.card(mail.id))
    assert "присоединена" not in card
    assert "11.01" in card or "до" in card
    assert "не присоединена" in words(await say(bench, "/unmerge", mail))


async def test_the_person_sees_the_joint_ticket_once_and_goes_on_writing(bench: Bench) -> None:
    chat, mail = await two(bench)
    await tap(bench, await say(bench, f"/merge {mail.id}", chat), "Да")
    bench.people.say(bench.anna, "/status")
    await bench.run()
    seen = words(bench.last(bench.chat_of(bench.anna)))
    assert f"№ {mail.id} (№ {chat.id})" in seen
    assert seen.count("Получено") == 1
    assert f"№ {mail.id}" in "".join(taps(bench.last(bench.chat_of(bench.anna))))
    bench.people.say(bench.anna, "И ещё одно слово")
    await bench.run()
    assert "И ещё одно слово" in bench.texts(bench.group, mail.topic_id)[-1]
    shown = bench.last(bench.group, mail.topic_id)
    bench.people.say(bench.boris, "Видим", chat=bench.group, topic=mail.topic_id, reply_to=shown)
    await bench.later(seconds=1)
    await bench.later(seconds=11)
    assert words(bench.last(bench.chat_of(bench.anna))).endswith("Видим")
    assert await Ticket.all().count() == 2


async def test_photos_of_the_leg_are_shown_in_the_joint_topic(bench: Bench) -> None:
    from tests.bot.bench import picture

    chat, mail = await two(bench)
    bench.people.send_album(bench.anna, [{"kind": "photo", "data": picture(1)}, {"kind": "photo", "data": picture(2)}])
    await bench.later(seconds=3)
    await tap(bench, await say(bench, f"/merge {mail.id}", chat), "Да")
    await bench.later(seconds=3)
    photos = [one for one in bench.said(bench.group, mail.topic_id) if "photo" in one.content]
    assert len(photos) == 2
    assert await Contact.filter(verified="staff").count() == 0


async def test_words_meant_for_the_joint_ticket_move_to_the_persons_own_leg_of_it(bench: Bench) -> None:
    chat, mail = await two(bench)
    await tap(bench, await say(bench, f"/merge {mail.id}", chat), "Да")
    await by_telegram_claim(bench)
    assert await Ticket.all().count() == 3
    bench.people.say(bench.anna, "Вот номер договора: А-17")
    await bench.run()
    asked = bench.last(bench.chat_of(bench.anna))
    label = next(one for one in taps(asked) if f"№ {mail.id} " in one)
    bench.people.press(bench.anna, asked, label)
    await bench.run()
    [kept] = await Stored.filter(text="Вот номер договора: А-17")
    assert kept.ticket_id == chat.id
    shown = bench.last(bench.group, mail.topic_id)
    assert "А-17" in words(shown)
    bench.people.say(bench.boris, "Нашли", chat=bench.group, topic=mail.topic_id, reply_to=shown)
    await bench.later(seconds=1)
    await bench.later(seconds=11)
    assert words(bench.last(bench.chat_of(bench.anna))).endswith("Нашли")


async def by_telegram_claim(bench: Bench) -> Ticket:
    """Another open matter of Anna's, by the bot."""
    from desk.flow.intake import take
    from models.store.connect import transaction

    incoming = Incoming(
        channel="telegram",
        sender=Sender("telegram", str(bench.anna.id), name="Анна"),
        received_at=bench.now(),
        external_id="claim:1",
        text="Претензия",
        new_text="Претензия",
        language="ru",
        kinds=("claim",),
        chat_id=bench.anna.id,
    )
    row = await Inbound.create(
        channel="telegram", source="telegram:x", position=1, conversation="tg:x", received_at=bench.now(),
        stored_at=bench.now(), size=1, next_try_at=bench.now(), state="done",
    )  # fmt: skip
    async with transaction():
        outcome = await take(bench.desk, incoming, row, bench.now())
    await bench.run()
    return await Ticket.get(id=outcome.ticket_id)
