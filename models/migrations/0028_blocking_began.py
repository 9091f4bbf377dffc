from tortoise import migrations
from tortoise.migrations import operations as ops
from models.fields import UtcDatetimeField

class Migration(migrations.Migration):
    dependencies = [('models', '0027_known_at')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Blocking',
            name='next_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Blocking',
            name='noted_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
