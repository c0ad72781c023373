"""What the engine does with order, gaps, ties, segments and options."""

import math
import subprocess
import sys
from dataclasses import FrozenInstanceError
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pytest

from kpis.rag import Direction
from kpis.spc import MDC_EXCEL, analyse, improvement_direction_of
from tests.kpis.spc.series import months

ALTERNATING = [10.0, 12.0] * 8
RISING = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
COMMON = "Common Cause"
UP, DOWN = "7 Point Trend (Increasing)", "7 Point Trend (Decreasing)"


def trend_labels(analysis):
    """For each point the trend among the rules that hold, or nothing."""
    return ["".join(rule for rule in rules if "Trend" in rule) for rules in analysis.rules]


def test_rows_are_sorted_by_date():
    dates = months(16)
    shuffled = [*range(1, 16, 2), *range(0, 16, 2)]
    found = analyse([ALTERNATING[row] for row in shuffled], dates=[dates[row] for row in shuffled])
    assert found == analyse(ALTERNATING, dates=dates)
    assert found.dates == tuple(dates)


def test_dates_may_be_text_dates_or_moments():
    expected = analyse([1, 2], dates=[date(2020, 1, 1), date(2020, 2, 1)], rebase="2020-02-01")
    assert expected.rebase_group == (0, 1)
    for dates in (
        ["2020-01-01", "2020-02-01"],
        [datetime(2020, 1, 1), "2020-02-01T00:00:00"],
        list(np.array(["2020-01-01", "2020-02-01"], dtype="datetime64[ns]")),
    ):
        assert analyse([1, 2], dates=dates, rebase=[date(2020, 2, 1)]) == expected
    assert expected.as_dict()["dates"] == ["2020-01-01", "2020-02-01"]


def test_values_may_be_decimals_and_whole_numbers():
    assert analyse([Decimal("92.4"), 93, None]) == analyse([92.4, 93.0, math.nan])


def test_the_mean_of_a_constant_series_is_the_constant():
    for constant in (0.1, 95.2, 1 / 3, 1e-300, -7.7):
        found = analyse([constant] * 23)
        assert set(found.relative_to_mean) == {0}
        assert set(found.special_cause_type) == {COMMON}


def test_one_odd_value_in_a_constant_series_collapses_the_limits():
    found = analyse([100.0] * 20 + [98.3] + [100.0] * 15)
    assert set(found.limits_status) == {"collapsed"}
    assert found.lpl == found.mean == found.upl
    assert set(found.point_type) == {"special_cause_improvement", "special_cause_concern"}


def test_a_constant_series_has_limits_of_no_width_only_without_screening():
    assert analyse([5.0] * 14).groups[0].limits_status == "none"
    found = analyse([5.0] * 14, screen_outliers=False)
    assert found.groups[0].limits_status == "collapsed"
    assert (found.lpl[0], found.upl[0]) == (5.0, 5.0)


@pytest.mark.parametrize(("rows", "status"), [(12, "trial"), (13, "ok")])
def test_limits_are_firm_from_thirteen_rows(rows, status):
    found = analyse((ALTERNATING * 2)[:rows])
    assert set(found.limits_status) == {status}
    assert found.warning is (rows < 13)


def test_missing_rows_count_towards_the_length_of_a_segment():
    assert analyse([*ALTERNATING[:12], None]).warning is False


def test_a_screened_range_is_left_out_once_and_the_mean_keeps_every_point():
    values = [10.0, 12.0, 10.0, 12.0, 40.0, 12.0, 10.0, 12.0, 10.0, 12.0, 10.0, 12.0, 10.0]
    screened, kept = analyse(values), analyse(values, screen_outliers=False)
    assert screened.mean == kept.mean
    assert screened.groups[0].limits.moving_range == 2.0
    assert kept.groups[0].limits.moving_range == pytest.approx((10 * 2 + 28 * 2) / 12)


@pytest.mark.parametrize(
    ("values", "marked"),
    [
        (RISING, [UP] * 7),
        (RISING[:6], [""] * 6),
        (RISING[::-1], [DOWN] * 7),
        ([1, 2, 3, 3, 4, 5, 6, 7], [""] * 8),
        ([1, 2, 3, None, 4, 5, 6, 7, 8], [""] * 9),
        ([*RISING, None], [UP] * 7 + [""]),
        ([*RISING, 0], [UP] * 7 + [""]),
        # A shared peak belongs to the trend that starts there.
        ([*RISING, *RISING[-2::-1]], [UP] * 6 + [DOWN] * 7),
        # Where one trend ends and the next row begins another, the jump between names the point.
        ([*RISING, *RISING], [UP] * 6 + [DOWN] + [UP] * 7),
        ([*RISING, *[value + 6 for value in RISING]], [UP] * 6 + [DOWN] + [UP] * 7),
    ],
)
def test_trends(values, marked):
    assert trend_labels(analyse(values)) == marked


def test_a_gap_breaks_a_shift_and_two_of_three():
    low, high = [10.0, 11.0] * 10, [20.0, 21.0]
    run = analyse([*low, *high * 3, 20.0])
    broken = analyse([*low, *high * 2, None, *high])
    assert "7 Points Above CL" in run.rules[-1]
    assert not any("7 Points Above CL" in rules for rules in broken.rules)
    assert broken.special_cause_type[24] == COMMON


def test_no_run_crosses_a_rebase():
    values, dates = [*ALTERNATING, *RISING], months(23)
    assert trend_labels(analyse(values, dates=dates))[-1] == UP
    cut = analyse(values, dates=dates, rebase=[dates[18]])
    assert set(trend_labels(cut)) == {""}
    assert [segment.n for segment in cut.groups] == [18, 5]


