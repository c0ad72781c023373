"""Rules that point both ways at one point; the charts in which a rule has fired are drawn again."""

from django.db import migrations, models
from django.db.models import F


def mark_signalling(apps, schema_editor):
    fired = apps.get_model("kpis", "Assessment").objects.exclude(
        special_cause__in=["", "Common Cause"]
    )
    apps.get_model("kpis", "Series").objects.filter(pk__in=fired.values("series")).update(
        data_version=F("data_version") + 1
    )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0005_first_states")]

    operations = [
        migrations.AddField(
            model_name="assessment",
            name="opposing_cause",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="A rule that holds too and points the other way.",
                max_length=40,
            ),
        ),
        migrations.RunPython(mark_signalling, migrations.RunPython.noop),
    ]
