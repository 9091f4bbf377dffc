"""The desk's side of the page: who plays, the time that moves, the state that is shown live."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from tortoise.exceptions import OperationalError

from app.demo.page import examples, moments, timeline
from app.demo.world import World
from app.service import Service
from app.timepiece import MovableTimepiece
from desk.outbox import GENERAL
from models import Direction, Inbound, InboundState, Message, Outbox, OutboxState, Ticket
from sandbox.page import PageError
from sandbox.telegram import Person

Json = dict[str, Any]

# More people to be in Telegram: name, surname, language.
MORE_PEOPLE: Final = (("Анна", "Смирнова", "ru"), ("John", "Smith", "en"), ("Mallory", "", "en"))
# Who has a mailbox. Mallory forges.
WRITERS: Final = (
    ("Анна Смирнова", "anna@people.example", "ru"),
    ("Иван Кузнецов", "ivan@people.example", "ru"),
    ("Mary Jane Watson", "mary@people.example", "en"),
    ("Mallory", "mallory@forgers.example", "en"),
)
# The state is asked for by every open page twice a second; it is read once in this time.
FRESH_SECONDS: Final = 0.4
# A step over the whole of time would only hurt.
LONGEST: Final = timedelta(days=400)


class DeskHooks:
    """What `sandbox.page` asks of the desk."""

    def __init__(self, world: World, service: Service, timepiece: MovableTimepiece) -> None:
        self._world, self._service, self._timepiece = world, service, timepiece
        self._requesters = [world.pyotr, world.mary, *(_person(world, *who) for who in MORE_PEOPLE)]
        for _, address, _ in WRITERS:
            world.mail.mails(address)
        self._state: Json = self._bare()
        self._read_at = 0.0
        self._reading = asyncio.Lock()

    @property
    def _zone(self) -> ZoneInfo:
        return self._world.settings.operator.time_zone

    def about(self) -> Json:
        settings = self._world.settings
        return {
            "run": _run_of(settings.key_file),
            "title": settings.operator.short_name or settings.operator.name,
            "zone": str(self._zone),
            "language": self._world.language,
            "group": self._world.group.id,
            "requesters": [person.id for person in self._requesters],
            "staff": [self._world.boris.id, self._world.clara.id],
            "mailbox": self._world.mailbox,
            "writers": [{"name": name, "address": address, "language": language} for name, address, language in WRITERS],
            "examples": examples.offered(),
        }

    def _bare(self) -> Json:
        return {
            "ready": False,
            "offset": round(self._timepiece.offset.total_seconds(), 3),
            "next": None,
            "due": None,
            "queues": {"inbound": 0, "outbox": 0, "parked": 0},
            "timeline": None,
            "progress": {"tickets": 0, "replies": 0, "alarms": 0},
        }

    async def state(self, *, anew: bool = False) -> Json:
        """The state as it was a moment ago, or, `anew`, as it is."""
        async with self._reading:
            now = asyncio.get_running_loop().time()
            if anew or now - self._read_at > FRESH_SECONDS:
                self._state, self._read_at = await self._read(), now
        return self._state

    async def _read(self) -> Json:
        state = self._bare()
        if not self._service.started.is_set():
            return state
        try:
            return state | {
                "ready": True,
                "next": await moments.next_thing(self._service.desk, self._timepiece()),
                "due": await moments.next_date(self._service.desk, self._timepiece()),
                "queues": await _queues(),
                "timeline": await timeline.latest(self._service.desk, self._timepiece()),
                "progress": await _progress(),
            }
        except OperationalError:
            # The database is being closed: the demo ends.
            return state

    async def move(self, how: Json) -> Json:
        self._must_run()
        by = await self._asked(how)
        if not timedelta() <= by <= LONGEST:
            raise PageError("The clock moves forward only, and at most 400 days at once.")
        self._timepiece.move(by)
        await self._service.look()
        self._service.desk.wake.all()
        return await self.state(anew=True)

    def _must_run(self) -> None:
        if not self._service.started.is_set():
            raise PageError("The desk is still starting.")

    async def _asked(self, how: Json) -> timedelta:
        if how.get("to") in {"next", "due"}:
            find = moments.next_thing if how["to"] == "next" else moments.next_date
            found = await find(self._service.desk, self._timepiece())
            if found is None:
                raise PageError("Nothing is due.")
            return max(datetime.fromisoformat(found["at"]) - self._timepiece(), timedelta()) + timedelta(seconds=1)
        if "to" in how:
            raise PageError("The clock moves to what is next or to a date that is due.")
        try:
            return timedelta(days=float(how.get("days", 0)), hours=float(how.get("hours", 0)))
        except (TypeError, ValueError, OverflowError):
            raise PageError("Say how far: hours, days, or to what.") from None

    async def example(self, name: str, person: int | None) -> Json:
        self._must_run()
        who = self._world.telegram.world.people.get(person or 0, self._requesters[0])
        return await examples.play(self._world, self._service.desk, name, who)


def _person(world: World, name: str, surname: str, language: str) -> Person:
    people = world.telegram.world.people.values()
    known = next((one for one in people if (one.first_name, one.last_name or "") == (name, surname)), None)
    return known or world.telegram.world.add_person(name, last_name=surname or None, language_code=language)


def _run_of(key_file: Path) -> str:
    """Another word after starting over, when everything was made anew."""
    return str(key_file.stat().st_mtime_ns) if key_file.exists() else ""


async def _queues() -> Json:
    parked = await Inbound.filter(state=InboundState.PARKED).count() + await Outbox.filter(state=OutboxState.PARKED).count()
    return {
        "inbound": await Inbound.filter(state=InboundState.WAITING).count(),
        "outbox": await Outbox.filter(state=OutboxState.WAITING).count(),
        "parked": parked,
    }


async def _progress() -> Json:
    return {
        "tickets": await Ticket.all().count(),
        "replies": await Message.filter(direction=Direction.OUT, author__startswith="staff:").count(),
        "alarms": await Outbox.filter(errand="notice", conversation=GENERAL, unique_key__startswith="reminder:").count(),
    }
