from tortoise import migrations
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = [('models', '0015_errands')]

    initial = False

    operations = [
        ops.RenameIndex(
            model_name='Inbound',
            new_name='inbound_leasing',
            old_name='inbound_claiming',
            old_fields=None,
        ),
        ops.RenameIndex(
            model_name='Outbox',
            new_name='outbox_leasing',
            old_name='outbox_claiming',
            old_fields=None,
        ),
    ]
