from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.blocking import BlockingResult
from models.fields import CleanTextField, UtcDatetimeField
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0025_indexes')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Blocking',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('ticket', fields.ForeignKeyField('models.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='blockings', on_delete=OnDelete.RESTRICT)),
                ('demand', fields.ForeignKeyField('models.Demand', source_field='demand_id', null=True, db_constraint=True, to_field='id', related_name='blockings', on_delete=OnDelete.RESTRICT)),
                ('systems', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('categories', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('words', CleanTextField(default='', unique=False)),
                ('started_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('started_by', fields.CharField(default='', max_length=64)),
                ('ended_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_by', fields.CharField(default='', max_length=64)),
                ('result', fields.CharEnumField(default=BlockingResult.OPEN, enum_type=BlockingResult, max_length=16)),
            ],
            options={'table': 'blocking', 'app': 'models', 'indexes': [Index(fields=['ticket_id'], name='blocking_ticket'), Index(fields=['demand_id'], name='blocking_demand'), Index(fields=['result'], name='blocking_result')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
