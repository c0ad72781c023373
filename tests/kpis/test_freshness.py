"""What the clock says about a figure, to the microsecond and across the clock change."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kpis.judging.freshness import (
    DataClock,
    Freshness,
    absence_state,
    asked_in,
    days_awaited,
    freshness,
    lateness,
    months_late,
    publication_state,
    windows_asked,
    windows_missing,
)
from kpis.judging.kitemark import Assurance, Kitemark
from kpis.months.clock import data_clock
from kpis.rag import Rag
from strategy.periods import Frequency, Month, Period, window_ending

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


@pytest.mark.parametrize(
    ("delays", "days"),
    [
        ([], 180),
        ([400], 180),
        ([30, 45], 45),
        ([400, 50, 52, 141, 51], 141),
        ([400, 50, 52, 51, 49], 52),
    ],
)
def test_a_publication_is_awaited_as_long_as_the_last_four_took_at_most(delays, days):
    assert days_awaited(delays) == days


def test_a_publication_is_awaited_to_the_end_of_the_london_day():
    ended = date(2026, 3, 31)
    last = datetime(2026, 5, 30, 22, 59, 59, 999999, tzinfo=UTC)
    assert publication_state(ended, 60, last) is Rag.NOT_DUE
    assert publication_state(ended, 60, last + TICK) is Rag.NO_DATA


def usual_close(month):
    return data_clock(month)["closes_at"]


@pytest.mark.parametrize(
    ("window", "lag", "month"),
    [
        ("2026-01", None, "2026-01"),
        ("2026-01", 0, "2026-01"),
        # Entry for January closes on 13 February, for February on 13 March, for March on 16 April.
        ("2026-01", 13, "2026-01"),
        ("2026-01", 14, "2026-02"),
        ("2026-01", 41, "2026-02"),
        ("2026-01", 42, "2026-03"),
        ("2026-01", 60, "2026-03"),
        ("2025/26 Q3", 45, "2026-02"),
        ("2025/26", 90, "2026-06"),
    ],
)
def test_a_window_is_asked_for_in_the_first_return_that_closes_after_its_lag(window, lag, month):
    period = Period.parse(window)
    assert str(asked_in(period, lag, usual_close)) == month
    frequency = {1: "monthly", 3: "quarterly", 12: "annual"}[period.length]
    wanted = windows_asked(Month.parse(month), Frequency(frequency), lag, usual_close)
    assert period in wanted


@pytest.mark.parametrize("lag", [None, 0, 14, 28, 45, 60, 90, 200])
@pytest.mark.parametrize("frequency", ["monthly", "quarterly", "annual"])
def test_every_window_is_asked_for_once(lag, frequency):
    months = [Month(2021, 1).plus(step) for step in range(48)]
    asked = [
        window
        for month in months
        for window in windows_asked(month, Frequency(frequency), lag, usual_close)
    ]
    assert len(asked) == len(set(asked))
    ended = [window_ending(Month(2021, 1).plus(n), Frequency(frequency)) for n in range(36)]
    assert set(asked) >= {window for window in ended if window}


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
    ("latest", "month", "words"),
    [
        ("2026-01", "2026-02", "nothing since Jan 2026 (1 month)"),
        ("2025-03", "2026-11", "nothing since Mar 2025 (20 months)"),
        ("2024-12", "2026-11", "nothing since Dec 2024 (23 months)"),
        ("2024-11", "2026-11", "nothing since Nov 2024 (2 years)"),
        ("2016/17", "2026-10", "nothing since 2016/17 (9 years)"),
        ("2025/26 Q2", "2026-03", "nothing since Jul to Sep 2025 (6 months)"),
        ("2024", "2026-11", "nothing since 2024 (23 months)"),
        (None, "2026-02", "never received"),
    ],
)
def test_a_last_known_figure_says_how_old_it_is(latest, month, words):
    known = Period.parse(latest) if latest else None
    assert lateness(known, Month.parse(month)) == words


def test_missing_windows_are_counted_in_the_measures_own_rhythm():
    assert windows_missing(Period.parse("2025-10"), Period.parse("2026-02"), Frequency.MONTHLY) == 4
    assert (
        windows_missing(Period.parse("2025/26 Q1"), Period.parse("2025/26 Q4"), Frequency.QUARTERLY)
        == 3
    )
    assert windows_missing(None, Period.parse("2026-02"), Frequency.MONTHLY) is None
    assert windows_missing(None, None, Frequency.MONTHLY) == 0


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
