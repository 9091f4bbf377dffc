"""Updates of many people taken together become what they become one by one, and a bad one among them goes alone."""

import random
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot

from bot import polling
from bot.door import TelegramDoor
from bot.requester import messages
from bot.requester.talk import Talk
from bot.requester.taps import Go
from desk.flow import inbound
from desk.ports import Outcome
from models import Action, Dialog, Inbound, InboundState, Outbox
from models.store.connect import opened
from tests.desk.flow.streams import tables
from tests.desk.people import STAFF_CHAT, Now, make_desk

TEXTS = (
    "Отзываю согласие на обработку персональных данных",
    "Прошу сообщить, какие мои данные вы храните",
    "Когда будет ответ?",
    "Что там с обращением № 1?",
    "Здравствуйте!",
    "Спасибо",
    "Удалите мою почту",
    "/start",
    "/menu",
    "/status",
    "/nonsense",
)


class Crowd:
    """People who write in private, and one of staff who writes in the group, by chance; the same for the same seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance, self.now, self.number = random.Random(seed), Now(), 0
        self.desk = make_desk(folder)
        self.bot = Bot("42:test")
        self.door = TelegramDoor(self.desk, self.bot, self.now)
        self.written: dict[int, int] = {}

    def message(self, person: int, text: str, **more: Any) -> dict[str, Any]:
        self.number += 1
        named = {"id": person, "first_name": f"P{person}"}
        written = {"message_id": self.number, "date": int(self.now().timestamp()), "text": text, **more}
        return written | {"chat": {**named, "type": "private"}, "from": {**named, "is_bot": False, "language_code": "ru"}}

    def update(self, person: int) -> dict[str, Any]:
        kind, text = self.chance.random(), self.chance.choice(TEXTS)
        if kind < 0.1 and person in self.written:
            body = self.message(person, text, edit_date=int(self.now().timestamp())) | {"message_id": self.written[person]}
            return {"update_id": self.number, "edited_message": body}
        if kind < 0.2:
            shown = self.message(person, "…")
            tap = {"id": str(self.number), "from": shown["from"], "chat_instance": "1", "data": Go(to="status").pack()}
            return {"update_id": self.number, "callback_query": {**tap, "message": shown}}
        body = self.message(person, text)
        self.written[person] = self.number
        return {"update_id": self.number, "message": body}

    def of_staff(self) -> dict[str, Any]:
        body = self.message(2, "/due") | {"chat": {"id": STAFF_CHAT, "type": "supergroup", "title": "Заявки"}}
        return {"update_id": self.number, "message": body}

    async def write(self, rounds: int) -> None:
        for _ in range(rounds):
            updates = [self.update(900 + one) for one in self.chance.sample(range(12), self.chance.randint(1, 12))]
            updates.insert(self.chance.randrange(len(updates) + 1), self.of_staff())
            await polling.store(self.desk, 42, updates, self.now())
            await inbound.drain(self.desk, {"telegram": self.door}, self.now)
            self.now.forward(minutes=self.chance.choice([1, 90]))
        await self.bot.session.close()


# Numbers that tell only in which order rows were written that do not wait for each other.
NUMBERS = {"id", "demand_id", "clock_id", "message_id", "previous", "hash"}


async def found() -> dict[str, list[dict[str, Any]]]:
    """What the tables hold, each row without such numbers; of the history what was done, without the seals of transactions."""
    held: dict[str, list[dict[str, Any]]] = await tables()
    held["History"] = [one for one in held["History"] if one["action"] != Action.SEALED]
    held["Dialog"] = [dict(one) for one in await Dialog.all().values()]
    held["Inbound"] = [dict(one) for one in await Inbound.all().values("position", "state", "outcome", "ticket_id", "error")]
    tickets = held.pop("Ticket")
    bare = {name: [{k: v for k, v in one.items() if k not in NUMBERS} for one in rows] for name, rows in held.items()}
    return {"Ticket": tickets} | {name: sorted(rows, key=str) for name, rows in bare.items()}


@pytest.fixture(autouse=True)
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks Telegram who is a member: nothing is sent here."""

    async def of_update(*_: object) -> bool:
        return True

    monkeypatch.setattr("bot.members.Members.of_update", of_update)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_a_crowd_writes_becomes_together_what_it_becomes_one_by_one(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = []
    for at_once in (1, 100):
        async with opened(f"sqlite://{tmp_path}/{at_once}.sqlite3", tests=True):
            monkeypatch.setattr(inbound, "MOST_AT_ONCE", at_once)
            await Crowd(tmp_path, seed).write(10)
            kept.append(await found())
    one, many = kept
    assert not [row for row in one["Inbound"] if row["state"] != InboundState.DONE]
    assert len(one["Ticket"]) > 5
    assert {row["outcome"].split()[0] for row in one["Inbound"]} >= {"opened", "added", "menu", "status", "listed"}
    for table in one:
        assert many[table] == one[table], table


async def test_an_update_that_fails_goes_alone_and_all_others_are_taken(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(tmp_path, 1)
    real = messages._tell_added
    failed: list[int] = []

    async def failing(talk: Talk, *rest: Any) -> None:
        # After the desk took it with all others.
        if talk.user.id == 903:
            failed.append(talk.row.id)
            raise LookupError("a fault of ours")
        await real(talk, *rest)

    monkeypatch.setattr(messages, "_tell_added", failing)
    for text in ("Отзываю согласие на обработку персональных данных", "Когда будет ответ?"):
        bodies = [crowd.message(900 + one, text) for one in range(8)]
        await polling.store(crowd.desk, 42, [{"update_id": one["message_id"], "message": one} for one in bodies], crowd.now())
        await inbound.drain(crowd.desk, {"telegram": crowd.door}, crowd.now)
    await crowd.bot.session.close()
    waiting = await Inbound.filter(state=InboundState.WAITING)
    assert [one.conversation for one in waiting] == ["tg:903"]
    assert await Inbound.filter(state=InboundState.DONE, outcome="opened").count() == 8
    assert await Inbound.filter(state=InboundState.DONE, outcome="added").count() == 7
    assert await Outbox.filter(errand="requester", ticket_id__isnull=False).count() == 8 + 7
    # Nothing is left of the tries in which it was with others.
    assert set(failed) == {waiting[0].id}


async def test_people_in_a_batch_see_nothing_of_each_other(db: None, tmp_path: Path) -> None:
    crowd = Crowd(tmp_path, 1)
    bodies = [crowd.message(900 + one, f"Отзываю согласие, человек {one}") for one in range(6)]
    await polling.store(crowd.desk, 42, [{"update_id": one["message_id"], "message": one} for one in bodies], crowd.now())
    outcomes: list[Outcome] = []
    handled = TelegramDoor._handled

    async def noting(self: TelegramDoor, *given: Any) -> Outcome:
        outcomes.append(await handled(self, *given))
        return outcomes[-1]

    crowd.door._handled = noting.__get__(crowd.door)  # type: ignore[method-assign]
    await inbound.drain(crowd.desk, {"telegram": crowd.door}, crowd.now)
    await crowd.bot.session.close()
    assert len({one.ticket_id for one in outcomes}) == 6
    for row in await Dialog.all():
        person = int(row.key.split(":")[2])
        screen = await Outbox.filter(conversation=f"tg:{person}", errand="screen").order_by("-id").first()
        assert screen is not None
        assert screen.content["dialog"] == row.key
