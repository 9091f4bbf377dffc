# ruff: noqa: RUF012  # Tortoise reads these lists from the class

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0005_names_in_capitals")]

    operations = [
        ops.RunSQL('CREATE TABLE "half" ("id" INTEGER)', reverse_sql='DROP TABLE "half"'),
        ops.RunSQL("INSERT INTO nowhere VALUES (1)", reverse_sql=""),
    ]
