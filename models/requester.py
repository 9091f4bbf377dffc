"""A requester: a person who asks the operator something, and the addresses by which they are known."""

from tortoise import fields
from tortoise.models import Model

from models.fields import CleanCharField, UtcDatetimeField


class Requester(Model):
    """A person, known by one or more contacts."""

    id = fields.BigIntField(primary_key=True)
    name = CleanCharField(255, default="")
    language = fields.CharField(8, default="ru")
    created_at = UtcDatetimeField()

    contacts: fields.ReverseRelation["Contact"]

    class Meta:
        table = "requester"


class Contact(Model):
    """One address of a requester: `kind` is email, telegram, phone or post; `value` is compared, `shown` is displayed.

    `verified` says how control of it was proved: "" (not at all), "sender" (a letter or message came from it),
    "authenticated" (the operator's own mail server vouched for the sender), "code", "staff".
    """

    id = fields.BigIntField(primary_key=True)
    requester: fields.ForeignKeyRelation[Requester] = fields.ForeignKeyField(
        "models.Requester", related_name="contacts", on_delete=fields.CASCADE
    )
    requester_id: int
    kind = fields.CharField(16)
    value = CleanCharField(320)
    shown = CleanCharField(320, default="")
    verified = fields.CharField(16, default="")
    created_at = UtcDatetimeField()

    class Meta:
        table = "contact"
        unique_together = (("kind", "value"),)
