"""The guided dialog: taps and typed answers move a draft through its steps until it is sent as one request.

One left half-way is offered again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from html import escape

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message

from bot.requester import mine
from bot.requester.arrivals import demanded, external_id, newest_if_full, sender
from bot.requester.checking import demands, is_scan
from bot.requester.draft import Draft, Extra, as_extra
from bot.requester.kinds import KINDS
from bot.requester.menu import goes_on, menu, privacy
from bot.requester.steps import half_way, step_screen
from bot.requester.talk import Screen, Talk
from bot.requester.taps import Begin, Do, Go, Half
from bot.screens import Rows, button
from bot.text import N_, units
from bot.words import is_service, said
from desk.lines import one_line
from desk.ports import Incoming, Outcome
from desk.ticket import topic
from models import Became, Requester, Ticket

# A draft untouched for so long was left half-way: a message is no answer to it then, but a message.
IDLE = timedelta(hours=2)
# Messages that one draft keeps besides its answers.
EXTRAS = 300
# Telegram's programs cut a longer text into several messages; the next one belongs to the same answer.
CUT = 4000
CUT_WITHIN = timedelta(seconds=5)


class Answering(BaseFilter):
    """The message was written while the dialog's own question stood in front of the person."""

    async def __call__(self, _message: Message, talk: Talk | None = None) -> bool:
        draft = talk.draft if talk else None
        return draft is not None and draft.open and talk is not None and talk.since(draft.at) < IDLE


def setup() -> Router:
    router = Router(name="requester dialog")
    router.callback_query.register(begin, Begin.filter())
    router.callback_query.register(half_way_chosen, Half.filter())
    router.callback_query.register(step_tapped, Do.filter())
    router.message.register(answer_written, Answering())
    return router


async def begin(tap: CallbackQuery, callback_data: Begin, talk: Talk) -> Outcome:
    """Begin a request; one that was left half-way is offered first."""
    if callback_data.kind not in KINDS:
        return await talk.stale(tap)
    await talk.toast(tap)
    return await begun(talk, callback_data.kind, at=tap.message.message_id if tap.message else None)


async def begun(talk: Talk, kind: str, *, at: int | None = None) -> Outcome:
    """Show the first step of a kind, or the offer to finish what was begun."""
    if (draft := talk.half_way) is not None:
        talk.next_turn()
        talk.leave_draft()
        await talk.show(half_way(talk, draft, other=kind if kind != draft.kind else ""), at=at)
        return Outcome(Became.OFFERED)
    await _start(talk, kind, at)
    return Outcome(Became.DIALOG)


async def _start(talk: Talk, kind: str, at: int | None) -> None:
    draft = Draft(serial=talk.next_turn(), kind=kind, step=KINDS[kind].steps[0].key)
    talk.draft = draft
    await talk.show(step_screen(talk, draft, "" if talk.knows_privacy else privacy(talk)), at=at)


async def half_way_chosen(tap: CallbackQuery, callback_data: Half, talk: Talk) -> Outcome:
    """Go on with a draft, begin it anew, or drop it."""
    draft = talk.draft
    if draft is None or callback_data.turn != talk.turn or tap.message is None:
        return await talk.stale(tap)
    await talk.toast(tap)
    here = tap.message.message_id
    if callback_data.choice == "on":
        draft.open = True
        await _go_on(talk, draft, at=here)
    elif callback_data.choice == "other" and callback_data.kind in KINDS:
        talk.shelve_draft()
        await _start(talk, callback_data.kind, here)
    elif callback_data.choice == "over":
        talk.draft = None
        await _start(talk, draft.kind, here)
    else:
        await _dropped(talk, at=here)
    return Outcome(Became.DIALOG)


async def _dropped(talk: Talk, *, at: int | None = None) -> None:
    talk.drop_draft()
    talk.next_turn()
    await talk.show(menu(talk, talk._("Cancelled. Nothing was sent.")), at=at)


async def cancelled(talk: Talk) -> Outcome:
    """The command /cancel."""
    if talk.draft is None:
        await talk.show(menu(talk, talk._("There is nothing to cancel.")))
    else:
        await _dropped(talk)
    return Outcome(Became.CANCELLED)


