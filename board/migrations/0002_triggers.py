"""What was recorded of meetings, and the bytes of packs, are written once.

Triggers refuse anything else: see accounts/record.
"""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_triggers"), ("board", "0001_initial")]

    operations = [
        AppendOnly("board_packfile", copied=True),
        AppendOnly("board_historicalboardmeeting", text=("history_change_reason",), copied=True),
        AppendOnly(
            "board_historicalmeetingaction", text=("text", "history_change_reason"), copied=True
        ),
        AppendOnly(
            "board_historicalescalation", text=("decision", "history_change_reason"), copied=True
        ),
    ]
