"""How the group is heard: parts that were sent as one are one, an edit is what the message has become, a text is what it means.

1. Every message is kept as it stands in the group (models.Heard).
2. An album, a long text that the app cut in pieces, and files that follow their words at once are one message. With each
   part the whole is taken anew: what its first part is, all of it is.
3. The whole is judged (bot.staff.meaning). A certain command reaches its handler as `/name words`, however it was spelt.
4. Edits and taps under a question take the whole anew as well (`again`), so there is one way by which things happen.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiogram import BaseMiddleware, Router
from aiogram.types import Message, MessageEntity, TelegramObject, User

from bot.decoding import decoded
from bot.staff.asking import over
from bot.staff.meaning import WORDS, Meaning, Verdict, judge
from bot.staff.permission import said_by_nobody
from bot.text import Piece, shifted, units
from bot.words import entities_of
from desk.context import Desk
from desk.outward import replies, standing
from desk.ports import File, Outcome
from desk.record import received
from desk.ticket import staffing
from models import Became, Direction, Entity, Heard, Inbound, Ticket

# An app sends the parts of one message within this time.
TOGETHER = timedelta(seconds=3)
# An app cuts a text in its second half at the earliest, 4096 units being the most.
CUT, FULL = 2048, 4096
# What the whole is taken anew for with each further part.
GROWING = frozenset({"reply", "note", "unsure", "refused"})
# What is taken anew when it is edited; everything else was done, and stays done.
EDITABLE = GROWING | {"", "asked", "listed", "helped", "steps", "told", "rescheduled", "term", "ignored", "duplicate", "rest"}
# What follows upon an answer in a dialog is an answer of its own.
APART = frozenset({"dialog"})
SEND, AS_IT_IS = "send", "words"
_BOT_NAMED = re.compile(r"\s*/\w+@(\w+)")


@dataclass(frozen=True)
class Decision:
    """What staff said a message is: a command's name, SEND (to the requester as it is), AS_IT_IS, or nothing; `by` who did."""

    what: str = ""
    by: User | None = None


UNDECIDED = Decision()


@dataclass(frozen=True)
class Whole:
    """A message of the group with all its parts; `message` bears all words."""

    head: Heard
    message: Message
    files: tuple[File, ...]
    meaning: Meaning
    decision: Decision = UNDECIDED

    @property
    def decided(self) -> str:
        return self.decision.what

    @property
    def by(self) -> User | None:
        return self.decision.by


