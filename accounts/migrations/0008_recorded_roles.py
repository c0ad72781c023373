"""Roles keep every state they were recorded in, and the first states of those there are."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

from accounts.record.append_only import AppendOnly

MODELS = ("RoleGrant",)


def record(apps, schema_editor):
    """The first recorded state of the rows that were there before their history."""
    at = timezone.now()
    for name in MODELS:
        recorded = apps.get_model("accounts", f"Historical{name}")
        rows = apps.get_model("accounts", name).objects.values()
        recorded.objects.bulk_create(
            (recorded(**row, history_date=at, history_type="+") for row in rows.iterator(1_000)),
            batch_size=500,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_audit_guarded"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalRoleGrant",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("board_member", "Board member"),
                            ("board_secretary", "Board secretary"),
                            ("care_group_lead", "Care group lead"),
                            ("analyst", "Analyst"),
                            ("performance_team", "Performance team"),
                            ("finance_pmo", "Finance PMO"),
                            ("qia_signatory", "QIA signatory"),
                            ("administrator", "Administrator"),
                        ],
                        max_length=30,
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
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
                    "granted_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical role grant",
                "verbose_name_plural": "historical role grants",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.RunPython(record, migrations.RunPython.noop),
        AppendOnly("accounts_historicalrolegrant", text=("history_change_reason",), copied=True),
    ]
