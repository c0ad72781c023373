"""Who answers for a measure from a day to come, as was known at a moment."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from kmpt_tracker.ui.formats import format_date
from kpis.models import PlannedOwner


def owners_ahead(measures: Iterable[int], known_at: datetime | None = None) -> dict[int, str]:
    """By measure, "from 1 Jan 2027: Chief Nurse", where another owner is planned; one query."""
    waiting = Q(outcome=PlannedOwner.Outcome.WAITING)
    if known_at is not None:
        waiting = Q(recorded_at__lte=known_at) & (waiting | Q(settled_at__gt=known_at))
    rows = PlannedOwner.objects.filter(waiting, measure__in=list(measures)).order_by("pk")
    return {
        row.measure_id: f"from {format_date(row.starts_on)}: {row.owner or 'nobody'}"
        for row in rows
    }
