"""What the bot did comes back to it as updates: so a deed whose answer was lost is known, and not done once more.

Telegram tells a bot of the topics it made and the messages it pinned. Each echo becomes the receipt that the answer would have
become; a delivery that is not sure of its last try waits until such echoes would have come, and adopts what they tell.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from tortoise.exceptions import DBConnectionError

from bot.calls import Errand
from desk import contents
from desk.errors import Misconfigured, Permanent, PutOff
from desk.ticket import topic
from models import Outbox, Posted, Receipt, Ticket
from models.store.connect import transaction
from models.store.rows import insert_unless_there

log = structlog.get_logger(__name__)

_NUMBER = re.compile(r"№ (\d{1,18})\b")
# A process that does not poll itself (webhook, another process holds the polling) gives echoes so long.
GRACE = timedelta(seconds=45)
# Trouble with polling holds up what is unsure no longer than this; a topic made twice is closed when it is heard of.
PATIENCE = timedelta(hours=1)
AGAIN = timedelta(seconds=2)
_BEGUN = "begun"


@dataclass
class Hearing:
    """How far the updates were read: `until` is when the last poll that succeeded was begun."""

    until: datetime | None = None
    since: datetime | None = None
    trouble: bool = False

    def caught_up(self, moment: datetime, now: datetime) -> bool:
        """Whether the echo of what was done at a moment would have been heard by now."""
        self.since = self.since or now
        if self.until is not None:
            return self.until > moment or (self.trouble and now - moment > PATIENCE)
        return now - max(moment, self.since) > (PATIENCE if self.trouble else GRACE)


async def hear(updates: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Keep what echoes tell, before Telegram is told that they arrived. Hearing one twice is harmless."""
    for update in updates:
        message = update["message"]
        try:
            async with transaction():
                if (made := message.get("forum_topic_created")) is not None:
                    await _posted(Posted.TOPIC, str(made.get("name", "")), message, message["message_id"], now)
                for shown in (message, message.get("pinned_message") or {}):
                    if "text" in shown and "message_id" in shown:
                        await _posted(Posted.CARD, str(shown["text"]), message, shown["message_id"], now)
        except DBConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - an echo nobody understands must not keep the updates of people from coming in
            log.warning("an echo was not understood", error=type(error).__name__)


async def _posted(role: Posted, words: str, message: Mapping[str, Any], number: int, now: datetime) -> None:
    """Keep the receipt of a topic or card that names its ticket, when the delivery that posted it has not done so."""
    named = _NUMBER.match(words)
    ticket = await Ticket.get_or_none(id=int(named.group(1))) if named else None
    row = await Outbox.filter(ticket_id=ticket.id, errand=role).order_by("-id").first() if ticket else None
    if ticket is None or row is None:
        return
    if role == Posted.CARD and (
        ticket.card_id is not None or not ticket.topic_id or message.get("message_thread_id") != ticket.topic_id
    ):
        return
    place = str(message["chat"]["id"])
    told = {"outbox_id": row.id, "ticket_id": ticket.id, "message_id": row.message_id, "at": now, "role": role}
    new = await insert_unless_there(Receipt(channel="staff", place=place, external_id=str(number), **told))
    if new and role == Posted.TOPIC and ticket.topic_id not in {None, number}:
        # Its ticket has another topic by now: a try whose answer was lost had been a success.
        await topic.close_double(ticket, number, now)


async def adopted(errand: Errand, role: Posted) -> int | None:
    """What an earlier try of this row posted, if an echo told of it."""
    mine = Receipt.filter(outbox_id=errand.row.id, channel="staff", place=str(errand.chat), role=role)
    found = await mine.order_by("-id").first()
    return int(found.external_id) if found else None


class Once:
    """A deed that must not be done twice: `with` marks it begun in its row; only a plain refusal unmarks it."""

    def __init__(self, errand: Errand, hearing: Hearing) -> None:
        self._errand, self._hearing = errand, hearing

    async def __aenter__(self) -> None:
        errand, steps = self._errand, contents.steps_of(self._errand.row)
        if _BEGUN in steps:
            begun = datetime.fromtimestamp(steps[_BEGUN][0], errand.now.tzinfo)
            if not self._hearing.caught_up(begun, errand.now):
                raise PutOff("It is not known yet whether Telegram did it; that will be heard of soon.", AGAIN)
        await self._mark(int(errand.now.timestamp()))

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, PutOff | Permanent | Misconfigured):
            await self._mark(None)

    async def _mark(self, at: int | None) -> None:
        row = self._errand.row
        steps = contents.steps_of(row)
        steps.pop(_BEGUN, None)
        contents.keep_steps(row, steps | ({_BEGUN: [at]} if at is not None else {}))
        await Outbox.filter(id=row.id).update(content=row.content)
