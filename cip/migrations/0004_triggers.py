"""What is recorded of schemes since they are tracked is written once; made-up rows can be cleared."""

from django.db import migrations

from accounts.record.append_only import AppendOnly

OF_A_MADE_UP_SCHEME = (
    "EXISTS (SELECT 1 FROM cip_qualityimpactassessment JOIN cip_scheme"
    " ON cip_scheme.id = cip_qualityimpactassessment.scheme_id"
    " WHERE cip_qualityimpactassessment.id = OLD.assessment_id"
    " AND cip_scheme.origin = 'illustrative')"
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_triggers"), ("cip", "0003_schemes_from_idea_to_closed")]

    operations = [
        AppendOnly("cip_monthsignoff", deletable_when="OLD.is_illustrative", copied=True),
        AppendOnly(
            "cip_qiadecision",
            deletable_when=OF_A_MADE_UP_SCHEME,
            text=("conditions",),
            copied=True,
        ),
        AppendOnly("cip_qiasignature", deletable_when=OF_A_MADE_UP_SCHEME, copied=True),
        AppendOnly("cip_qiaauthor", deletable_when=OF_A_MADE_UP_SCHEME, copied=True),
        AppendOnly(
            "cip_qiareopening",
            deletable_when=OF_A_MADE_UP_SCHEME,
            text=("reason",),
            copied=True,
        ),
        AppendOnly("cip_historicalscheme_objectives", copied=True),
        AppendOnly("cip_historicalscheme_measures", copied=True),
    ]
