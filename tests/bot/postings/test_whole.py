"""What of a letter is folded away is said below it with its size, and one tap shows the letter whole."""

from datetime import datetime

from desk.flow.intake import take
from desk.ports import File, Incoming, Sender
from models import Inbound, Ticket
from models.store.connect import transaction
from tests.bot.bench import Bench, picture, taps, words

REMARK = {"words": "“%(name)s” could not be opened and is attached as it came.", "params": {"name": "winmail.dat"}}


async def letter_comes(bench: Bench, **parts: object) -> Ticket:
    at: datetime = bench.now()
    row = await Inbound.create(
        channel="mail", source="mail:x:1", position=1000, conversation="mail:anna@example.ru", received_at=at, stored_at=at,
        next_try_at=at, size=1, state="done",
    )  # fmt: skip
    incoming = Incoming(
        channel="mail", sender=Sender("email", "anna@example.ru", name="Анна"), received_at=at, external_id="<1@example.ru>",
        language="ru", subject="Re: Запрос", answerable=False, **parts,
    )  # fmt: skip
    async with transaction():
        outcome = await take(bench.desk, incoming, row, at)
    await bench.run()
    return await Ticket.get(id=outcome.ticket_id)


async def test_what_is_folded_is_said_with_its_size_and_shown_after_a_tap(bench: Bench) -> None:
    ticket = await letter_comes(bench, text="Спасибо!\n\n> Мы получили ваше письмо", new_text="Спасибо!")
    posted = bench.last(bench.group, ticket.topic_id)
    assert words(posted) == "✉️ Анна · 11:00\nRe: Запрос\n\nСпасибо!\n\n✂️ Свёрнута цитата: 21 знак."
    assert taps(posted) == ["Показать письмо целиком"]
    bench.people.press(bench.boris, posted, "Показать письмо целиком", chat=bench.group)
    await bench.run()
    assert words(bench.last(bench.group, ticket.topic_id)) == "Письмо целиком:\nСпасибо!\n\n> Мы получили ваше письмо"


async def test_a_letter_that_only_quotes_shows_no_words_of_ours_as_its_own(bench: Bench) -> None:
    ticket = await letter_comes(bench, text="> Мы получили ваше письмо", new_text="")
    posted = bench.last(bench.group, ticket.topic_id)
    assert "получили" not in words(posted)
    assert taps(posted) == ["Показать письмо целиком"]


async def test_what_was_left_out_or_repaired_is_said_and_a_whole_letter_has_no_button(bench: Bench) -> None:
    ticket = await letter_comes(bench, text="Вот письмо", new_text="Вот письмо", remarks=(REMARK,))
    posted = bench.last(bench.group, ticket.topic_id)
    assert words(posted).endswith("Вот письмо\n\n«winmail.dat» не удалось открыть: приложен как есть.")
    assert taps(posted) == []
    assert "ℹ️ «winmail.dat» не удалось открыть: приложен как есть." in words(await bench.card())


async def test_little_pictures_of_a_signature_are_one_line_and_come_after_a_tap(bench: Bench) -> None:
    icons = [
        File(f"image{number:03}.png", "image/png", await bench.desk.vault.write_async(picture(number)), inline=True, aside=True)
        for number in range(12)
    ]
    scan = File("скан.pdf", "application/pdf", await bench.desk.vault.write_async(b"%PDF"))
    ticket = await letter_comes(bench, text="Вот письмо", new_text="Вот письмо", files=(*icons, scan))
    posted = bench.said(bench.group, ticket.topic_id)
    assert [one.content["document"]["file_name"] for one in posted if "document" in one.content] == ["скан.pdf"]
    below = next(one for one in posted if "Вот письмо" in words(one))
    assert words(below).endswith("🖼 12 картинок из подписи не показано.")
    bench.people.press(bench.boris, below, "Показать письмо целиком", chat=bench.group)
    await bench.run()
    names = [
        one.content["document"]["file_name"] for one in bench.said(bench.group, ticket.topic_id) if "document" in one.content
    ]
    assert sorted(names[1:]) == sorted(icon.name for icon in icons)


async def test_a_very_long_letter_says_below_its_beginning_what_was_folded(bench: Bench) -> None:
    ticket = await letter_comes(bench, text="слово " * 10_000 + "\n> чужое письмо", new_text="слово " * 10_000)
    posted = bench.said(bench.group, ticket.topic_id)[1:]
    assert words(posted[-1]).startswith("✂️ Свёрнута цитата: 12 знаков.")
    bench.people.press(bench.boris, posted[-1], "Показать письмо целиком", chat=bench.group)
    await bench.run()
    assert bench.last(bench.group, ticket.topic_id).content["document"]["file_name"].endswith(".txt")
