"""A ticket: one matter of one requester, from the first word to the closing."""

from datetime import datetime
from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from models.requester import Requester
from models.staff import Staff


class TicketStatus(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"  # work is to be done
    CLOSED = "closed"  # answered or refused; a new message reopens it, unless the matter goes on in another ticket


class Ticket(Table):
    """`id` is the number everybody sees. `due_at` and `safe_at` lead: the earliest of the running clocks (UTC).

    `named` is how the requester called themselves in this very request; empty: as they are known (`Requester.name`).
    `channel` ("telegram" or "mail") is where answers go, `answer_to` the e-mail address for them; `mailbox` is the operator's
    address the letter came to; `chat_id` the private chat; `topic_id` and `card_id` the topic in the staff group and its
    pinned card. `merged_into` is the ticket in which the matter goes on (desk.matter.merging); this one is closed, a leg.
    `candidates` are kinds that its letters may demand, in the order in which the requester was asked about them
    (desk.terms.triage); none: nothing is unsure. `speaker` is the role in which its requester speaks for somebody else
    (desk.disclosure.mandates; empty: for themselves, as far as is known), `minor` how young they are ("under14", "under18").
    `erased_at` is when it lost its personal data (desk.deed.retention).
    """

    id = fields.BigIntField(primary_key=True)
    status = fields.CharEnumField(TicketStatus, max_length=16, default=TicketStatus.OPEN)
    requester: fields.ForeignKeyRelation[Requester] = fields.ForeignKeyField(
        "models.Requester", related_name="tickets", on_delete=fields.RESTRICT
    )
    requester_id: int
    named = CleanCharField(255, default="", db_default="")
    represented: dict[str, str] | None = fields.JSONField(null=True)
    channel = fields.CharField(16)
    mailbox = fields.CharField(320, default="")
    answer_to = CleanCharField(320, default="")
    chat_id: int | None = fields.BigIntField(null=True)
    language = fields.CharField(8, default="ru")
    subject = CleanTextField(default="")
    received_at = UtcDatetimeField()
    opened_at = UtcDatetimeField()
    closed_at: datetime | None = UtcDatetimeField(null=True)
    due_at: datetime | None = UtcDatetimeField(null=True)
    safe_at: datetime | None = UtcDatetimeField(null=True)
    assignee: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "models.Staff", related_name="tickets", null=True, on_delete=fields.SET_NULL
    )
    assignee_id: int | None
    topic_id: int | None = fields.BigIntField(null=True)
    card_id: int | None = fields.BigIntField(null=True)
    merged_into: int | None = fields.BigIntField(null=True)
    candidates: list[str] | None = fields.JSONField(null=True)
    speaker = fields.CharField(16, default="", db_default="")
    minor = fields.CharField(8, default="", db_default="")
    erased_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "ticket"
        indexes = (
            Index(fields=("status", "due_at"), name="ticket_status_due"),
            # Read by the digest, so that what it costs grows with what is due and not with what is open.
            Index(fields=("status", "safe_at"), name="ticket_status_safe"),
            Index(fields=("status", "assignee_id", "safe_at"), name="ticket_status_assignee"),
            Index(fields=("topic_id",), name="ticket_topic"),
            Index(fields=("requester_id", "status"), name="ticket_requester_status"),
            # Read by desk.ticket.legs: what was merged into a ticket.
            Index(fields=("merged_into",), name="ticket_merged_into"),
            # Read by desk.deed.retention: what was closed long ago.
            Index(fields=("status", "erased_at", "closed_at"), name="ticket_closed"),
        )

    @property
    def number(self) -> int:
        """The number told to the requester and to staff."""
        return int(self.id)
