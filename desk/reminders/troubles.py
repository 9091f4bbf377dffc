"""Channels in trouble: what lasts is said once, and once more when it is over, on the ways that are left."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from desk import contents, outbox
from desk.context import Desk
from desk.errors import DeskError
from desk.outward import alerts
from models.store.connect import transaction

Way = Literal["mail", "staff"]
# Shorter trouble is only seen by who asks for the health of the process; what lasts is heard within a minute.
LASTING = timedelta(seconds=20)


class Troubles:
    """What is wrong with the channels, since when, and what was told of it. Lives as long as the process."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}
        self._told: dict[str, tuple[DeskError, frozenset[Way]]] = {}

    async def tell(self, desk: Desk, found: Mapping[str, DeskError | None], now: datetime) -> None:
        """Say what is wrong for a while with a source or a way out, by its name; None where it is well."""
        # The same sentence of several is one trouble.
        present: dict[str, tuple[DeskError, frozenset[Way]]] = {}
        for name, error in found.items():
            if error is not None:
                ways = _left(desk, name)
                present[error.sentence] = (error, present[error.sentence][1] & ways if error.sentence in present else ways)
        self._since = {why: self._since.get(why, now) for why in present}
        for why, (error, ways) in present.items():
            if why not in self._told and now - self._since[why] >= LASTING:
                await _say(desk, error, self._since[why], now, ways=ways, over=False)
                self._told[why] = (error, ways)
        for why in [one for one in self._told if one not in present]:
            error, ways = self._told.pop(why)
            await _say(desk, error, now, now, ways=ways, over=True)


def _left(desk: Desk, name: str) -> frozenset[Way]:
    """The ways left to tell trouble: of Telegram by mail, of mail in the group, and by mail too where letters can leave."""
    mailbox = desk.mailbox()
    if "@" not in name:
        return frozenset({"mail"})
    if mailbox is not None and name == f"delivery {mailbox.address}":
        return frozenset({"staff"})
    return frozenset({"staff", "mail"})


async def _say(desk: Desk, error: DeskError, since: datetime, now: datetime, *, ways: frozenset[Way], over: bool) -> None:
    words = "✅ This is over: %(why)s" if over else "⚠️ Since %(since)s: %(why)s"
    when = f"{since.astimezone(desk.operator.zone):%d.%m.%Y %H:%M}"
    params = {"since": when, "why": error.said(desk.staff_language)}
    # Several processes see the same; the hour is near enough to be one key.
    mark = hashlib.sha256(f"{words}{error.sentence}".encode()).hexdigest()[:12]
    key = f"trouble:{mark}:{since:%Y%m%d%H}"
    async with transaction():
        if "mail" in ways:
            title = "Telegram works again" if over else "Trouble with Telegram"
            if "staff" in ways:
                title = "Mail works again" if over else "Trouble with mail"
            await alerts.mail(
                desk, key=f"{key}:mail", title=title, params={}, lines=[contents.Sentence(words=words, params=params)], now=now
            )
        if "staff" in ways:
            await outbox.put(
                channel="staff",
                conversation=outbox.GENERAL,
                key=key,
                content=contents.Notice(words=words, params=params, loud=not over),
                now=now,
                priority=outbox.SOON,
            )
    desk.wake.deliveries()
