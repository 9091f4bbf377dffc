"""The world around the demo: a local Telegram with people and a staff group, a local mail server, and a clock to move."""

import asyncio
import sysconfig
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.settings.declared import Settings, SettingsError, load
from app.speech import language
from desk.timepiece import Timepiece
from sandbox.mail import MailServer
from sandbox.telegram import DEMO_TOKEN, Chat, Person, TelegramServer

# In a checkout, and where pip puts the data files of what it installs.
EXAMPLES: Final = (
    Path(__file__).resolve().parents[2] / "examples",
    Path(sysconfig.get_path("data")) / "share" / "rightsdesk" / "examples",
)
GROUPS: Final = {"ru": "Обращения: персональные данные", "en": "Requests: personal data"}
# Who is there, by the language of the staff: two of them, and two who ask in their own languages.
PEOPLE: Final = {
    "ru": (("Борис", "ru"), ("Клара", "ru"), ("Пётр", "ru"), ("Mary", "en")),
    "en": (("Boris", "en"), ("Clara", "en"), ("Пётр", "ru"), ("Mary", "en")),
}
ANNA: Final = "anna@people.example"


@dataclass
class World:
    """Everything outside the desk. Anna writes letters; Pyotr and Mary use Telegram; Boris and Clara are staff.

    `language` is that of the staff.
    """

    telegram: TelegramServer
    mail: MailServer
    group: Chat
    boris: Person
    clara: Person
    pyotr: Person
    mary: Person
    settings: Settings
    language: str

    @property
    def mailbox(self) -> str:
        """The operator's support address."""
        return self.settings.mailboxes[0].address


@asynccontextmanager
async def opened(folder: Path, timepiece: Timepiece, *, listen: str = "127.0.0.1:0", **more: str) -> AsyncIterator[World]:
    """A running world that keeps its state in `folder`; `more` are settings of the desk by their variables.

    Its staff speak the language of the machine at the first start, and go on in it.
    """
    await asyncio.to_thread((folder / "mail").mkdir, parents=True, exist_ok=True)
    spoken = await asyncio.to_thread(_spoken, folder)
    telegram = TelegramServer(state_dir=folder / "telegram", timepiece=lambda: timepiece().timestamp())
    mail = MailServer(["*"], folder / "mail", timepiece=timepiece)
    await telegram.start()
    try:
        await mail.start()
        try:
            people = [_person(telegram, name, native) for name, native in PEOPLE[spoken]]
            boris, clara, pyotr, mary = people
            group = _group(telegram, boris, clara, spoken)
            told = {"DESK_OPERATOR__LANGUAGES": ",".join(sorted(PEOPLE, key=lambda one: one != spoken))}
            settings = load(_environment(folder, telegram, mail, group, clara, listen) | told | more, for_running=True)
            yield World(telegram, mail, group, boris, clara, pyotr, mary, settings, spoken)
        finally:
            await mail.stop()
    finally:
        await telegram.stop()


def _spoken(folder: Path) -> str:
    """The language of the staff: that of the machine at the first start, and kept from then on."""
    kept = folder / "language"
    if not kept.exists():
        kept.write_text(language(), encoding="ascii")
    known = kept.read_text(encoding="ascii").strip()
    return known if known in PEOPLE else "en"


def _person(telegram: TelegramServer, name: str, native: str) -> Person:
    known = (person for person in telegram.world.people.values() if person.first_name == name)
    return next(known, None) or telegram.world.add_person(name, language_code=native)


def _group(telegram: TelegramServer, boris: Person, clara: Person, spoken: str) -> Chat:
    title = GROUPS[spoken]
    known = (chat for chat in telegram.world.chats.values() if chat.title == title and chat.migrated_to is None)
    return next(known, None) or telegram.world.add_group(title, forum=True, owner=clara, members=[boris])


def _environment(
    folder: Path, telegram: TelegramServer, mail: MailServer, group: Chat, clara: Person, listen: str
) -> dict[str, str]:
    """The example operator, with the sandbox in the place of Telegram and the mail provider."""
    example = next((folder / "operator-a.toml" for folder in EXAMPLES if (folder / "operator-a.toml").is_file()), None)
    if example is None:
        looked = ", ".join(map(str, EXAMPLES))
        raise SettingsError([f"The demo plays the example operator, but it is in none of {looked}: run it from a checkout."])
    address = load({"DESK_CONFIG": str(example)}).mailboxes[0].address
    return {
        "DESK_CONFIG": str(example),
        "DESK_DATABASE__URL": f"sqlite://{folder / 'desk.sqlite3'}",
        "DESK_STORAGE__DIR": str(folder),
        "DESK_STORAGE__KEY_FILE": str(folder / "master.key"),
        "DESK_TELEGRAM__API_URL": telegram.url,
        "DESK_TELEGRAM__TOKEN": DEMO_TOKEN,
        "DESK_TELEGRAM__STAFF_CHAT": str(group.id),
        "DESK_STAFF__MANAGERS": str(clara.id),
        "DESK_MAILBOXES__0__IMAP_URL": mail.imap_url(address),
        "DESK_MAILBOXES__0__SMTP_URL": mail.smtp_url(address),
        "DESK_HTTP__LISTEN": listen,
        # The sandbox has no limits to keep, and nobody likes to wait for a demo.
        "DESK_TELEGRAM__CHAT_PER_SECOND": "20",
        "DESK_TELEGRAM__GROUP_PER_MINUTE": "1200",
    }
