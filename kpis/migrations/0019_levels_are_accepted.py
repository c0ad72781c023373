"""Levels that the board accepts: recorded once; only the decision is added."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import kpis.models.columns


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0018_measures_are_set_up"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AcceptedLevel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effective_from", models.DateField()),
                ("reason", models.TextField()),
                ("proposed_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("proposed", "Waiting for approval"),
                            ("approved", "Approved"),
                            ("rejected", "Not approved"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="proposed",
                        max_length=9,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision_reason", models.TextField(blank=True)),
                (
                    "is_text_withdrawn",
                    models.BooleanField(db_default=False, default=False, editable=False),
                ),
                (
                    "level",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                ("ends_on", models.DateField()),
                ("meeting", models.CharField(max_length=160)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="accepted_levels",
                        to="kpis.measure",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["measure", "outcome"], name="accepted_level_by_state")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True),
                            ("is_text_withdrawn", True),
                            _connector="OR",
                        ),
                        name="accepted_level_has_a_reason",
                        violation_error_message="Say why the accepted level changes.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("outcome", "proposed"),
                            ),
                            models.Q(
                                models.Q(("outcome", "proposed"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="accepted_level_decided_by_someone",
                        violation_error_message="A decision has its person and its moment.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "approved"), _negated=True),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="accepted_level_second_person",
                        violation_error_message="The accepted level is changed by two people.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "rejected"), _negated=True),
                            models.Q(("decision_reason", ""), _negated=True),
                            ("is_text_withdrawn", True),
                            _connector="OR",
                        ),
                        name="accepted_level_refused_with_a_reason",
                        violation_error_message="Say why the change is not approved.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "proposed")),
                        fields=("measure",),
                        name="accepted_level_one_waits",
                        violation_error_message="A change of the accepted level is already waiting.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("effective_from"))),
                        name="accepted_level_ends_after_it_begins",
                        violation_error_message="The last day must be on or after the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("meeting", ""), _negated=True),
                        name="accepted_level_names_its_meeting",
                        violation_error_message="Name the meeting that accepted it.",
                    ),
                ],
            },
        ),
    ]
