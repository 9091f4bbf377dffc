from tortoise import migrations
from tortoise.migrations import operations as ops
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('models', '0017_registration')]

    initial = False

    operations = [
        ops.RemoveConstraint(
            model_name='Step',
            name=None,
            fields=['demand_id', 'key'],
        ),
        ops.AddField(
            model_name='Step',
            name='aside',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Step',
            name='attachment_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Step',
            name='confirmed_by',
            field=CleanTextField(default='', db_default='', unique=False),
        ),
        ops.AddField(
            model_name='Step',
            name='dated',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='Step',
            name='number',
            field=CleanCharField(default='', db_default='', max_length=64),
        ),
        ops.AddField(
            model_name='Step',
            name='outbox_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Step',
            name='proof',
            field=fields.CharField(default='fact', db_default='fact', max_length=16),
        ),
        ops.AddField(
            model_name='Step',
            name='taken_back_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Step',
            name='taken_back_by',
            field=fields.CharField(default='', db_default='', max_length=64),
        ),
        ops.AddField(
            model_name='Step',
            name='tracking',
            field=CleanCharField(default='', db_default='', max_length=64),
        ),
        ops.AddField(
            model_name='Step',
            name='void',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Step',
            name='way',
            field=CleanCharField(default='', db_default='', max_length=64),
        ),
        ops.AddIndex(
            model_name='Step',
            index=Index(fields=['outbox_id'], name='step_outbox'),
        ),
        ops.AddConstraint(
            model_name='Step',
            constraint=UniqueConstraint(fields=('demand_id', 'key', 'void'), name=None),
        ),
    ]
