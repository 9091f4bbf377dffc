"""Inbound: every letter and every Telegram update, raw and whole, stored before its source is told so."""

from datetime import datetime
from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanTextField, UtcDatetimeField


class InboundState(StrEnum):
    """What became of an inbound row."""

    WAITING = "waiting"  # to be taken by a worker
    DONE = "done"  # taken; `outcome` says what it became
    PARKED = "parked"  # failed for good; staff see it and decide
    DROPPED = "dropped"  # a person decided that nothing is to be done


class Inbound(Table):
    """One raw message. Unique by source and external id, so that taking it twice is harmless.

    `source` is "mail:<mailbox>:<uidvalidity>" or "telegram:<bot id>"; `position` (UID, update_id) is the external id and
    grows within a source. `conversation` orders work: rows of one conversation are taken strictly in order.
    The sealed bytes are in `sealed`, or in the vault's file `blob` when they are large.
    """

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(16)
    source = fields.CharField(400)
    position = fields.BigIntField()
    conversation = fields.CharField(400)
    received_at = UtcDatetimeField()
    stored_at = UtcDatetimeField()
    size = fields.BigIntField()
    sealed: bytes | None = fields.BinaryField(null=True)
    blob = fields.CharField(128, default="")
    fingerprint = fields.CharField(64, default="")
    state = fields.CharEnumField(InboundState, max_length=16, default=InboundState.WAITING)
    outcome = fields.CharField(64, default="")
    ticket_id: int | None = fields.BigIntField(null=True)
    attempts = fields.IntField(default=0)
    next_try_at = UtcDatetimeField()
    lease_until: datetime | None = UtcDatetimeField(null=True)
    leased_by = fields.CharField(64, default="")
    error = CleanTextField(default="")
    done_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "inbound"
        unique_together = (("source", "position"),)
        indexes = (
            # Read by desk.flow.inbound: the oldest waiting row of each conversation.
            Index(fields=("state", "conversation", "id"), name="inbound_state_conversation"),
            # In the order of leasing, so that a long backlog is not sorted for each lease (models.store.leases).
            Index(fields=("state", "next_try_at", "id"), name="inbound_leasing"),
            Index(fields=("fingerprint",), name="inbound_fingerprint"),
            Index(fields=("ticket_id",), name="inbound_ticket"),
        )
