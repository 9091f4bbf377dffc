"""A reminder that was said: once for a clock and a level, however often the process starts again."""

from tortoise import fields

from models.base import Table
from models.clock import Clock
from models.fields import UtcDatetimeField


class Reminder(Table):
    """`level` as desk.law's plan names it; `at` is when it was due, `said_at` when it was written to the outbox.

    `missed` marks one that fell due while the desk was down and was said together with a later one.
    """

    id = fields.BigIntField(primary_key=True)
    clock: fields.ForeignKeyRelation[Clock] = fields.ForeignKeyField(
        "models.Clock", related_name="reminders", on_delete=fields.CASCADE
    )
    clock_id: int
    level = fields.CharField(32)
    at = UtcDatetimeField()
    said_at = UtcDatetimeField()
    missed = fields.BooleanField(default=False)

    class Meta:
        table = "reminder"
        unique_together = (("clock_id", "level"),)
