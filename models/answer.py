"""An answer: a letter made from a template, from its first gap to its posting; and templates that were edited in the group."""

from datetime import date, datetime

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from models.shapes import StoredFile
from models.ticket import Ticket


class Answer(Table):
    """A letter of `template` in `language`. `said` is what staff filled in, by the key of the gap.

    `serial` of `year` is its outgoing number, given once it has no gap and never given again; `dated` the day it was given.
    `files` are what goes with it besides the letterhead. `shown` is the text that staff have before them: only this may leave,
    as the outbox row `outbox_id`. `way`, `tracking` and `posted_on` tell of the paper one. `dropped_at`: nobody wants it.
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="answers", on_delete=fields.CASCADE
    )
    ticket_id: int
    template = fields.CharField(48)
    language = fields.CharField(8)
    said: dict[str, str] = fields.JSONField(default=dict, db_default="{}")
    files: list[StoredFile] = fields.JSONField(default=list, db_default="[]")
    letterhead = fields.BooleanField(default=False, db_default=False)
    serial: int | None = fields.IntField(null=True)
    year: int | None = fields.IntField(null=True)
    dated: date | None = fields.DateField(null=True)
    shown = CleanTextField(default="", db_default="")
    outbox_id: int | None = fields.BigIntField(null=True)
    way = CleanCharField(64, default="", db_default="")
    tracking = CleanCharField(64, default="", db_default="")
    posted_on: date | None = fields.DateField(null=True)
    created_at = UtcDatetimeField()
    created_by = fields.CharField(64)
    dropped_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "answer"
        unique_together = (("year", "serial"),)
        indexes = (Index(fields=("ticket_id",), name="answer_ticket"),)

    @property
    def external_id(self) -> str:
        """How the letter is known among the messages of its ticket."""
        return f"answer:{self.id}"


class AnswerTemplate(Table):
    """A template as it was edited in the group; the newest of a key and language is in force. None is ever changed."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(48)
    language = fields.CharField(8)
    text = CleanTextField()
    edited_at = UtcDatetimeField()
    edited_by = fields.CharField(64)

    class Meta:
        table = "template"
        indexes = (Index(fields=("key", "language"), name="template_key"),)
