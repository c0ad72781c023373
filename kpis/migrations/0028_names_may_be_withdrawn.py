"""Names and titles may be emptied in the history too, where they should not stay."""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("kpis", "0027_a_change_may_lose_its_words")]

    operations = [
        AppendOnly(
            "kpis_acceptedlevel",
            settled_when="OLD.outcome = 'proposed' AND NEW.outcome <> 'proposed'",
            settling=("outcome", "decided_at", "decided_by_id", "decision_reason"),
            text=("reason", "decision_reason", "meeting"),
            copied=True,
        ),
        AppendOnly(
            "kpis_historicalmeasure",
            text=(
                "definition",
                "interpretation_note",
                "history_change_reason",
                "name",
                "numerator",
                "denominator",
                "owner",
                "data_source",
            ),
            copied=True,
        ),
        AppendOnly(
            "kpis_historicaltarget",
            text=(
                "statement",
                "interpretation_note",
                "retired_reason",
                "history_change_reason",
                "source_section",
                "baseline_period",
                "printed_value",
                "due_as_published",
                "owner",
            ),
            copied=True,
        ),
        AppendOnly(
            "kpis_measurechange",
            settled_when="OLD.outcome = 'proposed' AND NEW.outcome <> 'proposed'",
            settling=("outcome", "decided_at", "decided_by_id", "decision_reason"),
            text=("reason", "decision_reason", "old", "new"),
            copied=True,
        ),
        AppendOnly(
            "kpis_textchange",
            settled_when="OLD.outcome = 'proposed' AND NEW.outcome <> 'proposed'",
            settling=(
                "outcome",
                "decided_at",
                "decided_by_id",
                "decision_reason",
                "effective_from",
            ),
            text=("reason", "decision_reason", "old", "new"),
            copied=True,
        ),
    ]
