"""What was judged is kept with every digit, and how much of the year a target is a share of."""

from django.db import migrations, models

import kpis.models.columns


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0013_return_cells_of_a_window"),
    ]

    operations = [
        migrations.AddField(
            model_name="assessment",
            name="windows_expected",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="0: the window is rated by itself."
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="windows_held",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="assessment",
            name="windows_in_year",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="judgement",
            name="year_upper",
            field=kpis.models.columns.ExactDecimal(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="judgement",
            name="year_value",
            field=kpis.models.columns.ExactDecimal(
                blank=True,
                help_text="The year's amount, where the target is a share of it.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="assessment",
            name="judged_value",
            field=kpis.models.columns.ExactDecimal(
                blank=True,
                help_text="Year to date or rolling 12 months, else the value.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="judgement",
            name="floor",
            field=kpis.models.columns.ExactDecimal(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="judgement",
            name="target_upper",
            field=kpis.models.columns.ExactDecimal(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="judgement",
            name="target_value",
            field=kpis.models.columns.ExactDecimal(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="judgement",
            name="variance",
            field=kpis.models.columns.ExactDecimal(blank=True, null=True),
        ),
    ]
