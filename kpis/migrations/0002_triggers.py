"""Figures, decisions, comments and recorded changes are written once.

Triggers refuse anything else: see accounts/record.
"""

from django.db import migrations

from accounts.record.append_only import AppendOnly

OF_A_MADE_UP_ACTUAL = "EXISTS (SELECT 1 FROM kpis_actual WHERE kpis_actual.id = OLD.actual_id AND kpis_actual.origin = 'illustrative')"
IS_ILLUSTRATIVE = "OLD.is_illustrative"
IS_DECIDED = "OLD.outcome = 'proposed' AND NEW.outcome <> 'proposed'"
DECISION = ("outcome", "decided_at", "decided_by_id", "decision_reason")
IS_TAKEN_BACK = "OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_triggers"), ("kpis", "0001_initial")]

    operations = [
        AppendOnly(
            "kpis_actual",
            deletable_when="OLD.origin = 'illustrative'",
            text=("status_reason", "note", "change_reason"),
            copied=True,
        ),
        AppendOnly(
            "kpis_decision", deletable_when=OF_A_MADE_UP_ACTUAL, text=("reason",), copied=True
        ),
        AppendOnly(
            "kpis_commentary",
            deletable_when=IS_ILLUSTRATIVE,
            settled_when="OLD.approved_at IS NULL AND NEW.approved_at IS NOT NULL",
            settling=("approved_at",),
            text=("what_happened", "why", "action", "owner"),
            copied=True,
        ),
        AppendOnly("kpis_annotation", deletable_when=IS_ILLUSTRATIVE, text=("text",), copied=True),
        AppendOnly(
            "kpis_targetchange",
            settled_when=IS_DECIDED,
            settling=DECISION,
            text=("reason", "decision_reason"),
            copied=True,
        ),
        AppendOnly(
            "kpis_measurechange",
            settled_when=IS_DECIDED,
            settling=DECISION,
            text=("reason", "decision_reason"),
            copied=True,
        ),
        AppendOnly(
            "kpis_tolerancechange",
            settled_when=IS_DECIDED,
            settling=DECISION,
            text=("reason", "decision_reason"),
            copied=True,
        ),
        AppendOnly(
            "kpis_rebase",
            deletable_when=IS_ILLUSTRATIVE,
            settled_when=IS_TAKEN_BACK,
            settling=("withdrawn_at", "version"),
            text=("reason",),
            copied=True,
        ),
        AppendOnly(
            "kpis_fixedbaseline",
            settled_when=IS_TAKEN_BACK,
            settling=("withdrawn_at",),
            text=("reason",),
            copied=True,
        ),
        AppendOnly(
            "kpis_historicalmeasure",
            text=("definition", "interpretation_note", "history_change_reason"),
            copied=True,
        ),
        AppendOnly("kpis_historicalseries", text=("history_change_reason",), copied=True),
        AppendOnly(
            "kpis_historicaltarget",
            text=("statement", "interpretation_note", "retired_reason", "history_change_reason"),
            copied=True,
        ),
        AppendOnly("kpis_historicaltargetpoint", text=("history_change_reason",), copied=True),
        AppendOnly(
            "kpis_historicalrebase",
            deletable_when=IS_ILLUSTRATIVE,
            text=("reason", "history_change_reason"),
            copied=True,
        ),
        AppendOnly(
            "kpis_historicalmeasurelink", text=("note", "history_change_reason"), copied=True
        ),
    ]
