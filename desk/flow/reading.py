"""Reading: everything that deciding a batch of messages needs, read at once inside the transaction that writes what is decided.

On PostgreSQL the tickets that a message can concern are locked first, in the order of their numbers, then the end of the history
chain, as every act of the desk does; what is read after that stands until the transaction ends. SQLite has one writer.
"""

# ruff: noqa: S608, SLF001  # tables by their models, names and marks; no values

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import chain
from operator import itemgetter

from desk import history
from desk.context import Desk
from desk.deed.answers import AWAITED
from desk.flow import matching, quiet
from desk.flow.seen import Numbers, Seen
from desk.matter import likeness, persons
from desk.outward import acknowledgement
from desk.ports import Incoming
from desk.providers import base
from models import (
    Attachment,
    Clock,
    Clue,
    Contact,
    Demand,
    Direction,
    Inbound,
    InboundState,
    Instruction,
    Message,
    Outbox,
    Receipt,
    Requester,
    Ticket,
    TicketStatus,
)
from models.store.asking import Question, ask
from models.store.connect import client, is_postgres
from models.store.rows import among, bound, within

Messages = Sequence[tuple[Incoming, Inbound]]
# The outbox rows of a ticket that deciding asks for.
LETTERS = (
    " AND (channel = 'mail' OR errand IN ('acknowledgement', 'card', 'processors') "
    "OR (errand = 'requester' AND state = 'waiting'))"
)
# On SQLite: the last number of each table.
NUMBERED = Question(("name", "seq"), "SELECT name, seq FROM sqlite_sequence")
# How many clues one question is about, on SQLite.
CLUES_AT_ONCE = 100


async def read(desk: Desk, messages: Messages, now: datetime, numbers: Numbers) -> Seen:
    """What is known for deciding these messages in their order; their kinds are as `matching.lawful` gives them.

    `numbers` are those that are left of an earlier reading in this transaction; they are filled up.
    """
    seen = await look(desk, messages, now, numbers, locking=True)
    await give_numbers(seen, desk, messages, now)
    return seen


async def look(desk: Desk, messages: Messages, now: datetime, numbers: Numbers, *, locking: bool = False) -> Seen:
    """What is known, without numbers for new rows; it stands until the transaction ends only if `locking`."""
    seen = Seen(numbers)
    seen.raised = {one.inbound_id: one for one in await quiet.raised([row for _, row in messages])}
    people = [incoming for incoming, _ in messages if not incoming.automated or incoming.automated in matching.SENT_BY_ONE]
    await _contacts(seen, people)
    await _referred(seen, messages)
    named = {one for incoming, _ in messages for one in (incoming.ticket_id, incoming.named_ticket_id) if one}
    await _instructions(seen, desk, messages)
    named |= {one.ticket_id for one in seen.instructions.values()}
    named |= {one.ticket_id for one in seen.reported.values() if one.ticket_id is not None}
    tickets = await _around(named, set(seen.requesters))
    if locking and await hold(one.id for one in tickets) and tickets:
        # Somebody may have merged one of them while we waited.
        tickets = await _around(named, set(seen.requesters))
    seen.held = frozenset(one.id for one in tickets)
    taken, automatic, last, numbered, *sharing = await ask(
        _taken(messages),
        _automatic(people, tickets, now),
        history.LAST if locking else None,
        None if is_postgres() else NUMBERED,
        *_sharing(desk, people),
    )
    if locking:
        history.learn(last)
    seen.automatic = acknowledgement.before(automatic)
    seen.numbered = {row["name"]: row["seq"] for row in numbered}
    own = {row.id for _, row in messages}
    for row in sorted(taken, key=itemgetter("id")):
        if row["state"] == InboundState.DONE and row["id"] not in own:
            seen.taken.setdefault((row["channel"], row["fingerprint"]), row["ticket_id"])
    for row in chain(*sharing):
        seen.sharing[row["kind"], row["value"]].append((row["ticket_id"], row["requester_id"]))
    alike = {number for by in seen.sharing.values() if len({of for _, of in by}) <= likeness.COMMON for number, _ in by}
    for ticket in [*tickets, *await _with_heads(alike - seen.held)]:
        seen.add(ticket)
    await _matter(seen, tickets, messages)
    return seen


async def hold(tickets: Iterable[int]) -> bool:
    """Be the only one who changes these tickets and appends to the history, to the end; whether somebody else could have."""
    numbers = list(tickets)
    if numbers and is_postgres():
        words = f"SELECT id FROM ticket WHERE id {within(1)} ORDER BY id FOR NO KEY UPDATE"
        await client().execute_query(words, bound([numbers]))
    await history.lock()
    return is_postgres()


