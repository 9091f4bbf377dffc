"""An instruction: what one processor is told to do with a person's data on one ticket, and what it answered."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from models.ticket import Ticket


class InstructionState(StrEnum):
    """How far an instruction is."""

    DRAFTED = "drafted"  # waits for staff to release it
    RELEASED = "released"  # its letter is on its way (what became of that stands in its outbox row)
    TOLD = "told"  # the processor has it; `due` runs
    BOUNCED = "bounced"  # its letter came back
    ANSWERED = "answered"  # an answer came, which staff have to judge
    DONE = "done"  # confirmed
    PARTLY = "partly"  # confirmed in part only
    REFUSED = "refused"  # the processor refuses
    SPARED = "spared"  # staff found that this processor holds nothing of the person


class Instruction(Table):
    """Processor, address and contract are kept as they stood when it was drafted.

    `asks` are names of desk.law.asks, `covers` the steps it is to prove: [kind of the demand, key of the step]. `person` is
    how the processor finds whom it is about, `words` what more it is told (what is to be corrected). `due` is the last day
    (the operator's) on which it may confirm, `next_at` the moment of the next reminder; `reminded` counts those said.
    `way`, `number` and `dated` tell of the paper it was told by, where it was not told by mail. `decided_*` are of the judgement
    on the answer (`answer` is its message), with staff's `note`.
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="instructions", on_delete=fields.CASCADE
    )
    ticket_id: int
    processor = CleanCharField(255)
    address = CleanTextField(default="")
    email = CleanCharField(320, default="")
    contract = CleanCharField(255, default="")
    categories: list[str] = fields.JSONField(default=list)
    asks: list[str] = fields.JSONField()
    covers: list[list[str]] = fields.JSONField()
    person = CleanTextField(default="")
    words = CleanTextField(default="")
    state = fields.CharEnumField(InstructionState, max_length=16, default=InstructionState.DRAFTED)
    drafted_at = UtcDatetimeField()
    outbox_id: int | None = fields.BigIntField(null=True)
    way = CleanCharField(64, default="")
    number = CleanCharField(64, default="")
    dated: date | None = fields.DateField(null=True)
    told_at: datetime | None = UtcDatetimeField(null=True)
    due: date | None = fields.DateField(null=True)
    next_at: datetime | None = UtcDatetimeField(null=True)
    reminded = fields.IntField(default=0)
    answer: int | None = fields.BigIntField(null=True)
    answered_at: datetime | None = UtcDatetimeField(null=True)
    decided_at: datetime | None = UtcDatetimeField(null=True)
    decided_by = fields.CharField(64, default="")
    note = CleanTextField(default="")

    def covers_step(self, kind: str, key: str) -> bool:
        """Whether it is to prove this step."""
        return [kind, key] in [list(one) for one in self.covers]

    class Meta:
        table = "instruction"
        indexes: tuple[Any, ...] = (
            Index(fields=("ticket_id",), name="instruction_ticket"),
            # Read by desk.deed.reminding: what is due now.
            Index(fields=("next_at",), name="instruction_next_at"),
            # Read for each letter of somebody who may be a processor.
            Index(fields=("email", "state"), name="instruction_email"),
        )
