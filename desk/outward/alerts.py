"""Alerts by mail, to `staff.alert_email`: when a term ends or is over, and when the staff group cannot be told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Required, TypedDict, Unpack

from desk import contents, outbox
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


class About(TypedDict, total=False):
    """What an alert tells: `title` and the `words` of each line are sentences of the mail catalogue.

    `last` is the newest reminder it speaks of, where it stands for the staff group; `to` another address than the alert one.
    """

    key: Required[str]
    title: Required[str]
    params: Required[contents.Params]
    lines: Required[Sequence[contents.Sentence]]
    now: Required[datetime]
    ticket: Ticket | None
    last: int
    to: str
    priority: int


async def mail(desk: Desk, **about: Unpack[About]) -> Outbox | None:
    """Decide a letter to the alert address; None where there is none, or it was decided before."""
    decided = letter(desk, **about)
    return decided if decided is not None and await outbox.add(decided, about.get("ticket")) else None


def letter(desk: Desk, **about: Unpack[About]) -> Outbox | None:
    """What `mail` decides, not written yet."""
    mailbox, to = desk.mailbox(), about.get("to") or desk.alert_email
    if not to or mailbox is None:
        return None
    ticket, now = about.get("ticket"), about["now"]
    number = ticket.id if ticket else 0
    return outbox.row(
        channel="mail",
        conversation=mail_conversation(to),
        key=about["key"],
        content=contents.Alert(
            number=number,
            language=desk.staff_language,
            envelope=contents.Envelope(
                to=to,
                sender=mailbox.address,
                sender_name=mailbox.name or desk.operator.short_name or desk.operator.name,
                subject=words_of("mail", desk.staff_language).gettext(about["title"]) % about["params"],
                message_id=desk.signer.message_id(number, mailbox.domain),
                date=now,
            ),
            lines=tuple(about["lines"]),
            last=about.get("last", 0),
        ),
        now=now,
        ticket=ticket,
        priority=about.get("priority", outbox.URGENT),
    )


async def unheard(desk: Desk, now: datetime) -> int:
    """Say by mail, once each, the reminders that Telegram has not taken for a while; how many."""
    if not desk.alert_email or desk.mailbox() is None:
        return 0
    waiting = Outbox.filter(state=OutboxState.WAITING, channel="staff", errand="reminder", created_at__lte=now - UNHEARD)
    first = await waiting.order_by("id").first()
    if first is None or await _reached(first, now):
        return 0
    async with transaction():
        # One process at a time: another one sees what this one has told.
        await Outbox.filter(id=first.id).select_for_update().first()
        told = await Outbox.filter(errand="alert", unique_key__startswith="unheard:").order_by("-id").first()
        after = contents.of(told, contents.Alert).last if told else 0
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
        lines = [contents.Sentence(words=head, params={"since": f"{since:%d.%m.%Y %H:%M}"}), *map(_line, rows)]
        title = "Telegram cannot be reached, reminders wait: %(count)d"
        last, params = rows[-1].id, {"count": len(rows)}
        if await mail(desk, key=f"unheard:{last}", title=title, params=params, lines=lines, now=now, last=last) is None:
            return 0
    desk.wake.deliveries()
    return len(rows)


async def _reached(first: Outbox, now: datetime) -> bool:
    """Whether something got through to the staff group lately: then the rest only waits for its turn."""
    near = Outbox.filter(id__gte=first.id - AROUND, channel="staff", state=OutboxState.SENT)
    return await near.filter(done_at__gt=now - UNHEARD).exists()


def _line(row: Outbox) -> contents.Sentence:
    named = (f"{clock.label} — {clock.safe:%d.%m.%Y}" for clock in contents.of(row, contents.Reminder).clocks)
    what = "; ".join(dict.fromkeys(named))
    return contents.Sentence(words="№ %(number)s: %(what)s", params={"number": row.ticket_id or 0, "what": what})
