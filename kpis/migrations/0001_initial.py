import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import kpis.models.columns


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("strategy", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalMeasure",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=80)),
                ("name", models.CharField(max_length=160)),
                ("definition", models.TextField(blank=True)),
                ("numerator", models.CharField(blank=True, max_length=300)),
                ("denominator", models.CharField(blank=True, max_length=300)),
                (
                    "kind",
                    models.CharField(
                        choices=[("quantitative", "Quantitative"), ("milestone", "Milestone")],
                        default="quantitative",
                        max_length=12,
                    ),
                ),
                ("unit", models.CharField(blank=True, max_length=30)),
                (
                    "decimals",
                    models.PositiveSmallIntegerField(
                        default=0, validators=[django.core.validators.MaxValueValidator(6)]
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[
                            ("higher_is_better", "Higher is better"),
                            ("lower_is_better", "Lower is better"),
                            ("band", "Band"),
                            ("neutral", "Neutral"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "frequency",
                    models.CharField(
                        choices=[
                            ("monthly", "Monthly"),
                            ("quarterly", "Quarterly"),
                            ("half_yearly", "Half yearly"),
                            ("annual", "Annual"),
                            ("one_off", "One off"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "collection_level",
                    models.CharField(
                        choices=[("trust", "Trust"), ("care_group", "Care group")],
                        default="trust",
                        max_length=10,
                    ),
                ),
                (
                    "roll_up",
                    models.CharField(
                        choices=[
                            ("ratio_of_sums", "Ratio of sums"),
                            ("sum", "Sum"),
                            ("latest", "Latest"),
                            ("weighted_mean", "Weighted mean"),
                            ("none", "None"),
                        ],
                        default="none",
                        max_length=14,
                    ),
                ),
                (
                    "over_time",
                    models.CharField(
                        choices=[
                            ("ratio_of_sums", "Ratio of sums"),
                            ("sum", "Sum"),
                            ("last", "Last"),
                            ("mean", "Mean"),
                        ],
                        default="last",
                        max_length=14,
                    ),
                ),
                (
                    "year_end_month",
                    models.PositiveSmallIntegerField(
                        default=3,
                        help_text="3: windows of the financial year; 12: a survey of the calendar year.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(12),
                        ],
                    ),
                ),
                (
                    "judged_on",
                    models.CharField(
                        choices=[
                            ("month", "The period itself"),
                            ("year_to_date", "Year to date"),
                            ("rolling_12", "Rolling 12 months"),
                        ],
                        default="month",
                        max_length=14,
                    ),
                ),
                ("reporting_lag_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "minimum",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "maximum",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                ("numerator_may_exceed_denominator", models.BooleanField(default=False)),
                ("repeat_check", models.BooleanField(default=False)),
                ("counts_people", models.BooleanField(default=False)),
                (
                    "whole_numbers_only",
                    models.BooleanField(
                        default=False,
                        help_text="Parts, or the count, are whole. Not for staff in WTE, money, days or estimates.",
                    ),
                ),
                ("owner", models.CharField(blank=True, max_length=160)),
                ("data_source", models.CharField(blank=True, max_length=300)),
                (
                    "kitemark_sign_off",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not assessed"),
                            ("sufficient", "Sufficient"),
                            ("insufficient", "Insufficient"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "kitemark_timely",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not assessed"),
                            ("sufficient", "Sufficient"),
                            ("insufficient", "Insufficient"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "kitemark_audit",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not assessed"),
                            ("sufficient", "Sufficient"),
                            ("insufficient", "Insufficient"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "kitemark_robust",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not assessed"),
                            ("sufficient", "Sufficient"),
                            ("insufficient", "Insufficient"),
                        ],
                        max_length=12,
                    ),
                ),
                ("tags", models.JSONField(blank=True, default=list)),
                ("interpretation_note", models.TextField(blank=True)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
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
            ],
            options={
                "verbose_name": "historical measure",
                "verbose_name_plural": "historical measures",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Measure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=160)),
                ("definition", models.TextField(blank=True)),
                ("numerator", models.CharField(blank=True, max_length=300)),
                ("denominator", models.CharField(blank=True, max_length=300)),
                (
                    "kind",
                    models.CharField(
                        choices=[("quantitative", "Quantitative"), ("milestone", "Milestone")],
                        default="quantitative",
                        max_length=12,
                    ),
                ),
                ("unit", models.CharField(blank=True, max_length=30)),
                (
                    "decimals",
                    models.PositiveSmallIntegerField(
                        default=0, validators=[django.core.validators.MaxValueValidator(6)]
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[
                            ("higher_is_better", "Higher is better"),
                            ("lower_is_better", "Lower is better"),
                            ("band", "Band"),
                            ("neutral", "Neutral"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "frequency",
                    models.CharField(
                        choices=[
                            ("monthly", "Monthly"),
                            ("quarterly", "Quarterly"),
                            ("half_yearly", "Half yearly"),
                            ("annual", "Annual"),
                            ("one_off", "One off"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "collection_level",
                    models.CharField(
                        choices=[("trust", "Trust"), ("care_group", "Care group")],
                        default="trust",
                        max_length=10,
                    ),
                ),
                (
                    "roll_up",
                    models.CharField(
                        choices=[
                            ("ratio_of_sums", "Ratio of sums"),
                            ("sum", "Sum"),
                            ("latest", "Latest"),
                            ("weighted_mean", "Weighted mean"),
                            ("none", "None"),
                        ],
                        default="none",
                        max_length=14,
                    ),
                ),
                (
                    "over_time",
                    models.CharField(
                        choices=[
                            ("ratio_of_sums", "Ratio of sums"),
                            ("sum", "Sum"),
                            ("last", "Last"),
                            ("mean", "Mean"),
                        ],
                        default="last",
                        max_length=14,
                    ),
                ),
                (
                    "year_end_month",
                    models.PositiveSmallIntegerField(
                        default=3,
                        help_text="3: windows of the financial year; 12: a survey of the calendar year.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(12),
                        ],
                    ),
                ),
                (
                    "judged_on",
                    models.CharField(
                        choices=[
                            ("month", "The period itself"),
                            ("year_to_date", "Year to date"),
                            ("rolling_12", "Rolling 12 months"),
                        ],
                        default="month",
                        max_length=14,
                    ),
                ),
                ("reporting_lag_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "minimum",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "maximum",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                ("numerator_may_exceed_denominator", models.BooleanField(default=False)),
                ("repeat_check", models.BooleanField(default=False)),
                ("counts_people", models.BooleanField(default=False)),
                (
                    "whole_numbers_only",
                    models.BooleanField(
                        default=False,
                        help_text="Parts, or the count, are whole. Not for staff in WTE, money, days or estimates.",
                    ),
                ),
                ("owner", models.CharField(blank=True, max_length=160)),
                ("data_source", models.CharField(blank=True, max_length=300)),
                (
                    "kitemark_sign_off",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not assessed"),
                            ("sufficient", "Sufficient"),
                            ("insufficient", "Insufficient"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "kitemark_timely",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not assessed"),
                            ("sufficient", "Sufficient"),
                            ("insufficient", "Insufficient"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "kitemark_audit",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not assessed"),
                            ("sufficient", "Sufficient"),
                            ("insufficient", "Insufficient"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "kitemark_robust",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not assessed"),
                            ("sufficient", "Sufficient"),
                            ("insufficient", "Insufficient"),
                        ],
                        max_length=12,
                    ),
                ),
                ("tags", models.JSONField(blank=True, default=list)),
                ("interpretation_note", models.TextField(blank=True)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "committees",
                    models.ManyToManyField(
                        blank=True, related_name="measures", to="strategy.committee"
                    ),
                ),
                (
                    "quality_priorities",
                    models.ManyToManyField(
                        blank=True, related_name="measures", to="strategy.qualitypriority"
                    ),
                ),
                (
                    "risks",
                    models.ManyToManyField(blank=True, related_name="measures", to="strategy.risk"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HistoricalTarget",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("source_section", models.CharField(blank=True, max_length=300)),
                ("code", models.CharField(db_index=True, max_length=120)),
                ("position", models.PositiveSmallIntegerField()),
                ("part", models.CharField(blank=True, max_length=2)),
                ("statement", models.TextField()),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("commitment", "Commitment"),
                            ("national_standard", "National standard"),
                            ("interim", "Interim"),
                            ("local", "Local"),
                        ],
                        default="commitment",
                        max_length=20,
                    ),
                ),
                (
                    "operator",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ge", "Ge"),
                            ("le", "Le"),
                            ("gt", "Gt"),
                            ("lt", "Lt"),
                            ("eq", "Eq"),
                            ("between", "Between"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "baseline",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                ("baseline_period", models.CharField(blank=True, max_length=20)),
                (
                    "value_is",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("absolute", "Absolute"),
                            ("relative_to_baseline", "Relative to baseline"),
                            ("change_from_baseline", "Change from baseline"),
                            ("compound_each_year", "Compound each year"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "change",
                    models.CharField(
                        blank=True, choices=[("up", "Up"), ("down", "Down")], max_length=4
                    ),
                ),
                (
                    "value",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "upper_value",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                ("printed_value", models.CharField(blank=True, max_length=80)),
                (
                    "floor",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                ("effective_from", models.DateField(blank=True, null=True)),
                ("due_on", models.DateField(blank=True, null=True)),
                ("due_as_published", models.CharField(blank=True, max_length=160)),
                (
                    "profile",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("step", "Step"),
                            ("straight_line", "Straight line"),
                            ("explicit_points", "Explicit points"),
                        ],
                        max_length=16,
                    ),
                ),
                ("recurrent", models.BooleanField(blank=True, null=True)),
                ("interpretation_note", models.TextField(blank=True)),
                (
                    "known_from",
                    models.DateTimeField(
                        blank=True,
                        help_text="When it was published; empty: always known.",
                        null=True,
                    ),
                ),
                ("retired_on", models.DateField(blank=True, null=True)),
                ("retired_reason", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
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
                    "care_group",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="strategy.caregroup",
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
                    "objective",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="strategy.objective",
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
                (
                    "measure",
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
                "verbose_name": "historical target",
                "verbose_name_plural": "historical targets",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalSeries",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                (
                    "fed_by",
                    models.CharField(
                        choices=[
                            ("returns", "Monthly returns"),
                            ("roll_up", "The care groups' returns"),
                            ("published", "Published figures"),
                        ],
                        default="returns",
                        max_length=10,
                    ),
                ),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
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
                    "care_group",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="strategy.caregroup",
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
                    "measure",
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
                "verbose_name": "historical series",
                "verbose_name_plural": "historical series",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
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
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
        migrations.CreateModel(
            name="MeasureChange",
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
                    "field",
                    models.CharField(
                        choices=[
                            ("definition", "Definition"),
                            ("numerator", "Numerator"),
                            ("denominator", "Denominator"),
                        ],
                        max_length=11,
                    ),
                ),
                ("old", models.TextField(blank=True)),
                ("new", models.TextField(blank=True)),
                ("comparable", models.BooleanField()),
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
                        related_name="changes",
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
        ),
        migrations.CreateModel(
            name="MeasureLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                (
                    "from_measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_from",
                        to="kpis.measure",
                    ),
                ),
                (
                    "to_measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_to",
                        to="kpis.measure",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReportingPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "starts_on",
                    models.DateField(help_text="The first day of the month.", unique=True),
                ),
                ("opens_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                ("sign_off_at", models.DateTimeField()),
                ("freezes_at", models.DateTimeField()),
                ("locked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "is_illustrative",
                    models.BooleanField(
                        default=False,
                        help_text="Its clock was set for the demonstration, not for real returns.",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opens_at__lt", models.F("closes_at")),
                            ("closes_at__lte", models.F("sign_off_at")),
                            ("sign_off_at__lte", models.F("freezes_at")),
                        ),
                        name="reporting_period_clock_in_order",
                        violation_error_message="Entry opens, closes, is signed off and freezes in that order.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Return",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("not_started", "Not started"),
                            ("draft", "Draft"),
                            ("submitted", "Submitted"),
                            ("approved", "Approved"),
                            ("returned", "Returned"),
                        ],
                        default="not_started",
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("is_nil", models.BooleanField(default=False)),
                ("nil_reason", models.TextField(blank=True)),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("returned_at", models.DateTimeField(blank=True, null=True)),
                ("returned_reason", models.TextField(blank=True)),
                ("reopened_at", models.DateTimeField(blank=True, null=True)),
                ("reopened_reason", models.TextField(blank=True)),
                (
                    "is_illustrative",
                    models.BooleanField(
                        default=False, help_text="Made up with its figures, and approved by nobody."
                    ),
                ),
                (
                    "is_text_withdrawn",
                    models.BooleanField(db_default=False, default=False, editable=False),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "care_group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="strategy.caregroup",
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="kpis.reportingperiod",
                    ),
                ),
                (
                    "reopened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "returned_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Actual",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                ("version", models.PositiveIntegerField()),
                (
                    "numerator",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "denominator",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "value",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "milestone_status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("not_started", "Not started"),
                            ("on_track", "On track"),
                            ("at_risk", "At risk"),
                            ("off_track", "Off track"),
                            ("complete", "Complete"),
                        ],
                        max_length=12,
                    ),
                ),
                ("forecast_on", models.DateField(blank=True, null=True)),
                ("completed_on", models.DateField(blank=True, null=True)),
                (
                    "value_status",
                    models.CharField(
                        choices=[
                            ("provisional", "Provisional"),
                            ("final", "Final"),
                            ("not_applicable", "Not applicable"),
                            ("suppressed", "Suppressed"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="final",
                        max_length=14,
                    ),
                ),
                ("status_reason", models.TextField(blank=True)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("published", "Published"),
                            ("entered", "Entered"),
                            ("imported", "Imported"),
                            ("illustrative", "Illustrative"),
                        ],
                        max_length=12,
                    ),
                ),
                ("printed_as", models.CharField(blank=True, max_length=200)),
                ("note", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                ("change_reason", models.TextField(blank=True)),
                (
                    "is_text_withdrawn",
                    models.BooleanField(db_default=False, default=False, editable=False),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source_document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="strategy.sourcedocument",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actuals",
                        to="kpis.return",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "fed_by",
                    models.CharField(
                        choices=[
                            ("returns", "Monthly returns"),
                            ("roll_up", "The care groups' returns"),
                            ("published", "Published figures"),
                        ],
                        default="returns",
                        max_length=10,
                    ),
                ),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("data_version", models.PositiveIntegerField(default=1)),
                ("assessed_version", models.PositiveIntegerField(default=0)),
                ("assessed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "care_group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="series",
                        to="strategy.caregroup",
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="series",
                        to="kpis.measure",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "series",
            },
        ),
        migrations.CreateModel(
            name="ReturnCell",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "period_end",
                    models.DateField(help_text="Last day of the window that the figure is of."),
                ),
                ("numerator_text", models.CharField(blank=True, max_length=200)),
                ("denominator_text", models.CharField(blank=True, max_length=200)),
                ("value_text", models.CharField(blank=True, max_length=200)),
                (
                    "numerator",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "denominator",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "value",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                ("milestone_status", models.CharField(blank=True, max_length=12)),
                ("forecast_text", models.CharField(blank=True, max_length=40)),
                ("forecast_on", models.DateField(blank=True, null=True)),
                ("completed_text", models.CharField(blank=True, max_length=40)),
                ("completed_on", models.DateField(blank=True, null=True)),
                (
                    "withdrawn",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="The approved figure should never have been.",
                    ),
                ),
                ("no_data_reason", models.TextField(blank=True)),
                ("error", models.TextField(blank=True)),
                ("confirmed", models.BooleanField(default=False)),
                ("confirm_reason", models.TextField(blank=True)),
                ("comment", models.TextField(blank=True)),
                ("change_reason", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("box_changes", models.JSONField(blank=True, default=dict)),
                ("saved_at", models.DateTimeField()),
                (
                    "saved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cells",
                        to="kpis.return",
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cells",
                        to="kpis.series",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rebase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_on", models.DateField()),
                ("reason", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("is_illustrative", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "is_text_withdrawn",
                    models.BooleanField(db_default=False, default=False, editable=False),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rebases",
                        to="kpis.series",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HistoricalRebase",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("starts_on", models.DateField()),
                ("reason", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("is_illustrative", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "is_text_withdrawn",
                    models.BooleanField(db_default=False, default=False, editable=False),
                ),
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
                    "recorded_by",
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
                    "series",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kpis.series",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical rebase",
                "verbose_name_plural": "historical rebases",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="FixedBaseline",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("points", models.PositiveSmallIntegerField()),
                ("reason", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "is_text_withdrawn",
                    models.BooleanField(db_default=False, default=False, editable=False),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fixed_baselines",
                        to="kpis.series",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Commentary",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                ("what_happened", models.TextField()),
                ("why", models.TextField(blank=True)),
                ("action", models.TextField(blank=True)),
                ("owner", models.CharField(blank=True, max_length=160)),
                ("recovery_expected", models.DateField(blank=True, null=True)),
                ("written_at", models.DateTimeField()),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("is_illustrative", models.BooleanField(default=False)),
                (
                    "written_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="commentaries",
                        to="kpis.series",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "commentary",
            },
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                (
                    "value",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "judged_value",
                    kpis.models.columns.ExactDecimal(
                        blank=True,
                        help_text="Year to date or rolling 12 months, else the value.",
                        null=True,
                    ),
                ),
                ("windows_held", models.PositiveSmallIntegerField(db_default=0, default=0)),
                (
                    "windows_expected",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, help_text="0: the window is rated by itself."
                    ),
                ),
                ("windows_in_year", models.PositiveSmallIntegerField(db_default=0, default=0)),
                (
                    "numerator",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "denominator",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "milestone_status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("not_started", "Not started"),
                            ("on_track", "On track"),
                            ("at_risk", "At risk"),
                            ("off_track", "Off track"),
                            ("complete", "Complete"),
                        ],
                        max_length=12,
                    ),
                ),
                ("forecast_on", models.DateField(blank=True, null=True)),
                ("completed_on", models.DateField(blank=True, null=True)),
                ("groups_reported", models.PositiveSmallIntegerField(default=1)),
                ("groups_expected", models.PositiveSmallIntegerField(default=1)),
                (
                    "value_status",
                    models.CharField(
                        choices=[
                            ("provisional", "Provisional"),
                            ("final", "Final"),
                            ("not_applicable", "Not applicable"),
                            ("suppressed", "Suppressed"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("green", "Green"),
                            ("amber", "Amber"),
                            ("red", "Red"),
                            ("blue", "Blue"),
                            ("no_measure", "No measure"),
                            ("not_applicable", "Not applicable"),
                            ("suppressed", "Suppressed"),
                            ("not_due", "Not due"),
                            ("late", "Late"),
                            ("no_data", "No data"),
                            ("incomplete", "Incomplete"),
                            ("needs_baseline", "Needs baseline"),
                            ("no_target", "No target"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("published", "Published"),
                            ("entered", "Entered"),
                            ("imported", "Imported"),
                            ("illustrative", "Illustrative"),
                        ],
                        max_length=12,
                    ),
                ),
                ("spc_mean", models.FloatField(blank=True, null=True)),
                ("spc_lower", models.FloatField(blank=True, null=True)),
                ("spc_upper", models.FloatField(blank=True, null=True)),
                ("spc_segment", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("point_type", models.CharField(blank=True, max_length=30)),
                ("special_cause", models.CharField(blank=True, max_length=40)),
                (
                    "opposing_cause",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="A rule that holds too and points the other way.",
                        max_length=40,
                    ),
                ),
                ("variation", models.CharField(default="none", max_length=20)),
                ("assurance", models.CharField(default="none", max_length=14)),
                ("limits_status", models.CharField(default="none", max_length=10)),
                ("points_in_segment", models.PositiveSmallIntegerField(default=0)),
                (
                    "signal_moves",
                    models.SmallIntegerField(
                        db_default=0,
                        default=0,
                        help_text="1: the signal's points rise, -1: they fall, else 0.",
                    ),
                ),
                ("signal_run", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("signal_from", models.DateField(blank=True, null=True)),
                ("signal_to", models.DateField(blank=True, null=True)),
                ("opposing_run", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("points_outside", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("limits_rest_on", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("segment_from", models.DateField(blank=True, null=True)),
                ("tested_windows", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("met_windows", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("tested_from", models.DateField(blank=True, null=True)),
                ("tested_on_one_target", models.BooleanField(db_default=False, default=False)),
                ("known_from", models.DateTimeField(blank=True, null=True)),
                (
                    "actual",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="kpis.actual",
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assessments",
                        to="kpis.series",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Annotation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                ("text", models.CharField(max_length=200)),
                ("recorded_at", models.DateTimeField()),
                ("is_illustrative", models.BooleanField(default=False)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="annotations",
                        to="kpis.series",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="actual",
            name="series",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="actuals",
                to="kpis.series",
            ),
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source_section", models.CharField(blank=True, max_length=300)),
                ("code", models.CharField(max_length=120, unique=True)),
                ("position", models.PositiveSmallIntegerField()),
                ("part", models.CharField(blank=True, max_length=2)),
                ("statement", models.TextField()),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("commitment", "Commitment"),
                            ("national_standard", "National standard"),
                            ("interim", "Interim"),
                            ("local", "Local"),
                        ],
                        default="commitment",
                        max_length=20,
                    ),
                ),
                (
                    "operator",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ge", "Ge"),
                            ("le", "Le"),
                            ("gt", "Gt"),
                            ("lt", "Lt"),
                            ("eq", "Eq"),
                            ("between", "Between"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "baseline",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                ("baseline_period", models.CharField(blank=True, max_length=20)),
                (
                    "value_is",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("absolute", "Absolute"),
                            ("relative_to_baseline", "Relative to baseline"),
                            ("change_from_baseline", "Change from baseline"),
                            ("compound_each_year", "Compound each year"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "change",
                    models.CharField(
                        blank=True, choices=[("up", "Up"), ("down", "Down")], max_length=4
                    ),
                ),
                (
                    "value",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "upper_value",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                ("printed_value", models.CharField(blank=True, max_length=80)),
                (
                    "floor",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                ("effective_from", models.DateField(blank=True, null=True)),
                ("due_on", models.DateField(blank=True, null=True)),
                ("due_as_published", models.CharField(blank=True, max_length=160)),
                (
                    "profile",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("step", "Step"),
                            ("straight_line", "Straight line"),
                            ("explicit_points", "Explicit points"),
                        ],
                        max_length=16,
                    ),
                ),
                ("recurrent", models.BooleanField(blank=True, null=True)),
                ("interpretation_note", models.TextField(blank=True)),
                (
                    "known_from",
                    models.DateTimeField(
                        blank=True,
                        help_text="When it was published; empty: always known.",
                        null=True,
                    ),
                ),
                ("retired_on", models.DateField(blank=True, null=True)),
                ("retired_reason", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "care_group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="targets",
                        to="strategy.caregroup",
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="targets",
                        to="kpis.measure",
                    ),
                ),
                (
                    "objective",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="strategy.objective",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="strategy.plan",
                    ),
                ),
                (
                    "source_document",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="strategy.sourcedocument",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Judgement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_primary", models.BooleanField()),
                ("target_value", kpis.models.columns.ExactDecimal(blank=True, null=True)),
                ("target_upper", kpis.models.columns.ExactDecimal(blank=True, null=True)),
                (
                    "year_value",
                    kpis.models.columns.ExactDecimal(
                        blank=True,
                        help_text="The year's amount, where the target is a share of it.",
                        null=True,
                    ),
                ),
                ("year_upper", kpis.models.columns.ExactDecimal(blank=True, null=True)),
                ("floor", kpis.models.columns.ExactDecimal(blank=True, null=True)),
                ("floor_is_default", models.BooleanField(default=False)),
                ("variance", kpis.models.columns.ExactDecimal(blank=True, null=True)),
                (
                    "rag",
                    models.CharField(
                        choices=[
                            ("green", "Green"),
                            ("amber", "Amber"),
                            ("red", "Red"),
                            ("blue", "Blue"),
                            ("no_measure", "No measure"),
                            ("not_applicable", "Not applicable"),
                            ("suppressed", "Suppressed"),
                            ("not_due", "Not due"),
                            ("late", "Late"),
                            ("no_data", "No data"),
                            ("incomplete", "Incomplete"),
                            ("needs_baseline", "Needs baseline"),
                            ("no_target", "No target"),
                        ],
                        max_length=16,
                    ),
                ),
                ("carried_forward", models.BooleanField(default=False)),
                ("due_date_passed", models.BooleanField(default=False)),
                ("due_on", models.DateField(blank=True, null=True)),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="judgements",
                        to="kpis.assessment",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="judgements",
                        to="kpis.target",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HistoricalTargetPoint",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(help_text="The first day of the month.")),
                (
                    "value",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
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
                    "target",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kpis.target",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical target point",
                "verbose_name_plural": "historical target points",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="TargetChange",
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
                    "value",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "upper_value",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "floor",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("due_on", models.DateField(blank=True, null=True)),
                ("retired_on", models.DateField(blank=True, null=True)),
                ("needs_second_person", models.BooleanField()),
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
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="kpis.target",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TargetPoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(help_text="The first day of the month.")),
                (
                    "value",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="points",
                        to="kpis.target",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ToleranceChange",
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
                ("old", models.DecimalField(decimal_places=2, max_digits=5)),
                (
                    "new",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                    ),
                ),
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
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tolerance_changes",
                        to="strategy.plan",
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
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("approved", "Approved"), ("returned", "Returned")], max_length=8
                    ),
                ),
                ("decided_at", models.DateTimeField()),
                ("known_from", models.DateTimeField()),
                ("known_from_is_assumed", models.BooleanField(default=False)),
                ("reason", models.TextField(blank=True)),
                (
                    "is_text_withdrawn",
                    models.BooleanField(db_default=False, default=False, editable=False),
                ),
                (
                    "actual",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="kpis.actual",
                    ),
                ),
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
            ],
            options={
                "indexes": [models.Index(fields=["known_from"], name="decision_by_known_from")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("actual",),
                        name="decision_once_an_actual",
                        violation_error_message="Someone else has just decided on this figure.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "returned"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            ("is_text_withdrawn", True),
                            _connector="OR",
                        ),
                        name="decision_return_has_a_reason",
                        violation_error_message="Say why the figure goes back.",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from__isnull", True),
                    ("valid_to__isnull", True),
                    ("valid_to__gt", models.F("valid_from")),
                    _connector="OR",
                ),
                name="measure_ends_after_start",
                violation_error_message="The end must be after the start.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("direction__in", ["band", "higher_is_better", "lower_is_better", "neutral"])
                ),
                name="measure_known_direction",
                violation_error_message="Direction must be one of: band, higher_is_better, lower_is_better, neutral.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("frequency__in", ["annual", "half_yearly", "monthly", "one_off", "quarterly"])
                ),
                name="measure_known_frequency",
                violation_error_message="Frequency must be one of: annual, half_yearly, monthly, one_off, quarterly.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("roll_up", "ratio_of_sums"), _negated=True),
                    models.Q(
                        models.Q(("numerator", ""), _negated=True),
                        models.Q(("denominator", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="measure_ratio_has_parts",
                violation_error_message="A ratio of sums needs the wording of its numerator and denominator.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("minimum__isnull", True),
                    ("maximum__isnull", True),
                    ("maximum__gt", models.F("minimum")),
                    _connector="OR",
                ),
                name="measure_limits_in_order",
                violation_error_message="The maximum must be more than the minimum.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "milestone"), models.Q(("unit", ""), _negated=True), _connector="OR"
                ),
                name="measure_quantity_has_unit",
                violation_error_message="A measure that is counted needs a unit.",
            ),
        ),
        migrations.AddIndex(
            model_name="measurechange",
            index=models.Index(fields=["measure", "outcome"], name="measure_change_by_state"),
        ),
        migrations.AddConstraint(
            model_name="measurechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="measure_change_has_a_reason",
                violation_error_message="Say why the wording changes.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurechange",
            constraint=models.CheckConstraint(
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
                name="measure_change_decided_by_someone",
                violation_error_message="A decision has its person and its moment.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "approved"), _negated=True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="measure_change_second_person",
                violation_error_message="The wording is changed by two people.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "rejected"), _negated=True),
                    models.Q(("decision_reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="measure_change_refused_with_a_reason",
                violation_error_message="Say why the change is not approved.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurechange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "proposed")),
                fields=("measure", "field"),
                name="measure_change_one_waits",
                violation_error_message="A change of the wording is already waiting.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurechange",
            constraint=models.CheckConstraint(
                condition=models.Q(("old", models.F("new")), _negated=True),
                name="measure_change_says_something_else",
                violation_error_message="Change the wording.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurelink",
            constraint=models.UniqueConstraint(
                fields=("from_measure", "to_measure"),
                name="measure_link_once",
                violation_error_message="These measures are already linked.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurelink",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_measure", models.F("to_measure")), _negated=True),
                name="measure_link_of_two",
                violation_error_message="A measure cannot be linked to itself.",
            ),
        ),
        migrations.AddConstraint(
            model_name="return",
            constraint=models.UniqueConstraint(
                fields=("period", "care_group"),
                name="return_once_a_month",
                violation_error_message="This return has already been started.",
            ),
        ),
        migrations.AddConstraint(
            model_name="return",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_nil", False),
                    models.Q(("nil_reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="return_nil_has_a_reason",
                violation_error_message="Say why there is nothing to report.",
            ),
        ),
        migrations.AddConstraint(
            model_name="return",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "returned"), _negated=True),
                    models.Q(("returned_reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="return_sent_back_with_a_reason",
                violation_error_message="Say why the return goes back.",
            ),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.UniqueConstraint(
                fields=("measure", "care_group"),
                name="series_once",
                violation_error_message="This care group already reports this measure.",
            ),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.CheckConstraint(
                condition=models.Q(("assessed_version__lte", models.F("data_version"))),
                name="series_never_assessed_ahead",
                violation_error_message="A series cannot be assessed ahead of its data.",
            ),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from__isnull", True),
                    ("valid_to__isnull", True),
                    ("valid_to__gt", models.F("valid_from")),
                    _connector="OR",
                ),
                name="series_ends_after_start",
                violation_error_message="The end must be after the start.",
            ),
        ),
        migrations.AddConstraint(
            model_name="returncell",
            constraint=models.UniqueConstraint(
                fields=("submission", "series", "period_end"),
                name="return_cell_once_a_window",
                violation_error_message="Someone else has just saved this figure.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rebase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="rebase_has_a_reason",
                violation_error_message="Say why the limits are recalculated.",
            ),
        ),
        migrations.AddConstraint(
            model_name="fixedbaseline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="fixed_baseline_has_a_reason",
                violation_error_message="Say why the limits are fixed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="fixedbaseline",
            constraint=models.CheckConstraint(
                condition=models.Q(("points__range", (12, 999))),
                name="fixed_baseline_has_enough_points",
                violation_error_message="Limits are fixed on 12 to 999 points.",
            ),
        ),
        migrations.AddConstraint(
            model_name="fixedbaseline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("series",),
                name="fixed_baseline_one_stands",
                violation_error_message="The limits of this series are fixed already.",
            ),
        ),
        migrations.AddIndex(
            model_name="commentary",
            index=models.Index(fields=["series", "period_end"], name="commentary_by_period"),
        ),
        migrations.AddIndex(
            model_name="assessment",
            index=models.Index(fields=["series", "period_end"], name="assessment_by_series_period"),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.UniqueConstraint(
                fields=("series", "period_start", "period_end"),
                name="assessment_once_a_window",
                violation_error_message="This window is already assessed.",
            ),
        ),
        migrations.AddIndex(
            model_name="actual",
            index=models.Index(fields=["series", "period_end"], name="actual_by_series_period"),
        ),
        migrations.AddConstraint(
            model_name="actual",
            constraint=models.UniqueConstraint(
                fields=("series", "period_start", "period_end", "version"),
                name="actual_version_once",
                violation_error_message="Someone else has just recorded this figure.",
            ),
        ),
        migrations.AddConstraint(
            model_name="actual",
            constraint=models.CheckConstraint(
                condition=models.Q(("period_end__gte", models.F("period_start"))),
                name="actual_window_in_order",
                violation_error_message="The period must end after it starts.",
            ),
        ),
        migrations.AddConstraint(
            model_name="actual",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("value_status__in", ["not_applicable", "suppressed", "withdrawn"]),
                        _negated=True,
                    ),
                    models.Q(
                        ("value__isnull", True),
                        models.Q(
                            models.Q(("status_reason", ""), _negated=True),
                            ("is_text_withdrawn", True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="actual_reason_for_no_value",
                violation_error_message="Say why there is no figure.",
            ),
        ),
        migrations.AddConstraint(
            model_name="actual",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value_status__in", ["not_applicable", "suppressed", "withdrawn"]),
                    ("value__isnull", False),
                    models.Q(("milestone_status", ""), _negated=True),
                    _connector="OR",
                ),
                name="actual_says_something",
                violation_error_message="Enter a figure, or say why there is none.",
            ),
        ),
        migrations.AddConstraint(
            model_name="actual",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("denominator__isnull", True), ("numerator__isnull", True)),
                    models.Q(("denominator__isnull", False), ("numerator__isnull", False)),
                    _connector="OR",
                ),
                name="actual_parts_come_together",
                violation_error_message="Enter both parts of the figure.",
            ),
        ),
        migrations.AddConstraint(
            model_name="actual",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("version", 1),
                    models.Q(("change_reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="actual_correction_has_a_reason",
                violation_error_message="Say why the figure is corrected.",
            ),
        ),
        migrations.AddConstraint(
            model_name="actual",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("value_status", "withdrawn"), _negated=True),
                    models.Q(
                        ("completed_on__isnull", True),
                        ("forecast_on__isnull", True),
                        ("milestone_status", ""),
                        ("numerator__isnull", True),
                        ("value__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="actual_withdrawn_says_nothing",
                violation_error_message="A figure that is withdrawn has no value.",
            ),
        ),
        migrations.AddIndex(
            model_name="target",
            index=models.Index(fields=["measure", "role"], name="target_by_measure_role"),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("role__in", ["commitment", "interim", "local", "national_standard"])
                ),
                name="target_known_role",
                violation_error_message="Role must be one of: commitment, interim, local, national_standard.",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(("operator__in", ["between", "eq", "ge", "gt", "le", "lt", ""])),
                name="target_known_operator",
                violation_error_message="Operator must be one of: between, eq, ge, gt, le, lt.",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "value_is__in",
                        [
                            "absolute",
                            "change_from_baseline",
                            "compound_each_year",
                            "relative_to_baseline",
                            "",
                        ],
                    )
                ),
                name="target_known_value_is",
                violation_error_message="Value is must be one of: absolute, change_from_baseline, compound_each_year, relative_to_baseline.",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(("change__in", ["down", "up", ""])),
                name="target_known_change",
                violation_error_message="Change must be one of: down, up.",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("profile__in", ["explicit_points", "step", "straight_line", ""])
                ),
                name="target_known_profile",
                violation_error_message="Profile must be one of: explicit_points, step, straight_line.",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value__isnull", True), ("measure__isnull", False), _connector="OR"
                ),
                name="target_value_needs_a_measure",
                violation_error_message="A target with a value needs a measure to count it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value__isnull", True),
                    models.Q(
                        models.Q(("value_is", ""), _negated=True),
                        models.Q(("operator", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="target_value_says_what_it_is",
                violation_error_message="A target with a value needs an operator and a kind.",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value_is__in", ["", "absolute"]),
                    ("value__isnull", True),
                    models.Q(("value__gte", 0), models.Q(("change", ""), _negated=True)),
                    _connector="OR",
                ),
                name="target_relative_size_is_positive",
                violation_error_message="A change needs a positive size and a direction, up or down.",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("operator", "between"), _negated=True),
                    models.Q(
                        ("value__isnull", False),
                        ("upper_value__isnull", False),
                        ("upper_value__gt", models.F("value")),
                    ),
                    _connector="OR",
                ),
                name="target_between_has_two_values",
                violation_error_message="A band needs a lower and a higher value.",
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("objective__isnull", True), ("plan__isnull", False), _connector="OR"
                ),
                name="target_without_objective_stands_alone",
                violation_error_message="A target of an objective belongs to its plan.",
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "rag__in",
                        [
                            "amber",
                            "blue",
                            "green",
                            "incomplete",
                            "late",
                            "needs_baseline",
                            "no_data",
                            "no_measure",
                            "no_target",
                            "not_applicable",
                            "not_due",
                            "red",
                            "suppressed",
                        ],
                    )
                ),
                name="judgement_known_rag",
                violation_error_message="Rag must be one of: amber, blue, green, incomplete, late, needs_baseline, no_data, no_measure, no_target, not_applicable, not_due, red, suppressed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.UniqueConstraint(
                fields=("assessment", "target"),
                name="judgement_once_a_target",
                violation_error_message="This value is already judged against that target.",
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_primary", True)),
                fields=("assessment",),
                name="judgement_one_primary",
                violation_error_message="A value has one primary judgement.",
            ),
        ),
        migrations.AddIndex(
            model_name="targetchange",
            index=models.Index(fields=["target", "outcome"], name="target_change_by_target_state"),
        ),
        migrations.AddConstraint(
            model_name="targetchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="target_change_has_a_reason",
                violation_error_message="Say why the target changes.",
            ),
        ),
        migrations.AddConstraint(
            model_name="targetchange",
            constraint=models.CheckConstraint(
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
                name="target_change_decided_by_someone",
                violation_error_message="A decision has its person and its moment.",
            ),
        ),
        migrations.AddConstraint(
            model_name="targetchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "approved"), _negated=True),
                    ("needs_second_person", False),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="target_change_second_person",
                violation_error_message="A commitment is changed by two people.",
            ),
        ),
        migrations.AddConstraint(
            model_name="targetchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "rejected"), _negated=True),
                    models.Q(("decision_reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="target_change_refused_with_a_reason",
                violation_error_message="Say why the change is not approved.",
            ),
        ),
        migrations.AddConstraint(
            model_name="targetchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "proposed")),
                fields=("target",),
                name="target_change_one_waits",
                violation_error_message="A change of this target is already waiting.",
            ),
        ),
        migrations.AddConstraint(
            model_name="targetpoint",
            constraint=models.UniqueConstraint(
                fields=("target", "month"),
                name="target_point_once_a_month",
                violation_error_message="The target already has a value for that month.",
            ),
        ),
        migrations.AddIndex(
            model_name="tolerancechange",
            index=models.Index(fields=["plan", "outcome"], name="tolerance_change_by_state"),
        ),
        migrations.AddConstraint(
            model_name="tolerancechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="tolerance_change_has_a_reason",
                violation_error_message="Say why the tolerance changes.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tolerancechange",
            constraint=models.CheckConstraint(
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
                name="tolerance_change_decided_by_someone",
                violation_error_message="A decision has its person and its moment.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tolerancechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "approved"), _negated=True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="tolerance_change_second_person",
                violation_error_message="The tolerance is changed by two people.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tolerancechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "rejected"), _negated=True),
                    models.Q(("decision_reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="tolerance_change_refused_with_a_reason",
                violation_error_message="Say why the change is not approved.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tolerancechange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "proposed")),
                fields=("plan",),
                name="tolerance_change_one_waits",
                violation_error_message="A change of the tolerance is already waiting.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tolerancechange",
            constraint=models.CheckConstraint(
                condition=models.Q(("new__gte", 0), ("new__lte", 100)),
                name="tolerance_change_is_a_percentage",
                violation_error_message="The default tolerance must be between 0 and 100.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tolerancechange",
            constraint=models.CheckConstraint(
                condition=models.Q(("old", models.F("new")), _negated=True),
                name="tolerance_change_says_something_else",
                violation_error_message="Change the tolerance.",
            ),
        ),
    ]
