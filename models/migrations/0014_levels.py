from tortoise import migrations
from tortoise.migrations import operations as ops
from models.level import Level
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [('models', '0013_how_things_end')]

    initial = False

    operations = [
        ops.AlterField(
            model_name='Contact',
            name='verified',
            field=fields.CharEnumField(default=Level.SAID, db_default=Level.SAID, enum_type=Level, max_length=16),
        ),
        # "staff" was an address that a colleague had typed in: nobody had compared anything.
        ops.RunSQL(
            "UPDATE contact SET verified = 'said' WHERE verified IN ('', 'staff')",
            reverse_sql="UPDATE contact SET verified = '' WHERE verified = 'said'",
        ),
    ]
