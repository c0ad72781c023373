"""Keep when each audit row was numbered, for those who load only what is new since a moment."""

from django.db import migrations, models

from accounts.record.numbers import NumberAuditEvents


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_tokens")]

    operations = [
        migrations.CreateModel(
            name="NumberedAt",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={"verbose_name_plural": "moments of numbering"},
        ),
        NumberAuditEvents(keeps_moments=True),
    ]
