"""These rows are written once: triggers refuse to change or delete them."""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("board", "0001_meetings_and_packs")]

    operations = [
        AppendOnly("board_packfile"),
    ]
