"""What could be two things: it is a note until somebody says by a button what it is. Nothing unsure leaves the house."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot.callbacks import MeantTap
from bot.screens import Rows, button
from bot.staff.asking import asked_by, asked_under, over, with_topic
from bot.staff.hearing import AS_IT_IS, SEND, Decision, Whole, again
from bot.staff.lettering import glyphs
from bot.staff.meaning import CALLED, STROKES, Verdict
from bot.staff.place import ticket_of
from bot.staff.talk import Talk
from bot.text import N_
from desk import contents
from desk.errors import Refused
from desk.ports import Outcome
from models import Became, Heard, Ticket

NONE_SUCH = N_("There is no such command; /help names them. Nothing was sent: for now it is a note.")
LIKE_ONE = N_("This looks like a command. Nothing was sent: for now it is a note.")
NO_COMMAND = N_("There is no such command; /help names them. To send these very words, write /reply before them.")


class Unsure(Filter):
    """Whether a message may be a command and may be words, and it matters: it tries to be one, or it would leave."""

    async def __call__(self, message: Message, whole: Whole | None = None) -> bool:
        if whole is None or whole.decided or whole.meaning.verdict != Verdict.MAYBE:
            return False
        seen = glyphs((message.text or message.caption or "").lstrip())
        tries = bool(seen) and seen[0][0] in STROKES
        if (await ticket_of(message)).ticket is None:
            return tries
        return tries or message.reply_to_message is not None or whole.meaning.plainly is not None


@dataclass(frozen=True)
class Doubt:
    """Why it is asked what a message is: a sentence with its params, and the commands it may be."""

    sentence: str
    params: contents.Params = field(default_factory=dict)
    names: Sequence[str] = ()


async def ask_what(talk: Talk, ticket: Ticket, whole: Whole, doubt: Doubt) -> None:
    """Ask what a message is, with a button for each thing; an older question about it is over."""
    _, head = talk._, whole.head
    said = _(doubt.sentence) % doubt.params if doubt.params else _(doubt.sentence)
    taps: Rows = [[button("📝 " + _("A note"), MeantTap(choice="note").pack())]]
    for name in doubt.names:
        taps.append([button(f"✅ /{name}", MeantTap(choice="do", name=name).pack())])
    if await _is_answer(talk):
        taps.append([button("📤 " + _("The answer, as it is"), MeantTap(choice=AS_IT_IS).pack())])
    else:
        taps.append([button("📤 " + _("Send it as it is"), MeantTap(choice=SEND).pack())])
    await over(talk, head, ticket)
    asks = {"meant": head.message_id}
    asked = await talk.show("unsure", "❓ " + escape(said), with_topic(ticket), buttons=taps, reply_to=head.message_id, asks=asks)
    head.question = asked.id if asked is not None else None


async def _is_answer(talk: Talk) -> bool:
    """Whether a message replies to a question of the bot."""
    target = talk.message.reply_to_message
    asked = await asked_by(talk.chat, target.message_id) if target is not None else None
    return bool(asked and "act" in asked)


def asking(keep: Callable[[Talk, Ticket, Whole, Doubt], Awaitable[Outcome]]) -> Router:
    """Asks about what may be a command; `keep` is bot.staff.messages.doubt, which keeps it as a note until then."""
    router = Router(name="staff unsure")

    async def unsure(message: Message, talk: Talk, whole: Whole) -> Outcome:
        place = await ticket_of(message)
        if place.ticket is None:
            raise Refused(NO_COMMAND)
        names = whole.meaning.names
        sentence = LIKE_ONE if names else NONE_SUCH
        return await keep(talk, place.ticket, whole, Doubt(sentence, names=names))

    router.message.register(unsure, Unsure())
    return router


def answering(group: Router) -> Router:
    """The taps under the question; the handlers of `group` take the message as what it was said to be."""
    router = Router(name="staff meant")

    async def meant_tapped(event: CallbackQuery, callback_data: MeantTap, talk: Talk, **data: Any) -> Outcome:
        asked = await asked_under(event)
        head = await Heard.get_or_none(chat_id=talk.chat, message_id=asked.get("meant"))
        if head is None or head.question is None or (callback_data.choice == "do" and callback_data.name not in CALLED):
            raise Refused(N_("This button is out of date."))
        ticket = await Ticket.get_or_none(id=head.ticket_id) if head.ticket_id else None
        gettext = talk._
        decided = {"note": "", "send": SEND, "words": AS_IT_IS}.get(callback_data.choice, callback_data.name)
        shown = gettext("A note") if not decided else gettext("Sent on") if decided in {SEND, AS_IT_IS} else f"/{decided}"
        outcome: Any = Outcome(Became.NOTE, head.ticket_id)
        if decided:
            data = data | {"callback_data": callback_data}
            outcome = await again(group, head, data, Decision(decided, event.from_user))
        else:
            await Heard.filter(id=head.id).update(became="note")
        await talk.answer(shown)
        if isinstance(outcome, Outcome) and outcome.word == Became.REFUSED:
            # Why was said below the message; the question stands.
            return outcome
        who = escape(event.from_user.full_name)
        await over(talk, head, ticket, f"✔️ {shown} · {who}")
        return Outcome(Became.MEANT, head.ticket_id, decided or "note")

    router.callback_query.register(meant_tapped, MeantTap.filter())
    return router
