"""A destruction: personal data of one person were destroyed in one system or at one processor, with its act (Order 179)."""

from datetime import date, datetime
from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from models.ticket import Ticket


class DestructionState(StrEnum):
    """How far the record of a destruction is."""

    DRAFT = "draft"  # staff are still filling it in
    RECORDED = "recorded"  # its act was made
    VOID = "void"  # the act was a mistake; its number stays taken


class Destruction(Table):
    """What the act says, and its files in the vault. It outlives the personal data of its ticket, until `keep_until`.

    `number` is that of the act ("12-1": ticket and place among its acts); a draft has none. `place` is the system or processor
    as the settings name it; `processor` is empty for the operator's own systems. `people` are those who destroyed: [name,
    position]. `medium` and `sheets` are of paper. `extract_seen` are the points of Order 179 p. 5 (names of desk.deed.extract)
    that the log extract shows; the act itself shows the others. `act`, `editable`, `extract` and `signed` are files of the vault.
    `destroyed_on`, `keep_until` and `acted_on` (the day of the act) are the operator's days.
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="destructions", on_delete=fields.RESTRICT
    )
    ticket_id: int
    state = fields.CharEnumField(DestructionState, max_length=16, default=DestructionState.DRAFT)
    number = CleanCharField(32, default="")
    place = CleanCharField(255)
    paper = fields.BooleanField(default=False)
    system = CleanCharField(255, default="")
    processor = CleanCharField(255, default="")
    processor_address = CleanTextField(default="")
    subject = CleanTextField(default="")
    categories: list[str] = fields.JSONField(default=list)
    people: list[list[str]] = fields.JSONField(default=list)
    method = CleanTextField(default="")
    reason = CleanTextField(default="")
    medium = CleanCharField(255, default="")
    sheets: int | None = fields.IntField(null=True)
    destroyed_on: date | None = fields.DateField(null=True)
    acted_on: date | None = fields.DateField(null=True)
    keep_until: date | None = fields.DateField(null=True)
    recorded_at: datetime | None = UtcDatetimeField(null=True)
    recorded_by = fields.CharField(64, default="")
    act = fields.CharField(128, default="")
    act_sha256 = fields.CharField(64, default="")
    editable = fields.CharField(128, default="")
    extract = fields.CharField(128, default="")
    extract_name = CleanCharField(255, default="")
    extract_sha256 = fields.CharField(64, default="")
    extract_seen: list[str] = fields.JSONField(default=list)
    signed = fields.CharField(128, default="")
    signed_name = CleanCharField(255, default="")
    signed_sha256 = fields.CharField(64, default="")
    signed_at: datetime | None = UtcDatetimeField(null=True)
    signed_by = fields.CharField(64, default="")

    @property
    def files(self) -> list[str]:
        """Its files of the vault."""
        return [one for one in (self.act, self.editable, self.extract, self.signed) if one]

    class Meta:
        table = "destruction"
        indexes = (
            Index(fields=("ticket_id",), name="destruction_ticket"),
            # Read by desk.deed.retention: acts that need not be kept any longer.
            Index(fields=("keep_until",), name="destruction_keep_until"),
        )
