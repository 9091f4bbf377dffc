"""What was written between us and the writer of a letter before: the words that a new letter may quote.

Looked up before a letter is judged, outside of any transaction. Letters of ours are found by the ticket that a reference of
ours proves, and by the address they went to; they are rendered anew from their outbox rows, whose content is complete.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from desk import contents
from desk.context import Desk
from desk.outbox import mail_conversation
from mail.letters import render
from mail.parsing.parsed import ParsedMail
from mail.reading import NOTHING_KNOWN, Known
from models import Direction, Message, Outbox, OutboxState
from models.store.connect import client
from models.store.rows import bound, read, within

log = structlog.get_logger(__name__)

LONGEST: Final = 50_000
"""Characters of a letter of theirs that are looked for."""
# What requesters may quote: every letter to them.
_ERRANDS: Final = [kind.errand for kind in contents.KINDS if issubclass(kind, contents.Letter) and kind is not contents.Alert]
MOST: Final = 40
"""Letters of ours, and of theirs, that are looked for in a new one; the newest count."""
_STATES: Final = ", ".join(repr(state.value) for state in (OutboxState.SENT, OutboxState.WAITING, OutboxState.PARKED))
# By their numbers, which two indexes tell: else SQLite looks through all that was ever sent.
_TO_THEM: Final = (
    f"FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state IN ({_STATES}) AND conversation {{}} "  # noqa: S608
    f"UNION SELECT id FROM outbox WHERE ticket_id {{}}) AND channel = 'mail' AND state IN ({_STATES}) "
    f"AND errand IN ({', '.join(map(repr, _ERRANDS))})"
)
_SENT: Final = f"SELECT * {_TO_THEM} ORDER BY id DESC LIMIT {MOST}"
_WRITTEN_TO: Final = f"SELECT DISTINCT conversation, ticket_id {_TO_THEM}"


class Correspondence:
    """Finds what was written before, in the tables."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def with_writers(self, mails: Sequence[ParsedMail]) -> list[Known]:
        """What went between us and the writer of each of these letters; one question where we never wrote to any of them."""
        if not mails:
            return []
        asked = [(set(self._writers(mail)), set(self._proven(mail))) for mail in mails]
        writers = {one for theirs, _ in asked for one in theirs}
        proven = {one for _, named in asked for one in named}
        rows = await client().execute_query_dict(_WRITTEN_TO.format(within(1), within(2)), bound([writers, proven]))
        conversations, tickets = ({row[name] for row in rows} for name in ("conversation", "ticket_id"))
        return [
            await self._with_writer(mail, theirs, named) if theirs & conversations or named & tickets else NOTHING_KNOWN
            for mail, (theirs, named) in zip(mails, asked, strict=True)
        ]

    async def _with_writer(self, mail: ParsedMail, writers: set[str], proven: set[int]) -> Known:
        """What went between us and whoever wrote `mail`, or whoever they prove to speak for."""
        # Below the ORM: it is asked for every letter, and nearly always there is nothing.
        found = await client().execute_query_dict(_SENT.format(within(1), within(2)), bound([writers, proven]))
        sent = [read(Outbox, record) for record in found]
        if not sent:
            return NOTHING_KNOWN
        numbers = sorted({row.ticket_id for row in sent if row.ticket_id is not None} | proven)
        theirs = (
            await Message.filter(ticket_id__in=numbers, channel="mail", direction=Direction.IN)
            .exclude(external_id=mail.message_id or "")
            .order_by("-id")
            .limit(MOST)
            .values_list("text", flat=True)
        )
        ours = await asyncio.to_thread(lambda: [text for row in sent for text in self._text(row)])
        return Known(tuple(ours), tuple(str(text)[:LONGEST] for text in theirs if text))

    @staticmethod
    def _writers(mail: ParsedMail) -> list[str]:
        return [mail_conversation(one.key) for one in (mail.sender, mail.reply_to) if one is not None]

    def _proven(self, mail: ParsedMail) -> list[int]:
        references = [self._desk.signer.ticket_of_message_id(one) for one in (*mail.in_reply_to, *mail.references)]
        named = [*references, self._desk.signer.ticket_of_tag(mail.subject)]
        return sorted({one for one in named if one is not None})

    def _text(self, row: Outbox) -> list[str]:
        try:
            return [render(self._desk.operator, self._desk.regime.name, contents.of(row, contents.Letter)).text]
        except Exception:  # a row of an older version that cannot be rendered any more is not worth a letter
            log.exception("a letter of ours could not be rendered again", errand=row.errand)
            return []
