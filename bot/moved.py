"""Another staff group: what is open is told there once, and listed with links when it has its topics there."""

from bot.group import staff_chat
from bot.screens import ask_staff, say
from bot.staff.commands import LIST, due_html
from bot.text import N_
from desk import outbox
from desk.context import Desk
from desk.ticket import finding, topic
from desk.timepiece import Timepiece
from desk.views import cards
from models import Outbox, Ticket, TicketStatus
from models.store.connect import transaction


class Moving:
    """Follows the staff group; `look` is asked again and again, and looks closer only while something is to be done."""

    def __init__(self, desk: Desk, timepiece: Timepiece) -> None:
        self._desk, self._timepiece = desk, timepiece
        self._settled = 0

    async def look(self) -> None:
        """Have the topics of open tickets made in a group in which they have none; list them there when all are made."""
        chat = await staff_chat(self._desk)
        if not chat or chat == self._settled:
            return
        elsewhere = await self._elsewhere(chat)
        key, now = f"regroup:{chat}", self._timepiece()
        if elsewhere:
            async with transaction():
                sentence = N_("🏠 This is the staff group now. Here come the topics of what is open: %(count)s; then the list.")
                await say(sentence, {"count": len(elsewhere)}, key=key, now=now)
                for ticket in elsewhere:
                    await outbox.add(topic.card(ticket, key, now), ticket)
            self._desk.wake.deliveries()
            return
        if await Outbox.filter(unique_key=key).exists():
            async with transaction():
                soon = await cards.due(self._desk, now, LIST)
                await ask_staff(key=f"{key}:list", html=await due_html(self._desk, soon, chat, now), now=now)
            self._desk.wake.deliveries()
        self._settled = chat

    async def _elsewhere(self, chat: int) -> list[Ticket]:
        """Open tickets that had a topic, but not in this group."""
        had = await Ticket.filter(status=TicketStatus.OPEN, topic_id__gt=0).order_by("due_at", "id")
        waits = await Ticket.filter(status=TicketStatus.OPEN, topic_id__isnull=True)
        made = await finding.topics_in(chat, [ticket.id for ticket in had])
        missing = [ticket for ticket in had if ticket.id not in made]
        # One whose topic is on its way is no more elsewhere, and not yet here.
        return missing or ([one for one in waits if await self._moves(chat, one)] if waits else [])

    async def _moves(self, chat: int, ticket: Ticket) -> bool:
        return await Outbox.filter(unique_key=f"card:{ticket.id}:regroup:{chat}").exists()
