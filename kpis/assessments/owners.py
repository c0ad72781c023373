"""Who answers for a measure from a day to come, as was known at a moment."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from kmpt_tracker.questions import answered_once
from kmpt_tracker.ui.formats import format_date
from kpis.models import PlannedOwner


def owners_ahead(measures: Iterable[int], known_at: datetime | None = None) -> dict[int, str]:
    """By measure, "from 1 Jan 2027: Chief Nurse", where another owner is planned; one query."""
    return {
        row.measure_id: f"from {format_date(row.starts_on)}: {row.owner or 'nobody'}"
        for row in _planned(list(measures), known_at)
    }


@answered_once
def _planned(measures: Collection[int], at: datetime | None) -> QuerySet[PlannedOwner]:
    waiting = Q(outcome=PlannedOwner.Outcome.WAITING)
    if at is not None:
        waiting = Q(recorded_at__lte=at) & (waiting | Q(settled_at__gt=at))
    return PlannedOwner.objects.filter(waiting, measure__in=measures).order_by("pk")
