"""These rows are written once: triggers refuse to change or delete them."""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_people_and_roles")]

    operations = [
        AppendOnly("accounts_auditevent"),
    ]
