"""Rows of lists: how a series is in a month and the one before, and its trend.

In a fixed number of queries, now or as known at a moment. Older windows are not read.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Case, CharField, F, FloatField, QuerySet, Value, When
from django.db.models.functions import Cast

from accounts.permissions import reads_publicly
from kmpt_tracker.questions import written_once
from kpis.assessments.as_known import Known
from kpis.assessments.columns import stored
from kpis.assessments.kept import read_by_series
from kpis.assessments.read import assessed_as_known, calculated_standing, standings_of
from kpis.assessments.series_history import Gaps, SeriesHistory, gaps_of, history_of
from kpis.judging.boundaries import cuts_of
from kpis.judging.history import Clock
from kpis.judging.status import Standing
from kpis.judging.terms import Assessed
from kpis.models import Assessment, Series, Target
from kpis.rag import Rag
from kpis.rollup import Origin
from strategy.periods import Frequency, Month, Period, latest_window

SPARK_MONTHS = 24
YEAR = 12
# The last day of a window, and whatever is known of it.
Window = TypeVar("Window", bound=tuple)
# Key, series, first and last day as text, value drawn, origin, segment.
Drawn = tuple[int, int, str, str, float | None, str, int | None]
# Last day, key, value drawn, segment.
Point = tuple[date, int, float | None, int | None]


@dataclass(frozen=True)
class Recent:
    """A series as a row of a list shows it: its last two windows in full, and its trend.

    The values of a trend are drawn, never judged, so floats are enough.
    """

    found: SeriesHistory
    trend: tuple[float | None, ...]
    cuts: tuple[int, ...] = ()  # where in the trend the limits start afresh

    @property
    def weight(self) -> int:
        return self.found.weight

    def at(self, month: Month, clock: Clock) -> Standing:
        return self.found.at(month, clock)

    def state_at(self, month: Month, clock: Clock) -> Standing:
        return self.found.state_at(month, clock)

    def of(self, series: Series) -> "Recent":
        """The same of the row of the series that was read now: what it counts may be another."""
        return Recent(replace(self.found, series=series), self.trend, self.cuts)


def recent_histories(
    series: Iterable[Series], month: Month, *, known_at: datetime | None = None
) -> dict[int, Recent]:
    """For lists: the figures in a month and the one before, and two years of trend.

    The number of queries is the same for any number of measures and years. Windows older than two
    years are read only where the series has none since: a rating of five years ago is still its
    latest. Only windows of the measure's own frequency count: a yearly total is no latest month.
    """
    return recent_in_months(series, [month], known_at=known_at)[month]


def recent_in_months(
    series: Iterable[Series], months: Collection[Month], *, known_at: datetime | None = None
) -> dict[Month, dict[int, Recent]]:
    """As `recent_histories`, in several months, all as known at one moment: judged once for all."""
    wanted = list(series)
    if known_at is not None or reads_publicly():
        return _recent_as_known(Known(known_at), wanted, months)
    rows, asked = {row.pk: row for row in wanted}, tuple(sorted(months))
    held = read_by_series(
        dict.fromkeys(rows, ("recent", asked)),
        lambda keys: _recent_now([rows[pk] for pk in keys], asked),
    )
    return {
        month: {pk: held[pk][place].of(row) for pk, row in rows.items()}
        for place, month in enumerate(asked)
    }


@dataclass
class _Reach:
    """What the rows of a month show: windows between two days, by series, oldest first."""

    since: date
    end: date
    points: dict[int, list[Point]]
    published: dict[int, date] = field(default_factory=dict)
    others: dict[int, Period] = field(default_factory=dict)

    def take(self, series: int, window: Period, is_own: bool, origin: str, point: Point) -> None:
        """`is_own`: the window is of the measure's own frequency."""
        if is_own and origin == Origin.PUBLISHED:
            self.published[series] = window.end
        if window.end > self.end:
            return
        if is_own:
            self.points[series].append(point)
        else:
            self.others[series] = window


def _read(reaches: Collection[_Reach], lengths: Mapping[int, int | None]) -> None:
    """Read the windows of series for several months; `lengths` of each in months (two queries)."""
    # Thousands of rows are of a few dozen windows: each is made once, with its length.
    windows: dict[tuple[str, str], tuple[Period, int]] = {}

    def take(rows: Iterable[Drawn], wanted: Callable[[int, date], Iterable[_Reach]]) -> None:
        for pk, series, starts, ends, value, origin, segment in rows:
            if (starts, ends) not in windows:
                window = Period(date.fromisoformat(starts), date.fromisoformat(ends))
                windows[starts, ends] = (window, window.length)
            window, length = windows[starts, ends]
            is_own = lengths[series] in (None, length)
            for reach in wanted(series, window.end):
                reach.take(series, window, is_own, origin, (window.end, pk, value, segment))

    take(
        _drawn(list(lengths), min(reach.since for reach in reaches)),
        lambda _, end: (reach for reach in reaches if end >= reach.since),
    )
    # Of a series that has no window of its own frequency since, all windows are read.
    lacking = defaultdict(list)
    for reach in reaches:
        for series, drawn in reach.points.items():
            if not drawn:
                lacking[series].append(reach)
    take(_drawn(list(lacking), None), lambda series, _: lacking[series])


