"""Rows of lists: how a series stands in a month and the one before, and its trend.

In a fixed number of queries, now or as known at a moment; a decade is not read for a row.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from django.db.models import Exists, FloatField, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from kpis.assessing import Assessed
from kpis.models import Assessment, Series
from kpis.rollup import Origin
from kpis.selectors import (
    SeriesHistory,
    assessed_as_known,
    history_of,
    standing_as_known,
    standings,
)
from kpis.services.assessment import stored
from kpis.services.known import Known
from kpis.standing import Clock, Standing
from strategy.periods import Month

SPARK_MONTHS = 24
YEAR = 12
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A value of a sparkline: drawn, never judged, so a float is enough."""

    period_end: date
    value: float | None
    is_illustrative: bool


class LastTwo(Generic[Item]):
    """What belongs to the last two ends: a total may end with the month it closes."""

    def __init__(self) -> None:
        self._by_end: dict[date, list[Item]] = {}

    def add(self, end: date, item: Item) -> None:
        self._by_end.setdefault(end, []).append(item)
        if len(self._by_end) > 2:
            del self._by_end[min(self._by_end)]

    @property
    def items(self) -> list[Item]:
        return [item for held in self._by_end.values() for item in held]


@dataclass(frozen=True)
class Recent:
    """A series as a row of a list shows it: its last two windows whole, and its trend."""

    found: SeriesHistory
    trend: tuple[TrendPoint, ...]

    def at(self, month: Month, clock: Clock) -> Standing:
        return self.found.at(month, clock)


def recent_histories(
    series: Iterable[Series], month: Month, *, known_at: datetime | None = None
) -> dict[int, Recent]:
    """For lists: what stands in a month and the one before, and two years of trend.

    Three queries however many the measures and the years. A decade is not read for a row, unless
    nothing else is known of it: a rating of five years ago is still the last one.
    """
    wanted = list(series)
    since = month.plus(-SPARK_MONTHS - YEAR).start
    if known_at is not None:
        return _recent_as_known(Known(known_at), wanted, month, since)
    points = _points([row.pk for row in wanted], since, month)
    trends: dict[int, list[TrendPoint]] = defaultdict(list)
    last_two: dict[int, LastTwo[int]] = defaultdict(LastTwo)
    last_end: dict[int, date] = {}
    for pk, series_id, period_end, value, origin in points:
        last_end[series_id] = period_end
        if period_end <= month.end:
            trends[series_id].append(TrendPoint(period_end, value, origin == "illustrative"))
            last_two[series_id].add(period_end, pk)
    wanted_keys = [pk for held in last_two.values() for pk in held.items]
    rows = standings(Assessment.objects.filter(pk__in=wanted_keys))
    return {
        row.pk: Recent(
            SeriesHistory(row, history_of(row, rows.get(row.pk, ()), last_end.get(row.pk))),
            tuple(trends[row.pk][-SPARK_MONTHS:]),
        )
        for row in wanted
    }


def _points(series: Sequence[int], since: date, month: Month) -> QuerySet:
    """What the rows draw, oldest first: recent windows; all of a series without a recent one."""
    recent = Assessment.objects.filter(series=OuterRef("pk"), period_end__gte=since)
    lapsed = Series.objects.filter(~Exists(recent.filter(period_end__lte=month.end)), pk__in=series)
    return (
        Assessment.objects.filter(
            Q(period_end__gte=since) | Q(series__in=lapsed.values("pk")), series__in=series
        )
        .order_by("period_end", "period_start")
        .annotate(drawn=Cast("value", FloatField()))
        .values_list("pk", "series_id", "period_end", "drawn", "origin")
    )


def _recent_as_known(
    known: Known, series: Sequence[Series], month: Month, since: date
) -> dict[int, Recent]:
    """The same as known at a moment: every window is judged, and only those shown are made up."""
    rows = known.series(series)
    assessed, targets = assessed_as_known(rows, known)
    found = {}
    for row in rows:
        items = assessed[row.pk]
        past = [item for item in items if item.observation.period.end <= month.end]
        last_two: LastTwo[Assessed] = LastTwo()
        for item in past:
            last_two.add(item.observation.period.end, item)
        history = history_of(
            row,
            [standing_as_known(row, item, targets) for item in last_two.items],
            items[-1].observation.period.end if items else None,
        )
        drawn = [item for item in past if item.observation.period.end >= since] or past
        trend = tuple(_trend_point(item) for item in drawn[-SPARK_MONTHS:])
        found[row.pk] = Recent(SeriesHistory(row, history), trend)
    return found


def _trend_point(item: Assessed) -> TrendPoint:
    value = stored(item.value)
    return TrendPoint(
        item.observation.period.end,
        None if value is None else float(value),
        item.observation.origin is Origin.ILLUSTRATIVE,
    )
