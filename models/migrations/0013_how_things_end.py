from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

# What a clock's ending was written as: a beginning of a text that staff's words or the id of a ground followed, or a word.
_BEGINNINGS = {'refused': 'refused: ', 'dropped': 'closed: ', 'impossible': 'destruction impossible: '}
_WORDS = {'corrected': 'kind corrected', 'not_demanded': 'not_demanded', 'merged': 'merged', 'apart': 'taken apart'}


def _typed():
    for ending, text in _BEGINNINGS.items():
        yield ops.RunSQL(
            f"UPDATE clock SET ending = '{ending}', stopped_why = substr(stopped_why, {len(text) + 1}) "
            f"WHERE stopped_at IS NOT NULL AND ending = '' AND stopped_why LIKE '{text}%'",
            reverse_sql=f"UPDATE clock SET ending = '', stopped_why = '{text}' || stopped_why WHERE ending = '{ending}'",
        )
    for ending, text in _WORDS.items():
        yield ops.RunSQL(
            f"UPDATE clock SET ending = '{ending}', stopped_why = '' "
            f"WHERE stopped_at IS NOT NULL AND ending = '' AND stopped_why = '{text}'",
            reverse_sql=f"UPDATE clock SET ending = '', stopped_why = '{text}' WHERE ending = '{ending}'",
        )
    yield ops.RunSQL(
        "UPDATE clock SET ending = 'done' WHERE stopped_at IS NOT NULL AND ending = ''",
        reverse_sql="UPDATE clock SET ending = '' WHERE ending = 'done'",
    )
    # That processing goes on was written as a refusal; its demand knows better.
    yield ops.RunSQL(
        "UPDATE clock SET ending = 'continued' WHERE ending = 'refused' "
        "AND demand_id IN (SELECT id FROM demand WHERE outcome = 'continued')",
        reverse_sql="UPDATE clock SET ending = 'refused' WHERE ending = 'continued'",
    )


class Migration(migrations.Migration):
    dependencies = [('models', '0012_candidates')]

    initial = False

    operations = [
        ops.RenameField(
            model_name='Clock',
            old_name='stopped_how',
            new_name='stopped_why',
        ),
        ops.AddField(
            model_name='Clock',
            name='ending',
            field=fields.CharField(default='', db_default='', max_length=16),
        ),
        *_typed(),
    ]
