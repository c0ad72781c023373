"""The returns that a change of the structure begins, ends or adds up anew."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from kmpt_tracker.ui.formats import format_deadline
from kpis.models import ReportingPeriod, Return, Series
from kpis.months.clock import closing_times, usual_row
from kpis.months.due import asked_by
from kpis.organisation.reorganisation import Examined
from kpis.organisation.reporting import Choice, Reporting
from strategy.models import CareGroup
from strategy.moments import london_date
from strategy.periods import Month

MONTHS_NAMED = 3


@dataclass(frozen=True)
class ReturnDue:
    """A return that the new structure asks for."""

    month: Month
    care_group: str
    due: int
    period: ReportingPeriod

    @property
    def when(self) -> str:
        if self.period.locked_at is not None:
            return "The month is locked: its figures read No data until it is opened again"
        return f"Entry closes {format_deadline(self.period.closes_at)}"


def returns_due(
    plan: Examined, chosen: Choice, reporting: Reporting, *, at: datetime
) -> tuple[ReturnDue, ...]:
    """What the care groups that take over are asked for: in the first months of the new structure,
    and in the latest months to report.
    """
    first, current = Month.of(plan.asked.on), Month.of(london_date(at))
    early = {first.plus(step) for step in range(MONTHS_NAMED)}
    late = {current.plus(-step) for step in range(MONTHS_NAMED)}
    closes_of = closing_times()
    held = {row.month: row for row in ReportingPeriod.objects.all()}
    measures = {row.pk: row for row in reporting.offered}
    rows = []
    for code, name in plan.taking_over:
        group = CareGroup(code=code, name=name, valid_from=plan.asked.on)
        if plan.into is not None:
            group.valid_from = plan.into.valid_from
        rows += [
            Series(measure=measures[key], care_group=group, valid_from=plan.asked.on)
            for key in chosen.get(code, ())
            if key in measures
        ]
    found = []
    for month in sorted(month for month in early | late if month >= first):
        due = Counter(row.series.care_group.name for row in asked_by(rows, month, closes_of))
        period = held.get(month) or ReportingPeriod(starts_on=month.start, **usual_row(month, at))
        found += [
            ReturnDue(month, name, due[name], period) for _, name in plan.taking_over if due[name]
        ]
    return tuple(found)


def no_longer_asked(plan: Examined) -> tuple[str, ...]:
    """Returns that somebody has begun for groups that end, in months after the end."""
    rows = Return.objects.filter(
        care_group__in=[row.pk for row in plan.ending],
        period__starts_on__gte=Month.of(plan.asked.on).start,
        is_illustrative=False,
    ).select_related("period", "care_group")
    by_group = defaultdict(list)
    for row in rows.order_by("period__starts_on"):
        if row.status != Return.Status.NOT_STARTED:
            state = Return.Status(row.status).label.lower()
            by_group[row.care_group.name].append(f"{row.period.month.label} ({state})")
    return tuple(
        f"The returns of {name} for {', '.join(states)} are no longer asked for, and nobody can "
        "approve what is in them."
        for name, states in by_group.items()
    )


def locked_from(on: date) -> tuple[Month, ...]:
    """The locked months from a day on: what is added up in them is added up anew."""
    rows = ReportingPeriod.objects.filter(
        locked_at__isnull=False, starts_on__gte=Month.of(on).start
    ).order_by("starts_on")
    return tuple(row.month for row in rows)
