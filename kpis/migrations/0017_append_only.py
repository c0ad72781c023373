"""What is decided, said or recorded is written once: figures, comments, changes, histories.

Three things are filled in once: when a comment was approved, what became of a proposed change,
and when a decision on limits was taken back. Made-up rows can be cleared; words that are
withdrawn can be emptied.
"""

from django.db import migrations

from accounts.record.append_only import AppendOnly

OF_AN_ILLUSTRATIVE_ACTUAL = (
    "EXISTS (SELECT 1 FROM kpis_actual WHERE kpis_actual.id = OLD.actual_id "
    "AND kpis_actual.origin = 'illustrative')"
)
TAKEN_BACK = "OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL"
DECIDED = ("outcome", "decided_at", "decided_by_id", "decision_reason")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_audit_guarded"),
        ("kpis", "0016_withdrawn_values_and_text"),
    ]

    operations = [
        AppendOnly(
            "kpis_actual",
            deletable_when="OLD.origin = 'illustrative'",
            text=("status_reason", "note", "change_reason"),
            copied=True,
        ),
        AppendOnly(
            "kpis_decision",
            deletable_when=OF_AN_ILLUSTRATIVE_ACTUAL,
            text=("reason",),
            copied=True,
        ),
        AppendOnly(
            "kpis_commentary",
            deletable_when="OLD.is_illustrative",
            settled_when="OLD.approved_at IS NULL AND NEW.approved_at IS NOT NULL",
            settling=("approved_at",),
            text=("what_happened", "why", "action", "owner"),
            copied=True,
        ),
        AppendOnly(
            "kpis_annotation", deletable_when="OLD.is_illustrative", text=("text",), copied=True
        ),
        AppendOnly(
            "kpis_targetchange",
            settled_when="OLD.outcome = 'proposed' AND NEW.outcome <> 'proposed'",
            settling=DECIDED,
            text=("reason", "decision_reason"),
            copied=True,
        ),
        AppendOnly(
            "kpis_measurechange",
            settled_when="OLD.outcome = 'proposed' AND NEW.outcome <> 'proposed'",
            settling=DECIDED,
            text=("reason", "decision_reason"),
            copied=True,
        ),
        AppendOnly(
            "kpis_tolerancechange",
            settled_when="OLD.outcome = 'proposed' AND NEW.outcome <> 'proposed'",
            settling=DECIDED,
            text=("reason", "decision_reason"),
            copied=True,
        ),
        AppendOnly(
            "kpis_rebase",
            deletable_when="OLD.is_illustrative",
            settled_when=TAKEN_BACK,
            settling=("withdrawn_at", "version"),
            text=("reason",),
            copied=True,
        ),
        AppendOnly(
            "kpis_fixedbaseline",
            settled_when=TAKEN_BACK,
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
            deletable_when="OLD.is_illustrative",
            text=("reason", "history_change_reason"),
            copied=True,
        ),
    ]
