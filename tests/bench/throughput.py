"""How fast the desk takes what waits, and what it weighs: mails a second, Telegram updates a second, peak memory.

    python -m tests.bench.throughput [--mails 1000] [--updates 1000] [--database URL]

A real process between a local Telegram and a local mail server. Import cost is told beside the service's own.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.flows.rig import DESK, ROOT, Nursery, Rig, letter, rig


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--database", default="")
    asyncio.run(measure(parser.parse_args()))


async def measure(arguments: argparse.Namespace) -> None:
    nursery = await Nursery.opened()
    with tempfile.TemporaryDirectory() as folder:
        async with rig(Path(folder), nursery, arguments.database) as desk:
            assert desk.mail is not None
            for number in range(arguments.mails):
                text = f"Отзываю согласие на обработку персональных данных, номер {number}."
                desk.mail.append(letter(f"p{number}@people.test", "Withdrawal Statement", text).as_bytes(), DESK)
            log = (Path(folder) / "bench.log").open("wb")
            began = time.monotonic()
            process = subprocess.Popen([sys.executable, "-m", "app", "run"], cwd=ROOT, env=desk.environ, stderr=log, stdout=log)
            seen = psutil.Process(process.pid)
            first = await _until(lambda: _acknowledged(desk, 1), process)
            last = await _until(lambda: _acknowledged(desk, arguments.mails), process)
            print(f"start to the first acknowledgement: {first - began:.1f} s")
            if arguments.mails > 1:
                print(
                    f"{arguments.mails} waiting mails to acknowledgements: {(arguments.mails - 1) / (last - first):.0f} mails/s"
                )
            people = [desk.telegram.world.add_person(f"P{number}", person_id=800_000 + number) for number in range(100)]
            began = time.monotonic()
            for number in range(arguments.updates):
                desk.telegram.people.say(people[number % 100], f"Сообщение {number}")
            await _until(lambda: _stored(desk), process)
            print(f"{arguments.updates} Telegram updates stored: {arguments.updates / (time.monotonic() - began):.0f} updates/s")
            while not await _handled(desk):
                await asyncio.sleep(0.2)
            print(f"the same, handled to the end: {arguments.updates / (time.monotonic() - began):.0f} updates/s")
            while not await _delivered(desk):
                await asyncio.sleep(0.5)
            print(f"everything delivered after {time.monotonic() - began:.0f} s")
            await asyncio.sleep(3)
            before = seen.cpu_times()
            await asyncio.sleep(10)
            after = seen.cpu_times()
            print(f"idle: {(after.user + after.system - before.user - before.system) * 10:.1f} % of a core")
            print(f"resident memory now: {seen.memory_info().rss / 2**20:.0f} MiB; peak: {_peak(process.pid):.0f} MiB")
            process.terminate()
            began = time.monotonic()
            code = process.wait(20)
            print(f"stopped with code {code} in {time.monotonic() - began:.1f} s")
    await nursery.close()
    _import_cost()


def _acknowledged(desk: Rig, count: int) -> bool:
    """A person's mailbox comes into being with the first letter to it."""
    return len(desk.mail.addresses()) - 1 >= count


def _stored(desk: Rig) -> bool:
    return not desk.telegram.world.queues[desk.telegram.world.bot.id].waiting


async def _handled(desk: Rig) -> bool:
    return not [row for row in await desk.command("inbound", "list") if row["state"] == "waiting"]


async def _delivered(desk: Rig) -> bool:
    return not [row for row in await desk.command("outbox", "list") if row["state"] == "waiting"]


async def _until(true: object, process: subprocess.Popen) -> float:
    while not true():
        if process.poll() is not None:
            raise SystemExit(f"the desk ended with code {process.returncode}")
        await asyncio.sleep(0.02)
    return time.monotonic()


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def _import_cost() -> None:
    for words in ("import aiogram", "import app.service, bot.service"):
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", words], cwd=ROOT, check=True)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{words}: {time.monotonic() - began:.1f} s, {peak:.0f} MiB (largest child so far)")


if __name__ == "__main__":
    main()
