"""Rows of lists: how a series is in a month and the one before, and its trend.

In a fixed number of queries, now or as known at a moment. Older windows are not read.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Case, F, FloatField, QuerySet, Value, When
from django.db.models.functions import Cast

from kpis.assessments.as_known import Known
from kpis.assessments.columns import stored
from kpis.assessments.read import (
    Gaps,
    SeriesHistory,
    assessed_as_known,
    calculated_standing,
    gaps_of,
    history_of,
    standings,
)
from kpis.judging.boundaries import cuts_of
from kpis.judging.history import Clock
from kpis.judging.status import Standing
from kpis.judging.terms import Assessed
from kpis.models import Assessment, Series
from kpis.rag import Rag
from kpis.rollup import Origin
from strategy.periods import Frequency, Month, Period, latest_window

SPARK_MONTHS = 24
YEAR = 12
Item = TypeVar("Item")
# Key, series, first and last day, value drawn, origin, segment.
Point = tuple[int, int, date, date, float | None, str, int | None]


@dataclass(frozen=True)
class Recent:
    """A series as a row of a list shows it: its last two windows in full, and its trend.

    The values of a trend are drawn, never judged, so floats are enough.
    """

    found: SeriesHistory
    trend: tuple[float | None, ...]
    cuts: tuple[int, ...] = ()  # where in the trend the limits start afresh

    def at(self, month: Month, clock: Clock) -> Standing:
        return self.found.at(month, clock)

    def state_at(self, month: Month, clock: Clock) -> Standing:
        return self.found.state_at(month, clock)


def recent_histories(
    series: Iterable[Series], month: Month, *, known_at: datetime | None = None
) -> dict[int, Recent]:
    """For lists: the figures in a month and the one before, and two years of trend.

    The number of queries is the same for any number of measures and years. Windows older than two
    years are read only where the series has none since: a rating of five years ago is still its
    latest. Only windows of the measure's own frequency count: a yearly total is no latest month.
    """
    wanted = list(series)
    since, end = month.plus(-SPARK_MONTHS - YEAR).start, month.end
    if known_at is not None:
        return _recent_as_known(Known(known_at), wanted, since, end)
    trends: dict[int, list[float | None]] = defaultdict(list)
    segments: dict[int, list[int | None]] = defaultdict(list)
    past: dict[int, list[tuple[date, int]]] = defaultdict(list)
    published: dict[int, date] = {}
    others: dict[int, Period] = {}
    rhythms = {row.pk: Frequency(row.measure.frequency) for row in wanted}
    # Of thousands of rows a few dozen windows differ.
    own: dict[tuple[Frequency, date, date], bool] = {}

    def is_own(series_id: int, period_start: date, period_end: date) -> bool:
        key = (rhythms[series_id], period_start, period_end)
        if key not in own:
            own[key] = rhythms[series_id].is_window(Period(period_start, period_end))
        return own[key]

    for pk, series_id, period_start, period_end, value, origin, segment in _points(
        list(rhythms), since, end, is_own
    ):
        if not is_own(series_id, period_start, period_end):
            if period_end <= end:
                others[series_id] = Period(period_start, period_end)
            continue
        if origin == Origin.PUBLISHED:
            published[series_id] = period_end
        if period_end <= end:
            trends[series_id].append(value)
            segments[series_id].append(segment)
            past[series_id].append((period_end, pk))
    shown = [pk for windows in past.values() for pk in _last_two(windows)]
    found = standings(Assessment.objects.filter(pk__in=shown))
    # A series reported in both months has no gap, so the targets for its gaps are not read.
    waiting = [row for row in wanted if _has_gap(row, {end for end, _ in past[row.pk]}, month)]
    gaps = defaultdict(Gaps, gaps_of(waiting, Known()))
    return {
        row.pk: Recent(
            SeriesHistory(
                row,
                history_of(
                    row,
                    found.get(row.pk, ()),
                    gaps[row.pk],
                    published.get(row.pk),
                    others.get(row.pk),
                ),
            ),
            tuple(trends[row.pk][-SPARK_MONTHS:]),
            cuts_of(segments[row.pk][-SPARK_MONTHS:]),
        )
        for row in wanted
    }


def _points(
    series: Sequence[int], since: date, end: date, is_own: Callable[[int, date, date], bool]
) -> Iterator[Point]:
    """What the rows draw, each series oldest first: recent windows, or all of a series that has
    none of its own frequency among them (two queries).
    """
    recent = list(_drawn_of(series).filter(period_end__gte=since))
    held = {row[1] for row in recent if row[3] <= end and is_own(*row[1:4])}
    yield from (row for row in recent if row[1] in held)
    yield from _drawn_of([pk for pk in series if pk not in held])


def _drawn_of(series: Sequence[int]) -> QuerySet[Assessment, Point]:
    """An incomplete sum is not drawn: it would show a fall that never happened."""
    return (
        Assessment.objects.filter(series__in=series)
        .order_by("period_end", "period_start")
        .annotate(
            drawn=Case(
                When(
                    state=Rag.INCOMPLETE.value,
                    groups_reported__lt=F("groups_expected"),
                    then=Value(None),
                ),
                default=Cast("value", FloatField()),
                output_field=FloatField(),
            )
        )
        .values_list(
            "pk", "series_id", "period_start", "period_end", "drawn", "origin", "spc_segment"
        )
    )


def _has_gap(row: Series, ends: Collection[date], month: Month) -> bool:
    """Whether a series has no figure for the month or for the one before."""
    rhythm, year_end = Frequency(row.measure.frequency), row.measure.year_end_month
    due = (
        latest_window(asked, rhythm, year_end_month=year_end) for asked in (month, month.plus(-1))
    )
    return any(window is None or window.end not in ends for window in due)


def _last_two(windows: Sequence[tuple[date, Item]]) -> list[Item]:
    """All windows that end on one of the last two ends: a yearly total may end with a month."""
    ends = sorted({end for end, _ in windows})[-2:]
    return [item for end, item in windows if end in ends]


def _recent_as_known(
    known: Known, series: Sequence[Series], since: date, end: date
) -> dict[int, Recent]:
    """As `recent_histories`, at a moment: every window is judged, and only those shown get a
    standing.
    """
    rows = known.series(series)
    assessed, targets, inputs = assessed_as_known(rows, known)
    gaps = gaps_of(rows, known, inputs, {row.code: row.pk for row in targets.values()})
    found = {}
    for row in rows:
        rhythm = Frequency(row.measure.frequency)
        windows = [item.observation.period for item in assessed[row.pk]]
        others = [seen for seen in windows if not rhythm.is_window(seen) and seen.end <= end]
        items = [item for item in assessed[row.pk] if rhythm.is_window(item.observation.period)]
        past = [item for item in items if item.observation.period.end <= end]
        last_two = _last_two([(item.observation.period.end, item) for item in past])
        published = (
            item.observation.period.end
            for item in items
            if item.observation.origin is Origin.PUBLISHED
        )
        history = history_of(
            row,
            [calculated_standing(item, targets) for item in last_two],
            gaps[row.pk],
            max(published, default=None),
            others[-1] if others else None,
        )
        drawn = [item for item in past if item.observation.period.end >= since] or past
        shown = drawn[-SPARK_MONTHS:]
        found[row.pk] = Recent(
            SeriesHistory(row, history),
            tuple(_drawn(item) for item in shown),
            cuts_of([_segment(item) for item in shown]),
        )
    return found


def _segment(item: Assessed) -> int | None:
    if item.reading is None or item.point is None:
        return None
    return item.reading.points[item.point].segment


def _drawn(item: Assessed) -> float | None:
    value = stored(item.value) if item.is_point else None
    return None if value is None else float(value)