async def _go_on(
    talk: Talk, draft: Draft, hint: str = "", *, at: int | None = None, stay: bool = False, same: bool = False
) -> None:
    """Show the step the draft stands at; the buttons of before are out of date, unless the step is the `same`."""
    if not same:
        talk.next_turn()
    talk.draft = draft
    await talk.show(step_screen(talk, draft, hint), at=at, stay=stay)


# --- taps


async def step_tapped(tap: CallbackQuery, callback_data: Do, talk: Talk) -> Outcome:
    """A button of the current step; one of an earlier state of the dialog changes nothing."""
    draft = talk.draft
    if draft is not None and callback_data.turn != talk.turn and tap.message and await talk.is_live(tap.message.message_id):
        # The newer screen did not get through (too many at once, or an outage): here it is again.
        await talk.show(step_screen(talk, draft) if draft.open else half_way(talk, draft), at=tap.message.message_id)
        return await talk.stale(tap)
    if draft is None or callback_data.turn != talk.turn or tap.message is None:
        return await talk.stale(tap)
    pressed = PRESSED.get(callback_data.choice)
    if pressed is None:
        return await talk.stale(tap)
    await talk.toast(tap)
    draft.open = True
    return await pressed(talk, draft, callback_data.arg, tap.message.message_id)


Pressed = Callable[[Talk, Draft, str, int], Awaitable[Outcome]]


async def _pick(talk: Talk, draft: Draft, arg: str, here: int) -> Outcome:
    if any(one.key == arg for one in draft.current.options):
        draft.answered({"option": arg})
    await _go_on(talk, draft, at=here)
    return Outcome(Became.DIALOG)


async def _ready(talk: Talk, draft: Draft, _arg: str, here: int) -> Outcome:
    if draft.current.ready:
        draft.answered({"ready": True})
    await _go_on(talk, draft, at=here)
    return Outcome(Became.DIALOG)


async def _skip(talk: Talk, draft: Draft, _arg: str, here: int) -> Outcome:
    if draft.current.skip:
        draft.answered({"skipped": True})
    await _go_on(talk, draft, at=here)
    return Outcome(Became.DIALOG)


async def _keep(talk: Talk, draft: Draft, _arg: str, here: int) -> Outcome:
    answer = draft.answers.get(draft.current.key)
    if answer is not None:
        draft.answered(answer)
    await _go_on(talk, draft, at=here)
    return Outcome(Became.DIALOG)


async def _done(talk: Talk, draft: Draft, _arg: str, here: int) -> Outcome:
    if draft.current.key == "files":
        draft.doubt = None
        draft.answered({"done": True})
    await _go_on(talk, draft, at=here)
    return Outcome(Became.DIALOG)


async def _edit(talk: Talk, draft: Draft, arg: str, here: int) -> Outcome:
    draft.change(arg)
    await _go_on(talk, draft, at=here)
    return Outcome(Became.DIALOG)


async def _attach(talk: Talk, draft: Draft, _arg: str, here: int) -> Outcome:
    if draft.doubt is not None:
        draft.extras.append(draft.doubt)
        draft.doubt = None
    await _go_on(talk, draft, at=here)
    return Outcome(Became.DIALOG)


async def _remove(talk: Talk, draft: Draft, _arg: str, here: int) -> Outcome:
    draft.extras = draft.extras[:-1]
    await _go_on(talk, draft, at=here)
    return Outcome(Became.DIALOG)


async def _back(talk: Talk, draft: Draft, _arg: str, here: int) -> Outcome:
    if draft.back():
        await _go_on(talk, draft, at=here)
        return Outcome(Became.DIALOG)
    talk.next_turn()
    talk.draft = draft if draft.begun else None
    talk.leave_draft()
    await talk.show(menu(talk), at=here)
    return Outcome(Became.MENU)


async def _cancel(talk: Talk, _draft: Draft, _arg: str, here: int) -> Outcome:
    await _dropped(talk, at=here)
    return Outcome(Became.CANCELLED)


