"""How far the figures can be relied on: rates that the tracker counts itself, as measures.

They are counted whenever a month is locked, or a return of it is closed again, never typed: on
time (returns submitted before entry closed ÷ returns due), complete (figures approved ÷ figures
due) and restated (approved figures corrected since ÷ approved figures), for each care group that
may owe a return. The trust's line adds them up, and its own return with them. A rate that has
changed since is a new version.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count

from accounts.models import User
from kpis.assessments.store import touch
from kpis.models import Actual, Decision, Measure, ReportingPeriod, Return, Series
from kpis.months.clock import closing_times
from kpis.months.due import FigureDue, asked_by, milestones_reported, still_due
from kpis.rollup import reports_for
from strategy.models import CareGroup
from strategy.periods import Month

ON_TIME, COMPLETE, RESTATED = "returns-on-time", "returns-complete", "figures-restated"
# Why there is no rate, where nothing was due.
NOTHING = {
    ON_TIME: "No return was due",
    COMPLETE: "No figure was due",
    RESTATED: "No figure was approved",
}
AGAIN = "Counted again when the month was locked again, or a return of it closed again"
Parts = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Facts:
    """What the returns of some months say: enough to count every rate of them."""

    due: Mapping[tuple[Month, int], Sequence[FigureDue]]
    returns: Mapping[tuple[Month, int], Return]
    approved: Mapping[tuple[int, object, object], int]  # how many versions of each window
    withdrawn: frozenset[tuple[int, object, object]]

    def owing(self, month: Month) -> list[int]:
        """The care groups, the trust among them, that owe a return of a month."""
        return [group for of, group in self.due if of == month]

    def is_made_up(self, period: ReportingPeriod, care_groups: Iterable[int]) -> bool:
        """Whether the month is, or one of these returns of it."""
        sent = (self.returns.get((period.month, group)) for group in care_groups)
        return period.is_illustrative or any(
            row is not None and row.is_illustrative for row in sent
        )

    def added_up(self, period: ReportingPeriod, care_groups: Iterable[int]) -> Parts:
        """Numerator and denominator of each rate, of some care groups together."""
        each = [self.parts(period, group) for group in care_groups]
        return {
            code: (sum(parts[code][0] for parts in each), sum(parts[code][1] for parts in each))
            for code in NOTHING
        }

    def parts(self, period: ReportingPeriod, care_group: int) -> Parts:
        """Numerator and denominator of each rate, of one care group's month."""
        asked = self.due.get((period.month, care_group), ())
        keys = [(row.series.pk, row.window.start, row.window.end) for row in asked]
        held = [key for key in keys if key in self.approved]
        sent = self.returns.get((period.month, care_group))
        sent_at = sent.submitted_at if sent else None
        is_on_time = bool(asked) and sent_at is not None and sent_at <= period.late_from
        return {
            ON_TIME: (int(is_on_time), int(bool(asked))),
            COMPLETE: (sum(key not in self.withdrawn for key in held), len(keys)),
            RESTATED: (sum(self.approved[key] > 1 for key in held), len(held)),
        }


def facts_of(periods: Sequence[ReportingPeriod]) -> Facts:
    """What the returns of some months say, in a fixed number of queries."""
    rows = Series.objects.filter(fed_by=Series.FedBy.RETURNS)
    series = list(rows.select_related("measure", "care_group"))
    closes_of, done = closing_times(), milestones_reported(series)
    due: dict[tuple[Month, int], list[FigureDue]] = defaultdict(list)
    for period in periods:
        for row in still_due(asked_by(series, period.month, closes_of), done):
            due[period.month, row.series.care_group_id].append(row)
    ends = {row.window.end for asked in due.values() for row in asked}
    of_windows = {"series__in": [row.pk for row in series], "period_end__in": ends}
    versions = (
        Actual.objects.approved()
        .filter(**of_windows)
        .order_by()
        .values_list("series_id", "period_start", "period_end")
        .annotate(count=Count("pk"))
    )
    withdrawn = Actual.objects.current().filter(
        value_status=Actual.ValueStatus.WITHDRAWN, **of_windows
    )
    returns = Return.objects.filter(period__in=[row.pk for row in periods])
    return Facts(
        due=due,
        returns={
            (row.period.month, row.care_group_id): row for row in returns.select_related("period")
        },
        approved={(pk, start, end): count for pk, start, end, count in versions},
        withdrawn=frozenset(withdrawn.values_list("series_id", "period_start", "period_end")),
    )


