"""A held contact: an address that the operator has of a person from elsewhere, not from their letter to the desk."""

from tortoise import fields

from models.base import Table
from models.fields import CleanCharField, UtcDatetimeField


class Held(Table):
    """`kind` is email, telegram or phone; `value` is compared. `reference` is a contract, order or client number.

    `source` says where it is from: "staff:<telegram id>" or "import".
    """

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharField(16)
    value = CleanCharField(320)
    name = CleanCharField(255, default="")
    reference = CleanCharField(64, default="")
    source = fields.CharField(64)
    added_at = UtcDatetimeField()

    class Meta:
        table = "held"
        unique_together = (("kind", "value", "reference"),)
