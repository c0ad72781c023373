"""These rows are written once: triggers refuse to change or delete them."""

from django.db import migrations

from accounts.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_people_and_roles")]

    operations = [
        append_only("accounts_auditevent"),
    ]
