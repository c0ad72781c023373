"""These rows are written once: triggers refuse to change or delete them."""

from django.db import migrations

from accounts.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("strategy", "0001_organisation_and_plans")]

    operations = [
        append_only("strategy_actionstatus"),
    ]
