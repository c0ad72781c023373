"""Every window is judged again: by shares of the year, and with floors that end at the baseline."""

from django.db import migrations
from django.db.models import F


def mark_all(apps, schema_editor):
    apps.get_model("kpis", "Series").objects.update(data_version=F("data_version") + 1)


class Migration(migrations.Migration):
    dependencies = [("kpis", "0014_every_digit_judged")]

    operations = [migrations.RunPython(mark_all, migrations.RunPython.noop)]
