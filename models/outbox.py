"""Outbox: everything that leaves is a row here, written in the transaction that decided it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanTextField, UtcDatetimeField
from models.message import Message
from models.shapes import StoredBytes
from models.ticket import Ticket


class OutboxState(StrEnum):
    """What became of an outbox row."""

    WAITING = "waiting"  # to be sent at `next_try_at`
    SENT = "sent"  # handed over; the receipt is recorded
    PARKED = "parked"  # failed for good; staff see it and decide
    DROPPED = "dropped"  # a person decided not to send it, or its reason has gone


class Outbox(Table):
    """One errand: something to be done outside.

    `errand` names what is done ("acknowledgement", "reply", "topic", "card", …: desk.contents), `content` holds what it
    needs, complete enough to be done by a process that knows nothing else. `unique_key` makes a second decision about the
    same errand harmless.
    The lower `priority`, the sooner, among conversations and inside one; what is equally urgent leaves in order of id.
    `next_try_at` starts as the moment before which it must not go and moves with each failed attempt.
    `kept` are the bytes as they left, of what goes to a requester or by mail (desk.ports.Kept says what is told of each).
    """

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(16)
    errand = fields.CharField(24)
    conversation = fields.CharField(400)
    unique_key = fields.CharField(255, unique=True)
    ticket: fields.ForeignKeyNullableRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="outbox", null=True, on_delete=fields.CASCADE
    )
    ticket_id: int | None
    message: fields.ForeignKeyNullableRelation[Message] = fields.ForeignKeyField(
        "models.Message", related_name="outbox", null=True, on_delete=fields.CASCADE
    )
    message_id: int | None
    content: dict[str, Any] = fields.JSONField()
    priority = fields.IntField(default=50)
    state = fields.CharEnumField(OutboxState, max_length=16, default=OutboxState.WAITING)
    created_at = UtcDatetimeField()
    next_try_at = UtcDatetimeField()
    attempts = fields.IntField(default=0)
    lease_until: datetime | None = UtcDatetimeField(null=True)
    leased_by = fields.CharField(64, default="")
    error = CleanTextField(default="")
    done_at: datetime | None = UtcDatetimeField(null=True)
    kept: list[StoredBytes] = fields.JSONField(default=list, db_default="[]")

    class Meta:
        table = "outbox"
        indexes = (
            # Read by models.store.leases: the first waiting row of each conversation.
            Index(fields=("state", "conversation", "priority", "id"), name="outbox_conversation"),
            # In the order of leasing, so that a long backlog is not sorted for each lease (models.store.leases).
            Index(fields=("state", "channel", "priority", "next_try_at", "id"), name="outbox_leasing"),
            Index(fields=("ticket_id",), name="outbox_ticket"),
            Index(fields=("message_id",), name="outbox_message"),
        )
