"""What staff wrote in their group, as it stands there: each message with its words and files, and what became of it."""

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanTextField, UtcDatetimeField
from models.shapes import Entity, StoredFile
from models.ticket import Ticket


class Heard(Table):
    """One message of the staff group. Several that were sent as one (an album, a long text that the app cut) share a `head`.

    `head` is the message id of the first part, its own where it stands alone. `became` is the outcome of the whole
    (desk.ports.Outcome), kept with the head. `reply_to` is the message it answers, `files` are as desk.ports.File has them.
    `inbound_id` is the row that brought it, `question` the outbox row that asks what was meant, while that is open.
    """

    id = fields.BigIntField(primary_key=True)
    chat_id = fields.BigIntField()
    message_id = fields.BigIntField()
    head = fields.BigIntField()
    thread = fields.BigIntField(default=0)
    reply_to: int | None = fields.BigIntField(null=True)
    author = fields.BigIntField(default=0)
    at = UtcDatetimeField()
    album = fields.CharField(64, default="")
    text = CleanTextField(default="")
    entities: list[Entity] = fields.JSONField(default=list)
    files: list[StoredFile] = fields.JSONField(default=list)
    became = fields.CharField(64, default="")
    ticket: fields.ForeignKeyNullableRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="heard", null=True, on_delete=fields.CASCADE
    )
    ticket_id: int | None
    inbound_id = fields.BigIntField()
    question: int | None = fields.BigIntField(null=True)

    class Meta:
        table = "heard"
        unique_together = (("chat_id", "message_id"),)
        indexes = (
            # The parts of one whole.
            Index(fields=("chat_id", "head"), name="heard_head"),
            # What the same person wrote last in the same topic.
            Index(fields=("chat_id", "thread", "author", "message_id"), name="heard_last"),
            Index(fields=("ticket_id",), name="heard_ticket"),
        )
