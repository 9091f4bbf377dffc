"""A blocking: processing of one person's data was suspended while something was checked, or was not, and why (Art. 21(1))."""

from datetime import datetime
from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.demand import Demand
from models.fields import CleanTextField, UtcDatetimeField
from models.ticket import Ticket


class BlockingResult(StrEnum):
    """How a blocking ended, or why there was none; empty while it lasts."""

    OPEN = ""
    CORRECTED = "corrected"  # the data were inaccurate, are rectified, and the blocking is lifted (Art. 21(2))
    UNLAWFUL = "unlawful"  # the processing was unlawful: it was stopped, or the data were destroyed (Art. 21(3))
    DESTROYED = "destroyed"  # destruction had been impossible, and now it is done (Art. 21(6))
    LIFTED = "lifted"  # what was alleged was not confirmed, or the demand was refused
    HARM = "harm"  # not blocked at all: it would harm the person or third parties (Art. 21(1))
    MISTAKE = "mistake"  # recorded by mistake: it counts no more


class Blocking(Table):
    """Where one person's data were blocked, from when to when, by whom, and what the check came to.

    `systems` are those of the settings; where staff told it in words only, `words` says where. `words` is also the reason of
    what was not blocked. One that was never begun has no `started_at`. It was begun for `demand`, and covers every demand of
    its matter that wants the data blocked; it has none where no rule asked for it. `noted_at` is when staff entered that it had
    begun before, null where it began as it was recorded. `next_at` is when staff are reminded next that it lasts (UTC).
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="blockings", on_delete=fields.RESTRICT
    )
    ticket_id: int
    demand: fields.ForeignKeyNullableRelation[Demand] = fields.ForeignKeyField(
        "models.Demand", related_name="blockings", on_delete=fields.RESTRICT, null=True
    )
    demand_id: int | None
    systems: list[str] = fields.JSONField(default=list)
    categories: list[str] = fields.JSONField(default=list)
    words = CleanTextField(default="")
    started_at: datetime | None = UtcDatetimeField(null=True)
    started_by = fields.CharField(64, default="")
    noted_at: datetime | None = UtcDatetimeField(null=True)
    next_at: datetime | None = UtcDatetimeField(null=True)
    ended_at: datetime | None = UtcDatetimeField(null=True)
    ended_by = fields.CharField(64, default="")
    result = fields.CharEnumField(BlockingResult, max_length=16, default=BlockingResult.OPEN)

    class Meta:
        table = "blocking"
        indexes = (
            Index(fields=("ticket_id",), name="blocking_ticket"),
            Index(fields=("demand_id",), name="blocking_demand"),
            # Read by the digest and by desk.reminders.blocked: what is still blocked.
            Index(fields=("result",), name="blocking_result"),
        )
