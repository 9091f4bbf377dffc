"""A step that was proved, or set aside: one line of what a rule wants done for a demand, and what shows that it was.

What is not done has no row: the steps themselves come from the rule version the demand was opened under.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.queryset import QuerySet

from models.base import Table
from models.demand import Demand
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from models.ticket import Ticket


class ProofKind(StrEnum):
    """What proves a step."""

    LETTER = "letter"  # a letter of the desk that was sent: its outbox row holds the receipt
    PAPER = "paper"  # a letter on paper, or a filing at a portal: its number, date, way and tracking number
    DOCUMENT = "document"  # a document: its file, or its number and date
    CONFIRMATION = "confirmation"  # somebody else confirmed it, and is named
    FACT = "fact"  # it was recorded as done, by whom and when; what was ticked before proofs were kept is such a fact


class Step(Table):
    """`key` is the step's in its rule; `done_at` is UTC, `evidence` the words of staff on what proves it (may be empty).

    `proof` is a ProofKind, and the columns after it hold what that kind names: the `outbox_id` of the letter, the
    `attachment_id` of the file, the `number` and date (`dated`, the operator's own) of a document or paper letter, the `way` and
    `tracking` number of the latter, and who `confirmed_by`. `aside` says that the step was not done but set aside, for the reason
    in `evidence`. A step that is taken back keeps its row, with the moment and by whom: such a row does not stand any more, and
    `void` is its own id, so that another one may stand.
    """

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
    proof = fields.CharField(16, default=ProofKind.FACT.value, db_default=ProofKind.FACT.value)
    outbox_id: int | None = fields.BigIntField(null=True)
    attachment_id: int | None = fields.BigIntField(null=True)
    number = CleanCharField(64, default="", db_default="")
    dated: date | None = fields.DateField(null=True)
    way = CleanCharField(64, default="", db_default="")
    tracking = CleanCharField(64, default="", db_default="")
    confirmed_by = CleanTextField(default="", db_default="")
    aside = fields.BooleanField(default=False, db_default=False)
    taken_back_at: datetime | None = UtcDatetimeField(null=True)
    taken_back_by = fields.CharField(64, default="", db_default="")
    void = fields.BigIntField(default=0, db_default=0)

    @classmethod
    def standing(cls, **where: Any) -> QuerySet["Step"]:
        """The rows that stand: what was taken back is left out."""
        return cls.filter(void=0, **where)

    class Meta:
        table = "step"
        unique_together = (("demand_id", "key", "void"),)
        indexes = (
            Index(fields=("ticket_id",), name="step_ticket"),
            # Read when a letter came back: which steps it had proved.
            Index(fields=("outbox_id",), name="step_outbox"),
        )
