"""Room for the numbers of audit rows, for their reasons apart, and for the copies of rows."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.record.append_only import LiftAppendOnly


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_sign_in_tries_and_ended_sign_ins")]

    operations = [
        migrations.CreateModel(
            name="RowCopy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table_name", models.CharField(max_length=63)),
                ("row_id", models.BigIntegerField()),
                ("content", models.TextField()),
            ],
            options={
                "verbose_name_plural": "row copies",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("table_name", "row_id"),
                        name="row_copy_once_a_row",
                        violation_error_message="The row has its copy already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditCounter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("last", models.PositiveBigIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)),
                        name="audit_counter_is_one_row",
                        violation_error_message="There is one counter.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditReason",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="given",
                        to="accounts.auditevent",
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        LiftAppendOnly("accounts_auditevent"),
        migrations.AddField(
            model_name="auditevent",
            name="number",
            field=models.PositiveBigIntegerField(editable=False, null=True, unique=True),
        ),
    ]
