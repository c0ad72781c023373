"""The first recorded state of the series and target points that were there before their history.

What counts on a day before the tracker recorded a row is its first recorded state: without it
the first later edit would count for the past.
"""

from django.db import migrations
from django.utils import timezone

MODELS = (
    ("Series", "HistoricalSeries", ("id", "measure_id", "care_group_id", "fed_by", "valid_from",
                                    "valid_to")),
    ("TargetPoint", "HistoricalTargetPoint", ("id", "target_id", "month", "value")),
)  # fmt: skip


def record(apps, schema_editor):
    at = timezone.now()
    for name, historical, columns in MODELS:
        recorded = apps.get_model("kpis", historical)
        rows = apps.get_model("kpis", name).objects.values(*columns)
        recorded.objects.bulk_create(
            (recorded(**row, history_date=at, history_type="+") for row in rows.iterator(1_000)),
            batch_size=500,
        )


def forget(apps, schema_editor):
    for _, historical, _ in MODELS:
        apps.get_model("kpis", historical).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("kpis", "0004_target_changes")]

    operations = [migrations.RunPython(record, forget)]
