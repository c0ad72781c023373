"""What sentences may claim of the process behind a figure; every chart is worked out again."""

from django.db import migrations, models
from django.db.models import F

COUNTS = (
    "signal_run", "opposing_run", "points_outside", "limits_rest_on", "tested_windows",
    "met_windows",
)  # fmt: skip
DAYS = ("signal_from", "signal_to", "segment_from", "tested_from")


def mark_charts(apps, schema_editor):
    charted = apps.get_model("kpis", "Assessment").objects.exclude(spc_segment=None)
    apps.get_model("kpis", "Series").objects.filter(pk__in=charted.values("series")).update(
        data_version=F("data_version") + 1
    )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0007_fixed_baselines")]

    operations = [
        migrations.AddField(
            model_name="assessment",
            name="signal_moves",
            field=models.SmallIntegerField(
                db_default=0,
                default=0,
                help_text="1: the signal's points rise, -1: they fall, else 0.",
            ),
        ),
        *[
            migrations.AddField(
                model_name="assessment",
                name=name,
                field=models.PositiveSmallIntegerField(db_default=0, default=0),
            )
            for name in COUNTS
        ],
        *[
            migrations.AddField(
                model_name="assessment", name=name, field=models.DateField(blank=True, null=True)
            )
            for name in DAYS
        ],
        migrations.AddField(
            model_name="assessment",
            name="tested_on_one_target",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunPython(mark_charts, migrations.RunPython.noop),
    ]
