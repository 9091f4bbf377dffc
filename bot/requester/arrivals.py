"""A message of a private chat as the desk takes it."""

from collections.abc import Sequence
from datetime import timedelta

from aiogram.types import Message, User

from bot.requester.context import context_of
from bot.requester.talk import Talk
from bot.words import demanding, full_name, is_small, said, shown_user
from desk.context import Desk
from desk.i18n import LANGUAGES
from desk.ports import File, Incoming, Sender
from desk.recognising.judging import PLAIN
from desk.recognising.letter import Recognition, recognise
from desk.ticket import finding
from models import Ticket

# New tickets that one account may open within a day; what comes after them goes to the newest open one.
TICKETS_A_DAY = 20
# So many letters tell the language better than the settings of a Telegram.
ENOUGH_LETTERS = 20


def external_id(message: Message) -> str:
    """How a message of a private chat is known to the desk."""
    return f"{message.chat.id}:{message.message_id}"


def sender(user: User) -> Sender:
    """A Telegram account as the desk knows it."""
    return Sender("telegram", str(user.id), name=full_name(user), shown=shown_user(user))


def read(talk: Talk, message: Message) -> Recognition:
    """What the words of a message (those of a checklist or a poll too) and the names of its files seem to demand."""
    names = [one.name for one in talk.files if one.telegram_kind == "document"]
    return recognise("", demanding(message), file_names=names)


def demanded(desk: Desk, text: str) -> tuple[str, ...]:
    """The legal demands in a text that the operator's law knows."""
    return legal(desk, recognise("", text).kinds)


def legal(desk: Desk, kinds: Sequence[str]) -> tuple[str, ...]:
    """Those of the kinds that the operator's law gives a term to."""
    return tuple(kind for kind in kinds if kind not in PLAIN and kind in desk.regime.kinds)


def language_of(talk: Talk, message: Message, seen: Recognition) -> str:
    """The language to answer in: the chosen one, else the one written in, else that of the person's Telegram."""
    letters = sum(sign.isalpha() for sign in demanding(message))
    if "language" in talk.data or letters < ENOUGH_LETTERS or seen.language not in LANGUAGES:
        return talk.language
    return seen.language


async def newest_if_full(talk: Talk) -> int | None:
    """The person's newest open ticket, once they have opened as many as a day allows: nothing is lost, but no more is opened."""
    recent = [
        one for one in await finding.of_requester(talk.user.id, open_only=False) if one.opened_at > talk.now - timedelta(days=1)
    ]
    if len(recent) < TICKETS_A_DAY:
        return None
    found = await finding.of_requester(talk.user.id)
    return found[0].id if found else None


async def arrival(
    talk: Talk,
    message: Message,
    ticket: Ticket | None,
    *,
    kinds: tuple[str, ...] = (),
    candidates: tuple[str, ...] = (),
    spam: bool = False,
    why: tuple[str, ...] = (),
    language: str = "",
    files: tuple[File, ...] | None = None,
    version: int = 1,
    named: int | None = None,
) -> Incoming:
    """A message with everything that staff are to see of it."""
    language = ticket.language if ticket else language or talk.language
    text = said(message, language)
    context = await context_of(message, language)
    return Incoming(
        channel="telegram",
        sender=sender(talk.user),
        received_at=talk.row.received_at,
        external_id=external_id(message),
        text=text,
        new_text=text,
        language=language,
        kinds=kinds,
        candidates=candidates,
        spam=spam,
        why=why,
        files=talk.files if files is None else files,
        ticket_id=ticket.id if ticket else None,
        chat_id=message.chat.id,
        album=message.media_group_id or "",
        version=version,
        named_ticket_id=named,
        small=is_small(message),
        answers=context.answers,
        quote=context.quote,
    )
