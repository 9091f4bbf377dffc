"""A desk in perfect order for the doctor, with real servers around it, so that tests can break one thing at a time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.checks.examining import examine
from app.checks.results import FINDINGS, Result
from desk.vault import Vault
from sandbox.telegram import Chat, TelegramServer
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import DESK
from tests.servers.mta import Mta

COMPLETE = """
[operator]
name = "ООО «Оператор»"
address = "150000, г. Ярославль, ул. Примерная, д. 10"
policy_url = "https://operator.test/privacy"
[staff]
managers = [1]
alert_email = "owner@operator.test"
[[processors]]
name = "ООО «Доставка»"
address = "150000, г. Ярославль, ул. Доставки, д. 1"
email = "privacy@delivery.test"
data_categories = ["имя"]
[[systems]]
name = "Магазин"
data_categories = ["имя"]
[http]
listen = "127.0.0.1:9"
"""


@dataclass
class Ground:
    """The environment of a desk; `env` may be changed before looking."""

    folder: Path
    telegram: TelegramServer
    group: Chat
    dovecot: Dovecot
    mta: Mta
    env: dict[str, str] = field(default_factory=dict)

    @classmethod
    def prepare(cls, folder: Path, telegram: TelegramServer, dovecot: Dovecot, mta: Mta, database_url: str) -> "Ground":
        world = telegram.world
        clara = world.add_person("Clara")
        group = world.add_group("Desk", forum=True, owner=clara)
        file = folder / "desk.toml"
        file.write_text(COMPLETE, encoding="utf-8")
        file.chmod(0o600)
        storage = folder / "var"
        storage.mkdir(mode=0o700)
        Vault.open(storage / "master.key", storage / "vault")
        ground = cls(folder, telegram, group, dovecot, mta)
        ground.env = {
            "DESK_CONFIG": str(file),
            "DESK_STORAGE__DIR": str(storage),
            "DESK_DATABASE__URL": database_url,
            "DESK_TELEGRAM__TOKEN": telegram.token,
            "DESK_TELEGRAM__API_URL": telegram.url,
            "DESK_TELEGRAM__STAFF_CHAT": str(group.id),
            "DESK_MAILBOXES__0__ADDRESS": DESK,
            "DESK_MAILBOXES__0__IMAP_URL": dovecot.imap_url(DESK, security="tls"),
            "DESK_MAILBOXES__0__SMTP_URL": mta.smtp_url(DESK, security="starttls"),
        }
        return ground

    @property
    def storage(self) -> Path:
        return self.folder / "var"

    async def look(self, *, timepiece: Callable[[], datetime] = lambda: datetime.now(UTC), seconds: float = 15) -> list[Result]:
        return (await examine(self.env, timepiece, seconds=seconds)).results


def findings(results: Iterable[Result]) -> dict[str, str]:
    """Key → verdict of everything that has to be done."""
    return {one.key: one.verdict.value for one in results if one.verdict in FINDINGS}


def one(results: Iterable[Result], key: str, **wanted: Any) -> Result:
    """The one result of a key (and verdict, …)."""
    found = [r for r in results if r.key == key and all(getattr(r, name) == value for name, value in wanted.items())]
    assert len(found) == 1, [(r.key, r.verdict, r.said("en")) for r in results]
    return found[0]