async def _send(talk: Talk, draft: Draft, _arg: str, here: int) -> Outcome:
    if draft.current.key != "review":
        await _go_on(talk, draft, at=here)
        return Outcome(Became.DIALOG)
    return await send(talk, draft, here)


PRESSED: dict[str, Pressed] = {
    "pick": _pick,
    "ready": _ready,
    "skip": _skip,
    "keep": _keep,
    "done": _done,
    "edit": _edit,
    "attach": _attach,
    "remove": _remove,
    "back": _back,
    "cancel": _cancel,
    "send": _send,
}


# --- words and files


async def answer_written(message: Message, talk: Talk) -> Outcome:
    """Words answer the question that stands; whatever else comes is kept and goes along with the request."""
    draft = talk.draft
    if draft is None or is_service(message):
        return Outcome(Became.IGNORED)
    if _goes_on(draft, message):
        return await _longer(talk, draft, message)
    step = draft.current
    text = (message.text or message.caption or "").strip()
    if step.key == "contact" and message.contact and message.contact.phone_number:
        text = message.contact.phone_number
    elif not step.typed or not text or (talk.files and not step.own):
        return await _kept(talk, draft, message)
    trouble = step.check(text)
    if trouble is not None:
        hint = escape(talk._(trouble))
        if step.key in {"name", "person"} and demands(text):
            draft.extras.append(_extra(talk, message))
            hint += "\n" + escape(talk._("These words are kept and go along with your request."))
        await _go_on(talk, draft, f"⚠️ {hint}")
        return Outcome(Became.DIALOG)
    if talk.files:
        draft.extras.append(replace(_extra(talk, message), text=""))
    draft.answered({"text": text, "message": message.message_id, "at": message.date.isoformat(), "cut": units(text) >= CUT})
    await _go_on(talk, draft)
    return Outcome(Became.DIALOG)


def _goes_on(draft: Draft, message: Message) -> bool:
    """Whether this is the next piece of a long text that Telegram's program cut up."""
    for answer in draft.answers.values():
        if answer.get("cut") and message.text and message.message_id - 1 == answer["message"]:
            return message.date - datetime.fromisoformat(answer["at"]) <= CUT_WITHIN
    return False


async def _longer(talk: Talk, draft: Draft, message: Message) -> Outcome:
    for answer in draft.answers.values():
        if answer.get("message") == message.message_id - 1:
            text = message.text or ""
            answer |= {"text": f"{answer['text']}\n{text}", "message": message.message_id, "cut": units(text) >= CUT}
    await _go_on(talk, draft, stay=True)
    return Outcome(Became.DIALOG)


def _extra(talk: Talk, message: Message) -> Extra:
    text = said(message, talk.language)
    return as_extra(external_id(message), talk.row.received_at, text, message.media_group_id or "", talk.files)


async def _kept(talk: Talk, draft: Draft, message: Message) -> Outcome:
    """Keep a file, a place, or words where a button was expected."""
    extra = _extra(talk, message)
    at_files = draft.current.key == "files"
    # Later parts of an album change nothing but the count.
    stay = bool(extra.album) and any(one.album == extra.album for one in draft.extras)
    if len(draft.extras) >= EXTRAS:
        await _go_on(
            talk,
            draft,
            escape(talk._("That is a lot. Please send the rest after the request is accepted.")),
            stay=True,
            same=True,
        )
        return Outcome(Became.TOO_MANY)
    if any(is_scan(one["name"]) for one in extra.files) or is_scan(message.caption or ""):
        draft.doubt = extra
        if not at_files:
            draft.doubt = None
            warning = escape(talk._("A copy of an identity document is not needed, and I have not kept it."))
            await _go_on(talk, draft, f"⚠️ {warning}")
            return Outcome(Became.NOT_KEPT)
    else:
        draft.extras.append(extra)
    hint = "" if at_files else escape(talk._(KEPT))
    await _go_on(talk, draft, hint, stay=stay, same=True)
    return Outcome(Became.KEPT)


ON_PAPER = N_("Our policy asks for the statement on paper too. The terms run already; nothing waits for it.")
KEPT = N_("📎 Kept: it goes along with your request. Now please answer the question below.")


