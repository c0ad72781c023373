"""Which care groups owe a return in the open months, and of how many figures.

It follows from the measures, their series and the months' clocks, which hardly change within a
day, and is asked by the menu of every page. Working it out takes 55 ms for the trust's 312 series,
so it is kept under a stamp of everything it rests on.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.core.cache import cache

from kpis.asked.stamps import stamps
from kpis.models import ReportingPeriod, Series
from kpis.months.due import asked_by, milestones_reported, still_due
from strategy.models import CareGroup
from strategy.periods import Month

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Asked:
    """A care group and how many figures its return of a month asks for."""

    month: Month
    care_group: CareGroup
    due: int


def returns_asked(
    open_months: Sequence[ReportingPeriod],
    closes_of: Callable[[Month], datetime],
    stamp: str = "",
) -> list[Asked]:
    """In the order of the months, then of the pages. `stamp`: of all but returns, where known."""
    clocks = [(row.starts_on, row.closes_at) for row in open_months]
    stamp = sha256(f"{clocks} {stamp or stamps().but_returns}".encode()).hexdigest()
    kept: tuple[str, list[Asked]] | None = cache.get("returns-asked")
    if kept is None or kept[0] != stamp:
        kept = (stamp, _returns_asked(open_months, closes_of))
        cache.set("returns-asked", kept, KEPT_SECONDS)
    return kept[1]


def _returns_asked(
    open_months: Sequence[ReportingPeriod], closes_of: Callable[[Month], datetime]
) -> list[Asked]:
    reported = list(
        Series.objects.filter(fed_by=Series.FedBy.RETURNS)
        .select_related("measure", "care_group")
        .order_by("care_group__position", "care_group__pk")
    )
    groups = {row.care_group_id: row.care_group for row in reported}
    done = milestones_reported(reported)
    found = []
    for period in open_months:
        asked = still_due(asked_by(reported, period.month, closes_of), done)
        due = Counter(row.series.care_group_id for row in asked)
        found += [Asked(period.month, groups[pk], count) for pk, count in due.items()]
    return found
