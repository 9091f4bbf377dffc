from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0009_quiet_letters_and_caps')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Attachment',
            name='aside',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Message',
            name='remarks',
            field=fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
    ]
