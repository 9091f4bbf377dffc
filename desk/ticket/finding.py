"""Finding tickets: by the topic they stand in, by what was posted, by the requester, by a message."""

from collections.abc import Sequence
from dataclasses import dataclass

from desk.ticket import legs
from models import Message, Posted, Receipt, Ticket, TicketStatus
from models.store.rows import chosen


@dataclass(frozen=True)
class Posting:
    """What a message in a chat is to the desk: its ticket, its role (models.Receipt) and the message it shows."""

    ticket: Ticket
    role: str
    message_id: int | None


async def by_topic(chat_id: int, topic_id: int) -> Ticket | None:
    """The ticket of a topic that the desk made in this chat: in another group the same number is another topic."""
    if not topic_id:
        return None
    for ticket in await Ticket.filter(topic_id=topic_id).order_by("-id"):
        if await has_topic(ticket, chat_id):
            return ticket
    # A topic that the ticket has no more, or that was made twice: what is written there is about the ticket all the same.
    made = await Receipt.filter(channel="staff", place=str(chat_id), external_id=str(topic_id), role=Posted.TOPIC).first()
    return await Ticket.get_or_none(id=made.ticket_id) if made is not None else None


async def has_topic(ticket: Ticket, chat_id: int) -> bool:
    """Whether the ticket's topic stands in this chat; a group without topics has none to look for."""
    return (await standing(ticket, chat_id))[0]


async def standing(ticket: Ticket, chat_id: int) -> tuple[bool, int | None]:
    """Whether the ticket's topic stands in this chat (see `has_topic`), and its card, if that does.

    In a group that was followed the same numbers are other messages.
    """
    posted = {Posted.TOPIC: ticket.topic_id, Posted.CARD: ticket.card_id}
    wanted = [str(number) for number in posted.values() if number]
    if not wanted:
        return ticket.topic_id == 0, None
    marks = ", ".join(["{}"] * len(wanted))
    made = await chosen(Receipt, f"channel = 'staff' AND place = {{}} AND external_id IN ({marks})", str(chat_id), *wanted)
    topic = any(
        one.role == Posted.TOPIC and one.external_id == str(ticket.topic_id) and one.ticket_id == ticket.id for one in made
    )
    card = any(one.role == Posted.CARD and one.external_id == str(ticket.card_id) for one in made)
    return topic or ticket.topic_id == 0, ticket.card_id if card else None


async def topics_in(chat_id: int, numbers: Sequence[int]) -> dict[int, int]:
    """The topics of tickets that stand in this chat: those of a group that was replaced lead nowhere."""
    tickets = await Ticket.filter(id__in=list(numbers), topic_id__gt=0)
    made = await Receipt.filter(
        channel="staff", place=str(chat_id), role=Posted.TOPIC, ticket_id__in=[ticket.id for ticket in tickets]
    )
    there = {(one.ticket_id, one.external_id) for one in made}
    return {one.id: one.topic_id for one in tickets if one.topic_id and (one.id, str(one.topic_id)) in there}


async def by_posting(chat_id: int, message_id: int) -> Posting | None:
    """What the desk posted as this message of a chat, if it did."""
    receipt = await Receipt.get_or_none(channel="staff", place=str(chat_id), external_id=str(message_id))
    if receipt is None or receipt.ticket_id is None:
        return None
    ticket = await Ticket.get_or_none(id=receipt.ticket_id)
    return Posting(ticket, receipt.role, receipt.message_id) if ticket else None


async def of_requester(telegram_id: int, *, open_only: bool = True) -> list[Ticket]:
    """The tickets of a Telegram account, the newest first; of merged ones the one in which the matter goes on, once."""
    account = "SELECT requester_id FROM contact WHERE kind = 'telegram' AND value "
    still = f" AND (status = '{TicketStatus.OPEN.value}' OR merged_into IS NOT NULL)" if open_only else ""
    found = await legs.heads(reversed(await chosen(Ticket, f"requester_id IN ({account} = {{}}){still}", str(telegram_id))))
    found = [one for one in found if one.status == TicketStatus.OPEN or not open_only]
    return sorted(found, key=lambda one: one.id, reverse=True)


async def last_version(ticket_id: int, channel: str, external_id: str) -> Message | None:
    """The newest version of a message, by its id in its channel."""
    return await Message.filter(ticket_id=ticket_id, channel=channel, external_id=external_id).order_by("-version").first()
