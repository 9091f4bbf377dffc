"""Letters, and a mailbox in whose inbox they lie already."""

from datetime import UTC, datetime
from email.message import EmailMessage

from desk.context import Desk
from desk.flow import inbound
from desk.flow.inbound import Item
from desk.ports import Incoming
from mail.door import MailDoor
from mail.mailbox import conversation_of
from models import Inbound, Outbox
from tests.desk.people import THURSDAY, Now
from tests.servers.fixtures import ANNA, DESK

OWNER = "owner@operator.test"
RECEIVED = datetime(2026, 12, 10, 7, 59, 30, tzinfo=UTC)


def letter(subject="Withdrawal Statement", text="Отзываю согласие на обработку моих персональных данных.", /, **headers) -> bytes:
    message = EmailMessage()
    told = {
        "From": f"Анна Иванова <{ANNA}>",
        "To": DESK,
        "Subject": subject,
        "Message-ID": "<1@people.test>",
        "Date": "Thu, 10 Dec 2026 10:59:00 +0300",
    }
    for name, value in (told | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value:
            message[name] = value
    message.set_content(text)
    return message.as_bytes()


class Mailroom:
    """Letters that lie in the inbox already."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.door, self.now = desk, MailDoor(desk), Now(THURSDAY)
        self.uid = 0

    async def row(self, raw: bytes, mailbox: str = DESK) -> Inbound:
        self.uid += 1
        item = Item(self.uid, conversation_of(raw, self.uid), RECEIVED, raw)
        await inbound.store_many(self.desk, "mail", f"mail:{mailbox}:INBOX:1", [item], self.now())
        return await Inbound.get(position=self.uid)

    async def told(self, raw: bytes, mailbox: str = DESK) -> Incoming:
        return await self.door.prepare(await self.row(raw, mailbox), raw)

    async def drain(self) -> None:
        await inbound.drain(self.desk, {"mail": self.door}, self.now)

    async def taken(self, raw: bytes, mailbox: str = DESK) -> Inbound:
        row = await self.row(raw, mailbox)
        await self.drain()
        return await Inbound.get(id=row.id)

    async def acknowledged(self) -> list[str]:
        """To whom acknowledgements were decided, in order."""
        return [row.content["to"] for row in await Outbox.filter(channel="mail", errand="acknowledgement").order_by("id")]
