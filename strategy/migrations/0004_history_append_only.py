"""Recorded states are written once; withdrawn words alone can be emptied. All are copied."""

from django.db import migrations

from accounts.record.append_only import AppendOnly

GUARDED = [
    AppendOnly("strategy_actionstatus", text=("note",), copied=True),
    AppendOnly("strategy_historicalcaregroup", text=("note", "history_change_reason"), copied=True),
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
]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_audit_guarded"),
        ("strategy", "0003_statement_kinds"),
    ]

    operations = GUARDED
