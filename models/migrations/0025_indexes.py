from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0024_answers')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Attachment',
            index=Index(fields=['message_id'], name='attachment_message'),
        ),
        ops.AddIndex(
            model_name='Contact',
            index=Index(fields=['requester_id'], name='contact_requester'),
        ),
        ops.AddIndex(
            model_name='Receipt',
            index=Index(fields=['outbox_id'], name='receipt_outbox'),
        ),
    ]
