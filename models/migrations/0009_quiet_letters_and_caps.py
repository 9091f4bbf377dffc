from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from models.quiet import QuietState
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0006_watched')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Automatic',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('address', CleanCharField(max_length=320)),
                ('domain', CleanCharField(default='', max_length=255)),
                ('ticket', fields.ForeignKeyField('models.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='automatic_letters', on_delete=OnDelete.CASCADE)),
                ('words', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('level', fields.IntField()),
            ],
            options={'table': 'automatic', 'app': 'models', 'indexes': [Index(fields=['address', 'at'], name='automatic_address'), Index(fields=['domain', 'at'], name='automatic_domain'), Index(fields=['level', 'at'], name='automatic_level'), Index(fields=['ticket_id'], name='automatic_ticket')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Quiet',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('inbound', fields.ForeignKeyField('models.Inbound', source_field='inbound_id', unique=True, db_constraint=True, to_field='id', related_name='quiet', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=16)),
                ('received_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('sender', CleanCharField(default='', max_length=320)),
                ('subject', CleanTextField(default='', unique=False)),
                ('words', CleanTextField(default='', unique=False)),
                ('files', fields.IntField(default=0)),
                ('why', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('state', fields.CharEnumField(default=QuietState.UNSEEN, enum_type=QuietState, max_length=8)),
                ('decided_by', fields.CharField(default='', max_length=64)),
                ('decided_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ticket_id', fields.BigIntField(null=True)),
            ],
            options={'table': 'quiet', 'app': 'models', 'indexes': [Index(fields=['state', 'id'], name='quiet_state')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
