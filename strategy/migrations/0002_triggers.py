"""What was recorded of the organisation and its plans is written once.

Triggers refuse anything else: see accounts/record.
"""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_triggers"), ("strategy", "0001_initial")]

    operations = [
        AppendOnly("strategy_actionstatus", text=("note",), copied=True),
        AppendOnly(
            "strategy_historicalcaregroup", text=("note", "history_change_reason"), copied=True
        ),
        AppendOnly(
            "strategy_historicalplan",
            text=("dates_note", "mission", "vision", "values_statement", "history_change_reason"),
            copied=True,
        ),
        AppendOnly(
            "strategy_historicalambition", text=("statement", "history_change_reason"), copied=True
        ),
        AppendOnly(
            "strategy_historicalobjective", text=("statement", "history_change_reason"), copied=True
        ),
        AppendOnly(
            "strategy_historicaloutcome", text=("statement", "history_change_reason"), copied=True
        ),
        AppendOnly(
            "strategy_historicalaction",
            text=("statement", "note", "history_change_reason"),
            copied=True,
        ),
        AppendOnly("strategy_historicalcaregroup_predecessors", copied=True),
        AppendOnly("strategy_historicalmembership", text=("history_change_reason",), copied=True),
        AppendOnly("strategy_historicalpostholding", text=("history_change_reason",), copied=True),
        AppendOnly("strategy_historicalnote", text=("text", "history_change_reason"), copied=True),
    ]
