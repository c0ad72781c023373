"""The guard measures of assessments, now or as recorded at a moment."""

from collections.abc import Collection
from datetime import datetime

from cip.models import GuardMeasure
from kpis.models import Measure


def guards_known(assessments: Collection[int], known_at: datetime | None) -> list[GuardMeasure]:
    """The guards of some assessments, with those that were removed since.

    Guards from before their history was kept have no record: they count as they are.
    """
    present = list(
        GuardMeasure.objects.filter(assessment__in=assessments).select_related("measure")
    )
    if known_at is None:
        return sorted(present, key=lambda row: row.pk)
    records = GuardMeasure.history.filter(assessment__in=assessments)
    latest, recorded = {}, set()
    for record in records.order_by("history_date", "history_id"):
        recorded.add(record.id)
        if record.history_date <= known_at:
            latest[record.id] = record
    found = [row for row in present if row.pk not in recorded]
    kept = [record.instance for record in latest.values() if record.history_type != "-"]
    measures = Measure.objects.in_bulk({row.measure_id for row in kept})
    for row in kept:
        row.measure = measures[row.measure_id]
    return sorted([*found, *kept], key=lambda row: row.pk)
