"""A registration: what staff know of a message that did not come by itself, such as a paper letter or a phone call."""

from datetime import date, datetime
from enum import StrEnum

from tortoise import fields

from models.base import Table
from models.fields import CleanTextField, UtcDatetimeField
from models.message import Message
from models.ticket import Ticket


class Way(StrEnum):
    """How something reached the operator that no door of the desk has taken."""

    PAPER = "paper"  # a letter on paper
    VISIT = "visit"  # the person came
    PHONE = "phone"  # the person called
    PORTAL = "portal"  # a form or an account of the operator's own, or the state's portal
    ORDER = "order"  # a document of an authority
    INCIDENT = "incident"  # the operator found a breach
    PURPOSE = "purpose"  # the purpose of processing was reached


class Registration(Table):
    """`came_at` is the moment that counts; of a paper letter the first delivery attempt, where it came before the hand-over.

    `attempted_at` and `handed_over_at` are both moments of a paper letter (UTC), `number` its incoming number with the
    operator. `postal` and `phone` are addresses as they were told, which prove nothing. `document_number`, `document_date` and
    `issuer` name the document of an authority.
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="registrations", on_delete=fields.CASCADE
    )
    ticket_id: int
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField(
        "models.Message", related_name="registrations", on_delete=fields.CASCADE
    )
    message_id: int
    way = fields.CharEnumField(Way, max_length=16)
    came_at = UtcDatetimeField()
    attempted_at: datetime | None = UtcDatetimeField(null=True)
    handed_over_at: datetime | None = UtcDatetimeField(null=True)
    number = CleanTextField(default="")
    name = CleanTextField(default="")
    postal = CleanTextField(default="")
    phone = CleanTextField(default="")
    issuer = CleanTextField(default="")
    document_number = CleanTextField(default="")
    document_date: date | None = fields.DateField(null=True)

    class Meta:
        table = "registration"
        unique_together = (("message_id",),)
