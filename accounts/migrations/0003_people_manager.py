from django.db import migrations

import accounts.models


class Migration(migrations.Migration):
    """`createsuperuser` makes an administrator: no change of the tables."""

    dependencies = [("accounts", "0002_append_only")]

    operations = [
        migrations.AlterModelManagers(
            name="user", managers=[("objects", accounts.models.People())]
        ),
    ]
