"""What was recorded of schemes and their quality impact is written once.

Triggers refuse anything else: see accounts/record.
"""

from django.db import migrations

from accounts.record.append_only import AppendOnly

OF_A_MADE_UP_SCHEME = "EXISTS (SELECT 1 FROM cip_scheme WHERE cip_scheme.id = OLD.scheme_id AND cip_scheme.origin = 'illustrative')"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_triggers"), ("cip", "0001_initial")]

    operations = [
        AppendOnly("cip_allocationtransfer", text=("reason",), copied=True),
        AppendOnly(
            "cip_schemestage", deletable_when=OF_A_MADE_UP_SCHEME, text=("reason",), copied=True
        ),
        AppendOnly(
            "cip_deliverability", deletable_when=OF_A_MADE_UP_SCHEME, text=("reason",), copied=True
        ),
        AppendOnly("cip_phasing", deletable_when=OF_A_MADE_UP_SCHEME, copied=True),
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
