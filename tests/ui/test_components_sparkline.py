"""Trend lines: gaps stay gaps, far targets stay away, and every point is inside the picture."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmpt_tracker.ui.sparkline import Band, shared_scale, small_multiple, sparkline

numbers = st.floats(min_value=-1e9, max_value=1e9, allow_nan=False)
series = st.lists(st.none() | numbers, max_size=40)


def points(trend):
    return [tuple(map(float, pair.split(","))) for line in trend.lines for pair in line.split()]


def test_a_missing_month_is_a_band_and_breaks_the_line():
    trend = sparkline([1, 2, None, 3, 4])
    assert len(trend.gaps) == 1
    assert len(trend.lines) == 2


def test_only_the_last_24_values_are_drawn():
    trend = sparkline(list(range(100)))
    assert len(points(trend)) == 24


def test_each_point_is_drawn_when_there_are_twelve_or_fewer():
    assert len(sparkline(list(range(12))).dots) == 12
    assert sparkline(list(range(13))).dots == ()


def test_a_point_between_two_gaps_is_drawn_though_no_line_reaches_it():
    values = [*range(10), None, 5, None, *range(8)]
    assert len(sparkline(values).dots) == 1


def test_the_dot_stands_on_the_last_known_value():
    late = sparkline([1, 2, 3, None, None])
    assert late.last is not None
    assert (late.last.x, late.last.y) == points(late)[-1]
    assert late.last.x < 116


def test_no_values_at_all_is_empty():
    assert sparkline([]).is_empty
    assert sparkline([None, None], target=4).is_empty


def test_a_target_within_reach_is_drawn_and_a_far_one_does_not_flatten_the_line():
    assert sparkline([1, 2, 3], target=4).target_y == 4
    assert sparkline([1, 2, 3], target=400).target_y is None
    heights = [y for _, y in points(sparkline([1, 2, 3], target=400))]
    assert max(heights) - min(heights) == 26


def test_a_flat_line_stands_in_the_middle():
    trend = sparkline([Decimal("5"), Decimal("5")])
    assert {y for _, y in points(trend)} == {17.0}


@given(series, st.none() | numbers)
def test_nothing_is_drawn_outside_the_picture(values, target):
    trend = sparkline(values, target=target)
    known = [value for value in values[-24:] if value is not None]
    assert trend.is_empty == (not known)
    for x, y in [*points(trend), *((dot.x, dot.y) for dot in trend.dots)]:
        assert 0 <= x <= 120
        assert 0 <= y <= 34
    assert len(trend.gaps) == (values[-24:].count(None) if known else 0)


@given(series.filter(lambda values: any(value is not None for value in values)))
def test_higher_values_stand_higher(values):
    low, high = shared_scale([values])
    trend = small_multiple(values, low=low, high=high)
    heights = [y for _, y in points(trend)]
    shown = values[-24:]
    in_lines = [
        value
        for index, value in enumerate(shown)
        if value is not None
        and (
            (index and shown[index - 1] is not None)
            or (index + 1 < len(shown) and shown[index + 1] is not None)
        )
    ]
    ordered = sorted(zip(in_lines, heights, strict=True))
    assert all(one[1] >= two[1] for one, two in itertools.pairwise(ordered))


def test_a_small_multiple_marks_signals_by_shape():
    kinds = ["common_cause", "improvement_low", "concern_high"]
    trend = small_multiple([1, 2, 3], low=0, high=4, kinds=kinds)
    assert [dot.kind for dot in trend.dots] == ["better", "worse"]
    assert trend.last is not None
    assert trend.last.kind == "worse"


def test_limits_before_the_window_are_cut_to_it():
    bands = [Band(0, 9, 1, 2, 3), Band(10, 29, 1, 2, 3)]
    trend = small_multiple(list(range(30)), low=0, high=30, bands=bands)
    assert [band.x for band in trend.bands] == [5.0, points(trend)[4][0]]


def test_a_target_off_the_shared_scale_is_not_drawn():
    assert small_multiple([1, 2], low=0, high=4, target=5).target_y is None


def test_as_many_kinds_as_values_are_asked_for():
    with pytest.raises(ValueError, match="as many kinds"):
        small_multiple([1, 2], low=0, high=4, kinds=["common_cause"])


def test_a_shared_scale_of_one_value_still_draws():
    assert small_multiple([2, 2], low=2, high=2).last is not None


def test_a_line_is_cut_and_marked_where_the_limits_begin_anew():
    whole, cut = sparkline([17, 17, 10, 10]), sparkline([17, 17, 10, 10], cuts=[2])
    assert (len(whole.lines), whole.cuts) == (1, ())
    assert len(cut.lines) == 2
    assert " ".join(cut.lines) == whole.lines[0]
    (at,) = cut.cuts
    xs = [float(point.split(",")[0]) for point in whole.lines[0].split()]
    assert xs[1] < at < xs[2]
    assert f'<line class="cut" x1="{at}" x2="{at}"' in cut.shapes
    assert 'class="cut"' not in whole.shapes


@pytest.mark.parametrize(("cuts", "drawn"), [([2], 0), ([6], 0), ([7], 1), ([29], 1)])
def test_a_cut_before_what_is_drawn_is_none(cuts, drawn):
    assert len(sparkline(range(30), cuts=cuts).cuts) == drawn
    assert len(small_multiple(range(30), low=0, high=30, cuts=cuts).cuts) == drawn
