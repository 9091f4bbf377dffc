from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.destruction import DestructionState
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from models.instruction import InstructionState
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0022_incidents')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Destruction',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('ticket', fields.ForeignKeyField('models.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='destructions', on_delete=OnDelete.RESTRICT)),
                ('state', fields.CharEnumField(default=DestructionState.DRAFT, enum_type=DestructionState, max_length=16)),
                ('number', CleanCharField(default='', max_length=32)),
                ('place', CleanCharField(max_length=255)),
                ('paper', fields.BooleanField(default=False)),
                ('system', CleanCharField(default='', max_length=255)),
                ('processor', CleanCharField(default='', max_length=255)),
                ('processor_address', CleanTextField(default='', unique=False)),
                ('subject', CleanTextField(default='', unique=False)),
                ('categories', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('people', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('method', CleanTextField(default='', unique=False)),
                ('reason', CleanTextField(default='', unique=False)),
                ('medium', CleanCharField(default='', max_length=255)),
                ('sheets', fields.IntField(null=True)),
                ('destroyed_on', fields.DateField(null=True)),
                ('acted_on', fields.DateField(null=True)),
                ('keep_until', fields.DateField(null=True)),
                ('recorded_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('recorded_by', fields.CharField(default='', max_length=64)),
                ('act', fields.CharField(default='', max_length=128)),
                ('act_sha256', fields.CharField(default='', max_length=64)),
                ('editable', fields.CharField(default='', max_length=128)),
                ('extract', fields.CharField(default='', max_length=128)),
                ('extract_name', CleanCharField(default='', max_length=255)),
                ('extract_sha256', fields.CharField(default='', max_length=64)),
                ('extract_seen', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('signed', fields.CharField(default='', max_length=128)),
                ('signed_name', CleanCharField(default='', max_length=255)),
                ('signed_sha256', fields.CharField(default='', max_length=64)),
                ('signed_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('signed_by', fields.CharField(default='', max_length=64)),
            ],
            options={'table': 'destruction', 'app': 'models', 'indexes': [Index(fields=['ticket_id'], name='destruction_ticket'), Index(fields=['keep_until'], name='destruction_keep_until')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Instruction',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('ticket', fields.ForeignKeyField('models.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='instructions', on_delete=OnDelete.CASCADE)),
                ('processor', CleanCharField(max_length=255)),
                ('address', CleanTextField(default='', unique=False)),
                ('email', CleanCharField(default='', max_length=320)),
                ('contract', CleanCharField(default='', max_length=255)),
                ('categories', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('asks', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('covers', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('person', CleanTextField(default='', unique=False)),
                ('words', CleanTextField(default='', unique=False)),
                ('state', fields.CharEnumField(default=InstructionState.DRAFTED, enum_type=InstructionState, max_length=16)),
                ('drafted_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('outbox_id', fields.BigIntField(null=True)),
                ('way', CleanCharField(default='', max_length=64)),
                ('number', CleanCharField(default='', max_length=64)),
                ('dated', fields.DateField(null=True)),
                ('told_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('due', fields.DateField(null=True)),
                ('next_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reminded', fields.IntField(default=0)),
                ('answer', fields.BigIntField(null=True)),
                ('answered_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decided_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decided_by', fields.CharField(default='', max_length=64)),
                ('note', CleanTextField(default='', unique=False)),
            ],
            options={'table': 'instruction', 'app': 'models', 'indexes': [Index(fields=['ticket_id'], name='instruction_ticket'), Index(fields=['next_at'], name='instruction_next_at'), Index(fields=['email', 'state'], name='instruction_email')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Demand',
            name='to_instruct',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddIndex(
            model_name='Demand',
            index=Index(fields=['to_instruct'], name='demand_to_instruct'),
        ),
        ops.AddField(
            model_name='Ticket',
            name='erased_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name='Ticket',
            index=Index(fields=['status', 'erased_at', 'closed_at'], name='ticket_closed'),
        ),
    ]
