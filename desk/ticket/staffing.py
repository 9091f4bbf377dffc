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
