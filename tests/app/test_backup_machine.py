"""The machine is lost: what is left is the backup, the key, the mailbox and Telegram. The desk goes on from there."""

import asyncio
import shutil
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from desk.vault import Vault
from tests.databases import MakeDatabase
from tests.flows.conftest import nursery
from tests.flows.rig import DOMAIN, Nursery, Rig, letter, rig, text_of

__all__ = ["nursery"]

ANNA, DORA = f"anna@{DOMAIN}", f"dora@{DOMAIN}"
SCAN = b"%PDF-1.7\n" + bytes(range(256)) * 2000


def withdrawal(sender: str) -> EmailMessage:
    message = letter(sender, "Withdrawal Statement", "Отзываю согласие на обработку персональных данных.")
    message.add_attachment(SCAN, maintype="application", subtype="pdf", filename="statement.pdf")
    return message


async def settled(desk: Rig) -> bool:
    waiting = [row for queue in ("inbound", "outbox") for row in await desk.command(queue, "list") if row["state"] == "waiting"]
    return not waiting


async def ticket_of(desk: Rig, address: str) -> dict | None:
    return next((ticket for ticket in await desk.tickets() if address in ticket["requester"]["emails"]), None)


def topic_words(desk: Rig, topic: int) -> list[str]:
    return [text_of(message) for message in desk.topic(topic)]


async def lose(desk: Rig) -> None:
    """Power and disks are gone at once."""
    await desk.kill()
    shutil.rmtree(desk.folder / "var")
    address = urlsplit(desk.environ["DESK_DATABASE__URL"])
    if address.scheme == "sqlite":
        for path in Path(address.path).parent.glob(f"{Path(address.path).name}*"):
            path.unlink()


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_lost_machine_costs_no_ticket_and_doubles_no_answer(
    make_database: MakeDatabase, nursery: Nursery, tmp_path: Path
) -> None:
    kept, home = tmp_path / "elsewhere", tmp_path / "machine"
    home.mkdir()
    async with rig(home, nursery, await make_database(False)) as desk:
        boris, anna, clara = desk.people["boris"], desk.people["anna"], desk.people["clara"]
        await desk.start()
        await desk.receive(withdrawal(ANNA))
        desk.telegram.people.say(anna, "Какие данные обо мне у вас есть?")
        await desk.until(lambda: desk.letters(ANNA), "Anna's letter is acknowledged")
        by_mail = await desk.until(lambda: ticket_of(desk, ANNA), "Anna has a ticket")
        topic = await desk.until(lambda: ticket_with_topic(desk, ANNA), "it has a topic")
        hers = await desk.until(lambda: [m for m in desk.topic(topic) if "Отзываю" in text_of(m)], "her words are in the topic")
        group = desk.telegram.world.group(desk.group_id)
        desk.telegram.people.say(boris, "Мы прекратили обработку ваших данных.", chat=group, topic=topic, reply_to=hers[0])
        await desk.until(lambda: len(desk.letters(ANNA)) == 2, "the answer arrived")
        await desk.until(lambda: desk.from_bot(anna), "the chat is answered")
        await desk.until(lambda: settled(desk), "everything is done")
        before = {ticket["number"]: ticket for ticket in await desk.tickets()}
        assert len(before) >= 1
        words = topic_words(desk, topic)

        # While it runs: the backup. The key was put away on the first day.
        made = await desk.command("backup", str(kept / "backups"))
        assert made["counts"]["ticket"] == len(before)
        assert made["files"] >= 2
        assert not made["missing"]
        shutil.copy(desk.environ["DESK_STORAGE__KEY_FILE"], kept / "master.key")
        letters, chat = len(desk.letters(ANNA)), len(desk.from_bot(anna))

        # Life goes on; then everything is lost, and people write on.
        await desk.receive(withdrawal(DORA))
        await desk.until(lambda: desk.letters(DORA), "Dora's letter is acknowledged")
        lost = await desk.until(lambda: ticket_of(desk, DORA), "Dora has a ticket")
        await lose(desk)
        desk.telegram.people.say(clara, "Пишу, пока вас нет.")

        # Another machine, another folder.
        new = tmp_path / "another"
        desk.environ |= {
            "DESK_STORAGE__DIR": str(new / "var"),
            "DESK_STORAGE__KEY_FILE": str(new / "master.key"),
            "DESK_DATABASE__URL": await make_database(False),
        }
        new.mkdir()
        shutil.copy(kept / "master.key", new / "master.key")
        (new / "master.key").chmod(0o600)
        told = await desk.command("restore", str(kept / "backups"))
        assert (told["opens"], told["set_aside"], told["counts"]) == (True, [], made["counts"])
        assert (await desk.command("audit", "verify"))["whole"]

        await desk.start()
        again = await desk.until(lambda: ticket_of(desk, DORA), "the letter that came after the backup is taken again")
        await desk.until(lambda: len(desk.letters(DORA)) == 2, "Dora is told her new number")
        await desk.until(lambda: desk.from_bot(clara), "who wrote meanwhile is answered")
        await desk.until(lambda: settled(desk), "everything is done")

        after = {ticket["number"]: ticket for ticket in await desk.tickets()}
        assert {number: after[number] for number in before} == before
        assert again["number"] > lost["number"] + 900, "a number that was given once names nobody else"
        assert len(desk.letters(ANNA)) == letters
        assert len(desk.from_bot(anna)) == chat
        assert topic_words(desk, topic) == words
        assert (await desk.command("audit", "verify"))["whole"]
        shown = await desk.command("ticket", str(by_mail["number"]))
        assert [file["name"] for message in shown["messages"] for file in message["attachments"]] == ["statement.pdf"]
        await _can_be_read(desk)
        assert await desk.stop() == 0


async def ticket_with_topic(desk: Rig, address: str) -> int | None:
    found = await ticket_of(desk, address)
    return found["topic_id"] if found else None


async def _can_be_read(desk: Rig) -> None:
    """Anna's file is in the new vault as she sent it."""
    folder = Path(desk.environ["DESK_STORAGE__DIR"]) / "vault"
    vault = Vault.open(Path(desk.environ["DESK_STORAGE__KEY_FILE"]), folder)
    contents = await asyncio.gather(*(vault.read_async(path.name) for path in folder.glob("*/*")))
    assert SCAN in contents