async def _contacts(seen: Seen, people: Collection[Incoming]) -> None:
    senders = [(one.sender.kind, value) for one in people for value in one.sender.values]
    if not senders:
        return
    words = f"SELECT requester_id FROM contact WHERE kind {within(1)} AND value {within(2)}"
    kinds, values = ({one[part] for one in senders} for part in (0, 1))
    known = {row["requester_id"] for row in await client().execute_query_dict(words, bound([kinds, values]))}
    for row in chain(await among(Contact, {"requester_id": known}), await among(Requester, {"id": known})):
        seen.add(row)


async def _referred(seen: Seen, messages: Messages) -> None:
    """The letters of ours that these messages refer to."""
    ids = {one for incoming, _ in messages for one in matching.quoted(incoming)}
    seen.receipts = await among(Receipt, {"external_id": ids}, " AND channel = 'mail'")
    seen.reported = {one.id: one for one in await among(Outbox, {"id": {one.outbox_id for one in seen.receipts}})}


async def _instructions(seen: Seen, desk: Desk, messages: Messages) -> None:
    """The instructions to processors that these messages refer to, or that their senders have not answered yet."""
    ids = {incoming.instruction for incoming, _ in messages if incoming.instruction is not None}
    processors = {one.email.casefold() for one in desk.processors if one.email}
    senders = processors & {incoming.sender.value.casefold() for incoming, _ in messages if incoming.sender.kind == "email"}
    awaited = ", ".join(f"'{state.value}'" for state in AWAITED)
    found = [
        *(await among(Instruction, {"id": ids}) if ids else ()),
        *(await among(Instruction, {"email": senders}, f" AND state IN ({awaited})") if senders else ()),
    ]
    seen.instructions = {one.id: one for one in found}


async def _around(numbers: Collection[int], people: Collection[int]) -> list[Ticket]:
    """These tickets and those of these people, with all their legs and what else their requesters asked."""
    found: dict[int, Ticket] = {}
    asked: dict[str, set[int]] = {"id": set(), "requester_id": set(), "merged_into": set()}
    wanted = {"id": set(numbers), "requester_id": set(people), "merged_into": set[int]()}
    while any(wanted.values()):
        for column, values in wanted.items():
            asked[column] |= values
        for one in await among(Ticket, wanted):
            found[one.id] = one
        wanted = {
            "id": {one.merged_into for one in found.values() if one.merged_into is not None} - asked["id"] - set(found),
            "requester_id": {one.requester_id for one in found.values()} - asked["requester_id"],
            "merged_into": set(found) - asked["merged_into"],
        }
    return [one for _, one in sorted(found.items())]


async def _with_heads(numbers: Collection[int]) -> list[Ticket]:
    """These tickets, and those in which their matters go on."""
    found = {one.id: one for one in await among(Ticket, {"id": numbers})}
    while missing := {one.merged_into for one in found.values() if one.merged_into} - set(found):
        found |= {one.id: one for one in await among(Ticket, {"id": missing})}
    return list(found.values())


def _taken(messages: Messages) -> Question | None:
    """Which of these messages were taken before."""
    prints = {one.fingerprint for one, _ in messages if one.fingerprint}
    # The state is looked at by who asks: SQLite would go through all that is done, and not by the index of fingerprints.
    columns = ("id", "state", "channel", "fingerprint", "ticket_id")
    return Question(columns, f"SELECT {', '.join(columns)} FROM inbound WHERE fingerprint {{0}}", [prints]) if prints else None


def _sharing(desk: Desk, people: Iterable[Incoming]) -> list[Question]:
    """Who shares what these messages name, the newest first."""
    wanted = sorted({clue for incoming in people for clue in likeness.clues(desk, incoming)})
    columns = ("kind", "value", "ticket_id", "requester_id")
    one = (
        "SELECT clue.kind, clue.value, clue.ticket_id, ticket.requester_id FROM clue JOIN ticket ON ticket.id = clue.ticket_id "
        f"WHERE clue.kind = {{}} AND clue.value = {{}} ORDER BY clue.id DESC LIMIT {likeness.SHARING}"
    )
    if not wanted:
        return []
    if is_postgres():
        named = "unnest({0}::text[], {1}::text[]) AS named(kind, value)"
        words = f"SELECT sharing.* FROM {named} CROSS JOIN LATERAL ({one.format('named.kind', 'named.value')}) AS sharing"
        return [Question(columns, words, [tuple(part) for part in zip(*wanted, strict=True)])]
    found = []
    for begin in range(0, len(wanted), CLUES_AT_ONCE):
        part = wanted[begin : begin + CLUES_AT_ONCE]
        asked = [f"SELECT * FROM ({one.format(f'{{{2 * n}}}', f'{{{2 * n + 1}}}')}) AS sharing" for n in range(len(part))]
        found.append(Question(columns, " UNION ALL ".join(asked), [value for clue in part for value in clue]))
    return found


