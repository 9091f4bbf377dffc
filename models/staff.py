"""A staff member, known from the staff group."""

from datetime import datetime

from tortoise import fields

from models.base import Table
from models.fields import CleanCharField, UtcDatetimeField


class Staff(Table):
    """A person of the operator's; `role` is "member" or "manager" (managers are named in the settings).

    `present` tells whether the account is in the staff group, None while Telegram has not said; `asked_at` when it last did.
    """

    id = fields.BigIntField(primary_key=True)
    telegram_id = fields.BigIntField(unique=True)
    name = CleanCharField(255, default="")
    username = CleanCharField(64, default="")
    role = fields.CharField(16, default="member")
    seen_at = UtcDatetimeField()
    present: fields.Field[bool | None] = fields.BooleanField(null=True)
    asked_at: datetime | None = UtcDatetimeField(null=True)

    class Meta:
        table = "staff"
