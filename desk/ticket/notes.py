"""Notes: what staff say among themselves is kept as a message that goes nowhere; history itself holds no free words."""

from datetime import datetime

from models import Direction, Message


async def keep(ticket_id: int, author: str, text: str, external_id: str, at: datetime, *, version: int = 1) -> Message:
    """Keep words of a staff member (`author` as it stands in history, `at` in UTC) as a note of the ticket."""
    return await Message.create(
        ticket_id=ticket_id,
        direction=Direction.NOTE,
        channel="staff",
        author=author,
        at=at,
        text=text,
        new_text=text,
        external_id=external_id,
        version=version,
    )
