"""A band without its upper value: the comparison was unknown, and unknown passes a check."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0002_append_only"),
        ("strategy", "0002_append_only"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="target",
            name="target_between_has_two_values",
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
    ]
