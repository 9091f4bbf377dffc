"""/incident: what is known, drafts of both notices, receipts of the portal, and notices to the people concerned."""

from dataclasses import replace

from desk.flow.intake import take
from desk.incident import notifying
from desk.ports import Incoming, Sender
from models import Clock, Concerned, Inbound, Incident, Notifying, Outbox, OutboxState, Receipt, Step
from models.store.connect import transaction
from sandbox.telegram import Message as Shown
from tests.bot.bench import Bench, taps, words
from tests.bot.terms import demand, presses, writes

LIST = "email;name\nmaria@example.ru;Мария\nsemen@example.ru;Семён\nmaria@example.ru;Мария\nкривой;Кто-то\n"


async def incident(bench: Bench) -> tuple[int, Shown]:
    topic = await demand(bench, "breach_report")
    return topic, await writes(bench, "/incident", topic)


async def fills(bench: Bench, topic: int, screen: Shown, **said: str) -> None:
    for name, text in said.items():
        button = next(one for one in taps(screen) if name.replace("_", " ") in one)
        await presses(bench, screen, button)
        await writes(bench, text, topic, reply_to=bench.last(bench.group, topic))


async def described(bench: Bench) -> tuple[int, Shown]:
    topic, screen = await incident(bench)
    await fills(
        bench, topic, screen, Что_произошло="Выгрузка заказов лежала в открытом доступе", Категории_персональных="имена и телефоны",
        Принятые_меры="Доступ закрыт", Уполномоченное="Клара, +7 900 000-00-00",
    )  # fmt: skip
    return topic, screen


async def lists(bench: Bench, topic: int, screen: Shown, text: str = LIST) -> str:
    await presses(bench, screen, "👥 Список людей")
    question = bench.last(bench.group, topic)
    bench.now.forward(seconds=10)
    bench.people.send(
        bench.boris, "document", text.encode("cp1251"), name="l.csv", chat=bench.group, topic=topic, reply_to=question
    )
    await bench.run()
    return words(bench.last(bench.group, topic))


async def tells(bench: Bench, topic: int) -> Shown:
    screen = await writes(bench, "/incident", topic)
    await presses(bench, screen, next(one for one in taps(screen) if "Сообщить людям" in one))
    preview = bench.last(bench.group, topic)
    assert "Выгрузка заказов" in words(preview)
    await presses(bench, preview, "📨 Отправить")
    return preview


async def released(bench: Bench) -> int:
    return await notifying.go_on(bench.desk, bench.now())


async def test_what_is_known_goes_into_the_draft_and_gaps_are_named(bench: Bench) -> None:
    topic, _screen = await described(bench)
    screen = await writes(bench, "/incident", topic)
    assert "✅ Что произошло: Выгрузка заказов" in words(screen)
    assert "☐ ИНН" in words(screen)
    said = await presses(bench, screen, "📄 Проект уведомления, 24 ч")
    assert "ИНН" in said
    drafts = [one.content["document"] for one in bench.said(bench.group, topic) if "document" in one.content]
    assert [one["file_name"].rpartition(".")[2] for one in drafts] == ["pdf", "docx"]


async def test_one_answer_after_the_other_fills_a_notice_and_the_panel_shows_them(bench: Bench) -> None:
    topic, screen = await incident(bench)
    await presses(bench, screen, "➕ ИНН")
    question = bench.last(bench.group, topic)
    asked = []
    for place in range(11):
        asked.append(words(question).splitlines()[-1])
        question = await writes(bench, f"Ответ {place}", topic, reply_to=question)
        panel = next(one for one in bench.said(bench.group, topic) if words(one).startswith("🚨 Инцидент"))
        assert words(panel).count("✅") == place + 1
        left = 10 - place
        said = f"✍️ Записано. Осталось заполнить: {left}." if left else "✍️ Записано. В этом уведомлении заполнено всё"
        assert words(question).startswith(said)
    assert len(set(asked)) == 11
    # What is said otherwise later asks for nothing that is there; what may stay empty asks for nothing at all.
    for button in ("✏️ Что произошло", "➕ Дополнительные сведения"):
        await presses(bench, panel, button)
        said = words(await writes(bench, "Иначе", topic, reply_to=bench.last(bench.group, topic)))
        assert said.startswith("✍️ Записано")
        assert "✏️" not in said
    assert "✅ Что произошло: Иначе" in words(panel)


