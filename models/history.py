"""History: what was done on a ticket, by whom and when; append-only and hash-chained."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import UtcDatetimeField


class History(Table):
    """`action` is a models.Action; `hash` SHA-256 over the previous row's hash and this row's words (desk.history)."""

    id = fields.BigIntField(primary_key=True)
    ticket_id: int | None = fields.BigIntField(null=True)
    at = UtcDatetimeField()
    actor = fields.CharField(64)
    action = fields.CharField(48)
    details: dict[str, Any] = fields.JSONField()
    previous = fields.CharField(64)
    hash = fields.CharField(64, unique=True)

    class Meta:
        table = "history"
        indexes = (Index(fields=("ticket_id", "id"), name="history_ticket"),)
