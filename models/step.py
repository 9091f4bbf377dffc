"""A step that was done: one line of what a rule wants done for a demand, ticked by a member of staff.

What is not done has no row: the steps themselves come from the rule version the demand was opened under.
"""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.demand import Demand
from models.fields import CleanTextField, UtcDatetimeField
from models.ticket import Ticket


class Step(Model):
    """`key` is the step's in its rule; `done_at` is UTC, `evidence` the words of staff on what proves it (may be empty)."""

    id = fields.BigIntField(primary_key=True)
    demand: fields.ForeignKeyRelation[Demand] = fields.ForeignKeyField(
        "models.Demand", related_name="steps", on_delete=fields.CASCADE
    )
    demand_id: int
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="steps", on_delete=fields.CASCADE
    )
    ticket_id: int
    key = fields.CharField(32)
    done_at = UtcDatetimeField()
    done_by = fields.CharField(64)
    evidence = CleanTextField(default="")

    class Meta:
        table = "step"
        unique_together = (("demand_id", "key"),)
        indexes = (Index(fields=("ticket_id",), name="step_ticket"),)
