"""A demand: one thing a ticket asks for, under one rule of the law."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanTextField, UtcDatetimeField
from models.ticket import Ticket

if TYPE_CHECKING:
    from models.clock import Clock
    from models.step import Step


class Demand(Table):
    """`kind` is a key of DESIGN §5; rule id and version are kept so that a changed rule moves no open ticket.

    `trigger_at` is the event a follow-up counts from, `document_due` the date a document names, `unlawful` whether unlawful
    processing is alleged: what desk.law.count asks for besides the receipt. `uncounted` says that a date could not be
    counted yet, so that a clock is missing. `known_at` is when the proof came, or the fault was detected, as staff say; terms
    count from it where it lies before the receipt, or where `known_why` says why they may count from later. `recognised_by` is a
    models.RecognisedBy. `to_instruct`: what processors are told of it is still to be drafted (desk.deed.drafting).
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="demands", on_delete=fields.CASCADE
    )
    ticket_id: int
    kind = fields.CharField(48)
    recognised_by = fields.CharField(16)
    rule_id = fields.CharField(64)
    rule_version = fields.IntField()
    received_at = UtcDatetimeField()
    trigger_at: datetime | None = UtcDatetimeField(null=True)
    document_due: date | None = fields.DateField(null=True)
    known_at: datetime | None = UtcDatetimeField(null=True)
    known_why = CleanTextField(default="", db_default="")
    unlawful = fields.BooleanField(default=False)
    outcome = fields.CharField(32, default="")
    ground = CleanTextField(default="")
    closed_at: datetime | None = UtcDatetimeField(null=True)
    uncounted = fields.BooleanField(default=False, db_default=False)
    to_instruct = fields.BooleanField(default=False, db_default=False)

    clocks: fields.ReverseRelation["Clock"]
    steps: fields.ReverseRelation["Step"]

    class Meta:
        table = "demand"
        unique_together = (("ticket_id", "kind"),)
        # Read each hour by desk.reminders.sweep.recount, and by the digest.
        indexes = (
            Index(fields=("uncounted",), name="demand_uncounted"),
            # Read by desk.deed.drafting.draft.
            Index(fields=("to_instruct",), name="demand_to_instruct"),
        )
