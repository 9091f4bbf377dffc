"""A clue: what a ticket was found to name at its opening, by which another one may prove to be the same matter."""

from tortoise import fields
from tortoise.indexes import Index

from models.base import Table
from models.fields import CleanCharField
from models.ticket import Ticket


class Clue(Table):
    """`value` is folded for comparison, and proves nothing.

    Of the kinds "email", "phone" and "name" desk.matter.likeness tells; of "person", "signed", "writer", "born", "contract",
    "relation", "own" and "way" desk.matter.persons.
    """

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "models.Ticket", related_name="clues", on_delete=fields.CASCADE
    )
    ticket_id: int
    kind = fields.CharField(8)
    value = CleanCharField(320)

    class Meta:
        table = "clue"
        unique_together = (("ticket_id", "kind", "value"),)
        # Read by desk.matter.likeness for each ticket that is opened.
        indexes = (Index(fields=("value", "kind"), name="clue_value"),)