async def answer_edited(talk: Talk, message: Message) -> Outcome | None:
    """An edited message that is part of the draft changes it there; None when it is not."""
    draft = talk.draft
    if draft is None:
        return None
    for key, number in draft.typed():
        if number == message.message_id:
            step = next(one for one in draft.about.steps if one.key == key)
            text = (message.text or message.caption or "").strip()
            if text and step.check(text) is None:
                draft.answers[key] |= {"text": text}
            return await _changed(talk, draft)
    for extra in draft.extras:
        if extra.external_id == external_id(message):
            extra.text = said(message, talk.language)
            return await _changed(talk, draft)
    return None


async def _changed(talk: Talk, draft: Draft) -> Outcome:
    if draft.open:
        await _go_on(talk, draft, stay=True)
    else:
        talk.draft = draft
        await talk.save()
    return Outcome(Became.DIALOG)


# --- sending


async def send(talk: Talk, draft: Draft, here: int) -> Outcome:
    """Turn the draft into one ticket: the statement first, then what was sent on the way; the draft is gone with it.

    All of it is the transaction of this tap: a repeat of the row finds the draft as it was, a second tap finds none.
    The contact stays words of the statement: it proves nothing, and letters from it must not open this ticket to others.
    """
    text = draft.statement(talk.desk, talk._, talk.operator)
    known = talk.desk.regime.kinds
    incoming = Incoming(
        channel="telegram",
        sender=sender(talk.user),
        named=draft.name,
        received_at=talk.row.received_at,
        external_id=f"{talk.chat}:request:{draft.serial}",
        text=text,
        new_text=text,
        language=talk.language,
        kinds=tuple(kind for kind in draft.kinds if kind in known),
        chosen=True,
        chat_id=talk.chat,
        represented=draft.represented(talk._, talk.operator),
        ticket_id=await newest_if_full(talk),
    )
    outcome = await talk.take(incoming)
    ticket = await Ticket.get(id=outcome.ticket_id)
    if draft.name and not await Ticket.filter(requester_id=ticket.requester_id).exclude(id=ticket.id).exists():
        # Their first request: so they are called from now on. Later ones have names of their own, and change no other.
        await Requester.filter(id=ticket.requester_id).update(name=one_line(draft.name)[:255])
        await topic.refresh_card(ticket, talk.now)
    for extra in draft.extras:
        await talk.take(_of_extra(talk, extra, ticket))
    talk.drop_draft()
    talk.next_turn()
    talk.data["sent"] = {"ticket": ticket.id, "messages": [number for _, number in draft.typed()]}
    await talk.show(_sent(talk, draft, outcome, await mine.paper_button(talk, ticket)), at=here)
    return outcome


def _of_extra(talk: Talk, extra: Extra, ticket: Ticket) -> Incoming:
    return Incoming(
        channel="telegram",
        sender=sender(talk.user),
        received_at=datetime.fromisoformat(extra.at),
        external_id=extra.external_id,
        text=extra.text,
        new_text=extra.text,
        language=talk.language,
        kinds=demanded(talk.desk, extra.text),
        files=extra.attachments,
        ticket_id=ticket.id,
        chat_id=talk.chat,
        album=extra.album,
    )


def _sent(talk: Talk, draft: Draft, outcome: Outcome, paper: Rows) -> Screen:
    title = f"<b>{escape(talk._(draft.about.title))}</b>"
    if outcome.word == Became.OPENED:
        words = talk._("📨 Sent: %(title)s. Number and dates come in the next message.") % {"title": title}
    else:
        words = talk._("📨 Sent: %(title)s. It was added to your request № %(number)s, which is in work already.") % {
            "title": title,
            "number": outcome.ticket_id,
        }
    ways = [button(talk._("📋 My requests"), Go(to="status").pack()), button(talk._("☰ Menu"), Go(to="menu").pack())]
    if paper:
        words += "\n\n" + escape(talk._(ON_PAPER))
    return Screen(words, [*paper, *goes_on(talk), ways], folded=words)
