"""The audit record, its reasons and the history of roles are written once.

Triggers refuse anything else: see accounts/record.
"""

from django.db import migrations

from accounts.record.append_only import AppendOnly
from accounts.record.numbers import NumberAuditEvents


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        AppendOnly(
            "accounts_auditevent",
            settled_when="OLD.number IS NULL AND NEW.number IS NOT NULL",
            settling=("number",),
            copied=True,
        ),
        AppendOnly("accounts_auditreason", text=("text",), copied=True),
        AppendOnly("accounts_historicalrolegrant", text=("history_change_reason",), copied=True),
        NumberAuditEvents(),
    ]
