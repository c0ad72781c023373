"""Accepted levels are append-only.

Apart from their table: SQLite makes a unique index with a condition when a migration ends, and the
guard against `INSERT OR REPLACE` is written from the indexes that exist.
"""

from django.db import migrations

from accounts.record.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("kpis", "0021_illustrative_owners")]

    operations = [
        AppendOnly(
            "kpis_acceptedlevel",
            settled_when="OLD.outcome = 'proposed' AND NEW.outcome <> 'proposed'",
            settling=("outcome", "decided_at", "decided_by_id", "decision_reason"),
            text=("reason", "decision_reason"),
            copied=True,
        ),
    ]
