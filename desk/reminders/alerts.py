"""Alerts by mail, to `staff.alert_email`: when a term ends or is over, and when the staff group cannot be told."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from desk import outbox
from desk.context import Desk
from desk.i18n import words as words_of
from desk.outbox import mail_conversation
from models import Outbox, OutboxState, Ticket
from models.store.connect import transaction
from models.store.query import column

# A reminder that Telegram has not taken for so long goes by mail as well.
UNHEARD = timedelta(minutes=15)
# How many reminders one letter names, and how many rows before the oldest of them are looked at for one that got through.
LISTED, AROUND = 30, 500


async def mail(
    desk: Desk,
    *,
    key: str,
    title: str,
    params: dict[str, Any],
    lines: Sequence[dict[str, Any]],
    now: datetime,
    ticket: Ticket | None = None,
) -> Outbox | None:
    """Decide a letter to the alert address; None where there is none, or the same alert was decided before.

    `title` and the `words` of each line are sentences of the mail catalogue, with places for their params.
    """
    mailbox = desk.mailbox()
    if not desk.alert_email or mailbox is None:
        return None
    number = ticket.id if ticket else 0
    return await outbox.put(
        channel="mail",
        act="alert",
        conversation=mail_conversation(desk.alert_email),
        key=key,
        content={
            "to": desk.alert_email,
            "to_name": "",
            "from": mailbox.address,
            "from_name": mailbox.name or desk.operator.short_name or desk.operator.name,
            "subject": words_of("mail", desk.staff_language).gettext(title) % params,
            "message_id": desk.signer.message_id(number, mailbox.domain),
            "in_reply_to": "",
            "references": [],
            "date": now.isoformat(),
            "language": desk.staff_language,
            "number": number or "",
            "lines": list(lines),
        },
        now=now,
        ticket=ticket,
        priority=outbox.URGENT,
    )


async def unheard(desk: Desk, now: datetime) -> int:
    """Say by mail, once each, the reminders that Telegram has not taken for a while; how many."""
    if not desk.alert_email or desk.mailbox() is None:
        return 0
    waiting = Outbox.filter(state=OutboxState.WAITING, channel="staff", act="reminder", created_at__lte=now - UNHEARD)
    first = await waiting.order_by("id").first()
    if first is None or await _reached(first, now):
        return 0
    async with transaction():
        # One process at a time: another one sees what this one has told.
        await Outbox.filter(id=first.id).select_for_update().first()
        told = await Outbox.filter(act="alert", unique_key__startswith="unheard:").order_by("-id").first()
        after = int(told.content["last"]) if told else 0
        candidates = await waiting.filter(id__gt=after).order_by("id").limit(AROUND)
        mailed = set(await column(Outbox.filter(unique_key__in=[f"{row.unique_key}:mail" for row in candidates]), "unique_key"))
        rows = [row for row in candidates if f"{row.unique_key}:mail" not in mailed][:LISTED]
        if not rows:
            return 0
        since = min(row.created_at for row in rows).astimezone(desk.operator.zone)
        head = (
            "📵 Telegram has taken nothing from this desk since %(since)s. "
            "These reminders wait, and will be posted when it can be reached:"
        )
        lines = [{"words": head, "params": {"since": f"{since:%d.%m.%Y %H:%M}"}}, *map(_line, rows)]
        title = "Telegram cannot be reached, reminders wait: %(count)d"
        alert = await mail(desk, key=f"unheard:{rows[-1].id}", title=title, params={"count": len(rows)}, lines=lines, now=now)
        if alert is None:
            return 0
        alert.content = {**alert.content, "last": rows[-1].id}
        await alert.save(update_fields=["content"])
    desk.wake.deliveries()
    return len(rows)


async def _reached(first: Outbox, now: datetime) -> bool:
    """Whether something got through to the staff group lately: then the rest only waits for its turn."""
    near = Outbox.filter(id__gte=first.id - AROUND, channel="staff", state=OutboxState.SENT)
    return await near.filter(done_at__gt=now - UNHEARD).exists()


def _line(row: Outbox) -> dict[str, Any]:
    named = (f"{clock['label']} — {date.fromisoformat(clock['safe']):%d.%m.%Y}" for clock in row.content["clocks"])
    what = "; ".join(dict.fromkeys(named))
    return {"words": "№ %(number)s: %(what)s", "params": {"number": row.ticket_id, "what": what}}
