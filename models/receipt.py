"""A receipt: proof that an outbox row was handed over, and the way back from what staff or requesters answer to."""

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import UtcDatetimeField
from models.outbox import Outbox


class Receipt(Table):
    """`place` is the chat id or the recipient's address; `external_id` the message id or the Message-ID.

    `role` is a models.Posted: what was posted.
    """

    id = fields.BigIntField(primary_key=True)
    outbox: fields.ForeignKeyRelation[Outbox] = fields.ForeignKeyField(
        "models.Outbox", related_name="receipts", on_delete=fields.CASCADE
    )
    outbox_id: int
    channel = fields.CharField(16)
    place = fields.CharField(400)
    external_id = fields.CharField(400)
    role = fields.CharField(24)
    ticket_id: int | None = fields.BigIntField(null=True)
    message_id: int | None = fields.BigIntField(null=True)
    at = UtcDatetimeField()

    class Meta:
        table = "receipt"
        unique_together = (("channel", "place", "external_id"),)
        indexes = (
            Index(fields=("external_id",), name="receipt_external"),
            Index(fields=("outbox_id",), name="receipt_outbox"),
            Index(fields=("message_id",), name="receipt_message"),
            Index(fields=("ticket_id", "role"), name="receipt_ticket_role"),
        )
