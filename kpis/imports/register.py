"""What an import is compared with: who reports what, what is stored, and which returns are open.

Reading only. The number of queries depends on how many months and returns a file touches, never on
how many rows it has.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability, Scope
from kpis.imports.figures import Figure
from kpis.imports.headings import Names, plain
from kpis.imports.layouts import Defaults
from kpis.judging.freshness import asked_in
from kpis.models import Actual, Commentary, Measure, ReportingPeriod, Return, ReturnCell, Series
from kpis.months.clock import PeriodRefused, closing_times, find_period
from kpis.months.due import FigureDue, row_key
from kpis.returns.entering import named_measures
from kpis.returns.expected import recent_values
from kpis.returns.in_hand import cells_of, due_rows, find_return
from strategy.models import CareGroup
from strategy.moments import london_date
from strategy.periods import Frequency, Month, Period

Window = tuple[int, date, date]


@dataclass(frozen=True)
class OpenReturn:
    """A return whose drafts an import may fill: what it asks for, and what is saved."""

    submission: Return
    due: Mapping[int, FigureDue]
    cells: Mapping[int, ReturnCell]
    recent: Mapping[int, Sequence[Decimal]]


class Register:
    """Asked row by row; everything that rows share is loaded once."""

    def __init__(self, *, access: Access, at: datetime, by: User | None = None):
        self.access = access
        self.by = by
        self.at = at
        self._periods: dict[Month, ReportingPeriod | None] = {}
        self._returns: dict[tuple[Month, int], OpenReturn] = {}
        self._asked: dict[tuple[int, Period], Month] = {}

    @cached_property
    def groups(self) -> dict[str, CareGroup]:
        """Care groups that the person may enter figures for, by code and by name."""
        may = self.access.may
        return {
            name: group
            for group in CareGroup.objects.order_by("position")
            if may(Capability.ENTER_RETURNS, care_group=group.pk)
            for name in (plain(group.name), plain(group.code))
        }

    @cached_property
    def measures(self) -> Names[Measure]:
        """Measures by name and by code. Two may share a name, never a code."""
        return _by_name(Measure.objects.order_by("pk"))

    @cached_property
    def own_measures(self) -> Names[Measure]:
        """Those that a care group of the person reports: no other is offered to them by name."""
        return _by_name(row.measure for row in self.series.values())

    @cached_property
    def series(self) -> dict[tuple[int, int], Series]:
        """Who reports what, of the care groups that the person may enter figures for."""
        groups = {group.pk for group in self.groups.values()}
        rows = Series.objects.filter(care_group__in=groups).select_related("measure", "care_group")
        return {
            (row.measure_id, row.care_group_id): row
            for row in rows
            if self._named is None or not row.care_group.is_trust or row.measure_id in self._named
        }

    @cached_property
    def _named(self) -> frozenset[int] | None:
        """The measures of the trust's return that the person may enter; None for all of them."""
        trust = next((group for group in self.groups.values() if group.is_trust), None)
        by_role = self.access.scope(Capability.ENTER_RETURNS) is Scope.ANY
        if by_role or trust is None or self.by is None:
            return None
        return named_measures(self.by, trust, on=london_date(self.at))

    @cached_property
    def first_month(self) -> Month | None:
        """The first month that the tracker has opened."""
        first = ReportingPeriod.objects.order_by("starts_on").first()
        return first.month if first else None

    @property
    def brings_history(self) -> bool:
        """Whether the person may bring in figures of months before the tracker."""
        return self.access.may(Capability.APPROVE_RETURNS)

    def is_before_tracker(self, month: Month) -> bool:
        """Whether a month that has ended is before the first one that the tracker opened."""
        period = self.period(month)
        if period is None or period.locked_at is None:
            return False
        return self.first_month is None or month < self.first_month

    @cached_property
    def _closes_of(self):  # type: ignore[no-untyped-def]
        return closing_times()

    def period(self, month: Month) -> ReportingPeriod | None:
        """The month's row, or the usual clock where it was never opened; None before its end."""
        if month not in self._periods:
            try:
                self._periods[month] = find_period(month, at=self.at)
            except PeriodRefused:
                self._periods[month] = None
        return self._periods[month]

    def month_of(self, measure: Measure, window: Period) -> Month:
        """The month in whose return a window is asked for."""
        if measure.is_milestone or measure.frequency == Frequency.ONE_OFF:
            return window.last_month
        key = (measure.reporting_lag_days or 0, window)
        if key not in self._asked:
            self._asked[key] = asked_in(window, key[0], self._closes_of)
        return self._asked[key]

    def is_open(self, period: ReportingPeriod, group: CareGroup) -> bool:
        """Whether a return takes drafts: its month is open, or it alone was opened again."""
        if period.locked_at is None:
            return period.opens_at <= self.at
        return (period.month, group.pk) in self._reopened

    @cached_property
    def _reopened(self) -> set[tuple[Month, int]]:
        rows = Return.objects.reopened().values_list("period__starts_on", "care_group_id")
        return {(Month.of(starts_on), group) for starts_on, group in rows}

    def open_return(self, month: Month, group: CareGroup) -> OpenReturn | None:
        """A return that takes drafts; None when it is locked or its entry has not begun."""
        period = self.period(month)
        if period is None or not self.is_open(period, group):
            return None
        key = (month, group.pk)
        if key not in self._returns:
            submission = find_return(period=period, care_group=group)
            due = due_rows(submission)
            self._returns[key] = OpenReturn(
                submission, due, cells_of(submission), recent_values(due.values())
            )
        return self._returns[key]

    def stored(self, wanted: Iterable[Window]) -> dict[Window, Figure]:
        """The current figure of each window that has one, a withdrawn or missing one included."""
        windows = set(wanted)
        if not windows:
            return {}
        rows = Actual.objects.current().filter(
            series__in={series for series, _, _ in windows},
            period_end__gte=min(end for _, _, end in windows),
            period_end__lte=max(end for _, _, end in windows),
        )
        return {
            (row.series_id, row.period_start, row.period_end): figure_of(row)
            for row in rows.iterator()
            if (row.series_id, row.period_start, row.period_end) in windows
        }

    def comments(self, wanted: Iterable[Window]) -> dict[Window, str]:
        """The latest comment on each window."""
        windows = set(wanted)
        if not windows:
            return {}
        rows = Commentary.objects.filter(
            series__in={series for series, _, _ in windows},
            period_end__in={end for _, _, end in windows},
        ).order_by("pk")
        return {
            (row.series_id, row.period_start, row.period_end): row.what_happened for row in rows
        }


