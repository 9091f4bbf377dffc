"""Drafts: a letter of answer from its first gap until it leaves. Nothing leaves over a gap, and only what staff have seen.

A draft is a note of its ticket until it is released; then it is a reply like every other: it waits with Undo, can leave at a
moment, and bears its files. It proves its steps when it was handed over (desk.outward.replies), and it is dropped when a deed
that it states was taken back meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from tortoise.exceptions import IntegrityError

from desk import contents, history
from desk.answers import facts, folder
from desk.answers.template import Filled, Gap, Template, WrongTemplate, fill
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from desk.outward import replies
from desk.papers import letterhead
from desk.ports import File
from desk.ticket import attachments, clocks, tickets
from desk.ticket.staffing import actor
from desk.vault import Blob
from models import Action, Answer, Demand, Message, Outbox, OutboxState, Staff, Step, Ticket
from models.store.connect import transaction
from models.store.rows import insert

# Staff cannot fill in more than this at one place; a longer thing is a file.
LONGEST = 20_000
NONE_CHOSEN = "-"


@dataclass(frozen=True)
class Draft:
    """A letter as it stands: its template, its text and gaps, its files."""

    answer: Answer
    ticket: Ticket
    template: Template
    filled: Filled
    files: tuple[File, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing in it."""
        return not self.filled.gaps


async def begin(desk: Desk, ticket: Ticket, key: str, language: str, staff: Staff, now: datetime) -> Answer:
    """Begin a letter of a template. Raises Refused for one that there is not."""
    tickets.unmerged(ticket)
    found = (await folder.all_of(desk)).get((key, language))
    if found is None:
        raise Refused("There is no template “%(key)s” in this language; /t lists them.", key=key[:40])
    answer = await Answer.create(
        ticket=ticket,
        template=key,
        language=language,
        letterhead=found.letterhead,
        created_at=now,
        created_by=actor(staff),
    )
    await history.add(ticket.id, actor(staff), Action.ANSWER_BEGUN, {"answer": answer.id, "template": f"{key}.{language}"}, now)
    return answer


async def held(answer_id: int) -> Answer:
    """A letter, held until the transaction ends. Raises Refused for one that nobody wants any more."""
    found = await Answer.filter(id=answer_id).select_for_update().first()
    if found is None or found.dropped_at is not None:
        raise Refused("This draft was put away: begin another one with /t.")
    return found


async def of(desk: Desk, answer: Answer, now: datetime) -> Draft:
    """A letter as it stands now: facts are looked up anew. Raises Refused when its template is gone or wrong."""
    ticket = await Ticket.get(id=answer.ticket_id)
    template = await _template(desk, answer)
    filled = await _fill(desk, answer, ticket, template, answer.said, now)
    return Draft(answer, ticket, template, filled, tuple(File.read(one) for one in answer.files))


async def filled_in(desk: Desk, answer: Answer, now: datetime) -> list[str]:
    """What staff have filled in, by key, in the order of the letter; what it does not ask for any more comes last."""
    ticket, said = await Ticket.get(id=answer.ticket_id), [key for key in answer.said if not key.startswith("?")]
    unfilled = await _fill(desk, answer, ticket, await _template(desk, answer), {}, now)
    order = [gap.key for gap in unfilled.gaps]
    # PostgreSQL keeps no order of the keys; what was asked only after another answer has its place by its name.
    return sorted(said, key=lambda key: (order.index(key) if key in order else len(order), key))


async def _template(desk: Desk, answer: Answer) -> Template:
    found = (await folder.all_of(desk)).get((answer.template, answer.language))
    if found is None:
        raise Refused("There is no template “%(key)s” in this language; /t lists them.", key=answer.template)
    return found


async def _fill(desk: Desk, answer: Answer, ticket: Ticket, template: Template, said: Mapping[str, str], now: datetime) -> Filled:
    register = facts.Register(number_of(desk, answer), answer.dated)
    known = await facts.of(desk, ticket, template, said, register, now.astimezone(desk.operator.zone).date())
    try:
        return fill(template, known, said)
    except WrongTemplate as error:
        problem, params = error.problems[0]
        raise Refused(
            "The template cannot be used: %(why)s.", why=words("bot", desk.staff_language).gettext(problem) % params
        ) from error


def number_of(desk: Desk, answer: Answer) -> str:
    """The outgoing number as it is written; empty: it has none yet."""
    return desk.outgoing_number(answer.serial, answer.year)


