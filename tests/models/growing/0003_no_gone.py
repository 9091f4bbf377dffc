# ruff: noqa: RUF012  # Tortoise reads these lists from the class

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0002_longer_name")]

    operations = [ops.RemoveField(model_name="Owner", name="gone")]
