"""What was sent: the letters of a matter as they left, read back from the bytes that are kept, never set anew."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from re import compile as pattern
from typing import Any

from desk.ports import Kept
from desk.vault import Vault, VaultError
from models import Outbox

_TAG = pattern(r"<[^>]+>")


@dataclass(frozen=True)
class Letter:
    """One piece of what left: a letter, or one message of Telegram.

    `number` is that of its outbox row, `at` the moment of the note that it was handed over (UTC), `raw` the very bytes; None
    where the vault does not give them any more. `files` are names and SHA-256 of what a message of Telegram carried.
    """

    number: int
    errand: str
    channel: str
    to: str
    at: datetime | None
    kept: Kept
    raw: bytes | None
    subject: str = ""
    text: str = ""
    files: tuple[tuple[str, str], ...] = ()


async def of(vault: Vault, tickets: Sequence[int]) -> list[Letter]:
    """Everything that left for the requesters, processors and authorities of these tickets, oldest first."""
    rows = await Outbox.filter(ticket_id__in=list(tickets)).exclude(kept=[]).order_by("done_at", "id")
    return [await _letter(vault, row, Kept(**piece)) for row in rows for piece in row.kept]


async def words(vault: Vault, row: Outbox) -> str:
    """The words of what a row sent, all its pieces in order."""
    letters = [await _letter(vault, row, Kept(**piece)) for piece in row.kept if piece["sure"]]
    return "\n\n".join("\n\n".join(filter(None, (one.subject, one.text))) for one in letters)


async def _letter(vault: Vault, row: Outbox, kept: Kept) -> Letter:
    _, _, to = row.conversation.partition(":")
    try:
        raw = await vault.read_async(kept.blob)
    except VaultError:
        return Letter(row.id, row.errand, row.channel, to, row.done_at, kept, None)
    subject, text, files = _mail(raw) if row.channel == "mail" else _telegram(raw)
    return Letter(row.id, row.errand, row.channel, to, row.done_at, kept, raw, subject, text, files)


def _mail(raw: bytes) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain", "html"))
    names = tuple((part.get_filename() or "", "") for part in message.iter_attachments())
    return str(message["Subject"] or ""), body.get_content().strip() if body is not None else "", names


def _telegram(raw: bytes) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    call = json.loads(raw)
    text = str(call.get("text") or call.get("caption") or "")
    if call.get("parse_mode") == "HTML":
        text = unescape(_TAG.sub("", text))
    return "", text, tuple(_files(call))


def _files(value: Any) -> list[tuple[str, str]]:
    if isinstance(value, list):
        return [found for one in value for found in _files(one)]
    if not isinstance(value, dict):
        return []
    if "sha256" in value:
        return [(str(value.get("file_name") or ""), str(value["sha256"]))]
    return [found for one in value.values() for found in _files(one)]
