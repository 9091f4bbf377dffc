"""Writing to a processor in free words: a question, a clarification, in the thread of its instruction; it decides nothing.

The letter bears the instruction's reference, so what the processor writes back is threaded like its answer; it waits for Undo as
every letter of staff does.
"""

from datetime import datetime

from desk import contents, history, letters, outbox
from desk.context import Desk
from desk.deed import instructions, releasing
from desk.errors import Refused
from desk.i18n import N_
from desk.outward import replies
from desk.ticket import legs, topic
from desk.ticket.staffing import actor
from models import Action, Direction, Instruction, InstructionState, Message, Outbox, Staff, Ticket

# Characters of a letter; more goes as a file by other ways.
LONGEST = 10_000


async def write(
    desk: Desk, number: int, text: str, staff: Staff, now: datetime, *, key: str, reply_to: int | None = None
) -> Outbox:
    """Write these words to the processor of an instruction; they leave after Undo. `key` makes a repeat harmless.

    Raises Refused for no words and too many, and where it has no address or was told nothing yet.
    """
    one, ticket = await instructions.held(number)
    if not text.strip():
        raise Refused("There is nothing to send: write some words.")
    if len(text) > LONGEST:
        raise Refused("This is too long for a letter: attach it as a file.")
    if not one.email:
        raise Refused("This processor has no e-mail address in the settings: tell it on paper and record that.")
    if one.state in {InstructionState.DRAFTED, InstructionState.SPARED}:
        raise Refused("This processor was told nothing yet: release its letter first (/processors).")
    row = await outbox.put(
        channel="mail",
        conversation=outbox.mail_conversation(one.email),
        key=key,
        content=await _letter(desk, ticket, one, text.strip(), now),
        now=now,
        ticket=await Ticket.get(id=one.ticket_id),
        priority=outbox.URGENT,
        not_before=now + desk.undo,
    )
    if row is None:
        raise Refused("This letter waits already: take it back first to change it.")
    await history.add(ticket.id, actor(staff), Action.PROCESSOR_WRITTEN, {"instruction": one.id, "outbox": row.id}, now)
    await replies.offer_undo(ticket, row, row.next_try_at, reply_to, now)
    return row


async def _letter(desk: Desk, ticket: Ticket, one: Instruction, text: str, now: datetime) -> contents.ProcessorWords:
    told = await Outbox.get_or_none(id=one.outbox_id) if one.outbox_id else None
    first = contents.of(told, contents.Instruction).envelope if told is not None else None
    theirs = Message.filter(ticket_id=one.ticket_id, direction=Direction.NOTE, author=f"processor:{one.id}").order_by("id")
    thread = [first.message_id] if first is not None else []
    thread += [message.external_id for message in await theirs if message.channel == "mail" and message.external_id]
    tag = desk.signer.instruction_tag(one.id)
    about = first.subject if first is not None else f"[{tag}]"
    return contents.ProcessorWords(
        number=ticket.id,
        language=desk.papers_language,
        envelope=releasing.envelope(desk, ticket, one, about if about.startswith("Re:") else f"Re: {about}", thread, now),
        instruction=one.id,
        reference=tag,
        processor=one.processor,
        text=text,
    )


async def _was_sent(_desk: Desk, row: Outbox, now: datetime) -> None:
    letter = contents.of(row, contents.ProcessorWords)
    details = {"instruction": letter.instruction, "outbox": row.id}
    await history.add(row.ticket_id, history.DESK, Action.PROCESSOR_WORDS_SENT, details, now)


async def _came_back(_desk: Desk, row: Outbox, now: datetime) -> None:
    """The processor's server sent the words back: the instruction stands as it is, staff have to ask otherwise."""
    letter = contents.of(row, contents.ProcessorWords)
    head = await legs.head(await Ticket.get(id=row.ticket_id))
    words = "↩️ What was written to %(name)s came back: it has not read it. Ask it by another way."
    await topic.tell(head, words, {"name": letter.processor}, now, key=f"words back:{row.id}", priority=outbox.URGENT)


def _waiting(letter: contents.ProcessorWords) -> letters.Waiting:
    return letters.Waiting(N_("⏳ Goes to %(name)s by %(via)s in %(seconds)d s"), {"name": letter.processor})


LETTER = letters.register(
    letters.DecidedLetter(
        content=contents.ProcessorWords,
        sent=letters.whole(_was_sent),
        bounced=_came_back,
        waiting=_waiting,
        to_requester=False,
        gated=False,
    )
)