async def test_what_a_colleague_has_filled_in_meanwhile_is_not_asked_again(bench: Bench) -> None:
    topic, screen = await incident(bench)
    await presses(bench, screen, "➕ Что произошло")
    mine = bench.last(bench.group, topic)
    await presses(bench, screen, "➕ Категории персональных данных")
    await writes(bench, "имена", topic, reply_to=bench.last(bench.group, topic))
    assert "Чьи это данные" in words(await writes(bench, "Открытый каталог заказов", topic, reply_to=mine))


async def test_the_number_of_the_portal_does_the_step_and_stops_its_clock(bench: Bench) -> None:
    topic, screen = await incident(bench)
    await presses(bench, screen, "№ Номер на портале, 24 ч")
    question = bench.last(bench.group, topic)
    assert "Какой номер дал портал" in words(await writes(bench, "не знаю", topic, reply_to=question))
    assert "ещё не наступило" in words(await writes(bench, "№ 1 от 31.12.2026", topic, reply_to=question))
    assert "Записано: № 5512-9 от 09.12.2026" in words(await writes(bench, "№ 5512-9 от 09.12.2026", topic, reply_to=question))
    step = await Step.get(key="notify_authority")
    assert (step.number, str(step.dated), step.way) == ("5512-9", "2026-12-09", "portal")
    assert (await Clock.get(key="notify_authority")).stopped_at is not None
    assert (await Incident.get()).receipts == {"first": {"number": "5512-9", "dated": "09.12.2026"}}


async def test_people_are_told_once_each_at_their_own_pace_and_the_card_says_how_many(bench: Bench) -> None:
    topic, screen = await described(bench)
    said = await lists(bench, topic, screen)
    for part in ("Новых в списке: 2", "повторов: 1", "Пропущено строк: 1 (5: «кривой» — не адрес)"):
        assert part in said
    assert await Outbox.filter(errand="breach_notice").count() == 0
    await tells(bench, topic)
    assert await released(bench) == 2
    assert await released(bench) == 0
    rows = await Outbox.filter(errand="breach_notice").order_by("id")
    assert [one.conversation for one in rows] == ["mail:maria@example.ru", "mail:semen@example.ru"]
    assert all(one.priority > 80 and one.content["number"] == 0 for one in rows)
    assert "сообщили 0 из 2" in words(await bench.card())
    await lists(bench, topic, screen)
    assert await Concerned.all().count() == 2


async def test_a_list_is_told_in_telegram_too_and_the_step_is_done_with_the_last(bench: Bench) -> None:
    topic, screen = await described(bench)
    await lists(bench, topic, screen, f"telegram\n{bench.anna.id}\n@stranger\n")
    await tells(bench, topic)
    assert await released(bench) == 1
    await bench.run()
    assert "Инцидент с вашими персональными данными" in words(bench.last(bench.chat_of(bench.anna)))
    await bench.later(seconds=25)
    await released(bench)
    await bench.run()
    assert (await Incident.get()).notifying == Notifying.DONE
    assert (await Step.get(key="subjects")).evidence == "1/1"
    assert "✅ написали всем · сообщили 1 из 1" in words(await bench.card())
    assert any("Затронутым людям сообщили: 1 из 1" in one for one in bench.texts(bench.group, topic))


