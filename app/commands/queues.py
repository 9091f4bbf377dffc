"""`rightsdesk inbound` and `rightsdesk outbox`: what waits or is parked there, and acting on it."""

import base64
import getpass
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any

from app.cli import FINE, Finding, Usage
from app.commands.database import is_new, on_database
from app.commands.terminal import answer_json, errand_named, moment, named, table, words
from app.settings.declared import Settings, load
from app.speech import language, said
from app.timepiece import SystemTimepiece
from desk.context import Desk

Act = Callable[[Desk], Awaitable[Any]]


def inbound(args: Namespace) -> int:
    """Rows of `inbound`."""
    return _queue(args, "inbound")


def outbox(args: Namespace) -> int:
    """Rows of `outbox`."""
    return _queue(args, "outbox")


def _queue(args: Namespace, queue: str) -> int:
    settings = load()
    if args.act != "list" and args.id is None:
        raise Usage(said("Which row? Write: rightsdesk %(queue)s %(act)s ID", queue=queue, act=args.act))
    if args.limit < 1:
        raise Usage(said("--limit: found %(limit)s, expected a number of at least 1.", limit=args.limit))
    if is_new(settings):
        if args.act != "list":
            raise Finding(said("There is no row %(id)s: nothing has come in yet.", id=args.id))
        print(said("There is no database yet: nothing has come in."), file=sys.stderr)
        _print_rows([], args, settings)
    elif args.act == "list":
        _print_rows(on_database(settings, lambda _desk: _rows(queue, args.state, args.limit)), args, settings)
    elif args.act == "show":
        _show(on_database(settings, lambda desk: _whole(desk, queue, args.id)), args)
    else:
        on_database(settings, lambda desk: _act(desk, queue, args.act, args.id), acting=True)
        if args.json:
            answer_json({"id": args.id, "done": args.act})
        else:
            print(f"{queue} {args.id}: {args.act}.")
    return FINE


async def _rows(queue: str, state: str | None, limit: int) -> list[dict[str, Any]]:
    """What still needs somebody, the oldest first; with a state, whatever is in it, the newest first."""
    from models import Inbound, InboundState, Outbox, OutboxState

    states: list[str] = [s.value for s in (InboundState if queue == "inbound" else OutboxState)]
    if state is not None and state not in states:
        raise Usage(said("--state: found “%(state)s”, expected one of %(states)s.", state=state, states=", ".join(states)))
    wanted = [state] if state else ["waiting", "parked"]
    order = "-id" if state else "id"
    if queue == "inbound":
        received = await Inbound.filter(state__in=wanted).order_by(order).limit(limit)
        return [_inbound_words(row) for row in received]
    leaving = await Outbox.filter(state__in=wanted).order_by(order).limit(limit)
    return [_outbox_words(row) for row in leaving]


def _inbound_words(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state.value,
        "channel": row.channel,
        "source": row.source,
        "position": row.position,
        "received_at": row.received_at.isoformat(),
        "size": row.size,
        "attempts": row.attempts,
        "next_try_at": row.next_try_at.isoformat(),
        "outcome": row.outcome,
        "ticket": row.ticket_id,
        "error": row.error,
    }


def _outbox_words(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state.value,
        "channel": row.channel,
        "act": row.errand,
        "conversation": row.conversation,
        "ticket": row.ticket_id,
        "created_at": row.created_at.isoformat(),
        "attempts": row.attempts,
        "next_try_at": row.next_try_at.isoformat(),
        "error": row.error,
    }


def _print_rows(found: list[dict[str, Any]], args: Namespace, settings: Settings) -> None:
    if args.json:
        answer_json(found)
        return
    zone, _ = settings.operator.time_zone, words(language())
    if not found:
        print(_("Nothing here."))
        return
    rows = [
        [
            str(one["id"]),
            named(one["state"], language()),
            named(one["channel"], language()),
            _what(one),
            str(one["ticket"] or "–"),
            moment(one.get("received_at") or one["created_at"], zone),
            str(one["attempts"]),
            one["error"],
        ]
        for one in found
    ]
    table([_(h) for h in ("id", "state", "channel", "what", "ticket", "at", "attempts", "error")], rows)


def _what(one: dict[str, Any]) -> str:
    """What a row does, or what became of it."""
    if "act" in one:
        return errand_named(one["channel"], one["act"], language())
    from app.commands.outcomes import outcome_named

    return outcome_named(one["outcome"], language())


async def _whole(desk: Desk, queue: str, number: int) -> dict[str, Any]:
    from desk.record import received
    from models import Inbound, Outbox

    if queue == "outbox":
        leaving = await Outbox.get_or_none(id=number)
        if leaving is None:
            raise Finding(said("There is no outbox row %(number)s.", number=number))
        return _outbox_words(leaving) | {"content": leaving.content, "key": leaving.unique_key}
    taken = await Inbound.get_or_none(id=number)
    if taken is None:
        raise Finding(said("There is no inbound row %(number)s.", number=number))
    return _inbound_words(taken) | {"raw": await received.raw(desk, taken)}


def _show(found: dict[str, Any], args: Namespace) -> None:
    """In JSON the raw bytes are base64; on a terminal the row comes first, then the bytes as they are."""
    raw: bytes | None = found.pop("raw", None)
    if args.json:
        answer_json(found | ({"raw": base64.b64encode(raw).decode()} if raw is not None else {}))
        return
    for name, value in found.items():
        print(f"{name}: {value}")
    if raw is not None:
        print()
        sys.stdout.flush()
        sys.stdout.buffer.write(raw + (b"" if raw.endswith(b"\n") else b"\n"))
        sys.stdout.buffer.flush()


async def _act(desk: Desk, queue: str, act: str, number: int) -> None:
    from desk.flow import parking
    from models.store.connect import transaction

    acts: dict[tuple[str, str], Callable[..., Awaitable[Any]]] = {
        ("inbound", "retry"): parking.retry_inbound,
        ("inbound", "drop"): parking.drop_inbound,
        ("outbox", "retry"): parking.retry_outbox,
        ("outbox", "drop"): parking.drop_outbox,
    }
    # The name of the account on this machine: who did it stands in the history.
    actor, now = f"command:{getpass.getuser()}"[:64], SystemTimepiece()()
    async with transaction():
        if act == "open":
            await parking.open_from_inbound(desk, number, actor, now)
        else:
            await acts[queue, act](number, actor, now)
