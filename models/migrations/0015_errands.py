from tortoise import migrations
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = [('models', '0014_levels')]

    initial = False

    operations = [
        ops.RenameField(
            model_name='Outbox',
            old_name='act',
            new_name='errand',
        ),
    ]
