"""Recorded states are written once; withdrawn words alone can be emptied. All are copied."""

from django.db import migrations

from accounts.record.append_only import AppendOnly

OF_AN_ILLUSTRATIVE_SCHEME = (
    "EXISTS (SELECT 1 FROM cip_scheme WHERE cip_scheme.id = OLD.scheme_id "
    "AND cip_scheme.origin = 'illustrative')"
)
CLEARED = {"deletable_when": OF_AN_ILLUSTRATIVE_SCHEME, "text": ("reason",), "copied": True}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_audit_guarded"),
        ("cip", "0002_append_only"),
    ]

    operations = [
        AppendOnly("cip_allocationtransfer", text=("reason",), copied=True),
        AppendOnly("cip_schemestage", **CLEARED),
        AppendOnly("cip_deliverability", **CLEARED),
        AppendOnly("cip_phasing", deletable_when=OF_AN_ILLUSTRATIVE_SCHEME, copied=True),
        AppendOnly("cip_monthsignoff", copied=True),
        AppendOnly("cip_qiadecision", text=("conditions",), copied=True),
        AppendOnly("cip_qiasignature", copied=True),
        AppendOnly(
            "cip_historicalprogramme",
            text=("statement", "weights_statement", "history_change_reason"),
            copied=True,
        ),
        AppendOnly("cip_historicalallocation", text=("history_change_reason",), copied=True),
        AppendOnly(
            "cip_historicalscheme", text=("description", "history_change_reason"), copied=True
        ),
        AppendOnly("cip_historicalschememilestone", text=("history_change_reason",), copied=True),
        AppendOnly(
            "cip_historicalschemerisk",
            text=("description", "mitigation", "history_change_reason"),
            copied=True,
        ),
        AppendOnly(
            "cip_historicalqualityimpactassessment",
            text=("scope", "equality_impact", "history_change_reason"),
            copied=True,
        ),
        AppendOnly(
            "cip_historicalqiadomain",
            text=("description", "mitigation", "history_change_reason"),
            copied=True,
        ),
        AppendOnly(
            "cip_historicalqiareview", text=("findings", "history_change_reason"), copied=True
        ),
    ]
