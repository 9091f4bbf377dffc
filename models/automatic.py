"""An automatic letter that was decided: what the caps on them are counted by (desk.letters.caps)."""

from datetime import datetime

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField, UtcDatetimeField
from models.ticket import Ticket


class Automatic(Table):
    """`address` and `domain` as desk.letters.caps folds them; `words` the sketch of what was answered, unreadable."""

    id = fields.BigIntField(primary_key=True)
    at: datetime = UtcDatetimeField()
    address = CleanCharField(320)
    domain = CleanCharField(255, default="")
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="automatic_letters", on_delete=fields.CASCADE
    )
    ticket_id: int
    words: list[int] = fields.JSONField()
    level = fields.IntField()

    class Meta:
        table = "automatic"
        indexes = (
            Index(fields=("address", "at"), name="automatic_address"),
            Index(fields=("domain", "at"), name="automatic_domain"),
            Index(fields=("level", "at"), name="automatic_level"),
            Index(fields=("ticket_id",), name="automatic_ticket"),
        )
