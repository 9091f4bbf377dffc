"""What the buttons of private chats tell the bot (at most 64 bytes each).

A tap with a `turn` belongs to one state of the conversation: every change counts the turn on, so that a second tap and a
button of long ago are known for what they are.
"""

from aiogram.filters.callback_data import CallbackData


class Go(CallbackData, prefix="go"):
    """Open a screen: `to` is menu, help, privacy, language or status (with `page`)."""

    to: str
    page: int = 0


class Speak(CallbackData, prefix="speak"):
    """Go on in another language."""

    language: str


class Begin(CallbackData, prefix="new"):
    """Begin a request of a kind."""

    kind: str


class Half(CallbackData, prefix="half"):
    """What to do with a request left half-way: `choice` is on, over, drop, or other: begin a `kind` and keep this one."""

    turn: int
    choice: str
    kind: str = ""


class Do(CallbackData, prefix="do"):
    """A button of a dialog: `choice` is pick, ready, skip, keep, done, edit, attach, back, cancel or send."""

    turn: int
    choice: str
    arg: str = ""


class See(CallbackData, prefix="see"):
    """Show one of the person's own tickets; `page` is the list to go back to."""

    ticket: int
    page: int = 0


class OnPaper(CallbackData, prefix="paper"):
    """Have the statement of this ticket sent as a paper to sign."""

    ticket: int


class Here(CallbackData, prefix="here"):
    """Let what is written next go to this ticket."""

    ticket: int


class Which(CallbackData, prefix="which"):
    """The ticket that messages belong to; 0 is a question of its own."""

    turn: int
    ticket: int


class Sure(CallbackData, prefix="sure"):
    """Whether the desk has understood a demand."""

    turn: int
    yes: bool


class Meant(CallbackData, prefix="meant"):
    """Which of the kinds asked about a message demands, by its place from 0; -1 is something else."""

    turn: int
    pick: int
