"""What the clock says of stored figures, for queries: which read as provisional at the moment."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import Combinable

from kpis.assessments.clocks import usual_clock
from kpis.judging.history import Clock
from kpis.models import Actual, Measure
from strategy.exports.keys import OneOf
from strategy.moments import london_date
from strategy.periods import Frequency, Month, Period

# A month's entry closes, and its figures are locked, within this many months of its end.
MONTHS_OPEN = 3


def provisional_ends(
    clock: Clock, frequency: Frequency, lag_days: int
) -> list[tuple[date, date | None]]:
    """The days, from the first to the last of each stretch, on which a window ends whose figure
    reads provisional where it was entered. None: ever after.
    """
    now = Month.of(london_date(clock.now))
    unlocked = [
        month
        for month, own in clock.periods.items()
        if own.locked_at is None or own.locked_at > clock.now
    ]
    first = min([*unlocked, now]).plus(-(lag_days // 28 + MONTHS_OPEN))
    last = max([*clock.periods, now]).plus(1)
    found: list[tuple[date, date]] = []
    month = first
    while month <= last:
        ends = [month.start, month.end]
        if len({clock_month(clock, end, frequency, lag_days) for end in ends}) > 1:
            ends = [month.start + timedelta(days=day) for day in range(month.end.day)]
            stretches = [(end, end) for end in ends]
        else:
            stretches = [(month.start, month.end)]
        for start, end in stretches:
            if reads_provisional(clock, end, frequency, lag_days):
                if found and found[-1][1] == start - timedelta(days=1):
                    start, _ = found.pop()
                found.append((start, end))
        month = month.plus(1)
    return [(start, None if end == last.end else end) for start, end in found]


def clock_month(clock: Clock, end: date, frequency: Frequency, lag_days: int) -> Month:
    return clock.asked_in(Period(end, end), frequency, lag_days, usual_clock)


def reads_provisional(clock: Clock, end: date, frequency: Frequency, lag_days: int) -> bool:
    status = clock.status_of(
        Actual.ValueStatus.FINAL,
        Period(end, end),
        frequency,
        lag_days,
        is_published=False,
        usual=usual_clock,
    )
    return status == Actual.ValueStatus.PROVISIONAL


class StatusRead:
    """How final a figure reads now, or read at the moment of the clock, for queries."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.ends: dict[tuple[Frequency, int], list[tuple[date, date | None]]] = {}

    def of(self, reporters: Iterable[tuple[int, Measure]]) -> Combinable:
        """An expression for rows of these series, each with its measure as it was known."""
        entered = Q(value_status__in=("provisional", "final")) & ~Q(origin="published")
        alike = defaultdict(list)
        for series, measure in reporters:
            rhythm = Frequency(measure.frequency), measure.reporting_lag_days or 0
            if rhythm not in self.ends:
                self.ends[rhythm] = provisional_ends(self.clock, *rhythm)
            alike[tuple(self.ends[rhythm])].append(series)
        provisional = [
            When(
                entered & _within(ends) & (Q(OneOf("series_id", keys)) if len(alike) > 1 else Q()),
                then=Value("provisional"),
            )
            for ends, keys in alike.items()
            if ends
        ]
        return Case(*provisional, When(entered, then=Value("final")), default=F("value_status"))


def _within(ends: Sequence[tuple[date, date | None]]) -> Q:
    found = Q()
    for first, last in ends:
        until = Q(period_end__lte=last) if last else Q()
        found |= Q(period_end__gte=first) & until
    return found
