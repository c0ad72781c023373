"""Audit rows carry no words of their own; they and their reasons are guarded and copied."""

from django.db import migrations, models

from accounts.record.append_only import AppendOnly
from accounts.record.numbers import NumberAuditEvents


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_number_audit_rows")]

    operations = [
        # The default is for going back: an empty reason until each gets its own again.
        migrations.AlterField(
            model_name="auditevent",
            name="reason",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.RemoveField(model_name="auditevent", name="reason"),
        AppendOnly(
            "accounts_auditevent",
            settled_when="OLD.number IS NULL AND NEW.number IS NOT NULL",
            settling=("number",),
            copied=True,
        ),
        AppendOnly("accounts_auditreason", text=("text",), copied=True),
        NumberAuditEvents(),
    ]
