"""A dialog: where a person stands in a guided conversation with the bot; survives a restart."""

from typing import Any

from tortoise import fields

from models.base import Table
from models.fields import UtcDatetimeField


class Dialog(Table):
    """`key` names a person's chat (bot.storage), or is `staff:…`; `screen_id` the bot's one message that is edited in place."""

    key = fields.CharField(128, primary_key=True)
    state = fields.CharField(96, default="")
    data: dict[str, Any] = fields.JSONField()
    screen_id: int | None = fields.BigIntField(null=True)
    updated_at = UtcDatetimeField()

    class Meta:
        table = "dialog"
