"""A watched folder: from when on its letters are taken, and under which numbering they were stored."""

from datetime import datetime

from tortoise import fields

from models.base import Table
from models.fields import UtcDatetimeField


class Watched(Table):
    """One folder of a monitored mailbox, written when it is first seen (see mail.numbering).

    Letters with a UID below `first_uid` lay there when the numbering `uidvalidity` was first seen; of those only the ones
    received from `since` on are taken. `reuse` counts how often the server gave numbers again that it had given before.
    """

    id = fields.BigIntField(primary_key=True)
    address = fields.CharField(320)
    folder = fields.CharField(128)
    since: datetime = UtcDatetimeField()
    uidvalidity = fields.BigIntField()
    first_uid = fields.BigIntField()
    reuse = fields.IntField(default=0)

    class Meta:
        table = "watched"
        unique_together = (("address", "folder"),)
