"""What was written between us and the writer of a letter before: the words that a new letter may quote.

Looked up before a letter is judged, outside of any transaction. Letters of ours are found by the ticket that a reference of
ours proves, and by the address they went to; they are rendered anew from their outbox rows, whose content is complete.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import structlog

from desk import contents
from desk.context import Desk
from desk.outbox import mail_conversation
from mail.letters import render
from mail.parsing.parsed import ParsedMail
from mail.reading import NOTHING_KNOWN, Known
from models import Direction, Outbox, OutboxState
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
# By their numbers, which two indexes tell: else SQLite looks through all that was ever sent. The newest of each conversation
# and of each ticket, so that those of every letter are among them.
_SENT: Final = (
    "SELECT * FROM (SELECT outbox.*, "  # noqa: S608
    "ROW_NUMBER() OVER (PARTITION BY conversation ORDER BY id DESC) AS of_conversation, "
    "ROW_NUMBER() OVER (PARTITION BY ticket_id ORDER BY id DESC) AS of_ticket "
    f"FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state IN ({_STATES}) AND conversation {{}} "
    f"UNION SELECT id FROM outbox WHERE ticket_id {{}}) AND channel = 'mail' AND state IN ({_STATES}) "
    f"AND errand IN ({', '.join(map(repr, _ERRANDS))})) AS sent "
    f"WHERE of_conversation <= {MOST} OR of_ticket <= {MOST} ORDER BY id DESC"
)
# A letter may be there already, as may others under its Message-ID: so many are read beyond what is looked for.
_SAME: Final = 5
_CAME: Final = (
    "SELECT id, ticket_id, external_id, text FROM (SELECT id, ticket_id, external_id, "  # noqa: S608
    f"SUBSTR(text, 1, {LONGEST}) AS text, ROW_NUMBER() OVER (PARTITION BY ticket_id ORDER BY id DESC) AS place "
    f"FROM message WHERE ticket_id {{}} AND channel = 'mail' AND direction = '{Direction.IN.value}') AS came "
    f"WHERE place <= {MOST + _SAME} ORDER BY id DESC"
)


class Correspondence:
    """Finds what was written before, in the tables."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def with_writers(self, mails: Sequence[ParsedMail]) -> list[Known]:
        """What went between us and the writer of each of these letters, or whoever they prove to speak for.

        One question where we never wrote to any of them, else two.
        """
        if not mails:
            return []
        asked = [(set(self._writers(mail)), set(self._proven(mail))) for mail in mails]
        all_sent = await self._sent(set().union(*(one for one, _ in asked)), set().union(*(one for _, one in asked)))
        if not all_sent:
            return [NOTHING_KNOWN] * len(mails)
        sent = [
            [row for row in all_sent if row.conversation in writers or row.ticket_id in proven][:MOST]
            for writers, proven in asked
        ]
        tickets = [
            {row.ticket_id for row in rows if row.ticket_id is not None} | proven if rows else set()
            for rows, (_, proven) in zip(sent, asked, strict=True)
        ]
        came = await client().execute_query_dict(_CAME.format(within(1)), bound([set().union(*tickets)]))
        used = {row.id: row for rows in sent for row in rows}
        texts = await asyncio.to_thread(lambda: {number: self._text(row) for number, row in used.items()})
        return [
            Known(
                tuple(text for row in rows for text in texts[row.id]),
                tuple(one["text"] for one in _before(mail, came, of_it) if one["text"]),
            )
            if rows
            else NOTHING_KNOWN
            for mail, rows, of_it in zip(mails, sent, tickets, strict=True)
        ]

    @staticmethod
    async def _sent(writers: set[str], proven: set[int]) -> list[Outbox]:
        """Letters of ours to these addresses, and those of these tickets, the newest first."""
        # Below the ORM: it is asked for every letter, and nearly always there is nothing.
        found = await client().execute_query_dict(_SENT.format(within(1), within(2)), bound([writers, proven]))
        for record in found:
            del record["of_conversation"], record["of_ticket"]
        return [read(Outbox, record) for record in found]

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


def _before(mail: ParsedMail, came: Iterable[Mapping[str, Any]], tickets: Collection[int]) -> list[Mapping[str, Any]]:
    """The letters of these tickets that came before a letter, as far as they are looked for, out of all, the newest first."""
    of_it = (one for one in came if one["ticket_id"] in tickets and one["external_id"] != (mail.message_id or ""))
    return list(islice(of_it, MOST))
