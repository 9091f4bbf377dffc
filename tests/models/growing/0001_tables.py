# ruff: noqa: RUF012  # Tortoise reads these lists from the class

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

PARTIAL = """CREATE UNIQUE INDEX "owner_one_head" ON "owner" ("kind") WHERE "head" = 'yes'"""


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Owner",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                ("code", fields.CharField(unique=True, max_length=20)),
                ("name", fields.CharField(max_length=20)),
                ("kind", fields.CharField(max_length=20)),
                ("head", fields.CharField(default="", max_length=8)),
                ("gone", fields.IntField(default=0)),
            ],
            options={
                "table": "owner",
                "app": "models",
                "unique_together": (("name", "kind"),),
                "indexes": [Index(fields=["kind", "name"], name="owner_kind"), Index(fields=["gone"], name="owner_gone")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Pet",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "owner",
                    fields.ForeignKeyField(
                        "models.Owner",
                        source_field="owner_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="pets",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=20)),
                ("age", fields.IntField(default=0)),
            ],
            options={"table": "pet", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.RunSQL(PARTIAL, reverse_sql='DROP INDEX "owner_one_head"'),
    ]
