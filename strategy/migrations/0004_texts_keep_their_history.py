"""Quality priorities, risks and the other texts of a plan keep their earlier states."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("strategy", "0003_plans_are_adopted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalPlanStatement",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("source_section", models.CharField(blank=True, max_length=300)),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("introduction", "Introduction"),
                            ("purpose", "What the plan sets out to do"),
                            ("organisation", "About the trust"),
                            ("policy", "National policy"),
                            ("principle", "Principles"),
                            ("value", "Values"),
                            ("context", "Context"),
                            ("stp_aim", "What the STP aims to deliver"),
                            ("achievement", "Achievements"),
                            ("must_now", "What must be done now"),
                            ("strategic_focus", "What the strategies focus on"),
                            ("stated_priority", "Priorities as stated"),
                            ("enabler_note", "On the enablers"),
                            ("future_vision", "The future as the plan sees it"),
                            ("service", "Services"),
                            ("pathway_step", "Steps of a pathway"),
                            ("activity", "Activity"),
                            ("quality_priority_rationale", "Why these quality priorities"),
                            ("quality_governance", "How quality is governed"),
                            ("lesson_learnt", "Lessons learnt"),
                            ("mitigation", "What is done about the risks"),
                            ("risk_progress", "How work on the risks stands"),
                            ("people_pillar", "Workforce: the pillars"),
                            ("vacancy", "Long-term vacancies"),
                            ("agency_rule", "Rules on agency staff"),
                            ("financial_planning", "How the finances are planned"),
                            ("assumption", "Assumptions"),
                            ("bridge", "From last year’s result to this year’s plan"),
                            ("capital", "Capital"),
                            ("cip_rule", "Rules of the savings programme"),
                            ("programme", "Programmes"),
                            ("gap", "The gaps to close"),
                            ("theme", "Themes"),
                            ("workstream", "Workstreams"),
                            ("governance", "Who meets when"),
                        ],
                        max_length=40,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=400)),
                ("text", models.TextField(blank=True)),
                ("when", models.CharField(blank=True, max_length=160)),
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
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="strategy.plan",
                    ),
                ),
                (
                    "source_document",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="strategy.sourcedocument",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical plan statement",
                "verbose_name_plural": "historical plan statements",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalQualityPriority",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("source_section", models.CharField(blank=True, max_length=300)),
                ("position", models.PositiveSmallIntegerField()),
                ("domain", models.CharField(max_length=120)),
                ("title", models.CharField(blank=True, max_length=300)),
                ("statement", models.TextField()),
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
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="strategy.plan",
                    ),
                ),
                (
                    "source_document",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="strategy.sourcedocument",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical quality priority",
                "verbose_name_plural": "historical quality prioritys",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalRisk",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("source_section", models.CharField(blank=True, max_length=300)),
                ("position", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=40)),
                ("title", models.CharField(blank=True, max_length=300)),
                ("description", models.TextField()),
                ("impact", models.TextField(blank=True)),
                ("response", models.TextField(blank=True)),
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
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="strategy.plan",
                    ),
                ),
                (
                    "source_document",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="strategy.sourcedocument",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical risk",
                "verbose_name_plural": "historical risks",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        AppendOnly(
            "strategy_historicalqualitypriority",
            text=("statement", "history_change_reason"),
            copied=True,
        ),
        AppendOnly(
            "strategy_historicalrisk",
            text=("description", "impact", "response", "history_change_reason"),
            copied=True,
        ),
        AppendOnly(
            "strategy_historicalplanstatement",
            text=("text", "history_change_reason"),
            copied=True,
        ),
    ]
