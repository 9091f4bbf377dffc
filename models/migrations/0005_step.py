from tortoise import migrations
from tortoise.migrations import operations as ops
from models.fields import CleanTextField, UtcDatetimeField
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0004_indexes_of_what_is_due')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Step',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('demand', fields.ForeignKeyField('models.Demand', source_field='demand_id', db_constraint=True, to_field='id', related_name='steps', on_delete=OnDelete.CASCADE)),
                ('ticket', fields.ForeignKeyField('models.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='steps', on_delete=OnDelete.CASCADE)),
                ('key', fields.CharField(max_length=32)),
                ('done_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('done_by', fields.CharField(max_length=64)),
                ('evidence', CleanTextField(default='', unique=False)),
            ],
            options={'table': 'step', 'app': 'models', 'unique_together': (('demand_id', 'key'),), 'indexes': [Index(fields=['ticket_id'], name='step_ticket')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
