"""Which care groups owe a return in the open months, and of how many figures.

It follows from the measures, their series and the months' clocks, which hardly change within a
day, and is asked by the menu of every page. Working it out takes 55 ms for the trust's 312 series,
so it is kept under a stamp of what it rests on. Which milestones are complete follows from figures:
after one was approved that is asked anew, and nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.core.cache import cache

from kpis.asked.stamps import Stamps, stamps
from kpis.models import ReportingPeriod, Series
from kpis.months.due import FigureDue, asked_by, milestones_reported, still_due
from strategy.models import CareGroup
from strategy.periods import Month

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Asked:
    """A care group and how many figures its return of a month asks for."""

    month: Month
    care_group: CareGroup
    due: int


@dataclass(frozen=True)
class Due:
    """What the open months ask for, by month and care group; whether a milestone is still due
    depends on what was reported of it.
    """

    figures: dict[tuple[Month, int], int]
    milestones: dict[tuple[Month, int], list[FigureDue]]
    groups: dict[int, CareGroup]

    def asked(self) -> list[Asked]:
        """In the order of the months, then of the pages."""
        every = [row for rows in self.milestones.values() for row in rows]
        done = milestones_reported({row.series.pk: row.series for row in every}.values())
        found = []
        for (month, group), number in self.figures.items():
            due = number + len(still_due(self.milestones[month, group], done))
            if due:
                found.append(Asked(month, self.groups[group], due))
        return found


def returns_asked(
    open_months: Sequence[ReportingPeriod],
    closes_of: Callable[[Month], datetime],
    written: Stamps | None = None,
) -> list[Asked]:
    """In the order of the months, then of the pages. `written`: the stamps now, where known."""
    written = written or stamps()
    clocks = [(row.starts_on, row.closes_at) for row in open_months]
    # Leads are asked for fewer months than the performance team, where returns are open alone.
    key = f"returns-asked-{sha256(f'{clocks}'.encode()).hexdigest()}"
    kept: tuple[str, str, Due, list[Asked]] | None = cache.get(key)
    if kept is None or kept[1] != written.approved:
        is_same = kept is not None and kept[0] == written.meanings
        due = kept[2] if kept and is_same else _due(open_months, closes_of)
        kept = (written.meanings, written.approved, due, due.asked())
        cache.set(key, kept, KEPT_SECONDS)
    return kept[3]


def _due(open_months: Sequence[ReportingPeriod], closes_of: Callable[[Month], datetime]) -> Due:
    reported = list(
        Series.objects.filter(fed_by=Series.FedBy.RETURNS)
        .select_related("measure", "care_group")
        .order_by("care_group__position", "care_group__pk")
    )
    due = Due({}, {}, {row.care_group_id: row.care_group for row in reported})
    for period in open_months:
        for row in asked_by(reported, period.month, closes_of):
            key = (period.month, row.series.care_group_id)
            due.figures.setdefault(key, 0)
            milestones = due.milestones.setdefault(key, [])
            if row.measure.is_milestone:
                milestones.append(row)
            else:
                due.figures[key] += 1
    return due
