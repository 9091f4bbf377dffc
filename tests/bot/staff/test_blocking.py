"""/block and /unblock in the topic: ticking systems, words, the ground not to block, and what the check came to."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from desk.context import System
from models import Blocking, Step
from sandbox.telegram import Chat, TelegramServer
from tests.bot.bench import Bench, taps, words
from tests.bot.staff.test_processors import arrives, presses, says
from tests.desk.people import Now, letter, make_desk

SITE, CRM = System("Сайт", ("имя", "телефон")), System("CRM", ("имя",))


@pytest.fixture
async def bench(db: object, tmp_path: Path, now: Now, server: TelegramServer) -> AsyncIterator[Bench]:
    world = server.world
    people = {name: world.add_person(name) for name in ("anna", "boris", "clara", "mallory")}
    group: Chat = world.add_group("Заявки", forum=True, owner=people["clara"], members=[people["boris"]])
    managers = frozenset({people["clara"].id})
    desk = make_desk(tmp_path, staff_chat=group.id, managers=managers, systems=(SITE, CRM), undo=timedelta(0))
    made = Bench(server, desk, now, group, people)
    yield made
    await made.close()


async def topic_of(bench: Bench, *kinds: str) -> int:
    await arrives(bench, letter(bench.now(), kinds=kinds or ("blocking_request",)), 1)
    return await bench.topic()


async def test_from_the_card_to_the_result_by_taps(bench: Bench) -> None:
    topic = await topic_of(bench)
    card = await bench.card()
    tap = next(one for one in taps(card) if "аблокир" in one)
    assert await presses(bench, card, tap) == "Укажите в теме, где заблокированы данные."
    question = bench.last(bench.group, topic)
    assert taps(question) == ["◻️ Сайт", "◻️ CRM", "✍️ В другом месте, словами", "🚫 Не блокировать: будет вред"]
    await presses(bench, question, "◻️ Сайт")
    await presses(bench, bench.last(bench.group, topic), "◻️ CRM")
    await presses(bench, bench.last(bench.group, topic), "☑️ CRM")
    await presses(bench, bench.last(bench.group, topic), "🔒 Заблокировано")
    said = bench.last(bench.group, topic)
    assert words(said) == "🔒 Данные заблокированы с 10.12.2026 11:00 МСК: Сайт\nКатегории: имя, телефон"
    assert "🔒 Данные заблокированы с 10.12.2026 11:00 МСК: Сайт" in words(await bench.card())
    assert (await Step.get(key="block")).evidence == "Сайт"

    await bench.later(hours=3)
    await presses(bench, said, "🔓 Снять блокирование")
    question = bench.last(bench.group, topic)
    assert words(question).endswith("Чем закончилась проверка?")
    await presses(bench, question, "🔓 Не подтвердилось")
    line = "🔓 Данные были заблокированы 10.12.2026 11:00 МСК – 10.12.2026 14:00 МСК: не подтвердилось, блокирование снято"
    assert words(bench.last(bench.group, topic)) == line + "\nКатегории: имя, телефон"
    assert line in words(await bench.card())
    await says(bench, topic, "/unblock")
    assert "По этой заявке ничего не заблокировано." in words(bench.last(bench.group, topic))


async def test_a_colleague_who_was_slower_hears_that_it_is_blocked_already(bench: Bench) -> None:
    topic = await topic_of(bench)
    await says(bench, topic, "/block")
    await presses(bench, bench.last(bench.group, topic), "◻️ Сайт")
    mine = bench.last(bench.group, topic)
    await says(bench, topic, "/block Сайт")
    assert await presses(bench, mine, "🔒 Заблокировано") == "Данные уже заблокированы: Сайт."
    assert await Blocking.all().count() == 1


@pytest.mark.parametrize(
    ("said", "systems", "other", "categories"),
    [
        ("/block сайт, crm", ["Сайт", "CRM"], "", ["имя", "телефон"]),
        ("/заблокировать Сайт; 1С | фамилия, адрес", ["Сайт"], "1С", ["фамилия", "адрес"]),
        ("/block журнал на бумаге", [], "журнал на бумаге", []),
    ],
)
async def test_in_words(bench: Bench, said: str, systems: list[str], other: str, categories: list[str]) -> None:
    topic = await topic_of(bench)
    await says(bench, topic, said)
    row = await Blocking.get()
    assert (row.systems, row.words, row.categories) == (systems, other, categories)


@pytest.mark.parametrize(
    "said", ["/block нет: сорвётся выплата", "/block no: сорвётся выплата", "/block не блокировать - сорвётся выплата", "tap"]
)
async def test_the_ground_not_to_block(bench: Bench, said: str) -> None:
    topic = await topic_of(bench)
    if said == "tap":
        await says(bench, topic, "/block")
        await presses(bench, bench.last(bench.group, topic), "🚫")
        await says(bench, topic, "сорвётся выплата", bench.last(bench.group, topic))
    else:
        await says(bench, topic, said)
    row = await Blocking.get()
    assert (row.result, row.words, row.started_at) == ("harm", "сорвётся выплата", None)
    assert "🔓 Данные не блокировались: сорвётся выплата" in words(await bench.card())


async def test_closing_names_what_is_still_blocked(bench: Bench) -> None:
    topic = await topic_of(bench)
    await says(bench, topic, "/block Сайт")
    await says(bench, topic, "/close")
    shown = words(bench.last(bench.group, topic))
    assert shown.startswith("🔒 Данные заблокированы с 10.12.2026 11:00 МСК: Сайт\nСначала снимите блокирование: /unblock.")


async def test_a_mistake_opens_the_step_again(bench: Bench) -> None:
    topic = await topic_of(bench)
    await says(bench, topic, "/block Сайт")
    await says(bench, topic, "/unblock")
    await presses(bench, bench.last(bench.group, topic), "↩️")
    assert words(bench.last(bench.group, topic)).startswith("↩️ Данные не блокировались: запись больше не учитывается")
    assert await Step.standing(key="block").count() == 0
    assert "🔒 Данные" not in words(await bench.card())


@pytest.mark.parametrize(
    ("said", "systems", "since"),
    [
        ("/block 08.12.2026 14:30 Сайт", ["Сайт"], "08.12.2026 14:30"),
        ("/block с 8 декабря 14:30: CRM, Сайт | имя", ["CRM", "Сайт"], "08.12.2026 14:30"),
        ("/block вчера 9:15 Сайт", ["Сайт"], "09.12.2026 09:15"),
        ("/block since 2026-12-08 14:30, CRM", ["CRM"], "08.12.2026 14:30"),
        ("/block 08.12 в 14:30 Сайт", ["Сайт"], "08.12.2026 14:30"),
    ],
)
async def test_a_blocking_that_began_before_is_recorded_with_both_moments(
    bench: Bench, said: str, systems: list[str], since: str
) -> None:
    topic = await topic_of(bench)
    await says(bench, topic, said)
    assert (await Blocking.get()).systems == systems
    assert f"🔒 Данные заблокированы с {since} МСК (записано 10.12.2026 11:00 МСК)" in words(await bench.card())


async def test_the_beginning_is_entered_by_a_tap_and_taken_back(bench: Bench) -> None:
    topic = await topic_of(bench)
    await says(bench, topic, "/block Сайт")
    await presses(bench, bench.last(bench.group, topic), "🕒 Началось раньше")
    question = bench.last(bench.group, topic)
    await says(bench, topic, "завтра", question)
    assert (await Blocking.get()).noted_at is None
    await says(bench, topic, "08.12.2026 14:30", question)
    assert "с 08.12.2026 14:30 МСК (записано" in words(await bench.card())
    await says(bench, topic, "-", question)
    assert "с 10.12.2026 11:00 МСК: Сайт" in words(await bench.card())


async def test_after_the_result_a_tap_offers_the_letter_that_tells_it(bench: Bench) -> None:
    topic = await topic_of(bench)
    await says(bench, topic, "/block Сайт")
    await says(bench, topic, "/unblock")
    await presses(bench, bench.last(bench.group, topic), "✏️")
    said = bench.last(bench.group, topic)
    await presses(bench, said, "✉️ Сообщить заявителю результат")
    assert words(bench.last(bench.group, topic)).startswith("📄 Какое письмо?")


async def test_the_card_offers_letters(bench: Bench) -> None:
    topic = await topic_of(bench)
    await presses(bench, await bench.card(), "✉️ Письмо")
    assert words(bench.last(bench.group, topic)).startswith("📄 Какое письмо?")
