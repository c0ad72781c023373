"""What may be expected of a series: only what its figures allow."""

from calendar import monthrange
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.outlook import Kind, outlook

# Common cause near 90, between 88 and 92: no run of seven on one side, and no trend.
STEADY = [90, 91, 89, 90, 92, 88, 90, 91, 89, 90, 88, 92, 90, 91, 89, 90, 91, 89, 88, 90]
RISING = [*STEADY[:13], 89, 90, 91.2, 92, 93.1, 94, 95.2, 96]
UNTIL = date(2027, 3, 31)


def months(count, *, step=1, last=2026 * 12 + 8):
    """The last days of a number of windows, the last of them in September 2026."""
    found = [divmod(last - step * back, 12) for back in reversed(range(count))]
    return [date(year, place + 1, monthrange(year, place + 1)[1]) for year, place in found]


def seen(values, *, step=1, until=UNTIL, **more):
    return outlook(values, dates=months(len(values), step=step), until=until, **more)


def test_a_stable_process_stays_within_its_limits_and_meets_the_target_as_often_as_before():
    found = seen(STEADY, target=91)
    assert found.kind is Kind.STABLE
    assert (found.met, found.tested) == (sum(value >= 91 for value in STEADY), 20)
    assert [row.on for row in found.expected][::5] == [date(2026, 10, 31), date(2027, 3, 31)]
    assert len({(row.lower, row.likely, row.upper) for row in found.expected}) == 1
    assert found.lower < min(STEADY) < max(STEADY) < found.upper
    strict = seen(STEADY, target=91, is_strict=True)
    assert strict.met == sum(value > 91 for value in STEADY) < found.met
    fewer = seen(STEADY, target=89, direction="lower_is_better")
    assert fewer.met == sum(value <= 89 for value in STEADY)


def test_a_trend_is_continued_until_it_reaches_the_target():
    found = seen(RISING, target=98, until=date(2028, 3, 31))
    assert found.kind is Kind.TREND
    assert not found.is_met
    assert not found.is_away
    assert date(2026, 10, 31) <= found.earliest <= found.likely <= date(2027, 3, 31)
    assert found.latest is None or found.latest > found.likely
    widths = [row.upper - row.lower for row in found.expected]
    assert widths == sorted(widths)
    assert found.expected[0].lower < RISING[-1] < found.expected[0].upper


def test_a_trend_away_from_the_target_reaches_it_at_most_by_chance():
    found = seen(RISING, target=80, direction="lower_is_better")
    assert found.is_away
    assert found.likely is None
    assert found.latest is None


def test_a_trend_that_meets_its_target_names_no_day():
    found = seen(RISING, target=95)
    assert found.is_met
    assert (found.earliest, found.likely, found.latest) == (None, None, None)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([], "the latest figure is missing"),
        ([90], "there is 1 figure, and 13 are needed"),
        ([*STEADY, None], "the latest figure is missing"),
        (STEADY[:12], "there are 12 figures, and 13 are needed"),
        ([90] * 20, "the figures do not vary enough for limits"),
        ([*STEADY, 120], "the latest figure is a signal: the process may have changed"),
        (
            [*STEADY[:8], 130, *STEADY[8:15], 40, *STEADY[15:]],
            "2 of 22 figures are outside the limits: the process is not stable",
        ),
    ],
)
def test_nothing_is_claimed_that_the_figures_do_not_allow(values, why):
    found = seen(values, target=95)
    assert (found.kind, found.why) == (Kind.NONE, why)
    assert found.expected == ()
    assert (found.share, found.lower, found.likely) == (None, None, None)


def test_recalculated_limits_count_from_their_own_start():
    dates = months(len(STEADY) * 2)
    values = [value - 30 for value in STEADY] + STEADY
    assert outlook(values, dates=dates, until=UNTIL).kind is Kind.NONE
    found = outlook(values, dates=dates, until=UNTIL, target=0, rebase=[dates[len(STEADY)]])
    assert found.kind is Kind.STABLE
    assert (found.met, found.tested) == (20, 20)


@pytest.mark.parametrize("direction", ["neutral", "band"])
def test_without_a_better_side_nothing_is_said_of_the_target(direction):
    assert seen(STEADY, target=91, direction=direction).share is None
    assert seen(RISING, target=98, direction=direction).likely is None


def test_windows_to_come_keep_the_distance_of_those_before():
    quarters = seen(STEADY, step=3, until=date(2027, 6, 30))
    assert [row.on for row in quarters.expected] == months(4, step=3, last=2027 * 12 + 5)[1:]
    assert seen(STEADY, until=date(2026, 9, 30)).expected == ()
    assert len(seen(STEADY, until=date(2199, 1, 1)).expected) == 120


def test_a_missing_window_leaves_a_gap_and_no_fall():
    with_gap = [*RISING[:5], None, *RISING[6:]]
    assert seen(with_gap, target=98).kind is Kind.TREND


@given(
    st.lists(st.floats(-5, 5), min_size=13, max_size=30),
    st.floats(-20, 20),
    st.floats(-10, 10),
)
def test_the_outlook_turns_and_moves_with_its_figures(noise, target, slope):
    ramp = [*noise[:-8], *(noise[-9] + slope * step for step in range(1, 9))]
    found = seen(ramp, target=target)
    turned = seen([-value for value in ramp], target=-target, direction="lower_is_better")
    assert (turned.kind, turned.met, turned.tested) == (found.kind, found.met, found.tested)
    assert (turned.earliest, turned.likely, turned.latest) == (
        found.earliest,
        found.likely,
        found.latest,
    )
    for row, mirror in zip(found.expected, turned.expected, strict=True):
        assert row.lower <= row.likely <= row.upper
        assert mirror.lower == pytest.approx(-row.upper)
    days = [found.earliest, found.likely, found.latest]
    held = [day for day in days if day]
    assert held == sorted(held)
    assert days[: len(held)] == held
