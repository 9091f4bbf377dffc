"""A challenge: a code that was sent to an address the operator holds, and has to come back from the requester's own."""

from datetime import datetime
from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField, UtcDatetimeField
from models.ticket import Ticket


class ChallengeState(StrEnum):
    """What became of a code."""

    WAITING = "waiting"  # it may come back
    PROVED = "proved"  # it came back in time, from where it had to
    SPENT = "spent"  # too many wrong ones came
    REPLACED = "replaced"  # a newer code was sent, or staff took it back


class Challenge(Table):
    """`to_kind` and `to_value` are the contact it was sent to, `from_kind` and `from_value` the one it must come back from.

    The code itself is kept nowhere: it follows from the desk's key and `salt` (desk.disclosure.codes). `digest` is what a code
    that came back is compared with. `tries` are those that are left. Instants are UTC.
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="challenges", on_delete=fields.CASCADE
    )
    ticket_id: int
    to_kind = fields.CharField(16)
    to_value = CleanCharField(320)
    from_kind = fields.CharField(16)
    from_value = CleanCharField(320)
    salt = fields.CharField(64)
    digest = fields.CharField(64)
    state = fields.CharEnumField(ChallengeState, max_length=16, default=ChallengeState.WAITING)
    tries = fields.IntField()
    sent_by = fields.CharField(64)
    created_at = UtcDatetimeField()
    expires_at = UtcDatetimeField()
    ended_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "challenge"
        indexes = (
            Index(fields=("ticket_id",), name="challenge_ticket"),
            # Read when a message that may hold a code comes from there.
            Index(fields=("from_value", "from_kind"), name="challenge_from"),
            # Read by the cap on codes to one address.
            Index(fields=("to_value", "created_at"), name="challenge_to"),
        )
