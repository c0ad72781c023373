"""Recorded states are written once; withdrawn words alone can be emptied. All are copied."""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_audit_guarded"),
        ("board", "0002_append_only"),
    ]

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
