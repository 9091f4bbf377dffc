from tortoise import migrations
from tortoise.migrations import operations as ops
from models.fields import CleanCharField
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0002_planned_by')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Clue',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('ticket', fields.ForeignKeyField('models.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='clues', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=8)),
                ('value', CleanCharField(max_length=320)),
            ],
            options={'table': 'clue', 'app': 'models', 'unique_together': (('ticket_id', 'kind', 'value'),), 'indexes': [Index(fields=['value', 'kind'], name='clue_value')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Ticket',
            name='merged_into',
            field=fields.BigIntField(null=True),
        ),
        ops.AddIndex(
            model_name='Ticket',
            index=Index(fields=['merged_into'], name='ticket_merged_into'),
        ),
    ]
