"""An index of a key alone goes where another begins with it: each figure was written to both.

And one that finds the few figures that were corrected, for files of all of them. The indexes are
dropped by name, as SQLite would make the tables anew, without their triggers, to change a field.
"""

import django.db.models.deletion
from django.db import migrations, models


def without_index(model: str, field: str, of: models.ForeignKey, index: str) -> object:
    table = f"kpis_{model}"
    return migrations.SeparateDatabaseAndState(
        state_operations=[migrations.AlterField(model, field, of)],
        database_operations=[
            migrations.RunSQL(
                f"DROP INDEX IF EXISTS {index}",
                f"CREATE INDEX IF NOT EXISTS {index} ON {table} ({field}_id)",
            )
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0025_owners_are_named_in_a_draft")]

    operations = [
        without_index(
            "actual",
            "series",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="actuals",
                to="kpis.series",
            ),
            "kpis_actual_series_id_c9b11618",
        ),
        without_index(
            "assessment",
            "series",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="assessments",
                to="kpis.series",
            ),
            "kpis_assessment_series_id_61ce5566",
        ),
        without_index(
            "judgement",
            "assessment",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="judgements",
                to="kpis.assessment",
            ),
            "kpis_judgement_assessment_id_0d96bcf0",
        ),
        without_index(
            "decision",
            "actual",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="kpis.actual",
            ),
            "kpis_decision_actual_id_2c44c6ba",
        ),
        migrations.AddIndex(
            "actual",
            models.Index(
                condition=models.Q(version__gt=1), fields=["series"], name="actual_corrections"
            ),
        ),
    ]
