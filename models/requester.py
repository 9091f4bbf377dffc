"""A requester: a person who asks the operator something, and the addresses by which they are known."""

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField, UtcDatetimeField
from models.level import Level


class Requester(Table):
    """A person, known by one or more contacts."""

    id = fields.BigIntField(primary_key=True)
    name = CleanCharField(255, default="")
    language = fields.CharField(8, default="ru")
    created_at = UtcDatetimeField()

    contacts: fields.ReverseRelation["Contact"]

    class Meta:
        table = "requester"


class Contact(Table):
    """One address of a requester: `kind` is email, telegram, phone or post; `value` is compared, `shown` is displayed.

    `verified` is how far control of it was proved by what came from it, of all tickets the best; what was checked for one
    ticket stands beside that ticket (desk.disclosure.identity).
    """

    id = fields.BigIntField(primary_key=True)
    requester: fields.ForeignKeyRelation[Requester] = fields.ForeignKeyField(
        "models.Requester", related_name="contacts", on_delete=fields.CASCADE
    )
    requester_id: int
    kind = fields.CharField(16)
    value = CleanCharField(320)
    shown = CleanCharField(320, default="")
    verified = fields.CharEnumField(Level, max_length=16, default=Level.SAID, db_default=Level.SAID)
    created_at = UtcDatetimeField()

    class Meta:
        table = "contact"
        unique_together = (("kind", "value"),)
        indexes = (Index(fields=("requester_id",), name="contact_requester"),)
