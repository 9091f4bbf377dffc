"""A verification: what was compared to find out who somebody is, by whom, and how far it proved it."""

from datetime import datetime

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField, UtcDatetimeField
from models.level import Level
from models.ticket import Ticket


class Verification(Table):
    """`kind` and `value` are the contact it holds for: another address of the same ticket is not verified by it.

    `compared` names kinds of facts (desk.disclosure.verifying), never their values. One taken back keeps its row.
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="verifications", on_delete=fields.CASCADE
    )
    ticket_id: int
    kind = fields.CharField(16)
    value = CleanCharField(320)
    level = fields.CharEnumField(Level, max_length=16)
    compared: list[str] = fields.JSONField(default=list, db_default="[]")
    by = fields.CharField(64)
    at = UtcDatetimeField()
    taken_back_at: datetime | None = UtcDatetimeField(null=True)
    taken_back_by = fields.CharField(64, default="", db_default="")

    class Meta:
        table = "verification"
        indexes = (Index(fields=("ticket_id",), name="verification_ticket"),)
