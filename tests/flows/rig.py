"""A whole desk to play stories on: the real process, between a local Telegram and a mail server, killed and started at will."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.mail import MailServer
from sandbox.telegram import Message, Person, TelegramServer
from tests.flows.zygote import AHEAD

ROOT = Path(__file__).parents[2]
TOKEN = "4242:flows-token-of-the-tests"
DESK, DOMAIN = "support@desk.test", "people.test"
PATIENCE = 30.0
ZONE = ZoneInfo("Europe/Moscow")
# Every story begins on this working morning, so that no night, week-end or holiday of the machine's own calendar tells in it.
BEGINNING = datetime(2026, 10, 6, 11, tzinfo=ZONE)


class StoryTime:
    """The time of a story, which the desk's processes and the servers around it share; `ahead` is what is added to the machine's."""

    def __init__(self, beginning: datetime = BEGINNING) -> None:
        self.ahead = beginning - datetime.now(UTC)

    def __call__(self) -> datetime:
        """The present moment (aware, of the operator's zone)."""
        return datetime.now(ZONE) + self.ahead


class Nursery:
    """The process that desks are forked from (see zygote.py)."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    @classmethod
    async def opened(cls) -> "Nursery":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.flows.zygote",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        nursery = cls(process)
        assert await nursery._line() == "ready"
        return nursery

    async def _line(self) -> str:
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode().strip()
        assert line, "the nursery is gone"
        return line

    async def _ask(self, **order: object) -> int:
        assert self._process.stdin is not None
        async with self._turn:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            await self._process.stdin.drain()
            return int(await self._line())

    async def fork(self, arguments: list[str], environ: dict[str, str], log: Path, out: Path | None = None) -> int:
        return await self._ask(arguments=arguments, environ=environ, log=str(log), out=str(out or log))

    async def wait(self, pid: int) -> int:
        """The exit code of a child, negative for a signal."""
        return await self._ask(wait=pid)

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


@dataclass
class Rig:
    """The desk under test and its world. People: Anna asks, Boris answers, Clara manages."""

    folder: Path
    nursery: Nursery | None
    telegram: TelegramServer
    mail: MailServer | None
    environ: dict[str, str]
    now: StoryTime
    pid: int = 0
    asked: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    group_id: int = 0

    @property
    def log(self) -> Path:
        return self.folder / "desk.log"

    # --- the process -----------------------------------------------------------------------------------------

    async def start(self, *, wait: bool = True) -> None:
        """Begin a life of the desk, and wait until it says that it runs."""
        self.log.touch()
        before = self.log.stat().st_size
        self.pid = await self.nursery.fork(["run"], self.environ, self.log)
        if wait:
            await self.until(lambda: b"rightsdesk is running" in self.log.read_bytes()[before:], "the desk runs")

    async def later(self, moment: datetime) -> None:
        """The desk stops, time passes until `moment`, and it starts again."""
        assert await self.stop() == 0
        assert moment >= self.now()
        self.now.ahead = moment - datetime.now(UTC)
        self.environ[AHEAD] = str(self.now.ahead.total_seconds())
        await self.start()

    async def kill(self) -> None:
        """End it as a power failure does."""
        os.kill(self.pid, signal.SIGKILL)
        assert await self.nursery.wait(self.pid) == -signal.SIGKILL
        self.pid = 0

    async def stop(self) -> int:
        """Ask it to stop; its exit code."""
        os.kill(self.pid, signal.SIGTERM)
        code = await self.nursery.wait(self.pid)
        self.pid = 0
        return code

    async def command(self, *arguments: str) -> Any:
        """What a command of the desk answers with --json, asked while the service runs."""
        self.asked += 1
        out = self.folder / f"answer{self.asked}.json"
        pid = await self.nursery.fork([*arguments, "--json"], self.environ, self.log, out)
        code = await self.nursery.wait(pid)
        assert code == 0, f"{arguments} ended with {code}\n{self.tail()}"
        return json.loads(out.read_text())

    async def tickets(self) -> list[dict[str, Any]]:
        return await self.command("tickets")

    async def until(self, true: Any, what: str, patience: float = PATIENCE) -> Any:
        """Wait until `true()` (plain or awaitable) gives something; asked again whenever the world may have changed."""
        try:
            async with asyncio.timeout(patience):
                while True:
                    answer = true()
                    if asyncio.iscoroutine(answer):
                        answer = await answer
                    if answer:
                        return answer
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"After {patience} s still not: {what}\n{self.tail()}") from None

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text().splitlines()[-lines:]) if self.log.exists() else "no log"

    # --- mail ------------------------------------------------------------------------------------------------

    async def writes(self, sender: str, subject: str, text: str, **headers: str) -> None:
        """A letter from a person arrives in the desk's mailbox."""
        await self.receive(letter(sender, subject, text, **headers))

    async def receive(self, message: EmailMessage) -> None:
        assert self.mail is not None
        await self.mail.deliver(message.as_bytes(policy=policy.SMTP), DESK, sender=str(message["From"]))

    def letters(self, address: str) -> list[EmailMessage]:
        """What a person finds in their mailbox."""
        assert self.mail is not None
        return [BytesParser(policy=policy.default).parsebytes(raw) for raw in self.mail.messages(address)]

    # --- Telegram --------------------------------------------------------------------------------------------

    def chat(self, key: str) -> list[Message]:
        """The messages of a chat as they stand, the deleted left out."""
        chat = self.telegram.world.chats.get(key)
        return [message for message in chat.messages.values() if not message.deleted] if chat else []

    def private(self, person: Person) -> list[Message]:
        """What a person sees in the private chat with the bot."""
        bot = self.telegram.world.bot
        return self.chat(self.telegram.world.private_chat(bot, person).key)

    def from_bot(self, person: Person) -> list[Message]:
        """What the bot wrote to a person."""
        return [message for message in self.private(person) if message.sender_id == self.telegram.world.bot.id]

    def topic(self, topic_id: int) -> list[Message]:
        """The messages of a topic of the staff group."""
        group = self.telegram.world.group(self.group_id)
        assert group is not None
        return [m for m in group.messages.values() if m.topic_id == topic_id and not m.deleted]


def letter(sender: str, subject: str, text: str, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, DESK, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if "Message-ID" not in message:
        message["Message-ID"] = f"<{abs(hash((sender, subject, text)))}@{DOMAIN}>"
    message.set_content(text)
    return message


def text_of(message: Message) -> str:
    return str(message.content.get("text") or message.content.get("caption") or "")


def buttons(message: Message) -> list[str]:
    rows = (message.markup or {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


@asynccontextmanager
async def rig(
    folder: Path,
    nursery: Nursery | None,
    database: str = "",
    domains: Sequence[str] = (),
    *,
    beginning: datetime = BEGINNING,
    **settings: str,
) -> AsyncIterator[Rig]:
    """A world and a desk in it that has not started yet; mail servers of more `domains` than the desk's and the people's.

    A desk that is not born in a nursery has the machine's time: its `beginning` is now.
    """
    now = StoryTime(beginning)
    telegram = TelegramServer(TOKEN, timepiece=lambda: now().timestamp())
    mail = MailServer(domains=["desk.test", DOMAIN, *domains], timepiece=now)
    await telegram.start()
    await mail.start()
    world = telegram.world
    people = {
        "anna": world.add_person("Анна", language_code="ru", username="anna"),
        "boris": world.add_person("Борис", language_code="ru"),
        "clara": world.add_person("Клара", language_code="ru"),
        "mallory": world.add_person("Mallory", language_code="en"),
    }
    group = world.add_group("Обращения", forum=True, owner=people["clara"], members=[people["boris"]])
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        AHEAD: str(now.ahead.total_seconds()),
        "PYTHONPATH": str(ROOT),
        "DESK_CONFIG": os.devnull,
        "DESK_OPERATOR__NAME": "ИП Тестова А. А.",
        "DESK_OPERATOR__KIND": "entrepreneur",
        "DESK_DATABASE__URL": database or f"sqlite://{folder}/desk.sqlite3",
        "DESK_STORAGE__DIR": str(folder / "var"),
        "DESK_STORAGE__KEY_FILE": str(folder / "var" / "master.key"),
        "DESK_TELEGRAM__TOKEN": TOKEN,
        "DESK_TELEGRAM__API_URL": telegram.url,
        "DESK_TELEGRAM__STAFF_CHAT": str(group.id),
        "DESK_TELEGRAM__GROUP_PER_MINUTE": "100000",
        "DESK_TELEGRAM__CHAT_PER_SECOND": "1000",
        "DESK_TELEGRAM__PER_SECOND": "1000",
        "DESK_STAFF__UNDO_SECONDS": "0",
        "DESK_STAFF__MANAGERS": json.dumps([people["clara"].id]),
        "DESK_HTTP__LISTEN": "127.0.0.1:0",
        "DESK_MAILBOXES__0__ADDRESS": DESK,
        "DESK_MAILBOXES__0__IMAP_URL": mail.imap_url(DESK),
        "DESK_MAILBOXES__0__SMTP_URL": mail.smtp_url(DESK),
    } | settings
    made = Rig(folder, nursery, telegram, mail, environ, now, people=people, group_id=group.id)
    try:
        yield made
    finally:
        if made.pid:
            await made.kill()
        await mail.stop()
        await telegram.stop()
