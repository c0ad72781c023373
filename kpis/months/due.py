"""What the returns of a month ask for: which measures, in which windows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from kmpt_tracker.ui.formats import format_date
from kpis.judging.freshness import ClosesOf, windows_asked
from kpis.models import Actual, Measure, Series
from kpis.rollup import reports_for
from strategy.models import CareGroup
from strategy.periods import Frequency, Month, Period, window_ending

# Months to look ahead: a year that has just begun is left out, and the next ends in two years.
LONGEST_WAIT = 25


def due_window(measure: Measure, month: Month) -> Period | None:
    """The window that a measure reports in a month; milestones report every month."""
    if measure.is_milestone or measure.frequency == Frequency.ONE_OFF:
        return month.period
    return window_ending(month, Frequency(measure.frequency), year_end_month=measure.year_end_month)


def first_window_from(measure: Measure, on: date) -> Period:
    """The first window that starts on or after a day: limits never start within a window."""
    first = Month.of(on)
    windows = (due_window(measure, first.plus(later)) for later in range(LONGEST_WAIT))
    return next(window for window in windows if window is not None and window.start >= on)


@dataclass(frozen=True)
class FigureDue:
    """A figure that a return asks for: a series and a window; `month` is the return's.

    With a reporting lag the window may have ended months before, and a return may ask for two
    windows of one series.
    """

    series: Series
    window: Period
    month: Month

    @property
    def measure(self) -> Measure:
        return self.series.measure

    @property
    def key(self) -> int:
        return row_key(self.series.pk, self.window.last_month, self.month)

    @property
    def name(self) -> str:
        """The measure, and the window where it is not the month's own."""
        is_own = self.window.last_month == self.month
        return self.measure.name if is_own else f"{self.measure.name}, {self.window.label}"

    @property
    def code(self) -> str:
        """The same for records: "delayed-discharges", "delayed-discharges Oct to Dec 2025"."""
        is_own = self.window.last_month == self.month
        return self.measure.code if is_own else f"{self.measure.code} {self.window.label}"


# No series has so large a key, so a larger row key also holds the last month of a window.
BEHIND = 1_000_000


def row_key(series_id: int, last: Month, month: Month) -> int:
    """The key of a row in a return: its series.

    For a window that ended before the month of the return, the window's last month is added, so
    that what was typed cannot move to another window.
    """
    return series_id if last == month else series_id * BEHIND + last.year * 100 + last.month


def series_of_row(key: int) -> int:
    return key // BEHIND if key >= BEHIND else key


def asked_by(series: Iterable[Series], month: Month, closes_of: ClosesOf) -> list[FigureDue]:
    """What the returns of a month ask these series for. Each has its measure and care group.

    The care group must exist on the last day of the month. Series, measure and care group must all
    be valid on the last day of the window: a closed care group owes nothing.
    """
    # Measures of one rhythm and lag are asked for the same windows: two hundred series have ten.
    windows: dict[tuple[str, int | None, int], list[Period]] = {}

    def windows_of(measure: Measure) -> list[Period]:
        frequency = Frequency.MONTHLY.value if measure.is_milestone else measure.frequency
        rhythm = (frequency, measure.reporting_lag_days, measure.year_end_month)
        if rhythm not in windows:
            windows[rhythm] = _windows_due(measure, month, closes_of)
        return windows[rhythm]

    return [
        FigureDue(row, window, month)
        for row in series
        if reports_for(row.care_group.valid_from, row.care_group.valid_to, month.period)
        for window in windows_of(row.measure)
        if all(
            reports_for(held.valid_from, held.valid_to, window)
            for held in (row, row.measure, row.care_group)
        )
    ]


def _windows_due(measure: Measure, month: Month, closes_of: ClosesOf) -> list[Period]:
    if not measure.is_milestone and measure.frequency == Frequency.ONE_OFF:
        return [month.period]
    return windows_asked(
        month,
        Frequency.MONTHLY if measure.is_milestone else Frequency(measure.frequency),
        measure.reporting_lag_days,
        closes_of,
        year_end_month=measure.year_end_month,
    )


# Of each milestone: the last day of every window that was reported, and whether it was complete.
Reported = Mapping[int, Mapping[date, bool]]


def still_due(asked: Iterable[FigureDue], reported: Reported) -> list[FigureDue]:
    """What is due of what a return asks for. A window of a milestone that is not reported lacks
    nothing where the window reported last before it says complete: its row reads so
    (`milestones_reported`).
    """
    return [row for row in asked if not _is_done_before(row.window.end, reported, row.series.pk)]


def _is_done_before(end: date, reported: Reported, series_id: int) -> bool:
    windows = reported.get(series_id, {})
    last = max((window for window in windows if window <= end), default=None)
    return last is not None and last < end and windows[last]


def milestones_reported(series: Iterable[Series]) -> Reported:
    """What the approved figures of the milestones among some series say (one query, or none where
    no measure is a milestone).
    """
    milestones = [row.pk for row in series if row.measure.is_milestone]
    if not milestones:
        return {}
    figures = Actual.objects.current().filter(series__in=milestones).exclude(milestone_status="")
    found: dict[int, dict[date, bool]] = defaultdict(dict)
    for pk, end, status in figures.values_list("series_id", "period_end", "milestone_status"):
        found[pk][end] = status == Actual.MilestoneStatus.COMPLETE
    return found


def why_no_return(care_group: CareGroup, month: Month) -> str:
    """Why a care group has no return for a month: it has ended, or had not begun. Empty when it has
    a return.

    A month counts by its last day: if a group ended within it, its successors report.
    """
    ends, begins = care_group.valid_to, care_group.valid_from
    if ends is not None and ends <= month.end:
        day = format_date(ends - timedelta(days=1))
        return f"{care_group.name} ended on {day}: it has no return for {month.full_label}."
    if begins is not None and begins > month.end:
        day = format_date(begins)
        return f"{care_group.name} begins on {day}: it has no return for {month.full_label}."
    return ""
