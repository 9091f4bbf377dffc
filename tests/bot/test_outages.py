"""Telegram away, the bot thrown out, the token revoked: it is known, nothing is lost, and all of it goes when it is mended."""

from collections.abc import Callable
from typing import Any

import pytest

from bot import polling
from bot.polling import Polling
from models import Outbox, OutboxState
from tests.bot.bench import Bench, words

Deed = Callable[[Bench], Any]


def away(bench: Bench) -> Callable[[], None]:
    fault = bench.server.faults.add("outage")
    return lambda: bench.server.faults.lift(fault)


def page(bench: Bench) -> Callable[[], None]:
    fault = bench.server.faults.add("error", status=502)
    return lambda: bench.server.faults.lift(fault)


def revoked(bench: Bench) -> Callable[[], None]:
    bot = bench.world.bot
    token, bot.token = bot.token, f"{bot.id}:another-token"
    return lambda: setattr(bot, "token", token)


def thrown_out(bench: Bench) -> Callable[[], None]:
    bench.people.remove_bot(bench.group, person=bench.clara)
    return lambda: bench.people.add_bot(bench.group, person=bench.clara, rights=None)


def silenced(bench: Bench) -> Callable[[], None]:
    fault = bench.server.faults.add("refuse", method="getChatMember", status=403, description="Forbidden: bot was kicked")
    other = bench.server.faults.add("refuse", method="sendMessage", status=403, description="Forbidden: bot was kicked")
    return lambda: (bench.server.faults.lift(fault), bench.server.faults.lift(other))  # type: ignore[return-value]


@pytest.mark.parametrize("trouble", [away, page, revoked, thrown_out, silenced])
async def test_what_waited_during_an_outage_goes_at_once_when_it_is_over_and_it_was_known(
    bench: Bench, trouble: Callable[[Bench], Callable[[], None]]
) -> None:
    topic = await bench.anna_asks()
    mended = trouble(bench)
    for number in range(20):
        await Outbox.create(
            channel="staff", errand="notice", conversation=f"topic:1:{number}", unique_key=f"n{number}", created_at=bench.now(),
            content={"words": f"Слово {number}", "params": {}, "reply_to": None}, next_try_at=bench.now(), ticket_id=1,
            priority=80 - number,
        )  # fmt: skip
    for _ in range(60):
        await bench.deliver()
        bench.now.forward(seconds=10)
    assert "staff" in bench.ways["staff"].troubles()
    assert await Outbox.filter(state=OutboxState.WAITING, attempts=0, errand="notice").count() == 20
    mended()
    bench.now.forward(seconds=11)
    await bench.deliver()
    assert bench.ways["staff"].troubles() == {}
    # Of those that were on their way when it began it is said besides that they may stand twice.
    texts = [words(one) for one in bench.said(bench.group, topic)]
    said = [int(one.removeprefix("Слово ")) for one in texts if one.startswith("Слово ")]
    assert sorted(said) == list(range(20))
    # The most urgent first; of those that go side by side, whichever the network brings first.
    side_by_side = bench.telegram.to_staff.at_once
    assert all(abs(19 - number - place) < side_by_side for place, number in enumerate(said))


async def test_a_bot_that_was_thrown_out_is_found_out_though_nothing_leaves(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.remove_bot(bench.group, person=bench.clara)
    await bench.deliver()
    bench.now.forward(minutes=2)
    await bench.deliver()
    assert "staff" in bench.ways["staff"].troubles()


@pytest.mark.parametrize(
    ("method", "description"),
    [
        ("copyMessage", "Bad Request: chat not found"),
        ("copyMessage", "Bad Request: PEER_ID_INVALID"),
        ("copyMessage", "Bad Request: not enough rights to copy"),
        ("copyMessage", "Bad Request: message can't be copied"),
        ("copyMessage", "Bad Request: something new"),
        ("copyMessage", "Forbidden: bot was blocked by the user"),
    ],
)
async def test_a_copy_that_is_refused_for_whatever_reason_falls_back_to_our_own_bytes(
    bench: Bench, method: str, description: str
) -> None:
    topic = await bench.anna_asks()
    status = 403 if description.startswith("Forbidden") else 400
    bench.server.faults.add("refuse", method=method, description=description, status=status)
    bench.people.send(bench.anna, "document", b"%PDF-1", name="Паспорт.pdf", caption="мой паспорт")
    bench.people.say(bench.anna, "и ещё слово")
    await bench.run()
    posted = bench.said(bench.group, topic)
    assert any("document" in one.content and "мой паспорт" in words(one) for one in posted)
    assert any(words(one).endswith("и ещё слово") for one in posted)
    assert bench.ways["staff"].troubles() == {}


@pytest.mark.parametrize("fault", ["error", "cut", "timeout"])
async def test_a_copy_that_fails_again_and_again_falls_back_to_our_own_bytes(
    bench: Bench, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.calls.TIMEOUT", 1)
    topic = await bench.anna_asks()
    bench.server.faults.add(fault, method="copyMessage")
    bench.people.send(bench.anna, "document", b"%PDF-1", name="Паспорт.pdf", caption="мой паспорт")
    await bench.run()
    for _ in range(6):
        await bench.later(minutes=1)
    assert any("document" in one.content for one in bench.said(bench.group, topic))


# --- polling ---------------------------------------------------------------------------------------------------------


def test_polling_comes_back_within_seconds_of_whatever_is_mended() -> None:
    assert max(polling.LONGEST_WAIT * 1.3, polling.TOKEN_WAIT) <= 15


async def test_a_second_poller_stays_in_trouble_while_the_two_take_turns(bench: Bench) -> None:
    health = Polling()
    health.trouble, health.conflict_at = polling.CONFLICT, bench.now()
    health.succeeded(bench.now.forward(seconds=30))
    assert health.trouble == polling.CONFLICT
    health.succeeded(bench.now.forward(minutes=5))
    assert health.trouble == ""