def _by_name(measures: Iterable[Measure]) -> Names[Measure]:
    return Names((name, measure) for measure in measures for name in (measure.name, measure.code))


def waiting_of(wanted: Iterable[Window]) -> set[Window]:
    """The windows of which an imported figure waits for a second person."""
    windows = set(wanted)
    if not windows:
        return set()
    rows = Actual.objects.filter(
        series__in={series for series, _, _ in windows},
        origin=Actual.Origin.IMPORTED,
        decisions__isnull=True,
    )
    return set(rows.values_list("series_id", "period_start", "period_end"))


def defaults_of(access: Access, *, period: str = "") -> Defaults:
    """What a file may leave out: its care group, where its person enters figures for one only."""
    groups = [
        group
        for group in CareGroup.objects.order_by("position")
        if access.may(Capability.ENTER_RETURNS, care_group=group.pk)
    ]
    if len(groups) != 1:
        return Defaults(period=period)
    notice = f"The file names no care group: its rows are read as those of {groups[0].name}"
    return Defaults(period=period, care_group=groups[0].code, notice=notice)


def figure_of(actual: Actual) -> Figure:
    no_figure = actual.value is None and not actual.milestone_status
    return Figure(
        numerator=actual.numerator,
        denominator=actual.denominator,
        value=actual.value,
        milestone_status=actual.milestone_status,
        forecast=actual.forecast_on,
        completed=actual.completed_on,
        absence=actual.value_status if no_figure else "",
    )


def key_in(window: Period, series: Series, month: Month) -> int:
    """The key of a figure's row in the return of a month."""
    return row_key(series.pk, window.last_month, month)
