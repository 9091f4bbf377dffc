"""Staff: people become known by acting in the staff group; managers are named in the settings."""

from datetime import datetime

from desk.context import Desk
from models import Staff


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


async def named(author: str) -> Staff | None:
    """The staff member that history and messages name as `author`."""
    return await Staff.get_or_none(telegram_id=int(author.removeprefix("staff:"))) if author.startswith("staff:") else None


async def managers(desk: Desk) -> set[int]:
    """The Telegram accounts of the managers who are, as far as is known, in the staff group."""
    gone = await Staff.filter(telegram_id__in=list(desk.managers), present=False).values_list("telegram_id", flat=True)
    return set(desk.managers) - set(gone)
