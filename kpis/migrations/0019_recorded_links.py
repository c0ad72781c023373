"""Links between measures keep every state they were recorded in."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

from accounts.record.append_only import AppendOnly


def record(apps, schema_editor):
    """The first recorded state of the rows that were there before their history."""
    at = timezone.now()
    recorded = apps.get_model("kpis", "HistoricalMeasureLink")
    rows = apps.get_model("kpis", "MeasureLink").objects.values()
    recorded.objects.bulk_create(
        (recorded(**row, history_date=at, history_type="+") for row in rows.iterator(1_000)),
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0018_asked_where_nothing_was_counted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalMeasureLink",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("same_definition", "Same definition"),
                            ("related_defined_differently", "Related, defined differently"),
                        ],
                        default="related_defined_differently",
                        max_length=30,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "from_measure",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kpis.measure",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "to_measure",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kpis.measure",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical measure link",
                "verbose_name_plural": "historical measure links",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.RunPython(record, migrations.RunPython.noop),
        AppendOnly(
            "kpis_historicalmeasurelink", text=("note", "history_change_reason"), copied=True
        ),
    ]
