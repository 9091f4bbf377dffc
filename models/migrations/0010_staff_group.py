from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.fields import CleanTextField, UtcDatetimeField
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0009_quiet_letters_and_caps')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Heard',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('chat_id', fields.BigIntField()),
                ('message_id', fields.BigIntField()),
                ('head', fields.BigIntField()),
                ('thread', fields.BigIntField(default=0)),
                ('reply_to', fields.BigIntField(null=True)),
                ('author', fields.BigIntField(default=0)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('album', fields.CharField(default='', max_length=64)),
                ('text', CleanTextField(default='', unique=False)),
                ('entities', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('files', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('became', fields.CharField(default='', max_length=64)),
                ('ticket', fields.ForeignKeyField('models.Ticket', source_field='ticket_id', null=True, db_constraint=True, to_field='id', related_name='heard', on_delete=OnDelete.CASCADE)),
                ('inbound_id', fields.BigIntField()),
                ('question', fields.BigIntField(null=True)),
            ],
            options={'table': 'heard', 'app': 'models', 'unique_together': (('chat_id', 'message_id'),), 'indexes': [Index(fields=['chat_id', 'head'], name='heard_head'), Index(fields=['chat_id', 'thread', 'author', 'message_id'], name='heard_last'), Index(fields=['ticket_id'], name='heard_ticket')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Staff',
            name='asked_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Staff',
            name='present',
            field=fields.BooleanField(null=True),
        ),
    ]
