from tortoise import migrations
from tortoise.migrations import operations as ops
from models.fields import CleanCharField, CleanTextField
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0005_step')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Message',
            name='answers',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Message',
            name='quote',
            field=CleanTextField(default='', db_default='', unique=False),
        ),
        ops.AddField(
            model_name='Ticket',
            name='named',
            field=CleanCharField(default='', db_default='', max_length=255),
        ),
    ]
