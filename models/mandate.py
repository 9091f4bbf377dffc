"""A mandate: the document by which somebody speaks for another person, as staff have checked it."""

from datetime import date, datetime

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField, UtcDatetimeField
from models.ticket import Ticket


class Mandate(Table):
    """`role` and `document` are keys of desk.disclosure.mandates. `until`: the last day it holds (operator's date; None: no end).

    `remind_at` (UTC) is when its end is to be spoken of next. One taken back keeps its row. A scan is never kept here.
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="mandates", on_delete=fields.CASCADE
    )
    ticket_id: int
    role = fields.CharField(16)
    document = fields.CharField(24)
    number = CleanCharField(128, default="")
    dated: date | None = fields.DateField(null=True)
    scope = CleanCharField(1000, default="")
    until: date | None = fields.DateField(null=True)
    checked_by = fields.CharField(64)
    checked_at = UtcDatetimeField()
    remind_at: datetime | None = UtcDatetimeField(null=True)
    taken_back_at: datetime | None = UtcDatetimeField(null=True)
    taken_back_by = fields.CharField(64, default="", db_default="")

    class Meta:
        table = "mandate"
        indexes = (
            Index(fields=("ticket_id",), name="mandate_ticket"),
            Index(fields=("remind_at",), name="mandate_remind"),
        )
