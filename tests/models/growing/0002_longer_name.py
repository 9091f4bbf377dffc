# ruff: noqa: RUF012  # Tortoise reads these lists from the class

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0001_tables")]

    operations = [
        ops.AlterField(model_name="Owner", name="name", field=fields.CharField(max_length=200)),
    ]
