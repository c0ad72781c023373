"""The levels that the board had accepted at a moment."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from accounts.permissions import reads_publicly
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
    rows = AcceptedLevel.objects.filter(
        measure__in=set(measures), outcome=AcceptedLevel.Outcome.APPROVED
    )
    if known_at is not None:
        rows = rows.filter(decided_at__lte=known_at)
    found: dict[int, list[Accepted]] = defaultdict(list)
    for row in rows.order_by("decided_at", "pk"):
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
