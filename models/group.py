"""The staff group as Telegram has told of it: the id it has now, and which of its topics are closed."""

from tortoise import fields

from models.base import Table
from models.fields import UtcDatetimeField


class MovedGroup(Table):
    """The group with this id became one with another (a supergroup); a changed setting ends this memory."""

    id = fields.BigIntField(primary_key=True)
    configured = fields.BigIntField(unique=True)
    chat = fields.BigIntField()
    at = UtcDatetimeField()

    class Meta:
        table = "moved_group"


class ShutTopic(Table):
    """A topic that was closed and not opened since."""

    id = fields.BigIntField(primary_key=True)
    chat = fields.BigIntField()
    topic = fields.BigIntField()
    at = UtcDatetimeField()

    class Meta:
        table = "shut_topic"
        unique_together = (("chat", "topic"),)
