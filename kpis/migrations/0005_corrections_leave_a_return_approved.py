"""A return that was approved stays approved, whatever has been corrected since.

Until now a draft on top of an approved return took it back to draft. The first submission and the
first approval are read from the record, the last submission is what the columns held.
"""

from datetime import UTC, datetime

from django.db import migrations

NEVER = datetime(1900, 1, 1, tzinfo=UTC)


def first_acts(apps, schema_editor):
    Return = apps.get_model("kpis", "Return")
    AuditEvent = apps.get_model("accounts", "AuditEvent")
    first = {}
    acts = AuditEvent.objects.filter(object_type="kpis.return", by__isnull=False)
    for event in acts.filter(action__in=["submitted", "approved"]).order_by("at", "pk"):
        first.setdefault((event.object_key, event.action), event)
    for row in Return.objects.select_related("period", "care_group").order_by("pk"):
        key = f"{row.period.starts_on:%Y-%m} {row.care_group.code}"
        if row.submitted_by_id is not None:
            row.last_submitted_at, row.last_submitted_by_id = row.submitted_at, row.submitted_by_id
            if event := first.get((key, "submitted")):
                row.submitted_at, row.submitted_by_id = event.at, event.by_id
        stood = row.approved_at is not None and row.approved_at > (row.returned_at or NEVER)
        if row.approved_by_id is not None and (event := first.get((key, "approved"))):
            row.approved_at, row.approved_by_id = event.at, event.by_id
        if stood and row.status in ("draft", "submitted"):
            row.status = "approved"
        row.save()


def last_acts(apps, schema_editor):
    Return = apps.get_model("kpis", "Return")
    for row in Return.objects.filter(last_submitted_at__isnull=False):
        row.submitted_at, row.submitted_by_id = row.last_submitted_at, row.last_submitted_by_id
        row.save()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_triggers"), ("kpis", "0004_rows_sent_back")]

    operations = [migrations.RunPython(first_acts, last_acts)]
