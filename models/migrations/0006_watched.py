from tortoise import migrations
from tortoise.migrations import operations as ops
from models.fields import UtcDatetimeField
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0006_outbox_conversation')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Watched',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('address', fields.CharField(max_length=320)),
                ('folder', fields.CharField(max_length=128)),
                ('since', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('uidvalidity', fields.BigIntField()),
                ('first_uid', fields.BigIntField()),
                ('reuse', fields.IntField(default=0)),
            ],
            options={'table': 'watched', 'app': 'models', 'unique_together': (('address', 'folder'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
