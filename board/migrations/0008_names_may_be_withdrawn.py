"""Names and titles may be emptied in the history too, where they should not stay."""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("board", "0007_the_tracker_copies_its_rows")]

    operations = [
        AppendOnly(
            "board_historicalboardmeeting", text=("history_change_reason", "title"), copied=True
        ),
        AppendOnly(
            "board_historicalmeetingaction",
            text=("text", "history_change_reason", "owner"),
            copied=True,
        ),
    ]
