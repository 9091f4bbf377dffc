"""Questions to staff in a topic: what was asked stands in the question's own outbox row, the answer is a reply to it."""

from html import escape
from typing import Any

from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot.screens import Rows
from bot.staff.place import ticket_of
from bot.staff.talk import Talk
from bot.text import N_, without_command
from desk import contents
from desk.contents import Asked
from desk.errors import Refused
from desk.ticket import tickets
from models import Heard, Outbox, OutboxState, Posted, Receipt, Ticket

# What takes a date back where one is asked for.
BACK = frozenset({"-", "−", "–"})


class Answers(Filter):
    """Whether a message replies to a question of the bot; the handler gets what was asked as `asked`. Commands answer nothing.

    With `acts`, only questions about one of them count.
    """

    def __init__(self, *acts: str) -> None:
        self._acts = acts

    async def __call__(self, message: Message) -> bool | dict[str, Any]:
        target, text = message.reply_to_message, message.text or message.caption or ""
        if target is None or text.startswith("/"):
            return False
        asked = await asked_by(message.chat.id, target.message_id)
        if not asked or "act" not in asked or (self._acts and asked["act"] not in self._acts):
            return False
        return {"asked": asked}


async def asked_by(chat: int, message: int) -> Asked | None:
    """What a posting of the bot asks, if anything."""
    receipt = await Receipt.get_or_none(channel="staff", place=str(chat), external_id=str(message)).select_related("outbox")
    if receipt is None or receipt.role != Posted.SCREEN:
        return None
    content = contents.read(receipt.outbox)
    if isinstance(content, contents.Gate):
        return {"act": "gate", "reply": content.reply, "seen": content.digest}
    return content.asks if isinstance(content, contents.StaffScreen) else None


async def asked_under(event: CallbackQuery) -> Asked:
    """What the tapped posting asks. Raises Refused when it asks nothing (any more)."""
    asked = await asked_by(event.message.chat.id, event.message.message_id) if event.message else None
    if asked is None:
        raise Refused(N_("This button is out of date."))
    return asked


def number_in(asked: Asked, name: str) -> int:
    """A number that a question is about. Raises Refused where it names none."""
    found = asked.get(name)
    if found is None:
        raise Refused(N_("This button is out of date."))
    return int(found)


def text_in(asked: Asked, name: str) -> str:
    """A word that a question is about; empty where it names none."""
    return str(asked.get(name) or "")


async def ask(talk: Talk, ticket: Ticket, sentence: str, asks: Asked, *, buttons: Rows | None = None) -> None:
    """Ask a sentence of the catalogue in the topic."""
    html = escape(talk._(sentence))
    await talk.show("asks", html, ticket, buttons=buttons, asks=asks)


async def here(message: Message) -> Ticket:
    """The ticket in whose topic something is written. Raises Refused elsewhere, and where the matter goes on in another."""
    ticket = await place(message)
    tickets.unmerged(ticket)
    return ticket


async def place(message: Message) -> Ticket:
    """The ticket in whose topic something is written, merged or not. Raises Refused elsewhere."""
    found = await ticket_of(message)
    if found.ticket is None:
        raise Refused(N_("Write this in the topic of a ticket, or in reply to its card."))
    return found.ticket


def argument(message: Message) -> str:
    """The words after a command."""
    return without_command(message.text or message.caption or "")[0].strip()


ASKS = {
    "extend": N_("Why is more time needed? Reply to this message with the reasons: the requester will read them."),
    "term": N_("Which date does the document set? Reply to this message with it, for example 28.12.2026."),
    "proofs": N_("When did the proof come? Reply: 05.12.2026, then why the terms may count from it; - takes it back."),
    "detected": N_("When was it detected? Reply: 05.12.2026 14:30, then why the terms may count from it; - takes it back."),
    "letter": N_(
        "When was the paper letter handed over, and when was its delivery tried first? Reply to this message: "
        "08.12.2026 11:30, attempt 05.12.2026 14:00 | what it says."
    ),
    "impossible": N_("Why can the data not be destroyed now? Reply to this message with the reasons."),
}


async def over(talk: Talk, head: Heard, ticket: Ticket | None, said: str = "") -> None:
    """Nobody has to say any more what a message is: take the buttons of its question away."""
    if head.question is None:
        return
    question, head.question = head.question, None
    await Heard.filter(id=head.id).update(question=None)
    dropped = Outbox.filter(id=question, state=OutboxState.WAITING, lease_until__isnull=True)
    if await dropped.update(state=OutboxState.DROPPED, done_at=talk.now, error="It is settled."):
        return
    receipt = await Receipt.filter(outbox_id=question, place=str(head.chat_id)).order_by("-id").first()
    if receipt is not None:
        shown = said or talk._("This is settled.")
        await talk.show(f"settled:{question}", escape(shown), with_topic(ticket), edit=int(receipt.external_id))


def with_topic(ticket: Ticket | None) -> Ticket | None:
    """A ticket in whose topic it can be asked at once; what is about one without a topic yet is asked in the general room."""
    return ticket if ticket is not None and ticket.topic_id is not None else None