def test_a_rebase_between_two_dates_is_passed_over():
    found = analyse(ALTERNATING, dates=months(16), rebase=[date(2018, 3, 15)])
    assert set(found.rebase_group) == {0}


def test_a_rebase_on_the_first_date_numbers_from_one():
    dates = months(16)
    found = analyse(ALTERNATING, dates=dates, rebase=[dates[0], dates[8], dates[8]])
    assert found.rebase_group == (1,) * 8 + (2,) * 8
    assert [segment.assurance_type for segment in found.groups] == [None, None]


def test_a_fixed_baseline_starts_again_in_every_segment():
    values = [*ALTERNATING[:12], *[50.0] * 4, *ALTERNATING[:12], *[90.0] * 4]
    dates = months(32)
    found = analyse(values, dates=dates, rebase=[dates[16]], fix_after_n_points=12)
    assert set(found.mean) == {11.0}
    assert found.special_cause_type[12] == found.special_cause_type[-1] == "Above UCL"


@pytest.mark.parametrize(
    ("target", "direction", "icon"),
    [
        (99, "increase", "fail"),
        (1, "increase", "pass"),
        (99, "decrease", "pass"),
        (1, "decrease", "fail"),
        (11, "increase", "inconsistent"),
        (99, "neutral", "none"),
        (None, "increase", "none"),
        (math.nan, "increase", "none"),
    ],
)
def test_assurance(target, direction, icon):
    found = analyse(ALTERNATING, target=target, improvement_direction=direction)
    assert found.assurance_icon == icon


def test_a_target_on_a_limit_is_inconsistent():
    upper, lower = analyse(ALTERNATING).upl[0], analyse(ALTERNATING).lpl[0]
    for target in (upper, lower):
        assert analyse(ALTERNATING, target=target).assurance_icon == "inconsistent"
    over = analyse(ALTERNATING, target=math.nextafter(upper, math.inf))
    assert over.assurance_icon == "fail"


def test_the_excel_preset_counts_points_outside_towards_two_of_three():
    values = [10.0, 12.0] * 12 + [30.0, 18.5, 13.0]
    plain, preset = analyse(values, screen_outliers=False), analyse(values, **MDC_EXCEL)
    row = plain.close_to_limits.index(True, 24)
    assert plain.special_cause_type[row] == COMMON
    assert preset.special_cause_type[row] == "2 in 3 Above CL"
    assert preset.rules[24] == ("Above UCL", "2 in 3 Above CL")


def test_lengths_of_trend_and_shift_are_options_and_stand_in_the_label():
    six = analyse(RISING[:6], trend_length=6)
    assert set(six.special_cause_type) == {"6 Point Trend (Increasing)"}
    assert six.variation_icon == "improvement_high"


def test_all_rules_that_hold_are_listed_in_order_of_precedence():
    values = [10.0, 12.0] * 12 + [20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 26.0]
    assert analyse(values).rules[-1] == ("Above UCL", UP, "7 Points Above CL")


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("increase", "increase"),
        (Direction.HIGHER_IS_BETTER, "increase"),
        (Direction.LOWER_IS_BETTER, "decrease"),
        ("band", "neutral"),
        (Direction.NEUTRAL, "neutral"),
    ],
)
def test_a_measures_direction_is_an_improvement_direction(word, means):
    assert improvement_direction_of(word) == means
    assert analyse(RISING, improvement_direction=word) == analyse(
        RISING, improvement_direction=means
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": ["3"]}, "value 1 is '3', which is not a number"),
        ({"values": [True]}, "value 1 is True, which is not a number"),
        ({"values": [1, [2]]}, "value 2 is .* not a number"),
        ({"values": [10**400]}, "value 1 is too large"),
        ({"values": [1], "target": math.inf}, "target is infinite"),
        ({"values": [1], "dates": [None]}, "date 1 is None"),
        ({"values": [1], "dates": [20200101]}, "date 1 is 20200101"),
        ({"values": [1], "dates": ["2020-02-30"]}, "date 1 is '2020-02-30'"),
        ({"values": [1, 2], "dates": ["2020-01-01"]}, "2 values but 1 dates"),
        ({"values": [1], "rebase": ["2020-01-01"]}, "rebase needs dates"),
        ({"values": [1], "dates": ["2020-01-01"], "rebase": ["x"]}, "rebase is 'x'"),
        ({"values": [1], "improvement_direction": "up"}, "improvement_direction is 'up'"),
        ({"values": [1], "improvement_direction": None}, "improvement_direction is None"),
        ({"values": [1], "fix_after_n_points": 11}, "whole number of 12 or more"),
        ({"values": [1], "fix_after_n_points": 12.5}, "whole number of 12 or more"),
        ({"values": [1], "trend_length": 2}, "trend_length is 2"),
        ({"values": [1], "shift_length": None}, "shift_length is missing"),
        ({"values": [1], "screen_outliers": "no"}, "screen_outliers is 'no'"),
        (
            {"values": [1, 2], "dates": ["2020-01-01T00:00Z", "2020-01-01"]},
            "Some dates have a time zone",
        ),
    ],
)
def test_what_is_no_series_is_refused_with_a_reason(arguments, message):
    values = arguments.pop("values")
    with pytest.raises(ValueError, match=message):
        analyse(values, **arguments)


def test_infinite_limits_are_written_as_undefined():
    found = analyse([1.7e308, -1.7e308, 1.7e308], screen_outliers=False)
    assert found.upl[0] == math.inf
    assert found.as_dict()["upl"] == [None, None, None]


def test_a_result_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        analyse([1.0]).warning = False


def test_the_package_loads_without_django_numpy_or_pandas():
    script = (
        "import sys, kpis.spc\n"
        "assert kpis.spc.analyse([1, 2]).warning\n"
        "print([name for name in ('django', 'numpy', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
