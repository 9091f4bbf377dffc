"""An incident: what is known of a breach, and the people concerned who are told of it."""

from datetime import datetime
from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from models.outbox import Outbox
from models.ticket import Ticket


class Notifying(StrEnum):
    """Whether the people concerned are being told."""

    NONE = ""  # not begun
    RUNNING = "running"  # some more at each interval
    STOPPED = "stopped"  # staff have stopped it
    DONE = "done"  # all have been written to


class Incident(Table):
    """One a ticket. `answers` are what is known, by the keys of desk.incident.notices.

    `receipts` are what the portal gave for each notice. `notify_at` is the moment (UTC) at which the next people are told; it is
    null unless `notifying` is running.
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.OneToOneRelation[Ticket] = fields.OneToOneField(
        "models.Ticket", related_name="incident", on_delete=fields.CASCADE
    )
    ticket_id: int
    answers: dict[str, str] = fields.JSONField(default=dict)
    receipts: dict[str, dict[str, str]] = fields.JSONField(default=dict)
    notifying = fields.CharEnumField(Notifying, max_length=16, default=Notifying.NONE)
    notify_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "incident"
        # Read by desk.incident.notifying.release: whose next people are due.
        indexes = (Index(fields=("notify_at",), name="incident_notify_at"),)


class Concerned(Table):
    """A person to tell: `channel` is mail or telegram, `address` the e-mail address or the private chat.

    `outbox_id` is the notice, once it was decided; its receipt proves that it went. `bounced_at` is when it came back (UTC).
    """

    id = fields.BigIntField(primary_key=True)
    incident: fields.ForeignKeyRelation[Incident] = fields.ForeignKeyField(
        "models.Incident", related_name="concerned", on_delete=fields.CASCADE
    )
    incident_id: int
    channel = fields.CharField(16)
    address = CleanCharField(320)
    name = CleanTextField(default="")
    language = fields.CharField(8, default="ru")
    outbox: fields.ForeignKeyNullableRelation[Outbox] = fields.ForeignKeyField(
        "models.Outbox", related_name="concerned", null=True, on_delete=fields.SET_NULL
    )
    outbox_id: int | None
    bounced_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "concerned"
        unique_together = (("incident_id", "channel", "address"),)
        # Read for each batch: who is next.
        indexes = (Index(fields=("incident_id", "outbox_id", "id"), name="concerned_next"),)
