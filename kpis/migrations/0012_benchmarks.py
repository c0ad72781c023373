"""Figures of others, which a measure is compared with."""

import django.db.models.deletion
from django.db import migrations, models

import kpis.models.columns


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0011_days_awaited"),
        ("strategy", "0002_triggers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Benchmark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source_section", models.CharField(blank=True, max_length=300)),
                ("code", models.SlugField(max_length=120, unique=True)),
                (
                    "whose",
                    models.CharField(help_text="As printed: National Average.", max_length=160),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("national", "National"), ("region", "Region"), ("peer", "Peer")],
                        max_length=10,
                    ),
                ),
                ("period_start", models.DateField(blank=True, null=True)),
                ("period_end", models.DateField(blank=True, null=True)),
                (
                    "value",
                    kpis.models.columns.MeasureDecimal(
                        blank=True, decimal_places=6, max_digits=18, null=True
                    ),
                ),
                ("printed_as", models.CharField(blank=True, max_length=160)),
                ("note", models.TextField(blank=True)),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="benchmarks",
                        to="kpis.measure",
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
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("period_end__isnull", True), ("period_start__isnull", True)),
                            models.Q(
                                ("period_end__gt", models.F("period_start")),
                                ("period_end__isnull", False),
                                ("period_start__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="benchmark_has_a_whole_period_or_none",
                        violation_error_message="A period needs its first day and a later last day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__isnull", False)),
                        name="benchmark_has_a_figure",
                        violation_error_message="A benchmark is a figure.",
                    ),
                ],
            },
        ),
    ]
