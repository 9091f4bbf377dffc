from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0003_merging')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Clock',
            index=Index(fields=['planned_by'], name='clock_planned_by'),
        ),
        ops.AddIndex(
            model_name='Clock',
            index=Index(fields=['stopped_at', 'safe'], name='clock_running_safe'),
        ),
        ops.AddIndex(
            model_name='Clock',
            index=Index(fields=['stopped_at', 'due_at'], name='clock_running_due'),
        ),
        ops.AddField(
            model_name='Demand',
            name='uncounted',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        # Until now a demand that could not be counted was known by having no clock.
        ops.RunSQL(
            'UPDATE demand SET uncounted = TRUE WHERE closed_at IS NULL '
            'AND NOT EXISTS (SELECT 1 FROM clock WHERE clock.demand_id = demand.id)',
            reverse_sql='UPDATE demand SET uncounted = FALSE',
        ),
        ops.AddIndex(
            model_name='Demand',
            index=Index(fields=['uncounted'], name='demand_uncounted'),
        ),
        ops.AddIndex(
            model_name='Ticket',
            index=Index(fields=['status', 'safe_at'], name='ticket_status_safe'),
        ),
        ops.AddIndex(
            model_name='Ticket',
            index=Index(fields=['status', 'assignee_id', 'safe_at'], name='ticket_status_assignee'),
        ),
    ]
