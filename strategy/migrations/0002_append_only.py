"""These rows are written once: triggers refuse to change or delete them."""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("strategy", "0001_organisation_and_plans")]

    operations = [
        AppendOnly("strategy_actionstatus"),
    ]
