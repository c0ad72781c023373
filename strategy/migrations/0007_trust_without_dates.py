"""The trust as a whole neither begins nor ends."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("strategy", "0006_recorded_notes")]

    operations = [
        migrations.AddConstraint(
            model_name="caregroup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("level", "trust"), _negated=True),
                    models.Q(("valid_from__isnull", True), ("valid_to__isnull", True)),
                    _connector="OR",
                ),
                name="care_group_trust_has_no_dates",
                violation_error_message="The trust as a whole neither begins nor ends.",
            ),
        ),
    ]
