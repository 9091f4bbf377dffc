"""A message of a ticket: what the requester wrote, what staff replied, what staff noted. Every version is kept."""

from enum import StrEnum
from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from models.inbound import Inbound
from models.shapes import Remark
from models.ticket import Ticket

if TYPE_CHECKING:
    from models.attachment import Attachment


class Direction(StrEnum):
    """Which way a message goes."""

    IN = "in"  # from the requester
    OUT = "out"  # to the requester
    NOTE = "note"  # inside the staff group only


class Message(Table):
    """`external_id` is the Message-ID of a letter or "chat:message" of Telegram; `version` counts edits from 1.

    `author` is "requester", "desk" or "staff:<telegram id>"; of a note also "processor:<instruction id>" or "stranger".
    `text` is all the plain words, `new_text` those without
    the quoted earlier letter. `answers` is the message (its id) of the ticket that this one replies to, `quote` the words it
    replies to where its author chose some, or where they are no message of the ticket.
    `remarks` are what was left out, cut or repaired when a letter was read (`words`, `params`).
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="messages", on_delete=fields.CASCADE
    )
    ticket_id: int
    direction = fields.CharEnumField(Direction, max_length=8)
    channel = fields.CharField(16)
    author = fields.CharField(64)
    at = UtcDatetimeField()
    subject = CleanTextField(default="")
    text = CleanTextField(default="")
    new_text = CleanTextField(default="")
    remarks: list[Remark] = fields.JSONField(default=list, db_default="[]")
    external_id = CleanCharField(400, default="")
    album = fields.CharField(64, default="")
    answers: int | None = fields.BigIntField(null=True)
    quote = CleanTextField(default="", db_default="")
    version = fields.IntField(default=1)
    inbound: fields.ForeignKeyNullableRelation[Inbound] = fields.ForeignKeyField(
        "models.Inbound", related_name="messages", null=True, on_delete=fields.SET_NULL
    )
    inbound_id: int | None

    attachments: fields.ReverseRelation["Attachment"]

    class Meta:
        table = "message"
        # One version of a message is in its ticket once, whatever is repeated.
        unique_together = (("ticket_id", "channel", "external_id", "version", "direction"),)
        indexes = (
            Index(fields=("external_id",), name="message_external"),
            Index(fields=("inbound_id",), name="message_inbound"),
        )
