import json

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.fields import UtcDatetimeField
from tortoise import fields

# The bot kept both among the dialogs until now: "staff_chat" with its ids as JSON, "topic:<chat>:<topic>" for each.
_MOVED = "staff_chat"


async def _out_of_dialogs(_apps, editor):
    for row in await editor.client.execute_query_dict(f"SELECT key, data FROM dialog WHERE key = '{_MOVED}' OR key LIKE 'topic:%'"):
        key, data = row["key"], row["data"] if isinstance(row["data"], dict) else json.loads(row["data"])
        if key == _MOVED:
            table, names, values = "moved_group", "configured, chat", [data["configured"], data["chat"]]
        else:
            table, names, values = "shut_topic", "chat, topic", key.split(":")[1:]
        wanted = ", ".join(str(int(one)) for one in values)
        copied = f"INSERT INTO {table} ({names}, at) SELECT {wanted}, updated_at FROM dialog WHERE key = '{key}'"
        await editor.client.execute_query(copied)
        await editor.client.execute_query(f"DELETE FROM dialog WHERE key = '{key}'")


async def _into_dialogs(_apps, editor):
    for row in await editor.client.execute_query_dict("SELECT configured, chat FROM moved_group"):
        data = json.dumps({"configured": row["configured"], "chat": row["chat"]})
        await editor.client.execute_query(
            f"INSERT INTO dialog (key, state, data, updated_at) "
            f"SELECT '{_MOVED}', '', '{data}', at FROM moved_group WHERE configured = {row['configured']}"
        )
    await editor.client.execute_query(
        "INSERT INTO dialog (key, state, data, updated_at) SELECT 'topic:' || chat || ':' || topic, 'closed', '{}', at FROM shut_topic"
    )


class Migration(migrations.Migration):
    dependencies = [('models', '0020_identity')]

    initial = False

    operations = [
        ops.CreateModel(
            name='MovedGroup',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('configured', fields.BigIntField(unique=True)),
                ('chat', fields.BigIntField()),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'moved_group', 'app': 'models', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ShutTopic',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('chat', fields.BigIntField()),
                ('topic', fields.BigIntField()),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'shut_topic', 'app': 'models', 'unique_together': (('chat', 'topic'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.RunPython(_out_of_dialogs, _into_dialogs),
    ]