async def say(desk: Desk, answer: Answer, gap: Gap, said: str, staff: Staff, now: datetime) -> None:
    """Fill a gap. Raises Refused where words cannot fill it, for nothing, and for far too much."""
    if not gap.fillable:
        raise Refused("%(what)s: do it and tick the step first, words cannot stand for it.", what=gap.words)
    if not said.strip():
        raise Refused("There is nothing to fill in: write some words.")
    if len(said) > LONGEST:
        raise Refused("This is too long for a letter: attach it as a file.")
    if facts.words_marked(said):
        raise Refused("Write it without the signs « » around the whole: they mark what is missing.")
    answer.said = {**answer.said, gap.key: said.strip()}
    await answer.save(update_fields=["said"])
    await history.add(answer.ticket_id, actor(staff), Action.ANSWER_FILLED_IN, {"answer": answer.id, "gap": gap.key[:60]}, now)


async def unsay(answer: Answer, key: str) -> None:
    """Take back what was filled in at a gap, so that it is asked for once more."""
    answer.said = {name: said for name, said in answer.said.items() if name != key}
    await answer.save(update_fields=["said"])


async def attach(answer: Answer, files: tuple[File, ...]) -> None:
    """Let files go with the letter, after those that go already."""
    if any(one.blob is None for one in files):
        raise Refused("A file could not be fetched from Telegram (over 20 MB?). Nothing was attached.")
    answer.files = [*answer.files, *(one.stored() for one in files)]
    await answer.save(update_fields=["files"])


async def detach(answer: Answer) -> None:
    """Let none of the attached files go."""
    answer.files = []
    await answer.save(update_fields=["files"])


# --- showing it


async def show(desk: Desk, answer: Answer, staff: Staff, now: datetime) -> tuple[Draft, Message]:
    """Set a complete letter as it is going to leave, with its number and its letterhead, as a note of the ticket.

    Raises Refused while something is missing, and when it waits or has left already.
    """
    await refuse_sent(answer)
    draft = await of(desk, answer, now)
    if not draft.complete:
        raise Refused("Something is missing in the letter still: %(what)s.", what=draft.filled.gaps[0].words)
    if draft.template.register and answer.serial is None:
        await _register(answer, now.astimezone(desk.operator.zone).date())
        draft = await of(desk, answer, now)
    files = [*([await _letterhead(desk, draft, now)] if answer.letterhead else []), *draft.files]
    answer.shown = draft.filled.text
    await answer.save(update_fields=["shown"])
    note = await replies.note(
        desk, draft.ticket, staff=staff, text=draft.filled.text, files=files, external_id=answer.external_id, now=now
    )
    return replace(draft, files=tuple(files)), note


async def printed(desk: Desk, draft: Draft, now: datetime) -> None:
    """Keep the paper that went with the letter's note, where it was shown without its letterhead."""
    note = await Message.filter(external_id=draft.answer.external_id).order_by("-version", "-id").first()
    if note is not None and not draft.answer.letterhead:
        await insert(attachments.rows(note, (await _letterhead(desk, draft, now),)))


async def _register(answer: Answer, today: date) -> None:
    """Give the letter the next outgoing number of the year."""
    while True:
        last = await Answer.filter(year=today.year).order_by("-serial").first()
        answer.year, answer.serial, answer.dated = today.year, (last.serial or 0) + 1 if last else 1, today
        try:
            # A transaction of its own, which a refusal of the database would otherwise undo whole.
            async with transaction():
                await answer.save(update_fields=["year", "serial", "dated"])
        except IntegrityError:
            continue
        return


async def _letterhead(desk: Desk, draft: Draft, now: datetime) -> File:
    statement = facts.statement_of(desk, draft.answer.language)
    said = draft.answer.said
    signer = (
        statement.position or said.get("signatory.position", ""),
        statement.signatory or said.get("signatory.name", ""),
    )
    made = await letterhead.pdf(desk.operator, draft.answer.language, draft.filled.text, signer, draft.template.headings, now)
    name = "".join(one if one.isalnum() else "-" for one in number_of(desk, draft.answer)) or str(draft.answer.id)
    stem = "Письмо" if draft.answer.language == "ru" else "Letter"
    return File(f"{stem} {name}.pdf", "application/pdf", await desk.vault.write_async(made))


# --- sending it


