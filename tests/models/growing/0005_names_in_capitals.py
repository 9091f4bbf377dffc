# ruff: noqa: RUF012  # Tortoise reads these lists from the class

from tortoise import migrations
from tortoise.migrations import operations as ops


async def capitals(apps, editor):
    """A change of rows, by the tables as they are at this point of the history."""
    pet = apps.get_model("models", "Pet")
    for row in await pet.all().using_db(editor.client):
        row.name = row.name.upper()
        await row.save(update_fields=["name"], using_db=editor.client)


async def nothing(apps, editor):
    """Capitals stay when this is undone."""


class Migration(migrations.Migration):
    dependencies = [("models", "0004_longer_pet")]

    operations = [ops.RunPython(capitals, reverse_code=nothing)]
