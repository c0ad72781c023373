"""Notes keep every state they were recorded in."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

from accounts.record.append_only import AppendOnly


def record(apps, schema_editor):
    """The first recorded state of the rows that were there before their history."""
    at = timezone.now()
    recorded = apps.get_model("strategy", "HistoricalNote")
    rows = apps.get_model("strategy", "Note").objects.values()
    recorded.objects.bulk_create(
        (recorded(**row, history_date=at, history_type="+") for row in rows.iterator(1_000)),
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("strategy", "0005_recorded_memberships"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalNote",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contradiction", "The documents disagree"),
                            ("ambiguity", "Can be read in two ways"),
                            ("layout", "Layout lost in the document"),
                            ("arithmetic", "The figures do not add up"),
                        ],
                        max_length=20,
                    ),
                ),
                ("text", models.TextField()),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
            ],
            options={
                "verbose_name": "historical note",
                "verbose_name_plural": "historical notes",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddField(
            model_name="historicalnote",
            name="history_user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(record, migrations.RunPython.noop),
        AppendOnly("strategy_historicalnote", text=("text", "history_change_reason"), copied=True),
    ]
