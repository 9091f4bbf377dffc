"""What was done only partly is told as partly done, and what could be done was."""

import pytest

from tests.bot.bench import Bench, picture, words

REFUSED = "Bad Request: PHOTO_INVALID_DIMENSIONS"


async def answered(bench: Bench, *files: int, text: str = "Вот копии") -> None:
    """Boris answers with photos; the undo is over."""
    items = [{"kind": "photo", "data": picture(number)} for number in files]
    items[0]["caption"] = text
    if len(items) > 1:
        bench.people.send_album(bench.boris, items, chat=bench.group, topic=await bench.topic(), reply_to=await bench.card())
    else:
        bench.people.send(
            bench.boris,
            "photo",
            picture(files[0]),
            caption=text,
            chat=bench.group,
            topic=await bench.topic(),
            reply_to=await bench.card(),
        )
    await bench.run()
    await bench.later(seconds=30)


def seen_by_anna(bench: Bench) -> list[str]:
    return [words(one) or "photo" for one in bench.said(bench.chat_of(bench.anna))]


async def status(bench: Bench) -> str:
    return next(one for one in reversed(bench.texts(bench.group, await bench.topic())) if one[:1] in "🟠🔴✅↩")


@pytest.mark.parametrize("files", [(1,), (1, 2), (1, 2, 3)])
async def test_a_file_that_telegram_takes_in_no_form_is_named_to_both_and_the_rest_goes(
    bench: Bench, files: tuple[int, ...]
) -> None:
    await bench.anna_asks()
    faults = bench.server.faults
    faults.add("refuse", method="sendMediaGroup", description=REFUSED)
    faults.add("refuse", method="sendPhoto", times=1, description=REFUSED)
    faults.add("refuse", method="sendDocument", times=1, description=REFUSED)
    await answered(bench, *files)
    got = seen_by_anna(bench)
    assert any("Вот копии" in one for one in got)
    assert sum("📎" in one and "photo_" in one for one in got) == 1
    assert sum("photo" in one.content for one in bench.said(bench.chat_of(bench.anna))) == len(files) - 1
    assert (await status(bench)).startswith("🟠")
    assert "photo_" in await status(bench)


async def test_a_row_of_the_album_that_fails_goes_one_by_one(bench: Bench) -> None:
    await bench.anna_asks()
    bench.server.faults.add("refuse", method="sendMediaGroup", description=REFUSED)
    await answered(bench, 1, 2)
    assert sum("photo" in one.content for one in bench.said(bench.chat_of(bench.anna))) == 2
    assert (await status(bench)).startswith("✅")


async def test_an_album_of_which_one_part_is_gone_is_shown_whole_from_our_own_copies(bench: Bench) -> None:
    await bench.anna_asks()
    items = [{"kind": "photo", "data": picture(number)} for number in (1, 2, 3)]
    items[0]["caption"] = "Снимки"
    sent = bench.people.send_album(bench.anna, items)
    await bench.fetch()
    await bench.handle()
    bench.people.delete(bench.anna, sent[1])
    await bench.later(seconds=5)
    shown = [one for one in bench.said(bench.group, await bench.topic()) if "photo" in one.content]
    assert len(shown) == 3


async def test_a_part_too_big_for_the_desk_is_named_beside_the_others(bench: Bench) -> None:
    await bench.anna_asks()
    bench.server.faults.add("refuse", method="getFile", times=1, description="Bad Request: file is too big")
    bench.people.send(bench.anna, "document", b"x" * 100, name="большой.bin", caption="Смотрите")
    await bench.run()
    texts = bench.texts(bench.group, await bench.topic())
    assert any("Смотрите" in one for one in texts)
    assert any("большой.bin" in one for one in texts)
