# ruff: noqa: RUF012  # Tortoise reads these lists from the class

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0003_no_gone")]

    operations = [
        ops.AlterField(model_name="Pet", name="name", field=fields.CharField(max_length=200)),
        ops.AddField(model_name="Pet", name="colour", field=fields.CharField(max_length=8, db_default="black")),
    ]
