"""What could be two things: it is a note until somebody says by a button what it is. Nothing unsure leaves the house."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot.callbacks import MeantTap
from bot.screens import Rows, answer, ask_staff, button
from bot.staff.asking import asked_under, over
from bot.staff.hearing import AS_IT_IS, SEND, Whole, again
from bot.staff.lettering import glyphs
from bot.staff.meaning import CALLED, STROKES, Verdict
from bot.staff.place import ticket_of
from bot.text import N_
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from desk.ports import Outcome
from models import Became, Heard, Inbound, Ticket

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


async def ask_what(
    desk: Desk,
    ticket: Ticket,
    head: Heard,
    sentence: str,
    params: dict[str, Any],
    names: Sequence[str],
    as_it_is: str,
    row: Inbound,
    now: datetime,
) -> None:
    """Ask what a message is, with a button for each thing; an older question about it is over."""
    gettext = words("bot", desk.staff_language).gettext
    said = gettext(sentence) % params if params else gettext(sentence)
    taps: Rows = [[button("📝 " + gettext("A note"), MeantTap(choice="note").pack())]]
    for name in names:
        taps.append([button(f"✅ /{name}", MeantTap(choice="do", name=name).pack())])
    send = gettext("Send it as it is") if as_it_is == SEND else gettext("The answer, as it is")
    taps.append([button("📤 " + send, MeantTap(choice=as_it_is).pack())])
    await over(desk, head, ticket, row, now)
    asked = await ask_staff(
        key=f"unsure:{row.id}",
        html="❓ " + escape(said),
        now=now,
        ticket=ticket,
        buttons=taps,
        reply_to=head.message_id,
        asks={"meant": head.message_id},
    )
    head.question = asked.id if asked is not None else None


def asking(doubt: Any) -> Router:
    """Asks about what may be a command; `doubt` is bot.staff.messages.doubt, which keeps it as a note until then."""
    router = Router(name="staff unsure")

    async def unsure(message: Message, whole: Whole, desk: Desk, **data: Any) -> Outcome:
        place = await ticket_of(message)
        if place.ticket is None:
            raise Refused(NO_COMMAND)
        names = whole.meaning.names
        sentence = LIKE_ONE if names else NONE_SUCH
        result: Outcome = await doubt(
            message, desk, place.ticket, data["row"], data["now"], data["files"], whole, sentence, names=names
        )
        return result

    router.message.register(unsure, Unsure())
    return router


def answering(group: Router) -> Router:
    """The taps under the question; the handlers of `group` take the message as what it was said to be."""
    router = Router(name="staff meant")

    async def meant_tapped(event: CallbackQuery, callback_data: MeantTap, desk: Desk, **data: Any) -> Outcome:
        row, now = data["row"], data["now"]
        asked = await asked_under(event)
        head = await Heard.get_or_none(chat_id=event.message.chat.id, message_id=asked.get("meant")) if event.message else None
        if head is None or head.question is None or (callback_data.choice == "do" and callback_data.name not in CALLED):
            raise Refused(N_("This button is out of date."))
        ticket = await Ticket.get_or_none(id=head.ticket_id) if head.ticket_id else None
        gettext = words("bot", desk.staff_language).gettext
        decided = {"note": "", "send": SEND, "words": AS_IT_IS}.get(callback_data.choice, callback_data.name)
        shown = gettext("A note") if not decided else gettext("Sent on") if decided in {SEND, AS_IT_IS} else f"/{decided}"
        outcome: Any = Outcome(Became.NOTE, head.ticket_id)
        if decided:
            data = data | {"desk": desk, "callback_data": callback_data}
            outcome = await again(group, head, data, decided=decided, by=event.from_user)
        else:
            await Heard.filter(id=head.id).update(became="note")
        await answer(event, row, now, shown)
        if isinstance(outcome, Outcome) and outcome.word == Became.REFUSED:
            # Why was said below the message; the question stands.
            return outcome
        who = escape(event.from_user.full_name)
        await over(desk, head, ticket, row, now, f"✔️ {shown} · {who}")
        return Outcome(Became.MEANT, head.ticket_id, decided or "note")

    router.callback_query.register(meant_tapped, MeantTap.filter())
    return router
