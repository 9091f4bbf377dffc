from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.challenge import ChallengeState
from models.fields import CleanCharField, UtcDatetimeField
from models.level import Level
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0019_step_proofs')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Challenge',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('ticket', fields.ForeignKeyField('models.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='challenges', on_delete=OnDelete.CASCADE)),
                ('to_kind', fields.CharField(max_length=16)),
                ('to_value', CleanCharField(max_length=320)),
                ('from_kind', fields.CharField(max_length=16)),
                ('from_value', CleanCharField(max_length=320)),
                ('salt', fields.CharField(max_length=64)),
                ('digest', fields.CharField(max_length=64)),
                ('state', fields.CharEnumField(default=ChallengeState.WAITING, enum_type=ChallengeState, max_length=16)),
                ('tries', fields.IntField()),
                ('sent_by', fields.CharField(max_length=64)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'challenge', 'app': 'models', 'indexes': [Index(fields=['ticket_id'], name='challenge_ticket'), Index(fields=['from_value', 'from_kind'], name='challenge_from'), Index(fields=['to_value', 'created_at'], name='challenge_to')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Held',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('kind', fields.CharField(max_length=16)),
                ('value', CleanCharField(max_length=320)),
                ('name', CleanCharField(default='', max_length=255)),
                ('reference', CleanCharField(default='', max_length=64)),
                ('source', fields.CharField(max_length=64)),
                ('added_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'held', 'app': 'models', 'unique_together': (('kind', 'value', 'reference'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Mandate',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('ticket', fields.ForeignKeyField('models.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='mandates', on_delete=OnDelete.CASCADE)),
                ('role', fields.CharField(max_length=16)),
                ('document', fields.CharField(max_length=24)),
                ('number', CleanCharField(default='', max_length=128)),
                ('dated', fields.DateField(null=True)),
                ('scope', CleanCharField(default='', max_length=1000)),
                ('until', fields.DateField(null=True)),
                ('checked_by', fields.CharField(max_length=64)),
                ('checked_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('remind_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('taken_back_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('taken_back_by', fields.CharField(default='', db_default='', max_length=64)),
            ],
            options={'table': 'mandate', 'app': 'models', 'indexes': [Index(fields=['ticket_id'], name='mandate_ticket'), Index(fields=['remind_at'], name='mandate_remind')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Verification',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('ticket', fields.ForeignKeyField('models.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='verifications', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=16)),
                ('value', CleanCharField(max_length=320)),
                ('level', fields.CharEnumField(enum_type=Level, max_length=16)),
                ('compared', fields.JSONField(default=list, db_default='[]', encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('by', fields.CharField(max_length=64)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('taken_back_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('taken_back_by', fields.CharField(default='', db_default='', max_length=64)),
            ],
            options={'table': 'verification', 'app': 'models', 'indexes': [Index(fields=['ticket_id'], name='verification_ticket')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Ticket',
            name='minor',
            field=fields.CharField(default='', db_default='', max_length=8),
        ),
        ops.AddField(
            model_name='Ticket',
            name='speaker',
            field=fields.CharField(default='', db_default='', max_length=16),
        ),
    ]