async def refuse_sent(answer: Answer) -> None:
    """Raises Refused when the letter waits, has left, or is parked."""
    row = await Outbox.get_or_none(id=answer.outbox_id) if answer.outbox_id else None
    if row is None or row.state == OutboxState.DROPPED:
        return
    if row.state == OutboxState.WAITING:
        raise Refused("This letter waits already: take it back first to change it.")
    raise Refused("This letter has left already: begin another one with /t.")


async def release(
    desk: Desk, answer: Answer, staff: Staff, *, reply_to: int, now: datetime, at: datetime | None = None, hold: bool = False
) -> Outbox:
    """Let the letter go as it was shown: after Undo, at a moment, or when a manager releases it.

    Raises Refused over a gap, when it is not what was shown any more, and where it waits or has left already.
    """
    await refuse_sent(answer)
    draft = await of(desk, answer, now)
    if not draft.complete or draft.filled.text != answer.shown:
        raise Refused("The letter has changed since it was shown, or something is missing: look at it once more (/t).")
    note = await Message.filter(external_id=answer.external_id).order_by("-version", "-id").first()
    if note is None:
        raise Refused("The letter has changed since it was shown, or something is missing: look at it once more (/t).")
    row = await replies.reply(
        desk,
        draft.ticket,
        staff=staff,
        text=draft.filled.text,
        entities=bold(draft),
        files=await kept(note),
        external_id=answer.external_id,
        album="",
        reply_to=reply_to,
        now=now,
        at=at,
        held=hold,
        marked=draft.template.personal,
        proves=await steps_of(desk, draft),
        states=tuple(contents.Proved(demand=demand, key=key) for demand, key in draft.filled.states),
    )
    answer.outbox_id = row.id
    await answer.save(update_fields=["outbox_id"])
    details = {"answer": answer.id, "template": f"{answer.template}.{answer.language}", "outgoing": number_of(desk, answer)}
    await history.add(answer.ticket_id, actor(staff), Action.ANSWER_RELEASED, details, now)
    return row


async def kept(message: Message) -> tuple[File, ...]:
    """The files that are kept with a message."""
    await message.fetch_related("attachments")
    return tuple(
        File(one.name, one.type, Blob(one.blob, one.size, one.sha256) if one.blob else None)
        for one in sorted(message.attachments, key=lambda one: one.id)
    )


def bold(draft: Draft) -> list[contents.Entity]:
    """The headings of a letter, as entities that both channels show."""
    found: list[contents.Entity] = []
    text = draft.filled.text
    for start, end in letterhead.headings(text, draft.template.headings):
        found.append({"type": "bold", "offset": _units(text[:start]), "length": _units(text[start:end])})
    return found


def _units(text: str) -> int:
    """The length of a text in UTF-16 units, in which entities are counted."""
    return len(text.encode("utf-16-le")) // 2


async def steps_of(desk: Desk, draft: Draft) -> tuple[contents.Proved, ...]:
    """The steps that this letter is: of the demands it answers, those that its template proves and that are open."""
    kinds = [*draft.template.kinds, *draft.template.beside]
    found = []
    for demand in await Demand.filter(ticket_id=draft.ticket.id, kind__in=kinds, closed_at=None).order_by("id"):
        done = {step.key for step in await Step.standing(demand_id=demand.id)}
        rule = clocks.rule_of(desk, demand)
        open_ones = [key for key in draft.template.proves if rule.step(key) is not None and key not in done]
        found += [contents.Proved(demand=demand.id, key=key) for key in open_ones]
    return tuple(found)


async def drop(answer: Answer, staff: Staff, now: datetime) -> None:
    """Put a draft away; its outgoing number, if it has one, stays given. Raises Refused when it waits or has left."""
    await refuse_sent(answer)
    answer.dropped_at = now
    await answer.save(update_fields=["dropped_at"])
    await history.add(answer.ticket_id, actor(staff), Action.ANSWER_PUT_AWAY, {"answer": answer.id}, now)


async def open_drafts(ticket: Ticket) -> list[Answer]:
    """The letters of a ticket that were begun and have not left, the newest first."""
    begun = await Answer.filter(ticket_id=ticket.id, dropped_at=None).order_by("-id")
    rows = {one.id: one.state for one in await Outbox.filter(id__in=[one.outbox_id for one in begun if one.outbox_id])}
    return [one for one in begun if one.outbox_id is None or rows.get(one.outbox_id) == OutboxState.DROPPED]
