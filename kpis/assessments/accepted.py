"""The levels that the board had accepted at a moment."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import QuerySet

from accounts.permissions import reads_publicly
from kmpt_tracker.questions import answered_once
from kpis.assessments.as_known import decided
from kpis.judging.accepted import Accepted
from kpis.models import AcceptedLevel


def accepted_levels(
    measures: Iterable[int], known_at: datetime | None
) -> dict[int, tuple[Accepted, ...]]:
    """The agreed levels by measure, in the order of the decisions; one query.

    Their reasons are what people wrote, and so are not for everyone to read.
    """
    if reads_publicly():
        return {}
    found: dict[int, list[Accepted]] = defaultdict(list)
    for row in _agreed(set(measures), known_at):
        found[row.measure_id].append(
            Accepted(
                level=row.level,
                since=row.effective_from,
                until=row.ends_on,
                meeting=row.meeting,
                reason=row.reason,
            )
        )
    return {key: tuple(levels) for key, levels in found.items()}


@answered_once
def _agreed(measures: Collection[int], at: datetime | None) -> QuerySet[AcceptedLevel]:
    return decided(AcceptedLevel.objects.filter(measure__in=measures), at)
