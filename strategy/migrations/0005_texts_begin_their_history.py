"""The texts that were there before their history: their first state, as they stand.

Apart from the tables: PostgreSQL cannot alter a table that rows were added to in the same
transaction. Going back removes nothing: the tables go with the migration before.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

TEXTS = ("QualityPriority", "Risk", "PlanStatement")


def begin(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    now = timezone.now()
    for name in TEXTS:
        model = apps.get_model("strategy", name)
        history = apps.get_model("strategy", f"Historical{name}")
        columns = [field.attname for field in model._meta.concrete_fields]
        history.objects.bulk_create(
            [
                history(history_date=now, history_type="+", **row)
                for row in model.objects.order_by("pk").values(*columns)
            ],
            batch_size=500,
        )


class Migration(migrations.Migration):
    dependencies = [("strategy", "0004_texts_keep_their_history")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
