"""An accepted level and a point of a target's path have a value, in the database too."""

from django.db import migrations

from kpis.models.columns import MeasureDecimal


class Migration(migrations.Migration):
    dependencies = [("kpis", "0028_names_may_be_withdrawn")]

    operations = [
        migrations.AlterField(model, name, MeasureDecimal(null=False, blank=False))
        for model, name in (
            ("acceptedlevel", "level"),
            ("targetpoint", "value"),
            ("historicaltargetpoint", "value"),
        )
    ] + [migrations.AlterField("benchmark", "value", MeasureDecimal(blank=False))]
