"""Windows without cases, and suppressed ones, are judged again: they have targets too."""

from django.db import migrations
from django.db.models import F


def mark_those(apps, schema_editor):
    series = apps.get_model("kpis", "Series").objects.filter(
        assessments__state__in=["not_applicable", "suppressed"]
    )
    keys = list(series.values_list("pk", flat=True).distinct())
    apps.get_model("kpis", "Series").objects.filter(pk__in=keys).update(
        data_version=F("data_version") + 1
    )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0017_append_only")]

    operations = [migrations.RunPython(mark_those, migrations.RunPython.noop)]
