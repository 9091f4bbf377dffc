from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from models.incident import Notifying
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0020_staff_group_memory')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Incident',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('ticket', fields.OneToOneField('models.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='incident', on_delete=OnDelete.CASCADE)),
                ('answers', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('receipts', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('notifying', fields.CharEnumField(default=Notifying.NONE, enum_type=Notifying, max_length=16)),
                ('notify_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'incident', 'app': 'models', 'indexes': [Index(fields=['notify_at'], name='incident_notify_at')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Concerned',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('incident', fields.ForeignKeyField('models.Incident', source_field='incident_id', db_constraint=True, to_field='id', related_name='concerned', on_delete=OnDelete.CASCADE)),
                ('channel', fields.CharField(max_length=16)),
                ('address', CleanCharField(max_length=320)),
                ('name', CleanTextField(default='', unique=False)),
                ('language', fields.CharField(default='ru', max_length=8)),
                ('outbox', fields.ForeignKeyField('models.Outbox', source_field='outbox_id', null=True, db_constraint=True, to_field='id', related_name='concerned', on_delete=OnDelete.SET_NULL)),
                ('bounced_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'concerned', 'app': 'models', 'unique_together': (('incident_id', 'channel', 'address'),), 'indexes': [Index(fields=['incident_id', 'outbox_id', 'id'], name='concerned_next')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
