"""Two clocks that agree in what counts read every window alike, so that a status is kept."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kpis.judging.freshness import DataClock
from kpis.judging.history import Clock, History
from kpis.judging.status import Standing
from kpis.rag import Rag
from kpis.rollup import Origin
from strategy.moments import LONDON
from strategy.periods import Frequency, Month, Period

FIRST, LAST = Month(2026, 1), Month(2026, 9)
MONTHS = [FIRST.plus(place) for place in range(9)]
TICK = timedelta(microseconds=1)
CLOSING = time(17, 0)


def usual(month: Month) -> DataClock:
    """Entry closes at 5pm on the 14th of the month after, and is frozen a week later."""
    after = month.plus(1).start
    closes, frozen = (datetime.combine(after.replace(day=day), CLOSING, LONDON) for day in (14, 21))
    return DataClock(closes, frozen)


# Every moment at which something may turn, and a tick to each side; a few others besides.
TURNS = [
    *(moment for month in MONTHS for moment in (usual(month).closes_at, usual(month).locked_at)),
    *(datetime(2026, month, 1, tzinfo=LONDON) for month in range(2, 12)),
    *(datetime(2026, month, 12, 9, 30, tzinfo=UTC) for month in range(2, 11)),
]
moments = st.builds(
    lambda turn, ticks: turn + ticks * TICK, st.sampled_from(TURNS), st.sampled_from((-1, 0, 1))
)


@st.composite
def clocks(draw) -> Clock:
    periods = {
        month: DataClock(draw(moments), draw(st.none() | moments))
        for month in draw(st.sets(st.sampled_from(MONTHS), max_size=4))
    }
    reopened = draw(
        st.sets(st.tuples(st.sampled_from(MONTHS), st.sampled_from((1, 2))), max_size=2)
    )
    return Clock(now=draw(moments), periods=periods, reopened=frozenset(reopened))


@st.composite
def histories(draw) -> History:
    frequency = draw(st.sampled_from((Frequency.MONTHLY, Frequency.QUARTERLY)))
    length = frequency.months
    ends = sorted(draw(st.sets(st.sampled_from(MONTHS), max_size=5)), key=lambda month: month.start)
    windows = tuple(
        Standing(
            period=Period(month.plus(1 - length).start, month.end),
            rag=Rag.GREEN,
            value=1,
            value_status=draw(st.sampled_from(("provisional", "final"))),
            origin=draw(st.sampled_from((Origin.ENTERED, Origin.PUBLISHED))),
        )
        for month in ends
        if month.start.month % length == 0
    )
    return History(
        frequency=frequency,
        windows=windows,
        reporting_lag_days=draw(st.none() | st.sampled_from((14, 45, 60))),
        is_published=draw(st.booleans()),
        is_counted=draw(st.booleans()),
        days_awaited=draw(st.sampled_from((30, 90))),
        lifetimes=((draw(st.none() | st.just(date(2026, 2, 1))), None),),
    )


@given(histories(), clocks(), moments, st.sampled_from(MONTHS), st.sampled_from((1, 2)))
def test_clocks_that_agree_read_every_window_alike(history, clock, later, month, group):
    other = Clock(now=later, periods=clock.periods, reopened=clock.reopened)
    if clock.what_counts([CLOSING]) != other.what_counts([CLOSING]):
        return
    one, two = (each.of_group(group) for each in (clock, other))
    assert history.at(month, one, usual) == history.at(month, two, usual)
    for window in history.windows:
        assert history.read(window, one, usual) == history.read(window, two, usual)


@given(clocks(), st.timedeltas(timedelta(0), timedelta(hours=3)))
def test_within_a_day_only_the_times_of_months_count(clock, later):
    """Otherwise what is kept would be derived again with each page."""
    other = Clock(now=clock.now + later, periods=clock.periods, reopened=clock.reopened)
    first, last = (each.now.astimezone(LONDON) for each in (clock, other))
    times = [datetime.combine(first.date(), CLOSING, LONDON)]
    for each in clock.periods.values():
        times += [each.closes_at, *([each.locked_at] if each.locked_at else [])]
    is_same = first.date() == last.date() and not any(
        clock.now <= moment <= other.now for moment in times
    )
    if is_same or later == timedelta(0):
        assert clock.what_counts([CLOSING]) == other.what_counts([CLOSING])


def test_what_counts_tells_clocks_apart():
    """At the time itself entry is not late yet, and what is locked is locked already."""
    moment = usual(FIRST).closes_at
    found = {Clock(now=moment + ticks * TICK).what_counts([CLOSING]) for ticks in (-1, 0, 1)}
    assert len(found) == 3
    months = {FIRST: DataClock(moment)}
    locked = {FIRST: DataClock(moment, moment)}
    at = [Clock(now=moment, periods=each) for each in ({}, months, locked)]
    at.append(Clock(now=moment, periods=locked, reopened=frozenset({(FIRST, 1)})))
    assert len({each.what_counts([CLOSING]) for each in at}) == 4
