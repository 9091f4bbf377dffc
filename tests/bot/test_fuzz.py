"""Updates as no Telegram ever sent them: each is taken, ignored or parked; none is a fault of ours."""

import copy
import json
import random
from typing import Any

from bot.polling import store
from models import Inbound, InboundState
from tests.bot.bench import Bench

ODD: list[Any] = [None, 0, -1, 2**63, 1.5, "", "x" * 5000, "\x00\ud800", True, [], {}, [[]], {"id": "x"}, "/reply", "%(x)s %d %"]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inside for place in places(one, (*path, key)))]


def spoiled(update: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """The update with a few places changed, removed or filled with something else."""
    made = copy.deepcopy(update)
    for _ in range(dice.randint(1, 4)):
        if not made:
            break
        path = dice.choice(places(made)[1:])
        holder: Any = made
        for step in path[:-1]:
            holder = holder[step]
        if dice.random() < 0.3:
            del holder[path[-1]]
        else:
            holder[path[-1]] = copy.deepcopy(dice.choice(ODD))
    return made


async def test_spoiled_updates_are_no_fault_of_ours(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.send(bench.anna, "document", b"x", name="a.pdf", caption="файл")
    bench.people.send_location(bench.anna, 1.0, 2.0)
    bench.people.send_contact(bench.anna, "+79990000000")
    bench.people.say(bench.boris, "Ответ", chat=bench.group, topic=topic, reply_to=await bench.card())
    bench.people.say(bench.boris, "/due", chat=bench.group, topic=topic)
    bench.people.press(bench.boris, await bench.card(), "🙋 Взять", chat=bench.group)
    bench.people.set_bot_rights(bench.group, ["can_pin_messages"], person=bench.clara)
    bot = bench.telegram.bot
    samples = [json.loads(text) for _, text in bench.world.queues[bot.id].waiting]
    assert len(samples) >= 6
    dice = random.Random(20261210)
    for number in range(150):
        update = spoiled(dice.choice(samples), dice)
        if dice.random() < 0.9:
            update["update_id"] = 10_000 + number
        await store(bench.desk, bot.id, [update], bench.now())
    await bench.handle()
    for _ in range(3):
        bench.now.forward(hours=3)
        await bench.handle()
    faults = [row.error for row in await Inbound.filter(error__startswith="Internal")]
    assert faults == []
    assert await Inbound.filter(state=InboundState.WAITING).count() == 0
    assert await Inbound.filter(state=InboundState.DONE).count() > 50
