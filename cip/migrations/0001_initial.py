import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import cip.models.programmes
import kpis.models.columns


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("kpis", "0001_initial"),
        ("strategy", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoricalProgramme",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("source_section", models.CharField(blank=True, max_length=300)),
                (
                    "year",
                    models.CharField(
                        db_index=True,
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^\\d{4}-\\d{2}$", "Write the year as 2019-20."
                            )
                        ],
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("statement", models.TextField(blank=True)),
                ("weight_green", models.DecimalField(decimal_places=2, default=100, max_digits=5)),
                ("weight_amber", models.DecimalField(decimal_places=2, default=50, max_digits=5)),
                ("weight_red", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                ("weights_statement", models.TextField(blank=True)),
                (
                    "printed_target_k",
                    cip.models.programmes.MoneyThousands(
                        blank=True, decimal_places=3, max_digits=14, null=True
                    ),
                ),
                (
                    "printed_identified_k",
                    cip.models.programmes.MoneyThousands(
                        blank=True, decimal_places=3, max_digits=14, null=True
                    ),
                ),
                (
                    "printed_unidentified_k",
                    cip.models.programmes.MoneyThousands(
                        blank=True, decimal_places=3, max_digits=14, null=True
                    ),
                ),
                ("rules", models.JSONField(blank=True, default=list)),
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
                "verbose_name": "historical programme",
                "verbose_name_plural": "historical programmes",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Programme",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source_section", models.CharField(blank=True, max_length=300)),
                (
                    "year",
                    models.CharField(
                        max_length=7,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^\\d{4}-\\d{2}$", "Write the year as 2019-20."
                            )
                        ],
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("statement", models.TextField(blank=True)),
                ("weight_green", models.DecimalField(decimal_places=2, default=100, max_digits=5)),
                ("weight_amber", models.DecimalField(decimal_places=2, default=50, max_digits=5)),
                ("weight_red", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                ("weights_statement", models.TextField(blank=True)),
                (
                    "printed_target_k",
                    cip.models.programmes.MoneyThousands(
                        blank=True, decimal_places=3, max_digits=14, null=True
                    ),
                ),
                (
                    "printed_identified_k",
                    cip.models.programmes.MoneyThousands(
                        blank=True, decimal_places=3, max_digits=14, null=True
                    ),
                ),
                (
                    "printed_unidentified_k",
                    cip.models.programmes.MoneyThousands(
                        blank=True, decimal_places=3, max_digits=14, null=True
                    ),
                ),
                ("rules", models.JSONField(blank=True, default=list)),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="programmes",
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
            name="MonthSignOff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("signed_at", models.DateTimeField()),
                (
                    "signed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_offs",
                        to="cip.programme",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HistoricalAllocation",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("source_section", models.CharField(blank=True, max_length=300)),
                ("position", models.PositiveSmallIntegerField()),
                ("label_as_published", models.CharField(max_length=120)),
                ("target_k", cip.models.programmes.MoneyThousands(decimal_places=3, max_digits=14)),
                (
                    "published_identified_k",
                    cip.models.programmes.MoneyThousands(
                        blank=True, decimal_places=3, max_digits=14, null=True
                    ),
                ),
                (
                    "published_unidentified_k",
                    cip.models.programmes.MoneyThousands(
                        blank=True, decimal_places=3, max_digits=14, null=True
                    ),
                ),
                ("target_printed", models.CharField(blank=True, max_length=40)),
                ("identified_printed", models.CharField(blank=True, max_length=40)),
                ("unidentified_printed", models.CharField(blank=True, max_length=40)),
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
                    "programme",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="cip.programme",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical allocation",
                "verbose_name_plural": "historical allocations",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="AllocationTransfer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount_k", cip.models.programmes.MoneyThousands(decimal_places=3, max_digits=14)),
                ("reason", models.TextField()),
                ("known_from", models.DateTimeField()),
                (
                    "from_care_group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers_out",
                        to="strategy.caregroup",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "to_care_group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers_in",
                        to="strategy.caregroup",
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="transfers",
                        to="cip.programme",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source_section", models.CharField(blank=True, max_length=300)),
                ("position", models.PositiveSmallIntegerField()),
                ("label_as_published", models.CharField(max_length=120)),
                ("target_k", cip.models.programmes.MoneyThousands(decimal_places=3, max_digits=14)),
                (
                    "published_identified_k",
                    cip.models.programmes.MoneyThousands(
                        blank=True, decimal_places=3, max_digits=14, null=True
                    ),
                ),
                (
                    "published_unidentified_k",
                    cip.models.programmes.MoneyThousands(
                        blank=True, decimal_places=3, max_digits=14, null=True
                    ),
                ),
                ("target_printed", models.CharField(blank=True, max_length=40)),
                ("identified_printed", models.CharField(blank=True, max_length=40)),
                ("unidentified_printed", models.CharField(blank=True, max_length=40)),
                (
                    "care_group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cip_allocations",
                        to="strategy.caregroup",
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
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="allocations",
                        to="cip.programme",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QualityImpactAssessment",
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
                            ("more_detail_asked", "More detail asked"),
                            ("approved", "Approved"),
                            ("approved_with_conditions", "Approved with conditions"),
                            ("rejected", "Rejected"),
                            ("reopened", "Reopened"),
                        ],
                        default="not_started",
                        max_length=24,
                    ),
                ),
                ("scope", models.TextField(blank=True)),
                ("equality_impact", models.TextField(blank=True)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "author",
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
            name="QIASignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "post",
                    models.CharField(
                        choices=[
                            ("executive_medical_director", "Executive Medical Director"),
                            (
                                "executive_director_of_nursing_and_quality",
                                "Executive Director of Nursing and Quality",
                            ),
                        ],
                        max_length=60,
                    ),
                ),
                ("signed_at", models.DateTimeField()),
                ("snapshot", models.JSONField()),
                ("snapshot_hash", models.CharField(max_length=64)),
                (
                    "signed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signatures",
                        to="cip.qualityimpactassessment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QIAReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_on", models.DateField()),
                ("held_on", models.DateField(blank=True, null=True)),
                ("findings", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviews",
                        to="cip.qualityimpactassessment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QIADomain",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("patient_safety", "Patient safety"),
                            ("clinical_effectiveness", "Clinical effectiveness"),
                            ("patient_experience", "Patient experience"),
                            ("staff_experience", "Staff experience"),
                        ],
                        max_length=24,
                    ),
                ),
                ("description", models.TextField(blank=True)),
                ("likelihood", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("consequence", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("mitigation", models.TextField(blank=True)),
                ("residual_likelihood", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("residual_consequence", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="domains",
                        to="cip.qualityimpactassessment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QIADecision",
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
                        choices=[
                            ("not_started", "Not started"),
                            ("draft", "Draft"),
                            ("submitted", "Submitted"),
                            ("more_detail_asked", "More detail asked"),
                            ("approved", "Approved"),
                            ("approved_with_conditions", "Approved with conditions"),
                            ("rejected", "Rejected"),
                            ("reopened", "Reopened"),
                        ],
                        max_length=24,
                    ),
                ),
                ("conditions", models.TextField(blank=True)),
                ("decided_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="cip.qualityimpactassessment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HistoricalQIAReview",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("due_on", models.DateField()),
                ("held_on", models.DateField(blank=True, null=True)),
                ("findings", models.TextField(blank=True)),
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
                (
                    "assessment",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="cip.qualityimpactassessment",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical qia review",
                "verbose_name_plural": "historical qia reviews",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalQIADomain",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("patient_safety", "Patient safety"),
                            ("clinical_effectiveness", "Clinical effectiveness"),
                            ("patient_experience", "Patient experience"),
                            ("staff_experience", "Staff experience"),
                        ],
                        max_length=24,
                    ),
                ),
                ("description", models.TextField(blank=True)),
                ("likelihood", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("consequence", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("mitigation", models.TextField(blank=True)),
                ("residual_likelihood", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("residual_consequence", models.PositiveSmallIntegerField(blank=True, null=True)),
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
                    "assessment",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="cip.qualityimpactassessment",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical qia domain",
                "verbose_name_plural": "historical qia domains",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="GuardMeasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guards",
                        to="kpis.measure",
                    ),
                ),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guards",
                        to="cip.qualityimpactassessment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Scheme",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.SlugField(max_length=40)),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True)),
                ("lead", models.CharField(blank=True, max_length=160)),
                ("executive_sponsor", models.CharField(blank=True, max_length=160)),
                (
                    "category",
                    models.CharField(
                        choices=[("pay", "Pay"), ("non_pay", "Non-pay"), ("income", "Income")],
                        max_length=10,
                    ),
                ),
                ("wte", models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True)),
                ("is_recurrent", models.BooleanField()),
                ("is_cash_releasing", models.BooleanField()),
                ("starts_on", models.DateField(blank=True, null=True)),
                (
                    "stated_full_year_effect_k",
                    cip.models.programmes.MoneyThousands(
                        blank=True, decimal_places=3, max_digits=14, null=True
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("entered", "Entered"), ("illustrative", "Illustrative")],
                        default="entered",
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "author",
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
                        related_name="schemes",
                        to="strategy.caregroup",
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="schemes",
                        to="cip.programme",
                    ),
                ),
                (
                    "substituted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="substitutes",
                        to="cip.scheme",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="qualityimpactassessment",
            name="scheme",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="qia", to="cip.scheme"
            ),
        ),
        migrations.CreateModel(
            name="Phasing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(help_text="The first day of the month.")),
                (
                    "kind",
                    models.CharField(
                        choices=[("plan", "Plan"), ("forecast", "Forecast"), ("actual", "Actual")],
                        max_length=8,
                    ),
                ),
                ("amount_k", cip.models.programmes.MoneyThousands(decimal_places=3, max_digits=14)),
                ("version", models.PositiveIntegerField()),
                ("known_from", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="phasing",
                        to="cip.scheme",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "phasing",
            },
        ),
        migrations.CreateModel(
            name="HistoricalSchemeRisk",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("description", models.TextField()),
                ("likelihood", models.PositiveSmallIntegerField()),
                ("consequence", models.PositiveSmallIntegerField()),
                ("mitigation", models.TextField(blank=True)),
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
                (
                    "scheme",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="cip.scheme",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical scheme risk",
                "verbose_name_plural": "historical scheme risks",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalSchemeMilestone",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("due_on", models.DateField()),
                ("forecast_on", models.DateField(blank=True, null=True)),
                ("completed_on", models.DateField(blank=True, null=True)),
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
                (
                    "scheme",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="cip.scheme",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical scheme milestone",
                "verbose_name_plural": "historical scheme milestones",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalScheme",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                ("reference", models.SlugField(max_length=40)),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True)),
                ("lead", models.CharField(blank=True, max_length=160)),
                ("executive_sponsor", models.CharField(blank=True, max_length=160)),
                (
                    "category",
                    models.CharField(
                        choices=[("pay", "Pay"), ("non_pay", "Non-pay"), ("income", "Income")],
                        max_length=10,
                    ),
                ),
                ("wte", models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True)),
                ("is_recurrent", models.BooleanField()),
                ("is_cash_releasing", models.BooleanField()),
                ("starts_on", models.DateField(blank=True, null=True)),
                (
                    "stated_full_year_effect_k",
                    cip.models.programmes.MoneyThousands(
                        blank=True, decimal_places=3, max_digits=14, null=True
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("entered", "Entered"), ("illustrative", "Illustrative")],
                        default="entered",
                        max_length=12,
                    ),
                ),
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
                    "author",
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
                    "programme",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="cip.programme",
                    ),
                ),
                (
                    "substituted_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="cip.scheme",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical scheme",
                "verbose_name_plural": "historical schemes",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalQualityImpactAssessment",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        auto_created=True, blank=True, db_index=True, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("not_started", "Not started"),
                            ("draft", "Draft"),
                            ("submitted", "Submitted"),
                            ("more_detail_asked", "More detail asked"),
                            ("approved", "Approved"),
                            ("approved_with_conditions", "Approved with conditions"),
                            ("rejected", "Rejected"),
                            ("reopened", "Reopened"),
                        ],
                        default="not_started",
                        max_length=24,
                    ),
                ),
                ("scope", models.TextField(blank=True)),
                ("equality_impact", models.TextField(blank=True)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
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
                    "author",
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
                    "scheme",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="cip.scheme",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical quality impact assessment",
                "verbose_name_plural": "historical quality impact assessments",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Deliverability",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rating",
                    models.CharField(
                        choices=[("green", "Green"), ("amber", "Amber"), ("red", "Red")],
                        max_length=5,
                    ),
                ),
                ("known_from", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliverability",
                        to="cip.scheme",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliverability",
            },
        ),
        migrations.CreateModel(
            name="SchemeMilestone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("due_on", models.DateField()),
                ("forecast_on", models.DateField(blank=True, null=True)),
                ("completed_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="milestones",
                        to="cip.scheme",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SchemeRisk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("description", models.TextField()),
                ("likelihood", models.PositiveSmallIntegerField()),
                ("consequence", models.PositiveSmallIntegerField()),
                ("mitigation", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="risks",
                        to="cip.scheme",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SchemeStage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("idea", "Idea"),
                            ("outlined", "Outlined"),
                            ("qia", "Quality impact assessment"),
                            ("approved", "Approved"),
                            ("in_delivery", "In delivery"),
                            ("closed", "Closed"),
                            ("rejected", "Rejected"),
                            ("substituted", "Substituted"),
                        ],
                        max_length=12,
                    ),
                ),
                ("known_from", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stages",
                        to="cip.scheme",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="programme",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("weight_green__gte", models.F("weight_amber")),
                    ("weight_amber__gte", models.F("weight_red")),
                    ("weight_red__gte", 0),
                    ("weight_green__lte", 100),
                ),
                name="programme_weights_are_percentages",
                violation_error_message="Weights lie between 0 and 100, green highest and red lowest.",
            ),
        ),
        migrations.AddConstraint(
            model_name="monthsignoff",
            constraint=models.UniqueConstraint(
                fields=("programme", "month"),
                name="month_sign_off_once",
                violation_error_message="This month is already signed off.",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationtransfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("from_care_group", models.F("to_care_group")), _negated=True),
                    ("amount_k__gt", 0),
                ),
                name="allocation_transfer_between_two",
                violation_error_message="A transfer moves an amount between two care groups.",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.UniqueConstraint(
                fields=("programme", "care_group"),
                name="allocation_once_a_care_group",
                violation_error_message="This care group already has an allocation.",
            ),
        ),
        migrations.AddConstraint(
            model_name="qiareview",
            constraint=models.UniqueConstraint(
                fields=("assessment", "due_on"),
                name="qia_review_once_a_day",
                violation_error_message="A review is already due that day.",
            ),
        ),
        migrations.AddConstraint(
            model_name="qiadomain",
            constraint=models.UniqueConstraint(
                fields=("assessment", "domain"),
                name="qia_domain_once",
                violation_error_message="This domain is already assessed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="qiadomain",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("likelihood__isnull", True), ("likelihood__range", (1, 5)), _connector="OR"
                ),
                name="qia_domain_likelihood_1_to_5",
                violation_error_message="Scores go from 1 to 5.",
            ),
        ),
        migrations.AddConstraint(
            model_name="qiadomain",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("consequence__isnull", True), ("consequence__range", (1, 5)), _connector="OR"
                ),
                name="qia_domain_consequence_1_to_5",
                violation_error_message="Scores go from 1 to 5.",
            ),
        ),
        migrations.AddConstraint(
            model_name="qiadomain",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("residual_likelihood__isnull", True),
                    ("residual_likelihood__range", (1, 5)),
                    _connector="OR",
                ),
                name="qia_domain_residual_likelihood_1_to_5",
                violation_error_message="Scores go from 1 to 5.",
            ),
        ),
        migrations.AddConstraint(
            model_name="qiadomain",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("residual_consequence__isnull", True),
                    ("residual_consequence__range", (1, 5)),
                    _connector="OR",
                ),
                name="qia_domain_residual_consequence_1_to_5",
                violation_error_message="Scores go from 1 to 5.",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardmeasure",
            constraint=models.UniqueConstraint(
                fields=("assessment", "measure"),
                name="guard_measure_once",
                violation_error_message="This measure already guards the scheme.",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheme",
            constraint=models.UniqueConstraint(
                fields=("programme", "reference"),
                name="scheme_reference_in_programme",
                violation_error_message="The programme already has a scheme with that reference.",
            ),
        ),
        migrations.AddConstraint(
            model_name="phasing",
            constraint=models.UniqueConstraint(
                fields=("scheme", "month", "kind", "version"),
                name="phasing_version_once",
                violation_error_message="Someone else has just recorded this month.",
            ),
        ),
        migrations.AddConstraint(
            model_name="phasing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("version", 1), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="phasing_change_has_a_reason",
                violation_error_message="Say why the figure changes.",
            ),
        ),
        migrations.AddConstraint(
            model_name="schemerisk",
            constraint=models.CheckConstraint(
                condition=models.Q(("likelihood__range", (1, 5)), ("consequence__range", (1, 5))),
                name="scheme_risk_scores_1_to_5",
                violation_error_message="Likelihood and consequence go from 1 to 5.",
            ),
        ),
    ]
