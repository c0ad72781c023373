"""Histories are written once. Those of illustrative schemes can be cleared, never changed."""

from django.db import migrations

from accounts.append_only import append_only

OF_AN_ILLUSTRATIVE_SCHEME = (
    "EXISTS (SELECT 1 FROM cip_scheme WHERE cip_scheme.id = OLD.scheme_id "
    "AND cip_scheme.origin = 'illustrative')"
)


class Migration(migrations.Migration):
    dependencies = [("cip", "0001_programmes_schemes_quality")]

    operations = [
        append_only("cip_allocationtransfer"),
        append_only("cip_schemestage", deletable_when=OF_AN_ILLUSTRATIVE_SCHEME),
        append_only("cip_deliverability", deletable_when=OF_AN_ILLUSTRATIVE_SCHEME),
        append_only("cip_phasing", deletable_when=OF_AN_ILLUSTRATIVE_SCHEME),
        append_only("cip_monthsignoff"),
        append_only("cip_qiadecision"),
        append_only("cip_qiasignature"),
    ]
