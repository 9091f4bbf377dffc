from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0006_of_a_message_and_a_name')]

    initial = False

    operations = [
        ops.RemoveIndex(
            model_name='Outbox',
            name='outbox_state_conversation',
            fields=None,
        ),
        ops.AddIndex(
            model_name='Outbox',
            index=Index(fields=['state', 'conversation', 'priority', 'id'], name='outbox_conversation'),
        ),
    ]
