"""Contents of the bot's own errands: screens of dialogs, questions to staff, answers to taps, lists of commands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Required, TypeAlias, TypedDict

from desk.contents.values import AsItCame, Asked, Content, Spoken
from desk.texts import Text
from models import Posted


class Button(TypedDict, total=False):
    """A button: its words, and what the bot gets when it is tapped (`data`), or the address that it opens (`url`)."""

    text: Required[str]
    data: str
    url: str


Rows: TypeAlias = list[list[Annotated[Button, AsItCame()]]]


@dataclass(frozen=True, kw_only=True)
class PrivateScreen(Spoken):
    """A screen in a private chat: an edit of message `edit`, or of the one of `dialog`; `fold`: only if it is still there."""

    errand: ClassVar[str] = "screen"
    called: ClassVar[Text] = Text("экран", "screen")
    channels: ClassVar[tuple[str, ...]] = ("telegram",)
    where: ClassVar[str] = "`tg:<chat id>`"
    roles: ClassVar[tuple[Posted, ...]] = (Posted.SCREEN,)

    chat: int
    html: str
    buttons: Rows
    dialog: str = ""
    edit: int | None = None
    fold: bool = False


@dataclass(frozen=True, kw_only=True)
class StaffScreen(Content):
    """A question to staff; `asks` is what a reply to it, or a tap on it, answers (bot.staff.asking)."""

    errand: ClassVar[str] = "screen"
    called: ClassVar[Text] = Text("экран", "screen")
    channels: ClassVar[tuple[str, ...]] = ("staff",)
    where: ClassVar[str] = "`topic:<ticket>` or `general`"
    roles: ClassVar[tuple[Posted, ...]] = (Posted.SCREEN,)

    html: str
    buttons: Rows
    reply_to: int | None = None
    edit: int | None = None
    asks: Asked | None = None


@dataclass(frozen=True, kw_only=True)
class Callback(Content):
    """The answer to the tap `id` that came `at`: a word on top of the chat, or an `alert` to confirm."""

    errand: ClassVar[str] = "callback"
    called: ClassVar[Text] = Text("ответ на нажатие", "answer to a tap")
    channels: ClassVar[tuple[str, ...]] = ("telegram", "staff")
    where: ClassVar[str] = "`callback:<id>`"

    id: str
    text: str = ""
    alert: bool = False
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Commands(Content):
    """The list of commands (name, meaning) that people see in `scope` "private" or "staff"."""

    errand: ClassVar[str] = "commands"
    called: ClassVar[Text] = Text("список команд", "list of commands")
    channels: ClassVar[tuple[str, ...]] = ("telegram", "staff")
    where: ClassVar[str] = "`commands:<scope>`"

    scope: str
    commands: tuple[tuple[str, str], ...]
    language_code: str = ""


@dataclass(frozen=True, kw_only=True)
class Leave(Content):
    """Leave a group that the bot was not made for."""

    errand: ClassVar[str] = "leave"
    called: ClassVar[Text] = Text("выход из группы", "leave a group")
    channels: ClassVar[tuple[str, ...]] = ("telegram",)
    where: ClassVar[str] = "`tg:<chat id>`"

    chat: int


@dataclass(frozen=True, kw_only=True)
class Reaction(Content):
    """The sign of a note under a message of the group."""

    errand: ClassVar[str] = "reaction"
    called: ClassVar[Text] = Text("реакция", "reaction")
    channels: ClassVar[tuple[str, ...]] = ("staff",)
    where: ClassVar[str] = "`reaction:<chat>:<message>`"
    roles: ClassVar[tuple[Posted, ...]] = (Posted.NOTICE,)

    message: int


@dataclass(frozen=True, kw_only=True)
class Removal(Content):
    """A message of the group that is to go: a service line that tells nobody anything."""

    errand: ClassVar[str] = "removal"
    called: ClassVar[Text] = Text("удаление сообщения", "removal of a message")
    channels: ClassVar[tuple[str, ...]] = ("staff",)
    where: ClassVar[str] = "`removal:<chat>:<message>`"

    message: int
