"""A quiet letter: one that opened no ticket, kept where staff can look through such letters and raise one."""

from datetime import datetime
from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from models.inbound import Inbound


class QuietState(StrEnum):
    """What staff decided about a quiet letter."""

    UNSEEN = "unseen"
    SEEN = "seen"  # nothing is to be done
    RAISED = "raised"  # it was to become a ticket; `ticket_id` is the one it became


class Quiet(Table):
    """What a quiet letter was and why it opened nothing: `why` holds names of `desk.recognising.judging.WHY`.

    `received_at` is the moment of receipt (UTC); `words` the beginning of what it says. The whole letter is the raw
    message of its inbound row.
    """

    id = fields.BigIntField(primary_key=True)
    inbound: fields.ForeignKeyRelation[Inbound] = fields.ForeignKeyField(
        "models.Inbound", related_name="quiet", on_delete=fields.CASCADE, unique=True
    )
    inbound_id: int
    kind = fields.CharField(16)
    received_at = UtcDatetimeField()
    sender = CleanCharField(320, default="")
    subject = CleanTextField(default="")
    words = CleanTextField(default="")
    files = fields.IntField(default=0)
    why: list[str] = fields.JSONField()
    state = fields.CharEnumField(QuietState, max_length=8, default=QuietState.UNSEEN)
    decided_by = fields.CharField(64, default="")
    decided_at: datetime | None = UtcDatetimeField(null=True)
    ticket_id: int | None = fields.BigIntField(null=True)

    class Meta:
        table = "quiet"
        indexes = (Index(fields=("state", "id"), name="quiet_state"),)
