"""Names and titles may be emptied in the history too, where they should not stay."""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("strategy", "0006_objectives_have_an_owner")]

    operations = [
        AppendOnly(
            "strategy_historicalaction",
            text=(
                "statement",
                "note",
                "history_change_reason",
                "source_section",
                "due_as_published",
                "quarter",
                "owner",
            ),
            copied=True,
        ),
        AppendOnly(
            "strategy_historicalambition",
            text=(
                "statement",
                "history_change_reason",
                "source_section",
                "number",
                "theme",
                "title",
            ),
            copied=True,
        ),
        AppendOnly(
            "strategy_historicalcaregroup",
            text=("note", "history_change_reason", "name"),
            copied=True,
        ),
        AppendOnly(
            "strategy_historicalobjective",
            text=("statement", "history_change_reason", "source_section", "title", "owner"),
            copied=True,
        ),
        AppendOnly(
            "strategy_historicaloutcome",
            text=("statement", "history_change_reason", "source_section"),
            copied=True,
        ),
        AppendOnly(
            "strategy_historicalplan",
            text=(
                "dates_note",
                "mission",
                "vision",
                "values_statement",
                "history_change_reason",
                "title",
                "short_title",
                "mission_section",
                "vision_section",
                "values_section",
            ),
            copied=True,
        ),
        AppendOnly(
            "strategy_historicalplanstatement",
            text=("text", "history_change_reason", "source_section", "title", "when"),
            copied=True,
        ),
        AppendOnly(
            "strategy_historicalqualitypriority",
            text=("statement", "history_change_reason", "source_section", "domain", "title"),
            copied=True,
        ),
        AppendOnly(
            "strategy_historicalrisk",
            text=(
                "description",
                "impact",
                "response",
                "history_change_reason",
                "source_section",
                "title",
            ),
            copied=True,
        ),
    ]
