"""Random streams of messages and of what staff do meanwhile, the same for the same seed, to compare two ways of taking them."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tortoise.models import Model

import models
from desk.context import Desk
from desk.errors import Refused
from desk.flow import delivery
from desk.matter import merging
from desk.ports import File, Incoming, Outcome, Sender
from desk.recognising.whose import About
from desk.ticket import clocks, tickets
from desk.ticket.staffing import known
from desk.vault import Blob
from models import Direction, Inbound, InboundState, Level, Message, Outbox, Staff, Ticket
from models.store.connect import transaction
from tests.desk.people import Now, RecordingDoor, make_desk

Taking = Callable[[Desk, Sequence[tuple[Incoming, Inbound]], Any], Awaitable[list[Outcome]]]
KINDS = [
    "consent_withdrawal",
    "access_request",
    "rectification",
    "destruction_request",
    "unlawful_processing",
    "question",
    "complaint",
]
NAMES = ["Анна Петрова", "Пётр Ильич Сидоров", "Сидоров Пётр", "Иван", "", "Mary Jane Watson", "Анна Сергеевна Петрова"]
WHOSE = [
    None,
    None,
    About(own=True),
    About(stated=frozenset({("иван", "петров")})),
    About(stated=frozenset({("ольга", "ильина")}), relations=frozenset({"child"})),
    About(signed=frozenset({("иван", "петров")}), contracts=frozenset({"77"})),
]
TABLES = [
    "Requester",
    "Contact",
    "Ticket",
    "Demand",
    "Clock",
    "Message",
    "Attachment",
    "Clue",
    "Outbox",
    "History",
    "Receipt",
    "Inbound",
    "Automatic",
    "Quiet",
]


class Stream:
    """One stream, played on the open database. Everything it chooses comes from its seed and from what is in the tables."""

    def __init__(self, seed: int, folder: Path, taking: Taking) -> None:
        self.chance, self.now, self.desk, self.taking = random.Random(seed), Now(), make_desk(folder), taking
        self.out = [RecordingDoor(name) for name in ("mail", "staff", "telegram")]
        self.sent: list[Incoming] = []
        self.position = 0

    async def play(self, messages: int, *, at_once: int) -> None:
        """Take so many messages, up to `at_once` together, all of different people; between them staff act."""
        while self.position < messages:
            async with transaction():
                boris = await known(self.desk, 2, "Борис", "boris", self.now())
            await self._together(at_once)
            for _ in range(self.chance.randrange(4)):
                await self._act(boris)
            self.now.forward(seconds=self.chance.choice([1, 60, 3600, 90_000]))

    async def _together(self, at_once: int) -> None:
        people = self.chance.sample(range(40), self.chance.randint(1, at_once))
        last = await Ticket.all().order_by("-id").first()
        ours = [row.content["message_id"] for row in self.out[0].rows if "message_id" in row.content]
        chosen = [self._message(person, last.id if last else 0, ours) for person in people]
        pairs = []
        for incoming in chosen:
            self.position += 1
            row = await Inbound.create(
                channel=incoming.channel, source="test", position=self.position, conversation=str(self.position),
                received_at=incoming.received_at, stored_at=self.now(), next_try_at=self.now(), size=1,
            )  # fmt: skip
            pairs.append((incoming, row))
        outcomes = await self.taking(self.desk, pairs, self.now())
        for (incoming, row), outcome in zip(pairs, outcomes, strict=True):
            await Inbound.filter(id=row.id).update(
                state=InboundState.DONE, outcome=outcome.words, ticket_id=outcome.ticket_id, fingerprint=incoming.fingerprint
            )
        self.sent += chosen

    def _message(self, person: int, last: int, ours: list[str]) -> Incoming:
        choose = self.chance
        number = len(self.sent) + self.position + choose.randrange(10**9)
        by_mail = person % 3 != 0
        sender = (
            Sender("email", f"P{person}@example.org", name=NAMES[person % len(NAMES)], shown=f"p{person}@example.org",
                   verified=choose.choice([Level.SENDER, Level.AUTHENTICATED, Level.SAID]))
            if by_mail
            else Sender("telegram", str(person), name=NAMES[person % len(NAMES)])
        )  # fmt: skip
        kinds = tuple(choose.sample(KINDS, choose.choice([0, 1, 1, 1, 2, 3])))
        text = choose.choice(
            [
                "Прошу.",
                f"Мой телефон +7 912 345-67-8{choose.randrange(3)}",
                f"пишу и с p{choose.randrange(40)}@example.org",
                "Спасибо",
                "Да",
            ]
        )
        known_ids = [one.external_id for one in self.sent[-50:] if one.external_id] + ours[-20:]
        incoming = Incoming(
            channel="mail" if by_mail else "telegram", sender=sender, external_id=f"<m{number}@example.org>" if by_mail else f"{person}:{number}",
            received_at=self.now() - timedelta(seconds=choose.choice([0, 0, 0, 30, 200_000, 3_000_000])), text=text, new_text=text,
            language=choose.choice(["ru", "en"]), subject=choose.choice(["Вопрос", "Re: Вопрос", "Withdrawal Statement", ""]), kinds=kinds,
            chosen=choose.random() < 0.2, spam=choose.random() < 0.05, fingerprint=f"{number:064d}" if by_mail else "",
            mailbox="support@desk.example" if by_mail else "", chat_id=None if by_mail else 1000 + person,
            answerable=choose.random() < 0.9, album=choose.choice(["", "", "", f"a{person}"]) if not by_mail else "",
            ticket_id=choose.randint(1, last) if last and choose.random() < 0.3 else None,
            named_ticket_id=choose.randint(1, last + 3) if choose.random() < 0.1 else None,
            answer_to=f"other{person}@example.org" if by_mail and choose.random() < 0.1 else "",
            represented={"name": "Ольга"} if choose.random() < 0.1 else None,
            about=choose.choice(WHOSE), failed_recipients=choose.choice([(), (f"p{person}@example.org",), ("who@example.org",)]),
            reply_to=(choose.choice(known_ids),) if known_ids and choose.random() < 0.2 else (),
            silenced_by=choose.choice([(), (), ("staff",)]), passed_on_by=choose.choice(["", "", "", "Зоя"]),
            files=(File("a.pdf", blob=Blob(name="b" * 32, size=3, sha256="c" * 64)),) if choose.random() < 0.2 else (),
        )  # fmt: skip
        earlier = [one for one in self.sent[-200:] if one.channel == incoming.channel]
        match choose.randrange(12):
            case 0 if by_mail and ours:
                bounced = choose.choice(ours[-60:])
                kind = choose.choice(["bounce", "bounce", "auto_reply", "report", "list", "staff", "reaction"])
                if choose.random() < 0.3:
                    return replace(incoming, automated=kind, reply_to=(), ticket_id=None, answerable=False)
                return replace(incoming, automated=kind, original_message_id=bounced, reply_to=(bounced,), answerable=False)
            case 1 if earlier:  # the same letter again, or under the same id with other words
                old = choose.choice(earlier)
                return replace(
                    incoming, fingerprint=old.fingerprint, external_id=old.external_id, text=choose.choice([old.text, "иначе"])
                )
            case 2 if earlier and len(earlier[-1].external_id) < 400:
                old = choose.choice(earlier[-1:])
                return replace(old, version=2, text=choose.choice([old.text, "исправлено"]), fingerprint="", ticket_id=None)
            case 3:
                return replace(incoming, external_id=choose.choice(["", "<" + "x" * 500 + ">"]))
        return incoming

    async def _act(self, boris: Staff) -> None:
        """Something that staff do, or that is delivered; what is refused is done by nobody."""
        found = await Ticket.all().order_by("id")
        choose = self.chance
        what = choose.randrange(6)
        one, other = (choose.choice(found), choose.choice(found)) if found else (None, None)
        if one is None or other is None:
            return
        if what == 0:
            for door in self.out:
                await delivery.drain(self.desk, door, self.now)
            return
        try:
            async with transaction():
                if what == 1:
                    await tickets.close(self.desk, one, boris, self.now(), reason="так решили")
                elif what == 2:
                    await merging.merge(self.desk, one, other.id, boris, self.now())
                elif what == 3:
                    for clock in await clocks.running(one):
                        await clocks.stop(self.desk, clock.id, "staff:2", self.now())
                elif what == 5:
                    question = choose.choice(["Какой у вас номер заказа?", "Сделано."])
                    answer = {"channel": "mail", "author": "staff:2", "direction": Direction.OUT, "text": question}
                    number = await Message.all().count()
                    await Message.create(ticket=one, at=self.now(), external_id=f"<out{number}@desk.example>", **answer)
                elif what == 4:
                    await Outbox.filter(ticket_id=one.id, state="waiting").update(lease_until=self.now())
        except Refused:
            return


async def tables() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    found = {}
    for name in TABLES:
        table: type[Model] = getattr(models, name)
        found[name] = [dict(row) for row in await table.all().order_by("id").values()]
    return found