def count_rates(
    periods: Iterable[ReportingPeriod],
    *,
    by: User | None,
    at: datetime,
    known_from: Mapping[Month, datetime] | None = None,
) -> int:
    """Record the rates of some months that are locked; returns how many are new.

    A rate that is as recorded stays as it is, so that this may run twice. A month that is made up
    has made-up rates (`by=None`). Call it in the transaction of the lock.
    """
    months = [period for period in periods if period.locked_at is not None]
    measures = list(Measure.objects.filter(code__in=NOTHING).order_by("code"))
    if not months or not measures:
        return 0
    facts = facts_of(months)
    counted = _counted(measures, {group for _, group in facts.due})
    last = {
        (row.series_id, row.period_end): row
        for row in Actual.objects.filter(
            series__in=[row.pk for row in counted],
            period_end__in=[period.month.end for period in months],
        ).order_by("version")
    }
    new = []
    for period in months:
        for series in counted:
            if not _may_owe(series, period.month):
                continue
            owing = [series.care_group_id]
            if series.care_group.is_trust:
                owing = facts.owing(period.month)
                # Where it owes no return itself, its line is the sum of the care groups' figures.
                if series.care_group_id not in owing:
                    continue
            parts = facts.added_up(period, owing)[series.measure.code]
            before = last.get((series.pk, period.month.end))
            figure = _figure(series, period.month, parts, before, at=at)
            if facts.is_made_up(period, owing):
                figure.origin = Actual.Origin.ILLUSTRATIVE
            if before is None or not _is_same(before, figure):
                new.append(figure)
    touch({figure.series_id for figure in new})
    Actual.objects.bulk_create(new, batch_size=500)
    Decision.objects.bulk_create(
        [
            Decision(
                actual=figure,
                outcome=Decision.Outcome.APPROVED,
                decided_at=at,
                decided_by=None if figure.origin == Actual.Origin.ILLUSTRATIVE else by,
                known_from=(known_from or {}).get(Month.of(figure.period_end), at),
                reason="Counted by the tracker",
            )
            for figure in new
        ],
        batch_size=500,
    )
    return len(new)


def _counted(measures: Sequence[Measure], owing: set[int]) -> list[Series]:
    """The series of the care groups and the trust, made for a group that owes its first return."""

    def found() -> list[Series]:
        rows = Series.objects.filter(measure__in=measures, fed_by=Series.FedBy.TRACKER)
        return list(rows.select_related("measure", "care_group").order_by("pk"))

    held = found()
    have = {(row.measure_id, row.care_group_id) for row in held}
    groups = CareGroup.objects.filter(pk__in=owing).exclude(level=CareGroup.Level.TRUST)
    missing = [
        (measure, group)
        for measure in measures
        for group in groups
        if (measure.pk, group.pk) not in have
    ]
    for measure, group in missing:
        Series.objects.create(measure=measure, care_group=group, fed_by=Series.FedBy.TRACKER)
    return found() if missing else held


def _may_owe(series: Series, month: Month) -> bool:
    """Whether the care group had returns in the month at all: it exists on its last day."""
    return all(
        reports_for(held.valid_from, held.valid_to, month.period)
        for held in (series, series.measure, series.care_group)
    )


def _figure(
    series: Series, month: Month, parts: tuple[int, int], before: Actual | None, *, at: datetime
) -> Actual:
    numerator, denominator = parts
    is_empty = denominator == 0
    return Actual(
        series=series,
        period_start=month.start,
        period_end=month.end,
        version=before.version + 1 if before else 1,
        numerator=None if is_empty else Decimal(numerator),
        denominator=None if is_empty else Decimal(denominator),
        value=None if is_empty else round(Decimal(100) * numerator / denominator, 6),
        value_status=Actual.ValueStatus.NOT_APPLICABLE if is_empty else Actual.ValueStatus.FINAL,
        status_reason=NOTHING[series.measure.code] if is_empty else "",
        origin=Actual.Origin.ENTERED,
        note="Counted by the tracker",
        recorded_at=at,
        change_reason=AGAIN if before else "",
    )


def _is_same(one: Actual, other: Actual) -> bool:
    names = ("numerator", "denominator", "value_status", "origin")
    return all(getattr(one, name) == getattr(other, name) for name in names)