def _recent_now(wanted: Sequence[Series], months: Sequence[Month]) -> dict[int, list[Recent]]:
    """For each series its rows in the months, in their order: in as many queries as for one."""
    lengths = {row.pk: Frequency(row.measure.frequency).months for row in wanted}
    reaches = {month: _Reach(*_reach(month), {pk: [] for pk in lengths}) for month in months}
    _read(reaches.values(), lengths)
    last = {
        (month, series): _last_two(drawn)
        for month, reach in reaches.items()
        for series, drawn in reach.points.items()
    }
    keys: dict[int, set[int]] = {pk: set() for pk in lengths}
    for (_, series), drawn in last.items():
        keys[series].update(pk for _, pk, *_ in drawn)
    found = standings_of({key for own in keys.values() for key in own})
    # A series reported in both months has no gap, so the targets for its gaps are not read.
    waiting = {
        (month, row.pk): row
        for month, reach in reaches.items()
        for row in wanted
        if _has_gap(row, {ended for ended, *_ in reach.points[row.pk]}, month)
    }
    gaps = gaps_of(list({row.pk: row for row in waiting.values()}.values()), Known())

    def recent(row: Series, month: Month) -> Recent:
        reach, ends = reaches[month], {ended for ended, *_ in last[month, row.pk]}
        drawn = reach.points[row.pk][-SPARK_MONTHS:]
        history = history_of(
            row,
            [window for window in found.get(row.pk, ()) if window.period.end in ends],
            gaps[row.pk] if (month, row.pk) in waiting else Gaps(),
            reach.published.get(row.pk),
            reach.others.get(row.pk),
        )
        return Recent(
            SeriesHistory(row, history),
            tuple(value for _, _, value, _ in drawn),
            cuts_of([segment for *_, segment in drawn]),
        )

    return {row.pk: [recent(row, month) for month in months] for row in wanted}


@written_once
def _drawn(series: Collection[int], since: date | None) -> QuerySet[Assessment, Drawn]:
    """The windows of series since a day, each series oldest first.

    An incomplete sum is not drawn: it would show a fall that never happened. The days are read as
    text: SQLite would make 3,600 dates of a plan's windows, one after the other.
    """
    rows = Assessment.objects.filter(series__in=series)
    if since is not None:
        rows = rows.filter(period_end__gte=since)
    return (
        rows.order_by("period_end", "period_start")
        .annotate(
            starts=Cast("period_start", CharField()),
            ends=Cast("period_end", CharField()),
            drawn=Case(
                When(
                    state=Rag.INCOMPLETE.value,
                    groups_reported__lt=F("groups_expected"),
                    then=Value(None),
                ),
                default=Cast("value", FloatField()),
                output_field=FloatField(),
            ),
        )
        .values_list("pk", "series_id", "starts", "ends", "drawn", "origin", "spc_segment")
    )


def _has_gap(row: Series, ends: Collection[date], month: Month) -> bool:
    """Whether a series has no figure for the month or for the one before."""
    rhythm, year_end = Frequency(row.measure.frequency), row.measure.year_end_month
    due = (
        latest_window(asked, rhythm, year_end_month=year_end) for asked in (month, month.plus(-1))
    )
    return any(window is None or window.end not in ends for window in due)


def _last_two(windows: Sequence[Window]) -> list[Window]:
    """Of windows in order, those that end on one of the last two ends: two may end on one day."""
    found: list[Window] = []
    ends = set()
    for window in reversed(windows):
        ends.add(window[0])
        if len(ends) > 2:
            break
        found.append(window)
    return found[::-1]


def _reach(month: Month) -> tuple[date, date]:
    """The first and the last day of which figures are looked at for a month."""
    return month.plus(-SPARK_MONTHS - YEAR).start, month.end


def _recent_as_known(
    known: Known, series: Sequence[Series], months: Iterable[Month]
) -> dict[Month, dict[int, Recent]]:
    """As `recent_in_months`, at a moment: every window is judged, and only those shown get a
    standing.
    """
    rows = known.series(series)
    assessed, targets, inputs = assessed_as_known(rows, known)
    gaps = gaps_of(rows, known, inputs, {row.code: row.pk for row in targets.values()})
    return {
        month: {
            row.pk: _known_in(row, month, assessed[row.pk], targets, gaps[row.pk]) for row in rows
        }
        for month in months
    }


def _known_in(
    row: Series, month: Month, judged: Sequence[Assessed], targets: Mapping[str, Target], gaps: Gaps
) -> Recent:
    since, end = _reach(month)
    rhythm = Frequency(row.measure.frequency)
    windows = [item.observation.period for item in judged]
    others = [seen for seen in windows if not rhythm.is_window(seen) and seen.end <= end]
    items = [item for item in judged if rhythm.is_window(item.observation.period)]
    past = [item for item in items if item.observation.period.end <= end]
    last_two = _last_two([(item.observation.period.end, item) for item in past])
    published = (
        item.observation.period.end for item in items if item.observation.origin is Origin.PUBLISHED
    )
    history = history_of(
        row,
        [calculated_standing(item, targets) for _, item in last_two],
        gaps,
        max(published, default=None),
        others[-1] if others else None,
    )
    drawn = [item for item in past if item.observation.period.end >= since] or past
    shown = drawn[-SPARK_MONTHS:]
    return Recent(
        SeriesHistory(row, history),
        tuple(_value_drawn(item) for item in shown),
        cuts_of([_segment(item) for item in shown]),
    )


def _segment(item: Assessed) -> int | None:
    if item.reading is None or item.point is None:
        return None
    return item.reading.points[item.point].segment


def _value_drawn(item: Assessed) -> float | None:
    value = stored(item.value) if item.is_point else None
    return None if value is None else float(value)
