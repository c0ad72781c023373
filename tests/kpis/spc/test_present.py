"""What users see: the presentation rules on top of the engine."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given

from kpis.rag import Direction
from kpis.spc import analyse, fill_months, present
from strategy.periods import Frequency
from tests.kpis.spc.series import cases, months

HIGHER, LOWER = Direction.HIGHER_IS_BETTER, Direction.LOWER_IS_BETTER
STEADY = [10.0, 12.0] * 8
RAISED = [*STEADY, *[12.5, 13.5] * 4]


def series(values, start=2018):
    return list(zip(months(len(values), start), values, strict=True))


def read(values, direction=HIGHER, **options):
    return present(series(values), direction=direction, **options)


def test_a_steady_series_shows_its_limits_and_icons():
    reading = read(STEADY, target=5.0)
    analysis = analyse(STEADY)
    assert (reading.variation, reading.assurance) == ("common_cause", "pass")
    assert reading.limits_status == "ok"
    assert reading.note == ""
    assert [point.upper for point in reading.points] == list(analysis.upl)
    assert reading.as_of == date(2019, 4, 1)
    assert reading.latest is reading.points[-1]


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ([100.0] * 35 + [98.3], "Too little variation for limits"),
        ([100.0] * 20, "Too little variation for limits"),
        ([100.0] * 5, "Not yet assessed: 5 of 13 months."),
        ([7.0], "Not yet assessed: 1 of 13 months."),
        ([None] * 4, "No values yet."),
    ],
    ids=["one odd value", "constant", "short and constant", "one value", "no value"],
)
def test_without_variation_there_are_no_limits_and_no_signal(values, note):
    reading = read(values, target=95.0)
    assert (reading.variation, reading.assurance) == ("none", "none")
    assert reading.limits_status in ("none", "collapsed")
    assert reading.note.startswith(note)
    for point in reading.points:
        assert (point.lower, point.upper) == (None, None)
        assert (point.point_type, point.rule) == ("common_cause", "Common Cause")
        assert (point.variation, point.assurance) == ("none", "none")


def test_limits_that_no_digit_tells_apart_have_collapsed():
    """Ranges of a last digit with a mean that has none so small."""
    values = [0.0, 5e-300] * 8 + [1e300] * 2
    assert analyse(values).limits_status[0] == "ok"
    assert analyse(values).lpl == analyse(values).upl
    assert read(values).limits_status == "collapsed"


def test_fewer_than_thirteen_values_have_trial_limits_and_no_icons():
    reading = read([*STEADY[:11], 40.0], target=5.0)
    assert reading.limits_status == "trial"
    assert reading.note == "Trial limits: 12 of 13 months."
    assert (reading.variation, reading.assurance) == ("none", "none")
    assert reading.points[-1].upper is not None
    assert reading.points[-1].rule == "Above UCL"


def test_gaps_do_not_count_towards_thirteen():
    reading = read([*STEADY[:6], None, *STEADY[:6], None])
    assert (reading.points_in_segment, reading.limits_status) == (12, "trial")
    assert read([*STEADY[:6], None, *STEADY[:7]]).limits_status == "ok"


def test_icons_of_a_latest_gap_are_those_of_the_latest_value_with_its_month():
    whole, gap = read([*STEADY, 30.0], target=5.0), read([*STEADY, 30.0, None, None], target=5.0)
    assert whole.variation == gap.variation == "improvement_high"
    assert gap.assurance == whole.assurance != "none"
    assert gap.as_of == date(2019, 5, 1)
    assert (gap.points[-1].variation, gap.points[-1].assurance) == ("none", "none")


def test_absent_months_are_put_in_as_gaps():
    points = [(on, value) for on, value in series(RAISED) if on.month != 9]
    reading = present(reversed(points), direction=HIGHER)
    assert [point.on for point in reading.points] == months(len(RAISED))
    assert [point.on.month for point in reading.points if point.value is None] == [9, 9]


def test_a_run_does_not_bridge_an_absent_month():
    points = series([*STEADY, 13.0, 13.5] + [13.0, 13.5] * 3)
    bridged = [point for place, point in enumerate(points) if place != 20]
    assert present(points, direction=HIGHER).points[-1].rule == "7 Points Above CL"
    assert present(bridged, direction=HIGHER).points[-1].rule == "Common Cause"


@pytest.mark.parametrize(
    ("frequency", "given_dates", "added"),
    [
        ("monthly", ["2020-01-01", "2020-03-01"], ["2020-02-01"]),
        ("monthly", ["2020-11-01", "2021-02-01"], ["2020-12-01", "2021-01-01"]),
        ("quarterly", ["2020-01-01", "2020-04-01"], []),
        ("quarterly", ["2020-01-01", "2020-10-01"], ["2020-04-01", "2020-07-01"]),
        ("quarterly", ["2020-01-01", "2020-09-01"], ["2020-04-01", "2020-07-01"]),
        ("half_yearly", ["2020-04-01", "2021-04-01"], ["2020-10-01"]),
        ("annual", ["2020-04-01", "2022-04-01"], ["2021-04-01"]),
        ("one_off", ["2020-04-01", "2022-04-01"], []),
        ("monthly", ["2020-01-31", "2020-02-28"], []),
    ],
)
def test_gaps_are_as_long_as_the_frequency(frequency, given_dates, added):
    points = [(date.fromisoformat(on), 1.0) for on in given_dates]
    filled = fill_months(points, frequency=Frequency(frequency))
    assert [on.isoformat() for on, value in filled if value is None] == added
    assert [point for point in filled if point[1] is not None] == points


def test_two_values_in_one_month_are_an_error():
    with pytest.raises(ValueError, match="Mar 2020 has two values"):
        fill_months([(date(2020, 3, 1), 1.0), (date(2020, 3, 15), 2.0)])
    with pytest.raises(ValueError, match="2020-03-01 has two values"):
        fill_months([(date(2020, 3, 1), 1.0)] * 2, frequency=Frequency.ONE_OFF)


def test_the_target_in_force_at_the_latest_value_is_judged():
    steps = [(date(2018, 4, 1), 5.0), (date(2019, 1, 1), Decimal("99")), (date(2030, 1, 1), 5.0)]
    reading = read(STEADY, target=steps)
    assert (reading.assurance, reading.target) == ("fail", 99.0)
    assert [point.target for point in reading.points] == [None] * 3 + [5.0] * 9 + [99.0] * 4
    assert [point.assurance for point in reading.points] == (
        ["none"] * 3 + ["pass"] * 9 + ["fail"] * 4
    )


def test_a_target_may_end():
    reading = read(STEADY, target=[(date(2018, 1, 1), 5.0), (date(2019, 1, 1), None)])
    assert (reading.target, reading.assurance) == (None, "none")


@pytest.mark.parametrize(
    ("direction", "on_plan"),
    [
        (HIGHER, [True, None, None, False]),
        (LOWER, [True, None, None, True]),
        ("neutral", [None] * 4),
    ],
)
def test_a_trajectory_is_judged_month_by_month_and_by_no_icon(direction, on_plan):
    """Met to the digit, not planned, a gap, and short of a plan that falls."""
    path = [(date(2018, 1, 31), 10.0), (date(2018, 3, 1), 11), (date(2018, 4, 1), Decimal("12.5"))]
    points = [(on, None if on.month == 3 else value) for on, value in series(STEADY[:4])]
    reading = present(points, direction=direction, trajectory=path)
    assert [point.planned for point in reading.points] == [10.0, None, 11.0, 12.5]
    assert [point.is_on_plan for point in reading.points] == on_plan
    whole, planned = read(STEADY, direction), read(STEADY, direction, trajectory=path)
    assert (planned.variation, planned.assurance) == (whole.variation, whole.assurance)


def test_a_baseline_may_be_fixed():
    values = [*STEADY[:12], *[20.0] * 6]
    reading = read(values, fix_after_n_points=12)
    assert {point.mean for point in reading.points} == {11.0}
    assert reading.latest.rule == "Above UCL"


@pytest.mark.parametrize("direction", ["neutral", "band"])
def test_neutral_measures_have_high_and_low_and_no_assurance(direction):
    reading = read([*STEADY, 30.0], direction=direction, target=5.0)
    assert (reading.variation, reading.assurance) == ("neutral_high", "none")
    assert reading.target == 5.0


@pytest.mark.parametrize(
    ("direction", "latest", "icon"),
    [
        (HIGHER, 30.0, "improvement_high"),
        (HIGHER, -30.0, "concern_low"),
        (LOWER, 30.0, "concern_high"),
        (LOWER, -30.0, "improvement_low"),
    ],
)
def test_high_and_low_is_the_side_of_the_signal(direction, latest, icon):
    assert read([*STEADY, latest], direction=direction).variation == icon


def test_a_rebase_begins_with_the_first_month_on_or_after_its_date():
    reading = read(STEADY * 2, rebases=[date(2019, 4, 20), date(2031, 1, 1)])
    first, later = reading.rebases
    assert (first.applied_on, later.applied_on) == (date(2019, 5, 1), None)
    assert [point.segment for point in reading.points] == [0] * 16 + [1] * 16
    assert reading.points_in_segment == 16


def test_a_rebase_in_an_absent_month_begins_there():
    points = [point for point in series(STEADY * 2) if point[0] != date(2019, 5, 1)]
    reading = present(points, direction=HIGHER, rebases=[date(2019, 5, 1)])
    assert reading.rebases[0].applied_on == date(2019, 5, 1)
    assert reading.points_in_segment == 15


def test_a_new_segment_is_trial_while_the_one_before_keeps_its_limits():
    reading = read([*STEADY, *STEADY[:4]], target=5.0, rebases=[date(2019, 5, 1)])
    assert (reading.limits_status, reading.note) == ("trial", "Trial limits: 4 of 13 months.")
    assert reading.points[0].limits_status == "ok"
    assert reading.points[0].assurance == "pass"


def test_how_long_a_shift_and_a_trend_have_held():
    shift = read(RAISED)
    assert shift.latest.rule == "7 Points Above CL"
    assert (shift.run, shift.since) == (9, date(2019, 4, 1))
    trend = read([*STEADY, 10.0, 10.3, 10.6, 10.9, 11.2, 11.5, 11.8])
    assert trend.latest.rule == "7 Point Trend (Increasing)"
    assert (trend.run, trend.since) == (6, date(2019, 5, 1))


def test_one_point_outside_has_held_for_one_month():
    reading = read([*STEADY, 30.0])
    assert (reading.latest.rule, reading.run) == ("Above UCL", 1)
    assert reading.since == reading.as_of
    assert read(STEADY).since is None


def test_rules_that_point_both_ways_are_mixed():
    values = [*[20.0, 22.0] * 8, 15.5, 16.0, 16.5, 17.0, 17.5, 18.0, 18.5]
    point = read(values).latest
    assert point.rules == ("7 Point Trend (Increasing)", "7 Points Below CL")
    assert point.opposing_rule == "7 Points Below CL"
    assert read(RAISED).latest.opposing_rule == ""


def test_limits_are_not_clipped():
    reading = read([99.0, 100.0, 99.5, 100.0] * 4, target=100.0)
    assert reading.points[-1].upper > 100
    assert reading.assurance == "inconsistent"


def test_nothing_at_all():
    reading = present([], direction=HIGHER)
    assert reading.points == ()
    assert (reading.as_of, reading.latest, reading.limits_status) == (None, None, "none")
    assert (reading.variation, reading.note) == ("none", "")


@given(cases())
def test_what_is_shown_is_never_other_than_what_was_analysed(case):
    directions = {"increase": HIGHER, "decrease": LOWER, "neutral": Direction.NEUTRAL}
    reading = present(
        zip(case["dates"], case["values"], strict=True),
        direction=directions[case["improvement_direction"]],
        target=case["target"],
        rebases=case["rebase"],
        fix_after_n_points=case["fix_after_n_points"],
        screen_outliers=case["screen_outliers"],
    )
    analysis = analyse(**case)
    assert [point.mean for point in reading.points] == list(analysis.mean)
    for row, point in enumerate(reading.points):
        shown = (point.lower, point.upper, point.point_type, point.rule)
        if point.limits_status in ("trial", "ok"):
            kinds = analysis.point_type[row], analysis.special_cause_type[row]
            assert shown == (analysis.lpl[row], analysis.upl[row], *kinds)
        else:
            assert shown == (None, None, "common_cause", "Common Cause")
        assert (point.variation == "none") == (point.limits_status != "ok" or point.value is None)
    if case["values"][-1] is not None and reading.limits_status == "ok":
        assert reading.variation == analysis.variation_icon
        assert reading.assurance == analysis.assurance_icon
