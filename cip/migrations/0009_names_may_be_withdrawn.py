"""Names and titles may be emptied in the history too, where they should not stay."""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("cip", "0008_words_may_be_withdrawn")]

    operations = [
        AppendOnly(
            "cip_historicalallocation",
            text=(
                "history_change_reason",
                "source_section",
                "label_as_published",
                "target_printed",
                "identified_printed",
                "unidentified_printed",
            ),
            copied=True,
        ),
        AppendOnly(
            "cip_historicalguardmeasure",
            text=("history_change_reason", "baseline_period"),
            copied=True,
        ),
        AppendOnly(
            "cip_historicalprogramme",
            text=(
                "statement",
                "weights_statement",
                "history_change_reason",
                "source_section",
                "title",
            ),
            copied=True,
        ),
        AppendOnly(
            "cip_historicalscheme",
            text=("description", "history_change_reason", "title", "lead", "executive_sponsor"),
            copied=True,
        ),
        AppendOnly(
            "cip_historicalschememilestone",
            text=("history_change_reason", "title", "owner"),
            copied=True,
        ),
    ]
