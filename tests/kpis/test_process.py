"""The facts behind a signal, against a second reading of the same points, one by one."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.judging.process import Process, Rated, processes
from kpis.spc import present
from strategy.periods import Month

FIRST = Month(2020, 1)


def facts(values, *, target=None, decimals=1, rebases=(), fixed=None, direction="higher_is_better"):
    """The points of a chart and what is known at each; `target`: met at or above it."""
    decimal = [None if value is None else Decimal(str(value)) for value in values]
    reading = present(
        [(FIRST.plus(place).start, value) for place, value in enumerate(decimal)],
        direction=direction,
        rebases=rebases,
        fix_after_n_points=fixed,
    )
    found = processes(
        reading.points, _windows(decimal, target), decimals=decimals, fix_after_n_points=fixed
    )
    return reading.points, found


def _windows(values, target=None):
    return [
        None
        if value is None
        else Rated(
            value=value,
            is_met=None if target is None else value >= target,
            target=None if target is None else ("ge", target),
        )
        for value in values
    ]


@pytest.mark.parametrize(
    ("last_seven", "moves"),
    [
        ([61] * 7, 0),
        ([60, 61, 60, 62, 63, 62, 64], 1),
        ([64, 61, 60, 62, 63, 62, 63], 0),  # ends below where it began
        ([60, 90, 90, 61, 61, 61, 61], 0),  # ends above, and slopes down
        ([60.04, 60.01, 60.02, 60.03, 60.02, 60.03, 60.049], 0),  # 60.0 to 60.0 as shown
        ([90, 80, 85, 79, 75, 70, 65], 0),  # above average, but falling
    ],
)
def test_a_shift_moves_only_where_its_own_points_do_and_where_that_shows(last_seven, moves):
    values = [Decimal(str(value)) for value in [*[20, 22] * 20, *last_seven]]
    points, _ = facts(values)
    assert "7 Points Above CL" in points[-1].rules
    moved = replace(points[-1], rule="7 Points Above CL")
    found = processes([*points[:-1], moved], _windows(values), decimals=1)
    assert (found[-1].moves, found[-1].run) == (moves, 7)
    assert found[-1].signal_from == FIRST.plus(40).start


def test_a_signal_seen_with_hindsight_says_how_far_it_went_and_moves_nowhere_yet():
    points, found = facts([20, 22] * 10 + [21.5, 21.6, 21.5, 21.6, 21.5, 21.6, 21.5, 21.6, 20])
    assert points[22].rule == "7 Points Above CL"
    assert found[22] == Process(
        run=found[22].run,
        signal_from=found[22].signal_from,
        signal_to=FIRST.plus(27).start,
        outside=found[22].outside,
        rests_on=29,
        segment_from=FIRST.start,
    )
    assert found[22].run < 7


def test_a_trend_moves_unless_the_digits_shown_hide_it():
    rise = [20, 22] * 8 + [20.01, 20.02, 20.03, 20.04, 20.05, 20.06, 20.07]
    assert [facts(rise, decimals=places)[1][-1].moves for places in (2, 1, 0)] == [1, 1, 0]
    assert facts(rise)[1][-1].run == 7


def test_limits_say_on_how_many_points_they_rest_and_how_many_lie_outside():
    values = [20, 22, None, 21] * 5 + [90, 90]
    points, found = facts(values, fixed=12)
    assert (found[-1].rests_on, found[-1].outside, points[-1].points_in_segment) == (9, 2, 17)
    assert not found[-1].is_stable(17)
    assert found[-1].segment_from == FIRST.start
    assert found[2] == Process()
    rebased = facts(values, rebases=[FIRST.plus(8).start])[1]
    assert (rebased[7].rests_on, rebased[8].segment_from) == (6, FIRST.plus(8).start)


def test_one_point_in_twenty_outside_is_stable_and_more_or_fewer_than_thirteen_points_are_not():
    assert Process(outside=1).is_stable(20)
    assert not Process(outside=1).is_stable(19)
    assert not Process(outside=0).is_stable(12)
    assert Process(outside=0).is_stable(13)


def test_only_the_last_24_windows_of_the_segment_are_counted():
    values = [99] * 10 + [20, 22] * 15
    found = facts(values, target=Decimal(22))[1]
    assert (found[-1].tested, found[-1].met, found[-1].tested_from) == (
        24,
        12,
        FIRST.plus(16).start,
    )
    rebased = facts(values, target=Decimal(22), rebases=[FIRST.plus(30).start])[1]
    assert (rebased[-1].tested, rebased[-1].met) == (10, 5)
    assert (rebased[9].always_met, rebased[9].never_met) == (True, False)
    assert (facts(values)[1][-1].tested, facts(values)[1][-1].tested_from) == (0, None)
    assert not facts(values)[1][-1].never_met


def test_a_target_that_changed_among_the_windows_is_told_apart():
    points = facts([20, 22] * 10)[0]
    windows = [
        Rated(value=Decimal(20), is_met=False, target=("ge", 23 + (place > 14)))
        for place in range(20)
    ]
    found = processes(points, windows, decimals=0)
    assert [fact.one_target for fact in found] == [place <= 14 for place in range(20)]


@given(
    st.lists(
        st.one_of(st.none(), st.integers(0, 6), st.integers(0, 60)), min_size=1, max_size=60
    ).filter(lambda values: values[0] is not None and values[-1] is not None),
    st.sets(st.integers(0, 60), max_size=2),
)
def test_what_is_claimed_of_generated_series_is_there_in_their_points(values, cuts):
    """Each claim is checked in the plain list of values up to the window."""
    rebases = [FIRST.plus(cut).start for cut in cuts if cut < len(values)]
    points, found = facts(values, rebases=rebases)
    for row, (point, fact) in enumerate(zip(points, found, strict=True)):
        if values[row] is None:
            assert fact == Process()
            continue
        segment = [at for at, other in enumerate(points) if other.segment == point.segment]
        held = [at for at in segment if values[at] is not None]
        assert fact.outside == sum(
            point.lower is not None and not point.lower <= values[at] <= point.upper for at in held
        )
        assert fact.segment_from == points[held[0]].on
        own = values[row - fact.run + 1 : row + 1] if fact.run else []
        assert None not in own
        if fact.moves:
            count = len(own)
            slope = sum(
                (Fraction(at) - Fraction(count - 1, 2)) * value for at, value in enumerate(own)
            )
            assert count >= 7
            assert slope * fact.moves > 0
            assert (own[-1] - own[0]) * fact.moves > 0
        if point.rule.startswith("7 Points") and fact.run:
            above = "Above" in point.rule
            assert all((value > point.mean) == above and value != point.mean for value in own)
        if "Trend" in point.rule and fact.run >= 2:
            steps = [later - earlier for earlier, later in pairwise(own)]
            assert all((step > 0) == ("Increasing" in point.rule) for step in steps)
            assert 0 not in steps
