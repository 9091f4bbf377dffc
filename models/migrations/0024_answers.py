from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.fields import CleanCharField, CleanTextField, UtcDatetimeField
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0023_processors')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Answer',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('ticket', fields.ForeignKeyField('models.Ticket', source_field='ticket_id', db_constraint=True, to_field='id', related_name='answers', on_delete=OnDelete.CASCADE)),
                ('template', fields.CharField(max_length=48)),
                ('language', fields.CharField(max_length=8)),
                ('said', fields.JSONField(default=dict, db_default='{}', encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('files', fields.JSONField(default=list, db_default='[]', encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('letterhead', fields.BooleanField(default=False, db_default=False)),
                ('serial', fields.IntField(null=True)),
                ('year', fields.IntField(null=True)),
                ('dated', fields.DateField(null=True)),
                ('shown', CleanTextField(default='', db_default='', unique=False)),
                ('outbox_id', fields.BigIntField(null=True)),
                ('way', CleanCharField(default='', db_default='', max_length=64)),
                ('tracking', CleanCharField(default='', db_default='', max_length=64)),
                ('posted_on', fields.DateField(null=True)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('created_by', fields.CharField(max_length=64)),
                ('dropped_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'answer', 'app': 'models', 'unique_together': (('year', 'serial'),), 'indexes': [Index(fields=['ticket_id'], name='answer_ticket')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AnswerTemplate',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(max_length=48)),
                ('language', fields.CharField(max_length=8)),
                ('text', CleanTextField(unique=False)),
                ('edited_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('edited_by', fields.CharField(max_length=64)),
            ],
            options={'table': 'template', 'app': 'models', 'indexes': [Index(fields=['key', 'language'], name='template_key')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
