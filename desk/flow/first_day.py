"""The first day on an old mailbox: staff hear how many letters were left lying there, and how requests among them come in."""

from datetime import datetime

from desk import contents, outbox
from desk.context import Desk, Mailbox


async def tell_left(desk: Desk, mailbox: Mailbox, count: int, since: datetime, now: datetime) -> None:
    """Say in the staff group, inside the caller's transaction, that `count` letters of before `since` (UTC) were left."""
    words = (
        "📬 %(mailbox)s is watched from now on. Letters of before %(since)s that lie there: %(count)d. They open nothing and are "
        "not answered. If requests may be among them, the administrator looks with %(command)s: it says what would open, and by "
        "when it was due."
    )
    params: dict[str, str | int] = {
        "mailbox": mailbox.address,
        "count": count,
        "since": f"{since.astimezone(desk.operator.zone):%d.%m.%Y %H:%M}",
        "command": f"rightsdesk import {mailbox.address} --dry-run",
    }
    await outbox.put(
        channel="staff",
        conversation=outbox.GENERAL,
        key=f"left:{mailbox.address.casefold()}:{now:%Y%m%d%H%M%S}",
        content=contents.Notice(words=words, params=params),
        now=now,
        priority=outbox.SOON,
    )
