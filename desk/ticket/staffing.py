"""Staff: people become known by acting in the staff group; managers are named in the settings."""

from datetime import datetime

from desk import history
from desk.context import Desk
from desk.ticket import topic
from models import Action, Staff, Ticket, TicketStatus


def actor(staff: Staff) -> str:
    """How a staff member stands in history, messages and clocks."""
    return f"staff:{staff.telegram_id}"


async def known(desk: Desk, telegram_id: int, name: str, username: str, now: datetime) -> Staff:
    """The staff member of this Telegram account, made or refreshed."""
    role = "manager" if telegram_id in desk.managers else "member"
    staff = await Staff.get_or_none(telegram_id=telegram_id)
    if staff is None:
        return await Staff.create(telegram_id=telegram_id, name=name, username=username, role=role, seen_at=now)
    if (staff.name, staff.username, staff.role) != (name, username, role):
        staff.name, staff.username, staff.role, staff.seen_at = name, username, role, now
        await staff.save(update_fields=["name", "username", "role", "seen_at"])
    return staff


async def stands(telegram_id: int, now: datetime, *, present: bool) -> None:
    """Remember whether an account is in the staff group, as Telegram says at this moment."""
    await Staff.filter(telegram_id=telegram_id).update(present=present, asked_at=now)


async def leaves(desk: Desk, telegram_id: int, now: datetime) -> list[Ticket]:
    """Take the open tickets of somebody who is not in the group any more from them; returns these tickets."""
    held = await Ticket.filter(assignee__telegram_id=telegram_id, status=TicketStatus.OPEN).order_by("id")
    for ticket in held:
        ticket.assignee_id = None
        await ticket.save(update_fields=["assignee_id"])
        await history.add(ticket.id, history.DESK, Action.ASSIGNEE_LEFT, {"who": f"staff:{telegram_id}"}, now)
        await topic.refresh_card(ticket, now)
    return held


async def called(desk: Desk) -> set[int]:
    """The accounts to call where nobody in particular is: the managers, or everybody who is known where none is left."""
    there = await managers(desk)
    return there or {one.telegram_id for one in await Staff.filter(present=True)}


async def managers(desk: Desk) -> set[int]:
    """The Telegram accounts of the managers who are, as far as is known, in the staff group."""
    gone = await Staff.filter(telegram_id__in=list(desk.managers), present=False)
    return set(desk.managers) - {one.telegram_id for one in gone}


async def named(author: str) -> Staff | None:
    """The staff member that history and messages name as `author`."""
    return await Staff.get_or_none(telegram_id=int(author.removeprefix("staff:"))) if author.startswith("staff:") else None


async def called_for(desk: Desk, ticket: Ticket, *, everybody: bool) -> tuple[int, ...]:
    """The accounts that a reminder calls: whoever has the ticket, or the managers where nobody has; with `everybody` both."""
    assignee = await Staff.get_or_none(id=ticket.assignee_id) if ticket.assignee_id else None
    found = [assignee.telegram_id] if assignee is not None else []
    return tuple(found if found and not everybody else [*found, *sorted(desk.managers - set(found))])
