"""How fast Telegram is answered: newcomers behind a slow line, and a burst of tickets with Telegram's limits in force.

    python -m tests.bench.telegram newcomers [--people 60] [--call 0.1 0.3]
    python -m tests.bench.telegram burst [--people 300] [--minutes 5]

A real process beside a local Telegram. A burst tells what a ticket costs in calls, and when the last one was visible.
"""

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sandbox.telegram.server import CallRecord
from tests.flows.rig import ROOT, Nursery, Rig, rig, text_of

LIMITS = {"GROUP_PER_MINUTE": "20", "CHAT_PER_SECOND": "1", "PER_SECOND": "30"}
PATIENCE = 600.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["newcomers", "burst"])
    parser.add_argument("--people", type=int, default=0)
    parser.add_argument("--call", type=float, nargs="+", default=[0.1, 0.3])
    parser.add_argument("--minutes", type=float, default=5)
    told = parser.parse_args()
    if told.what == "newcomers":
        asyncio.run(newcomers(told.people or 60, told.call))
    else:
        asyncio.run(burst(told.people or 300, told.minutes))


async def newcomers(people: int, latencies: list[float]) -> None:
    """So many people press Start at one moment; answers a second from the first to the last."""
    async with _running() as desk:
        for number, latency in enumerate(latencies):
            slow = desk.telegram.faults.add("slow", delay=latency)
            crowd = [desk.telegram.world.add_person(f"P{one}", person_id=900_000 + 1000 * number + one) for one in range(people)]
            began = time.monotonic()
            for one in crowd:
                desk.telegram.people.start(one)
            times: list[float] = []
            while len(times) < people:
                answered = sum(bool(desk.from_bot(one)) for one in crowd)
                times += [time.monotonic() - began] * (answered - len(times))
                await _breath(times, began)
            rate = (people - 1) / max(times[-1] - times[0], 0.001)
            print(
                f"{latency * 1000:.0f} ms a call: {rate:.1f} answers/s, first after {times[0]:.1f} s, all after {times[-1]:.1f} s"
            )
            desk.telegram.faults.lift(slow)


async def burst(people: int, minutes: float) -> None:
    """So many people ask within a minute while one with a ticket goes on writing; what it cost, and who waited how long."""
    async with _running(**{f"DESK_TELEGRAM__{name}": value for name, value in LIMITS.items()}) as desk:
        telegram, group = desk.telegram, desk.telegram.world.group(desk.group_id)
        assert group is not None
        regular = telegram.world.add_person("R", person_id=700_000)
        telegram.people.say(regular, "Прошу посмотреть моё письмо")
        await _until(lambda: any("Прошу посмотреть" in text_of(one) for one in group.messages.values()))
        telegram.limits.enforced = True
        before, began = len(telegram.calls), time.monotonic()
        crowd = [telegram.world.add_person(f"P{one}", person_id=900_000 + one) for one in range(people)]
        waits: list[float] = []
        words, shown = 0, 0
        written: dict[str, float] = {}
        seen_all = 0.0
        while time.monotonic() - began < minutes * 60:
            passed = time.monotonic() - began
            while shown < people and passed >= shown * 60 / people:
                telegram.people.say(crowd[shown], f"Отзываю согласие на обработку моих данных, человек {shown}")
                shown += 1
            if passed >= words * 20:
                text = f"Слово {words}."
                telegram.people.say(regular, text)
                written[text], words = time.monotonic(), words + 1
            said = "\n".join(text_of(one) for one in group.messages.values())
            for text in [one for one in written if one in said]:
                waits.append(time.monotonic() - written.pop(text))
            if not seen_all and shown == people and re.search(rf"(?<!\d){people + 1}(?!\d)", said):
                seen_all = time.monotonic() - began
            await asyncio.sleep(0.5)
        calls_made = list(telegram.calls)[before:]
        calls = Counter(one.method for one in calls_made if one.method != "getUpdates" and not one.error)
        counted = sum(_counted(desk, one) for one in calls_made)
        topics = calls["createForumTopic"]
        print(f"{people} tickets, {minutes} minutes: {topics} topics; calls {dict(calls)}")
        print(f"counted calls in the group: {counted}, a topic: {counted / max(topics, 1):.2f}")
        print(f"at this rate the last has its topic after {people * (minutes or 1) / max(topics, 1):.0f} minutes")
        print(f"refused for the limits: {sum('Too Many' in (one.error or '') for one in telegram.calls)}")
        print(
            f"words of an open ticket: {len(waits)} of {words} seen, the slowest after {max(waits, default=-1):.1f} s; waiting {len(written)}"
        )
        print(
            f"the last ticket visible after {seen_all:.0f} s, its words came at 60 s"
            if seen_all
            else "the last ticket was not visible"
        )


def _counted(desk: Rig, call: CallRecord) -> bool:
    """Whether Telegram counts a call among the messages of the group."""
    posting = ("sendMessage", "sendDocument", "copyMessage", "editMessageText", "createForumTopic")
    return call.method in posting and call.params.get("chat_id") == desk.group_id and not call.error


async def _breath(times: list[float], began: float) -> None:
    if time.monotonic() - began > PATIENCE:
        raise TimeoutError(f"only {len(times)} were answered")
    await asyncio.sleep(0.02)


async def _until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.1)


@asynccontextmanager
async def _running(**settings: str) -> AsyncIterator[Rig]:
    nursery = await Nursery.opened()
    with tempfile.TemporaryDirectory() as folder:
        async with rig(Path(folder), nursery, beginning=datetime.now(UTC), **settings) as desk:
            log = (Path(folder) / "bench.log").open("wb")
            process = subprocess.Popen([sys.executable, "-m", "app", "run"], cwd=ROOT, env=desk.environ, stderr=log, stdout=log)
            try:
                async with asyncio.timeout(60):
                    while b"rightsdesk is running" not in (Path(folder) / "bench.log").read_bytes():
                        await asyncio.sleep(0.1)
                yield desk
            finally:
                process.terminate()
                await asyncio.to_thread(process.wait)
    await nursery.close()


if __name__ == "__main__":
    main()
