"""A proposal of a target is written once; only its decision is added. See accounts/record."""

from django.db import migrations

from accounts.record.append_only import AppendOnly

IS_DECIDED = "OLD.outcome = 'proposed' AND NEW.outcome <> 'proposed'"


class Migration(migrations.Migration):
    dependencies = [("kpis", "0014_targets_are_proposed")]

    operations = [
        AppendOnly(
            "kpis_targetproposal",
            settled_when=IS_DECIDED,
            settling=(
                "outcome",
                "decided_at",
                "decided_by_id",
                "decision_reason",
                "target_id",
            ),
            text=("reason", "decision_reason"),
            copied=True,
        ),
    ]
