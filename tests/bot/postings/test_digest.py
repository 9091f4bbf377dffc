"""The morning digest in the general room: what it says, its links, and its picture."""

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from PIL import Image

from bot import chart
from desk import contents, outbox
from desk.law import load_calendar
from desk.reminders import digest
from models import Inbound, InboundState
from tests.bot.bench import Bench, words
from tests.bot.terms import demand

MORNING = datetime(2026, 12, 11, 6, 0, tzinfo=UTC)


async def said_at(bench: Bench, moment: datetime) -> None:
    bench.now.at = moment
    assert await digest.say(bench.desk, bench.now())
    await bench.run()


async def test_the_digest_is_a_picture_with_lists_that_link_to_the_topics(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    other = await demand(bench, "question", channel="mail")
    await said_at(bench, MORNING)
    posted = next(one for one in bench.said(bench.group) if "photo" in one.content)
    assert posted.topic_id is None
    text = words(posted)
    assert text.startswith("☀️ Сводка на 11.12.2026\nОткрытых заявок: 2")
    assert "🙋 Никто не взял: 2" in text
    assert "Ничего не просрочено, и в ближайшую неделю ничего не наступает" in text
    urls = {one["url"] for one in posted.content["caption_entities"] if one["type"] == "text_link"}
    assert urls == {f"https://t.me/c/{str(bench.group.id)[4:]}/{one}" for one in (topic, other)}
    assert "Анна" not in text


async def test_what_is_late_due_uncounted_and_parked_is_listed(bench: Bench) -> None:
    await demand(bench, "access_request")
    await demand(bench, "rkn_order", channel="mail")
    row = await Inbound.all().order_by("id").first()
    await Inbound.filter(id=row.id).update(state=InboundState.PARKED)
    await said_at(bench, datetime(2026, 12, 24, 6, 0, tzinfo=UTC))
    text = next(one for one in bench.texts(bench.group) if one.startswith("☀️"))
    assert "🔥 Сделать сегодня: 1\n• № 1 · 24.12 · доступ к данным · —" in text
    assert "❓ Срок не посчитан, следите вручную: № 2" in text
    assert "📥 Отложено, ждёт человека: 1 · /parked" in text
    await said_at(bench, datetime(2026, 12, 25, 6, 0, tzinfo=UTC))
    text = [one for one in bench.texts(bench.group) if one.startswith("☀️")][-1]
    assert "🔴 Просрочено: 1\n• № 1 · 24.12 · доступ к данным · —" in text


async def test_from_october_the_missing_calendar_of_the_next_year_is_asked_for(bench: Bench) -> None:
    await demand(bench, "access_request")
    await said_at(bench, datetime(2027, 10, 1, 6, 0, tzinfo=UTC))
    [text] = [one for one in bench.texts(bench.group) if one.startswith("☀️")]
    assert "📅 Рабочие дни 2028 года ещё не известны" in text


async def test_long_lists_are_cut_and_too_long_a_digest_follows_its_picture(bench: Bench) -> None:
    content = await digest.content(bench.desk, bench.now())
    due = datetime.fromisoformat("2026-12-14T00:00:00+03:00")
    tickets = tuple(contents.DigestTicket(number=number, safe=due.date(), due=due, assignee="И" * 60) for number in range(1, 16))
    long = contents.DigestList(count=40, tickets=tickets)
    chart = (contents.DigestDay(day=due.date(), count=40),)
    content = replace(content, overdue=long, today=long, week=long, unassigned=long, chart=chart)
    await outbox.put(channel="staff", conversation="general", key="digest:test", content=content, now=bench.now())
    await bench.run()
    picture, text = bench.said(bench.group)[-2:]
    assert "photo" in picture.content
    assert words(picture) == ""
    assert words(text).count("… и ещё 35") == 4
    assert "№ 5" in words(text)
    assert "№ 6" not in words(text)


async def test_without_terms_there_is_no_picture_and_with_a_refused_one_still_a_digest(bench: Bench) -> None:
    await said_at(bench, MORNING)
    assert not any("photo" in one.content for one in bench.said(bench.group))
    assert bench.texts(bench.group)[-1].startswith("☀️")
    await demand(bench, "access_request")
    bench.server.faults.add("refuse", method="sendPhoto", description="Bad Request: PHOTO_INVALID_DIMENSIONS", status=400)
    await said_at(bench, datetime(2026, 12, 14, 6, 0, tzinfo=UTC))
    assert "14.12.2026" in [one for one in bench.texts(bench.group) if one.startswith("☀️")][-1]


async def test_tickets_nobody_took_are_called_out_in_their_topics_with_the_managers(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    await said_at(bench, MORNING)
    called = [one for one in bench.said(bench.group, topic) if words(one).startswith("🙋 Эту заявку никто не взял")]
    assert len(called) == 1
    mentioned = [one for one in called[0].content["entities"] if one["type"] == "text_mention"]
    assert [str(bench.clara.id) in str(one) for one in mentioned] == [True]


def test_the_picture_shows_each_day_with_its_bar_and_shades_days_off() -> None:
    first = date(2026, 12, 10)
    counts = {first: 4, date(2026, 12, 24): 1000, date(2026, 12, 30): 1}
    png = chart.draw(counts, first, 22, load_calendar("ru").is_working, title="Сроки", language="ru")
    image = Image.open(BytesIO(png))
    assert (image.format, image.size) == ("PNG", (chart.WIDTH, chart.HEIGHT))
    width = (chart.RIGHT - chart.LEFT) / 22

    def colour(day: int, above: int) -> str:
        return "#{:02x}{:02x}{:02x}".format(*image.getpixel((int(chart.LEFT + (day + 0.5) * width), chart.BOTTOM - above)))

    assert colour(0, 8) == chart.TODAY
    assert colour(14, 200) == chart.WORKING
    assert colour(20, 8) == chart.WORKING  # one beside a thousand is still to be seen
    assert colour(2, 100) == chart.REST  # Saturday 12.12
    assert colour(21, 100) == chart.REST  # 31.12.2026 is a day off by decree
    assert colour(1, 100) == chart.PAPER


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_letters_of_the_picture_are_all_in_its_font(language: str) -> None:
    font = chart._font(20)
    missing = font.getmask("\uffff").getbbox(), bytes(font.getmask("\uffff"))
    for letter in {"ru": "Сроки на три недели ёйц №–", "en": "Terms of three weeks –"}[language].replace(" ", ""):
        assert (font.getmask(letter).getbbox(), bytes(font.getmask(letter))) != missing