async def test_stopped_and_gone_on_with_nobody_is_told_twice(bench: Bench) -> None:
    topic, screen = await described(bench)
    many = "email\n" + "\n".join(f"person{number}@example.ru" for number in range(45))
    await lists(bench, topic, screen, many)
    await tells(bench, topic)
    assert await released(bench) == notifying.BATCH
    await Outbox.filter(errand="breach_notice", conversation="mail:person0@example.ru").update(state=OutboxState.SENT)
    await presses(bench, await writes(bench, "/incident", topic), "⏸ Остановить рассылку")
    assert await Outbox.filter(errand="breach_notice", state=OutboxState.WAITING).count() == 0
    bench.now.forward(minutes=5)
    assert await released(bench) == 0
    assert "⏸ остановлено · сообщили 1 из 45" in words(await bench.card())
    await tells(bench, topic)
    while await released(bench):
        bench.now.forward(seconds=20)
    rows = await Outbox.filter(errand="breach_notice")
    assert len({one.conversation for one in rows}) == len(rows) == 45
    assert sum(one.state == OutboxState.WAITING for one in rows) == 44


async def test_nothing_leaves_while_the_notice_says_too_little(bench: Bench) -> None:
    topic, screen = await incident(bench)
    await lists(bench, topic, screen)
    screen = await writes(bench, "/incident", topic)
    await presses(bench, screen, next(one for one in taps(screen) if "Сообщить людям" in one))
    said = await presses(bench, bench.last(bench.group, topic), "📨 Отправить")
    assert "В уведомлении пока не сказано: Что произошло" in said
    assert (await Incident.get()).notifying == Notifying.NONE


async def test_a_ticket_about_something_else_has_no_incident(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    assert "не об инциденте" in words(await writes(bench, "/инцидент", topic))


async def test_a_policy_that_promises_to_tell_people_has_a_clock_of_its_own(bench: Bench) -> None:
    bench.desk = replace(bench.desk, counting=replace(bench.desk.counting, breach_notice_hours=72))
    await demand(bench, "breach_report")
    clock = await Clock.get(key="notify_people")
    assert ((clock.due_at - clock.start_at).total_seconds(), clock.statutory) == (72 * 3600, False)
    assert "по политике" in words(await bench.card()) or "политика оператора" in words(await bench.card())


async def test_what_fails_or_comes_back_is_counted_and_not_told_one_by_one(bench: Bench) -> None:
    topic, screen = await described(bench)
    await lists(bench, topic, screen, f"telegram;email\n{bench.anna.id};\n;maria@example.ru\n")
    bench.people.block(bench.anna)
    await tells(bench, topic)
    assert await released(bench) == 2
    said = len(bench.said(bench.group))
    await bench.run()
    assert "не доставлено: 1" in words(await bench.card())
    assert not any("Анна" in one for one in bench.texts(bench.group)[said:])
    notice = await Outbox.get(conversation="mail:maria@example.ru")
    await Outbox.filter(id=notice.id).update(state=OutboxState.SENT)
    await Receipt.create(
        outbox_id=notice.id, channel="mail", place="maria@example.ru", external_id=notice.content["message_id"], role="letter",
        ticket_id=1, at=bench.now(),
    )  # fmt: skip
    row = await Inbound.create(
        channel="mail", source="test", position=1, conversation="test", received_at=bench.now(), stored_at=bench.now(),
        next_try_at=bench.now(), size=1, state="done",
    )  # fmt: skip
    bounce = Incoming(
        channel="mail", sender=Sender("email", "mailer-daemon@example.ru"), received_at=bench.now(), external_id="<b@example.ru>",
        text="User unknown", new_text="User unknown", language="en", subject="Undelivered", automated="bounce",
        failed_recipients=("maria@example.ru",), original_message_id=notice.content["message_id"],
    )  # fmt: skip
    before = len(bench.texts(bench.group, topic))
    async with transaction():
        assert (await take(bench.desk, bounce, row, bench.now())).word == "bounce"
    await bench.run()
    assert (await Concerned.get(address="maria@example.ru")).bounced_at == bench.now()
    assert "вернулось: 1" in words(await bench.card())
    assert len(bench.texts(bench.group, topic)) == before


async def test_closing_the_ticket_over_them_stops_the_notices(bench: Bench) -> None:
    topic, screen = await described(bench)
    await lists(bench, topic, screen)
    await tells(bench, topic)
    await writes(bench, "/close Ложная тревога", topic)
    assert await released(bench) == 0
    assert (await Incident.get()).notifying == Notifying.STOPPED
    assert await Outbox.filter(errand="breach_notice").count() == 0
