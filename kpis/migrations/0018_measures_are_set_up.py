"""When a kitemark was looked at, and owners from a day to come.

The history of measures is guarded again, so that its triggers know the new column on SQLite.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0017_imports_are_saved_in_the_background"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalmeasure",
            name="kitemark_on",
            field=models.DateField(
                blank=True, help_text="When the four parts were looked at last.", null=True
            ),
        ),
        migrations.AddField(
            model_name="measure",
            name="kitemark_on",
            field=models.DateField(
                blank=True, help_text="When the four parts were looked at last.", null=True
            ),
        ),
        AppendOnly(
            "kpis_historicalmeasure",
            text=("definition", "interpretation_note", "history_change_reason"),
            copied=True,
        ),
        migrations.CreateModel(
            name="PlannedOwner",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner", models.CharField(blank=True, max_length=160)),
                ("starts_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("taken_over", "Taken over"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="planned_owners",
                        to="kpis.measure",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "waiting")),
                        fields=("measure",),
                        name="planned_owner_one_waits",
                        violation_error_message="Another owner is already planned for this measure.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "waiting"), ("settled_at__isnull", True)),
                            models.Q(
                                models.Q(("outcome", "waiting"), _negated=True),
                                ("settled_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="planned_owner_is_settled_once",
                        violation_error_message="What was decided has its moment.",
                    ),
                ],
            },
        ),
    ]
