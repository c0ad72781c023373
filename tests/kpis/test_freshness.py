"""What the clock says about a figure, to the microsecond and across the clock change."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kpis.freshness import (
    Assurance,
    DataClock,
    Freshness,
    Kitemark,
    absence_state,
    freshness,
    lateness,
    months_late,
    windows_missing,
)
from kpis.rag import Rag
from strategy.periods import Frequency, Period

CLOSES = datetime(2019, 4, 12, 16, tzinfo=UTC)
LOCKS = datetime(2019, 5, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "locked_at", "state"),
    [
        (CLOSES - TICK, None, Rag.NOT_DUE),
        (CLOSES, None, Rag.NOT_DUE),
        (CLOSES + TICK, None, Rag.LATE),
        (LOCKS - TICK, LOCKS, Rag.LATE),
        (LOCKS, LOCKS, Rag.NO_DATA),
        # Locked early: nobody can deliver any more.
        (CLOSES - TICK, CLOSES - TICK, Rag.NO_DATA),
    ],
)
def test_a_missing_figure_is_not_due_then_late_then_missing(now, locked_at, state):
    assert absence_state(DataClock(CLOSES, locked_at), now) is state


def test_a_published_series_awaits_its_publication_until_the_lock():
    clock = DataClock(CLOSES, LOCKS)
    assert absence_state(clock, LOCKS - TICK, is_published=True) is Rag.NOT_DUE
    assert absence_state(clock, LOCKS, is_published=True) is Rag.NO_DATA


@pytest.mark.parametrize(
    ("period", "lag", "closes_at"),
    [
        ("2019-01", 0, "2019-01-31T23:59:59.999999+00:00"),
        ("2019-03", 0, "2019-03-31T22:59:59.999999+00:00"),
        ("2019-10", 0, "2019-10-31T23:59:59.999999+00:00"),
        ("2019/20 Q2", 30, "2019-10-30T23:59:59.999999+00:00"),
        ("2019/20 Q2", 20, "2019-10-20T22:59:59.999999+00:00"),
    ],
)
def test_a_lag_is_counted_in_london_days(period, lag, closes_at):
    clock = DataClock.from_lag(Period.parse(period), lag)
    assert clock.closes_at == datetime.fromisoformat(closes_at)


def test_a_clock_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        DataClock(datetime(2019, 4, 12))


@pytest.mark.parametrize(
    ("state", "is_provisional", "expected"),
    [
        (None, False, Freshness.CURRENT),
        (None, True, Freshness.PROVISIONAL),
        (Rag.NOT_DUE, False, Freshness.AWAITING),
        (Rag.LATE, True, Freshness.LATE),
        (Rag.NO_DATA, False, Freshness.MISSING),
        (Rag.NOT_APPLICABLE, False, Freshness.CURRENT),
        (Rag.SUPPRESSED, True, Freshness.PROVISIONAL),
    ],
)
def test_freshness_of_a_period(state, is_provisional, expected):
    assert freshness(state, is_provisional=is_provisional) is expected


@pytest.mark.parametrize(
    ("latest", "asked", "words"),
    [
        ("2025-10", "2026-02", "4 months late"),
        ("2026-01", "2026-02", "1 month late"),
        ("2026-02", "2026-02", ""),
        ("2026-03", "2026-02", ""),
        ("2025/26 Q2", "2025/26 Q4", "6 months late"),
        (None, "2026-02", "never received"),
    ],
)
def test_a_last_known_figure_says_how_late_it_is(latest, asked, words):
    known = Period.parse(latest) if latest else None
    assert lateness(known, Period.parse(asked)) == words


def test_missing_windows_are_counted_in_the_measures_own_rhythm():
    assert windows_missing(Period.parse("2025-10"), Period.parse("2026-02"), Frequency.MONTHLY) == 4
    assert (
        windows_missing(Period.parse("2025/26 Q1"), Period.parse("2025/26 Q4"), Frequency.QUARTERLY)
        == 3
    )
    assert windows_missing(None, Period.parse("2026-02"), Frequency.MONTHLY) is None
    assert windows_missing(None, None, Frequency.MONTHLY) == 0


def test_the_lag_of_march_ends_with_the_london_day():
    clock = DataClock.from_lag(Period(date(2026, 3, 1), date(2026, 3, 31)), 0)
    just_after_midnight = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)
    assert absence_state(clock, just_after_midnight) is Rag.LATE
    assert absence_state(clock, just_after_midnight - TICK) is Rag.NOT_DUE


def test_the_kitemark_tells_unknown_from_poor():
    good, poor = Assurance.SUFFICIENT, Assurance.INSUFFICIENT
    assert Kitemark().sentence == "Data quality not assessed"
    assert Kitemark(good, good, good, good).sentence == "Data quality sufficient on 4 of 4"
    assert Kitemark(sign_off=poor, timely=good).sentence == (
        "Data quality sufficient on 1 of 4; not sufficient: sign-off; 2 not assessed"
    )


def test_nothing_known_or_nothing_asked_is_no_number_of_months():
    month = Period.parse("2026-02")
    assert months_late(None, month) == months_late(month, None) == months_late(None, None) == 0
