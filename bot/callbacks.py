"""What the buttons of the staff group tell the bot (at most 64 bytes each)."""

from aiogram.filters.callback_data import CallbackData


class CardTap(CallbackData, prefix="card"):
    """A button of the card: `act` is take, stop, close, force, keep or reopen."""

    act: str
    ticket: int
    clock: int = 0


class UndoTap(CallbackData, prefix="undo"):
    """Take a reply back; `reply` is its outbox id."""

    reply: int


class ParkedTap(CallbackData, prefix="park"):
    """Act on what is parked: `act` is retry, open or drop; `box` is inbound or outbox."""

    act: str
    box: str
    id: int
