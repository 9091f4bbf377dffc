"""Channels in trouble: what lasts is said once, and once more when it is over, on the way that is left."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from desk import contents, outbox
from desk.context import Desk
from desk.errors import DeskError
from desk.outward import alerts
from models.store.connect import transaction

# Shorter trouble is only seen by who asks for the health of the process.
LASTING = timedelta(minutes=2)


class Troubles:
    """What is wrong with the channels, since when, and what was told of it. Lives as long as the process."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}
        self._told: dict[str, tuple[DeskError, bool]] = {}

    async def tell(self, desk: Desk, found: Mapping[str, DeskError | None], now: datetime) -> None:
        """Say what is wrong for a while with a source or a way out, by its name; None where it is well."""
        # The same sentence of several is one trouble. What is wrong with mail is said in Telegram, and the other way round.
        present = {error.sentence: (error, "@" not in name) for name, error in found.items() if error is not None}
        self._since = {why: self._since.get(why, now) for why in present}
        for why, (error, by_mail) in present.items():
            if why not in self._told and now - self._since[why] >= LASTING:
                await _say(desk, error, self._since[why], now, by_mail=by_mail, over=False)
                self._told[why] = (error, by_mail)
        for why in [one for one in self._told if one not in present]:
            error, by_mail = self._told.pop(why)
            await _say(desk, error, now, now, by_mail=by_mail, over=True)


async def _say(desk: Desk, error: DeskError, since: datetime, now: datetime, *, by_mail: bool, over: bool) -> None:
    words = "✅ This is over: %(why)s" if over else "⚠️ Since %(since)s: %(why)s"
    when = f"{since.astimezone(desk.operator.zone):%d.%m.%Y %H:%M}"
    params = {"since": when, "why": error.said(desk.staff_language)}
    # Several processes see the same; the hour is near enough to be one key.
    mark = hashlib.sha256(f"{words}{error.sentence}".encode()).hexdigest()[:12]
    key = f"trouble:{mark}:{since:%Y%m%d%H}"
    async with transaction():
        if by_mail:
            title = "Telegram works again" if over else "Trouble with Telegram"
            await alerts.mail(
                desk, key=key, title=title, params={}, lines=[contents.Sentence(words=words, params=params)], now=now
            )
        else:
            await outbox.put(
                channel="staff",
                conversation=outbox.GENERAL,
                key=key,
                content=contents.Notice(words=words, params=params, loud=not over),
                now=now,
                priority=outbox.SOON,
            )
    desk.wake.deliveries()