class Hearing(BaseMiddleware):
    """Keeps what is said, and gives the handlers the whole of it as `whole`."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if not isinstance(event, Message) or event.chat.id != data["staff_chat"] or said_by_nobody(event):
            return await handler(event, data)
        if _for_another_bot(event, data["username"]):
            return Outcome(Became.IGNORED)
        whole = data.get("whole")
        if whole is None:
            whole = await _taken(event, data)
            if isinstance(whole, Outcome):
                return whole
        data |= {"whole": whole, "files": whole.files}
        outcome = await handler(_plainly(whole), data)
        return await _settled(whole, outcome, data)


def _for_another_bot(message: Message, username: str) -> bool:
    """Whether a command names another bot; that is none of our business."""
    named = _BOT_NAMED.match(message.text or message.caption or "")
    return bool(named and username and named[1].lower() != username.lower())


async def _taken(message: Message, data: dict[str, Any]) -> Whole | Outcome:
    """A new message with the parts that came before it; an outcome for what needs no handler."""
    heard = await Heard.get_or_none(chat_id=message.chat.id, message_id=message.message_id)
    if heard is not None and heard.became:
        return Outcome(Became.DUPLICATE, heard.ticket_id)
    heard = heard or await _hear(message, data["files"], data["row"])
    if heard.head == heard.message_id:
        return _whole(heard, message, data["files"])
    head = await Heard.get(chat_id=heard.chat_id, message_id=heard.head)
    if head.became in GROWING and not await _has_left(head):
        return await _gathered(head, data)
    if head.became == "reply":
        # The rest of an answer that has left follows it.
        frame = await _frame(head, data)
        update = {"message_id": message.message_id, "date": message.date, "media_group_id": None}
        return _whole(heard, _with_words(frame.model_copy(update=update), _words_of([heard])), data["files"], Decision(SEND))
    # The rest of a command that was done stays inside.
    return _whole(heard, message, data["files"], UNDECIDED if head.became in EDITABLE | APART else Decision("note"))


async def _hear(message: Message, files: Sequence[File], row: Inbound) -> Heard:
    target = message.reply_to_message
    thread = message.message_thread_id if message.is_topic_message else None
    heard = Heard(
        chat_id=message.chat.id,
        message_id=message.message_id,
        head=message.message_id,
        thread=thread or 0,
        reply_to=target.message_id if target is not None and target.message_id != thread else None,
        author=message.sender_chat.id if message.sender_chat else message.from_user.id if message.from_user else 0,
        at=message.date,
        album=message.media_group_id or "",
        inbound_id=row.id,
    )
    _take_content(heard, message, files)
    before = await _begun(heard)
    heard.head = before.head if before is not None else heard.message_id
    await heard.save()
    return heard


def _take_content(heard: Heard, message: Message, files: Sequence[File]) -> None:
    heard.text, heard.entities = message.text or message.caption or "", entities_of(message)
    heard.files = [file.stored() for file in files]


async def _begun(heard: Heard) -> Heard | None:
    """The part that a message goes on from."""
    if heard.album:
        known = await Heard.filter(chat_id=heard.chat_id, thread=heard.thread, album=heard.album).order_by("message_id").first()
        if known is not None:
            return known
    last = (
        await Heard.filter(chat_id=heard.chat_id, thread=heard.thread, author=heard.author, message_id__lt=heard.message_id)
        .order_by("-message_id")
        .first()
    )
    if last is None or not timedelta(0) <= heard.at - last.at <= TOGETHER or (heard.reply_to or last.reply_to) != last.reply_to:
        return None
    cut = bool(heard.text) and not heard.files and units(last.text) >= CUT
    follows = bool(heard.files) and not heard.text
    return last if cut or follows else None


async def _has_left(head: Heard) -> bool:
    """Whether the reply that a message became has left the house."""
    return head.became == "reply" and await standing.has_left(f"{head.chat_id}:{head.message_id}")


async def _gathered(head: Heard, data: dict[str, Any], decision: Decision = UNDECIDED) -> Whole:
    """All parts of a message as they stand in the group now."""
    parts = await Heard.filter(chat_id=head.chat_id, head=head.message_id).order_by("message_id")
    files = tuple(File.read(one) for part in parts for one in part.files)
    return _whole(head, _with_words(await _frame(head, data), _words_of(parts)), files, decision)


async def _frame(head: Heard, data: dict[str, Any]) -> Message:
    """The message that began it all, from the row that brought it."""
    desk: Desk = data["desk"]
    update = decoded(await received.raw(desk, await Inbound.get(id=head.inbound_id)), data["bot"])
    found = update.message or update.edited_message
    if found is None:
        raise TypeError("A row of the group that holds no message was kept as one.")
    return found


def _whole(head: Heard, message: Message, files: Sequence[File], decision: Decision = UNDECIDED) -> Whole:
    text = message.text or message.caption or ""
    return Whole(head, message, tuple(files), judge(text), decision)


def _words_of(parts: Sequence[Heard]) -> Piece:
    """The words of all parts; a text that an app cut is joined where it was cut."""
    text, entities = "", list[Entity]()
    for part in parts:
        if part.text:
            text += _seam(text, part.text) if text else ""
            entities += shifted(part.entities, units(text))
            text += part.text
    return text, entities


def _seam(before: str, after: str) -> str:
    """What stood between two pieces: nothing within a word, a space within a sentence, else a line break."""
    within = before[-1].isalnum() and after[0].isalnum()
    if within and units(before) >= FULL:
        return ""
    return " " if (within or before[-1] == ",") and after[0].islower() else "\n"


def _with_words(message: Message, words: Piece) -> Message:
    """A message with other words, and nothing else changed."""
    text, entities = words[0] or None, [MessageEntity.model_validate(one) for one in words[1]] or None
    names = ("text", "entities") if message.text is not None or not _has_media(message) else ("caption", "caption_entities")
    return message.model_copy(update=dict(zip(names, (text, entities), strict=True)))


def _has_media(message: Message) -> bool:
    return message.content_type not in {"text", "unknown"}


def _plainly(whole: Whole) -> Message:
    """The message as its handlers get it: a command by its own name, in plain letters, at the start."""
    meaning, name = whole.meaning, whole.decided
    if name in {SEND, AS_IT_IS}:
        meaning = meaning.plainly or WORDS
        name = ""
    if meaning.verdict != Verdict.COMMAND and not name:
        return whole.message
    if name and name not in meaning.names:
        meaning = WORDS
    words = whole.message.text or whole.message.caption or ""
    return _with_words(whole.message, meaning.as_command(words, entities_of(whole.message), name))


async def _settled(whole: Whole, outcome: Any, data: dict[str, Any]) -> Any:
    """Keep what became of it; what is refused now does not leave as what it was before."""
    became = outcome.word if isinstance(outcome, Outcome) else ""
    head = whole.head
    head.became = became
    head.ticket_id = outcome.ticket_id if isinstance(outcome, Outcome) and outcome.ticket_id else head.ticket_id
    await head.save(update_fields=["became", "ticket_id", "question"])
    if became == Became.REFUSED:
        await _withdraw(head, data)
    return outcome


async def _withdraw(head: Heard, data: dict[str, Any]) -> None:
    known = await standing.of(f"{head.chat_id}:{head.message_id}")
    if known is None or known.direction != Direction.OUT:
        return
    staff = await staffing.named(known.author)
    await known.fetch_related("ticket")
    if staff is not None and not await standing.has_left(known.external_id):
        await replies.keep_inside(data["desk"], known.ticket, known, staff, data["now"])


async def edited(message: Message, group: Router, data: dict[str, Any]) -> Any:
    """Take an edited message as what it has become: None when it is the same, "done" when what it was has been done."""
    heard = await Heard.get_or_none(chat_id=message.chat.id, message_id=message.message_id)
    if heard is None:
        heard = await _hear(message, data["files"], data["row"])
    else:
        before = (heard.text, heard.entities, heard.files)
        _take_content(heard, message, data["files"])
        if before == (heard.text, heard.entities, heard.files):
            return None
    head = heard if heard.head == heard.message_id else await Heard.get(chat_id=heard.chat_id, message_id=heard.head)
    if head.became not in EDITABLE:
        return "done"
    await heard.save()
    question = head.question
    outcome = await again(group, head, data)
    if isinstance(outcome, Outcome) and outcome.word not in {Became.UNSURE, Became.REFUSED} and head.question == question:
        ticket = await Ticket.get_or_none(id=head.ticket_id) if head.ticket_id else None
        await over(data["talk"], head, ticket)
    return outcome


async def again(group: Router, head: Heard, data: dict[str, Any], decision: Decision = UNDECIDED) -> Any:
    """Have the handlers of the group take a message anew, as it stands there now."""
    whole = await _gathered(head, data, decision)
    return await group.propagate_event("message", whole.message, **(data | {"whole": whole, "files": whole.files}))
