"""A clock: one statutory term of one demand, with its next moment of interest."""

from datetime import date, datetime

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.demand import Demand
from models.ending import Ending
from models.fields import CleanTextField, UtcDatetimeField
from models.ticket import Ticket

# How the command line's JSON calls an ending; what was done is called by what recorded it.
_HOW: dict[Ending, str] = {
    Ending.DONE: "",
    Ending.ASIDE: "set aside",
    Ending.REFUSED: "refused",
    Ending.CONTINUED: "refused",
    Ending.DROPPED: "closed",
    Ending.CORRECTED: "kind corrected",
    Ending.NOT_DEMANDED: "not_demanded",
    Ending.MERGED: "merged",
    Ending.APART: "taken apart",
    Ending.IMPOSSIBLE: "destruction impossible",
}


class Clock(Table):
    """Dates as desk.law counted them in the operator's time zone; instants are UTC.

    `next_at` is the moment when the next reminder falls due; the sweep reads it and nothing else. It is null once
    the clock is stopped, so the index holds running clocks only by value. What was planned before `next_at` is settled; where
    the desk was down and then waited for the morning to say so, what was planned before `owed_from` is.
    `planned_by` is the stamp of the settings and the calendar it was planned by (desk.law.plan_stamp): another one has it
    planned anew (desk.reminders.sweep.replan).
    `ending` is a models.Ending, empty while the clock runs; `stopped_why` the id of a ground, what recorded it, or staff's words.
    """

    id = fields.BigIntField(primary_key=True)
    demand: fields.ForeignKeyRelation[Demand] = fields.ForeignKeyField(
        "models.Demand", related_name="clocks", on_delete=fields.CASCADE
    )
    demand_id: int
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="clocks", on_delete=fields.CASCADE
    )
    ticket_id: int
    key = fields.CharField(32)
    article = fields.CharField(255, default="")
    unit = fields.CharField(16)
    statutory = fields.BooleanField(default=True)
    start_at = UtcDatetimeField()
    opened_at = UtcDatetimeField()
    due = fields.DateField()
    due_at = UtcDatetimeField()
    roll193: date | None = fields.DateField(null=True)
    safe = fields.DateField()
    safe_at = UtcDatetimeField()
    target = fields.DateField()
    times_extended = fields.IntField(default=0)
    extended_at: datetime | None = UtcDatetimeField(null=True)
    stopped_at: datetime | None = UtcDatetimeField(null=True)
    stopped_by = fields.CharField(64, default="")
    ending = fields.CharField(16, default="", db_default="")
    stopped_why = CleanTextField(default="")
    next_at: datetime | None = UtcDatetimeField(null=True)
    owed_from: datetime | None = UtcDatetimeField(null=True)
    planned_by = fields.CharField(16, default="", db_default="")

    @property
    def stopped_how(self) -> str:
        """How and why the clock stopped, in the words of the command line's JSON."""
        how = _HOW[Ending(self.ending)] if self.ending else ""
        return f"{how}: {self.stopped_why}" if how and self.stopped_why else how or self.stopped_why

    class Meta:
        table = "clock"
        unique_together = (("demand_id", "key"),)
        # Read by desk.reminders.sweep.sweep: what is due now.
        indexes = (
            Index(fields=("next_at",), name="clock_next_at"),
            Index(fields=("ticket_id",), name="clock_ticket"),
            # Read by desk.reminders.sweep.replan: what was planned by other settings.
            Index(fields=("planned_by",), name="clock_planned_by"),
            # Read by the digest's chart and by the metrics: running clocks by their date.
            Index(fields=("stopped_at", "safe"), name="clock_running_safe"),
            Index(fields=("stopped_at", "due_at"), name="clock_running_due"),
        )
