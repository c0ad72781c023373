"""Actuals and decisions are written once. Illustrative ones can be cleared, never changed."""

from django.db import migrations

from accounts.record.append_only import AppendOnly

OF_AN_ILLUSTRATIVE_ACTUAL = (
    "EXISTS (SELECT 1 FROM kpis_actual WHERE kpis_actual.id = OLD.actual_id "
    "AND kpis_actual.origin = 'illustrative')"
)


class Migration(migrations.Migration):
    dependencies = [("kpis", "0001_measures_targets_returns")]

    operations = [
        AppendOnly("kpis_actual", deletable_when="OLD.origin = 'illustrative'"),
        AppendOnly("kpis_decision", deletable_when=OF_AN_ILLUSTRATIVE_ACTUAL),
    ]
