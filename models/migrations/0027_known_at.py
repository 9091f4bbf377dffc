from tortoise import migrations
from tortoise.migrations import operations as ops
from models.fields import CleanTextField, UtcDatetimeField

class Migration(migrations.Migration):
    dependencies = [('models', '0026_blocking')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Demand',
            name='known_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Demand',
            name='known_why',
            field=CleanTextField(default='', db_default='', unique=False),
        ),
    ]
