"""An attachment: a file of a message, its bytes encrypted in the vault."""

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField
from models.message import Message


class Attachment(Table):
    """`blob` names the vault's file; it is empty when the bytes could not be had, and `missing` says why in a word.

    `aside` marks a little picture of a signature, which is posted only when somebody asks for the whole letter.
    `telegram_file` is the file_id by which Telegram sends the same file again without an upload.
    """

    id = fields.BigIntField(primary_key=True)
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField(
        "models.Message", related_name="attachments", on_delete=fields.CASCADE
    )
    message_id: int
    name = CleanCharField(255)
    type = CleanCharField(255, default="application/octet-stream")
    size = fields.BigIntField(default=0)
    sha256 = fields.CharField(64, default="")
    blob = fields.CharField(128, default="")
    inline = fields.BooleanField(default=False)
    aside = fields.BooleanField(default=False, db_default=False)
    missing = fields.CharField(64, default="")
    telegram_kind = fields.CharField(16, default="")
    telegram_file = fields.CharField(255, default="")

    class Meta:
        table = "attachment"
        indexes = (Index(fields=("message_id",), name="attachment_message"),)
