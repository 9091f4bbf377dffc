from tortoise import migrations
from tortoise.migrations import operations as ops
from models.fields import CleanTextField, UtcDatetimeField
from models.registration import Way
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0017_kept_letters')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Registration',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('ticket', fields.ForeignKeyField('models.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='registrations', on_delete=OnDelete.CASCADE)),
                ('message', fields.ForeignKeyField('models.Message', source_field='message_id', db_constraint=True, to_field='id', related_name='registrations', on_delete=OnDelete.CASCADE)),
                ('way', fields.CharEnumField(enum_type=Way, max_length=16)),
                ('came_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('attempted_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('handed_over_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('number', CleanTextField(default='', unique=False)),
                ('name', CleanTextField(default='', unique=False)),
                ('postal', CleanTextField(default='', unique=False)),
                ('phone', CleanTextField(default='', unique=False)),
                ('issuer', CleanTextField(default='', unique=False)),
                ('document_number', CleanTextField(default='', unique=False)),
                ('document_date', fields.DateField(null=True)),
            ],
            options={'table': 'registration', 'app': 'models', 'unique_together': (('message_id',),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
