"""Number the audit rows there are, and keep what people typed apart from them.

Going back puts each reason into its audit row again; words that drafts held are not put back.
"""

from django.db import migrations

# Words of a return's cell that anyone may have typed anything into.
TYPED = (
    "numerator", "denominator", "value", "forecast", "completed", "no_data_reason",
    "confirm_reason", "comment", "change_reason",
)  # fmt: skip


def _without_words(changes):
    for change in changes:
        if change["field"].rpartition(".")[2] in TYPED:
            change["old"] = "(text)" if change["old"] else ""
            change["new"] = "(text)" if change["new"] else ""
    return changes


def forwards(apps, schema_editor):
    AuditEvent = apps.get_model("accounts", "AuditEvent")
    AuditReason = apps.get_model("accounts", "AuditReason")
    AuditCounter = apps.get_model("accounts", "AuditCounter")
    last = 0
    for last, event in enumerate(AuditEvent.objects.order_by("pk"), 1):
        event.number = last
        if event.action == "draft saved":
            event.changes = _without_words(event.changes)
        event.save(update_fields=["number", "changes"])
        if event.reason.strip():
            AuditReason.objects.create(event=event, text=event.reason)
    AuditCounter.objects.create(id=1, last=last)


def backwards(apps, schema_editor):
    AuditEvent = apps.get_model("accounts", "AuditEvent")
    for given in apps.get_model("accounts", "AuditReason").objects.all():
        AuditEvent.objects.filter(pk=given.event_id).update(reason=given.text)
    apps.get_model("accounts", "AuditReason").objects.all().delete()
    apps.get_model("accounts", "AuditCounter").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_audit_numbers_and_reasons")]

    operations = [migrations.RunPython(forwards, backwards)]
