"""Histories are written once. Those of illustrative schemes can be cleared, never changed."""

from django.db import migrations

from accounts.record.append_only import AppendOnly

OF_AN_ILLUSTRATIVE_SCHEME = (
    "EXISTS (SELECT 1 FROM cip_scheme WHERE cip_scheme.id = OLD.scheme_id "
    "AND cip_scheme.origin = 'illustrative')"
)


class Migration(migrations.Migration):
    dependencies = [("cip", "0001_programmes_schemes_quality")]

    operations = [
        AppendOnly("cip_allocationtransfer"),
        AppendOnly("cip_schemestage", deletable_when=OF_AN_ILLUSTRATIVE_SCHEME),
        AppendOnly("cip_deliverability", deletable_when=OF_AN_ILLUSTRATIVE_SCHEME),
        AppendOnly("cip_phasing", deletable_when=OF_AN_ILLUSTRATIVE_SCHEME),
        AppendOnly("cip_monthsignoff"),
        AppendOnly("cip_qiadecision"),
        AppendOnly("cip_qiasignature"),
    ]
