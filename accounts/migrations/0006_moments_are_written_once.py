"""When audit rows were numbered is written once. The trigger that numbers them writes it."""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_moments_of_numbers")]

    operations = [
        AppendOnly("accounts_numberedat", copied=True, by_trigger="insert"),
        AppendOnly(
            "accounts_auditevent",
            settled_when="OLD.number IS NULL AND NEW.number IS NOT NULL",
            settling=("number",),
            copied=True,
            by_trigger="update",
        ),
    ]