async def _matter(seen: Seen, held: Collection[Ticket], messages: Messages) -> None:
    """What is demanded, was written and is to leave in these tickets, and what those that look alike demand."""
    for demand in await among(Demand, {"ticket_id": set(seen.tickets)}):
        seen.add(demand)
    numbers = {one.id for one in held}
    if not numbers:
        return
    for kept in await among(Clock, {"ticket_id": numbers}):
        seen.add(kept)
    for letter in await among(Outbox, {"ticket_id": numbers}, LETTERS):
        seen.letters[letter.ticket_id or 0].append(letter)
    for person in await among(Requester, {"id": {one.requester_id for one in held} - set(seen.requesters)}):
        seen.add(person)
    words = (
        f"SELECT id, ticket_id, at, external_id, subject FROM message WHERE ticket_id {within(1)} AND channel = 'mail' "
        f"AND direction = '{Direction.IN.value}' ORDER BY id"
    )
    at = Message._meta.fields_map["at"].to_python_value
    for row in await client().execute_query_dict(words, bound([numbers])):
        seen.thread[row["ticket_id"]].append((at(row["at"]), row["external_id"]))
        seen.subjects[row["ticket_id"]].append((row["id"], row["subject"]))
    if any(one.status == TicketStatus.CLOSED for one in held):
        await _answered(seen, numbers)
    ids = {matching.external_id(incoming, row) for incoming, row in messages}
    ids |= {one for incoming, _ in messages for one in (incoming.external_id, *incoming.reply_to) if one}
    found = [one for one in await among(Message, {"external_id": ids}) if one.ticket_id in numbers]
    for message in found:
        seen.messages[message.ticket_id].append(message)
    for file in await among(Attachment, {"message_id": [one.id for one in found]}):
        seen.add(file)
    kinds = ", ".join(f"'{kind}'" for kind in persons.KINDS)
    for clue in await among(Clue, {"ticket_id": numbers}, f" AND kind IN ({kinds})"):
        seen.add(clue)


async def _answered(seen: Seen, numbers: Collection[int]) -> None:
    """The last answer to the requester of each of these tickets."""
    out = f"message.direction = '{Direction.OUT.value}'"
    words = (
        f"SELECT max(message.id) AS last FROM message JOIN (SELECT ticket_id, max(at) AS at FROM message WHERE {out} AND "
        f"ticket_id {within(1)} GROUP BY ticket_id) AS latest ON latest.ticket_id = message.ticket_id AND "
        f"latest.at = message.at WHERE {out} GROUP BY message.ticket_id"
    )
    rows = await client().execute_query_dict(words, bound([numbers]))
    for message in await among(Message, {"id": [row["last"] for row in rows]}):
        seen.answered[message.ticket_id] = message


def _automatic(people: Iterable[Incoming], held: Collection[Ticket], now: datetime) -> Question | None:
    """What the caps count for the letters that may answer these messages."""
    answered = [incoming for incoming in people if acknowledgement.wanted(incoming)]
    addresses = {base(one) for one in [*map(matching.answers_to, answered), *(one.answer_to for one in held)] if one}
    if not answered or not addresses:
        return None
    return acknowledgement.sent_question(addresses, [one.id for one in held], len(answered), now)


async def give_numbers(seen: Seen, desk: Desk, messages: Messages, now: datetime) -> None:
    """Numbers for the rows that these messages can open."""
    count = len(messages)
    demands = sum(len(one.kinds) + 1 for one, _ in messages)
    clocks = demands * max(len(rule.clocks) for rule in desk.regime.rules)
    wanted = {Requester: count, Contact: count, Ticket: count, Demand: demands, Clock: clocks, Message: count}
    left = seen.numbers.left
    if not is_postgres():
        for table, needed in wanted.items():
            first = seen.numbered.get(table._meta.db_table, 0) + 1
            left[table] = deque(range(first, first + needed))
        return
    # A number of a ticket is told to people: none is used up that no ticket gets.
    wanted[Ticket] = sum(matching.opens(desk, seen, incoming, row, now) for incoming, row in messages)
    lacking = {table._meta.db_table: needed - len(left[table]) for table, needed in wanted.items()}
    words = " UNION ALL ".join(
        f"SELECT '{name}' AS name, nextval('{name}_id_seq') AS number FROM generate_series(1, {needed})"
        for name, needed in lacking.items()
        if needed > 0
    )
    rows = await client().execute_query_dict(words) if words else []
    for table in wanted:
        left[table].extend(sorted(row["number"] for row in rows if row["name"] == table._meta.db_table))
