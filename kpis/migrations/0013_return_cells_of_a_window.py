"""A figure of a return names its window: with a reporting lag that ended months before."""

from datetime import timedelta

from django.db import migrations, models

ONE_DAY, ONE_WEEK = timedelta(days=1), timedelta(weeks=1)


def of_the_month(apps, schema_editor):
    """So far every window ended with the month of its return."""
    cells = apps.get_model("kpis", "ReturnCell").objects
    months = cells.order_by().values_list("submission__period__starts_on", flat=True).distinct()
    for starts_on in list(months):
        following = (starts_on.replace(day=28) + ONE_WEEK).replace(day=1)
        cells.filter(submission__period__starts_on=starts_on).update(period_end=following - ONE_DAY)


class Migration(migrations.Migration):
    dependencies = [("kpis", "0012_dated_meanings")]

    operations = [
        migrations.AddField("returncell", "period_end", models.DateField(null=True)),
        migrations.RunPython(of_the_month, migrations.RunPython.noop),
        migrations.AlterField(
            "returncell",
            "period_end",
            models.DateField(help_text="Last day of the window that the figure is of."),
        ),
        migrations.RemoveConstraint("returncell", "return_cell_once_a_series"),
        migrations.AddConstraint(
            "returncell",
            models.UniqueConstraint(
                fields=("submission", "series", "period_end"),
                name="return_cell_once_a_window",
                violation_error_message="Someone else has just saved this figure.",
            ),
        ),
    ]
