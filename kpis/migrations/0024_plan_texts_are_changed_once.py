"""Changes of plan texts are append-only, once their indexes are there (see 0022)."""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("kpis", "0023_plan_texts_change_from_a_day")]

    operations = [
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
            text=("reason", "decision_reason"),
            copied=True,
        ),
    ]
