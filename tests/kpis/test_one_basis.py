"""A value and its target share one basis: a month, the year so far, or 12 months."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.judging.assess import assess
from kpis.judging.terms import MeasureTerms, Observation, SeriesInputs
from kpis.rag import Direction, Operator, Rag, judge
from kpis.rollup import OverTime, RollUp
from kpis.targets import Change, Point, Profile, TargetTerms, ValueIs
from strategy.periods import FinancialYear, Frequency, Month, Period

APRIL = Month(2018, 4)
LOWER, HIGHER = Direction.LOWER_IS_BETTER, Direction.HIGHER_IS_BETTER


def measure(**changed):
    given_terms = {
        "code": "falls",
        "direction": LOWER,
        "frequency": Frequency.MONTHLY,
        "unit": "count",
        "roll_up": RollUp.SUM,
        "over_time": OverTime.SUM,
        "judged_on": "year_to_date",
    }
    return MeasureTerms(**(given_terms | changed))


def target(value="480", operator=Operator.LE, **changed):
    given_terms = {"code": "target", "operator": operator, "plan_starts": date(2015, 4, 1)}
    value = None if value is None else Decimal(value)
    return TargetTerms(**(given_terms | {"value": value} | changed))


def windows(values, *, first=APRIL, length=1):
    found = []
    for place, value in enumerate(values):
        begins = first.plus(place * length)
        period = Period.spanning(begins, begins.plus(length - 1))
        if value is not None:
            found.append(Observation(period=period, value=Decimal(value)))
    return tuple(found)


def assessed(values, goal, terms=None, *, begins_on=None, first=APRIL, length=1):
    terms = terms or measure()
    seen = windows(values, first=first, length=length)
    return assess(
        SeriesInputs(
            measure=terms,
            care_group="trust",
            observations=seen,
            targets=(goal,),
            begins_on=begins_on,
        )
    )


def asked(items):
    return [item.primary.value for item in items]


def colours(items):
    return [item.rag for item in items]


MONTHS = [39, 45, 41, 43, 42, 44, 40, 45, 41, 42, 40, 42]


def test_a_year_to_date_is_held_against_the_share_of_the_year_that_has_passed():
    items = assessed(MONTHS, target("480", floor=Decimal(516)))
    assert asked(items) == [40 * month for month in range(1, 13)]
    assert [item.primary.floor for item in items] == [43 * month for month in range(1, 13)]
    assert colours(items)[:2] == [Rag.GREEN, Rag.AMBER]
    assert items[-1].judged_value == 504
    assert items[-1].primary.variance == 24
    assert {item.primary.year_value for item in items} == {480}
    assert [(item.span.expected, item.span.of_year) for item in items][4] == (5, 12)


def test_a_year_that_is_on_its_way_is_not_red_until_march():
    goal = target("480", Operator.GE)
    items = assessed([41] * 12, goal, measure(direction=HIGHER))
    assert set(colours(items)) == {Rag.GREEN}
    behind = assessed([37] * 12, goal, measure(direction=HIGHER))
    assert set(colours(behind)) == {Rag.RED}


@pytest.mark.parametrize("judged_on", ["year_to_date", "rolling_12"])
@pytest.mark.parametrize("direction", [LOWER, HIGHER])
def test_the_chart_of_a_sum_tests_no_month_against_a_year(judged_on, direction):
    operator = Operator.LE if direction is LOWER else Operator.GE
    terms = measure(judged_on=judged_on, direction=direction)
    items = assessed(MONTHS * 3, target("480", operator), terms)
    points = items[-1].reading.points
    assert {point.assurance for point in points} == {"none"}
    assert {point.target for point in points} == {None}
    assert points[-1].limits_status == "ok"
    assert items[-1].process.tested == 0
    by_month = assessed(MONTHS * 3, target("480", operator), replace(terms, judged_on="month"))
    assert by_month[-1].reading.points[-1].assurance in ("pass", "fail")


def test_twelve_months_are_held_against_the_whole():
    items = assessed(MONTHS * 2, target("480"), measure(judged_on="rolling_12"))
    assert set(asked(items)) == {480}
    assert colours(items[:11]) == [Rag.INCOMPLETE] * 11
    assert (items[11].judged_value, items[11].rag) == (504, Rag.AMBER)


@pytest.mark.parametrize("over_time", [rule for rule in OverTime if rule is not OverTime.SUM])
@pytest.mark.parametrize("judged_on", ["year_to_date", "rolling_12"])
def test_ratios_means_and_last_values_are_not_shared_out(over_time, judged_on):
    terms = measure(over_time=over_time, judged_on=judged_on)
    seen = tuple(
        replace(row, numerator=row.value, denominator=Decimal(1))
        for row in windows(MONTHS + MONTHS)
    )
    items = assess(
        SeriesInputs(measure=terms, care_group="trust", observations=seen, targets=(target("60"),))
    )
    assert set(asked(items)) == {60}
    assert {item.primary.year_value for item in items} == {None}
    assert items[-1].reading.points[-1].assurance == "pass"


def test_quarters_are_shares_of_four():
    terms = measure(frequency=Frequency.QUARTERLY)
    items = assessed([120, 125, 118, 141], target("480"), terms, length=3)
    assert asked(items) == [120, 240, 360, 480]
    assert colours(items) == [Rag.GREEN, Rag.AMBER, Rag.AMBER, Rag.AMBER]
    assert items[1].span.of_year == 4


def test_half_years_and_years():
    half = measure(frequency=Frequency.HALF_YEARLY)
    assert asked(assessed([200, 290], target("480"), half, length=6)) == [240, 480]
    year = measure(frequency=Frequency.ANNUAL)
    items = assessed([470, 490], target("480"), year, length=12)
    assert (asked(items), colours(items)) == ([480, 480], [Rag.GREEN, Rag.AMBER])


def test_a_calendar_year_reaches_back_beyond_april_and_is_rated_by_itself():
    year = measure(frequency=Frequency.ANNUAL, year_end_month=12)
    (item,) = assessed([490], target("480"), year, first=Month(2018, 1), length=12)
    assert (item.judged_value, item.primary.value, item.rag) == (490, 480, Rag.AMBER)


@pytest.mark.parametrize("judged_on", ["year_to_date", "rolling_12"])
def test_a_total_printed_beside_the_months_is_held_against_the_share_of_its_own(judged_on):
    total = Observation(period=FinancialYear(2018).period, value=Decimal(504))
    quarter = Observation(period=FinancialYear(2018).quarter(2), value=Decimal(118))
    items = assess(
        SeriesInputs(
            measure=measure(judged_on=judged_on),
            care_group="trust",
            observations=(total, quarter),
            targets=(target("480"),),
        )
    )
    assert [(item.judged_value, item.primary.value) for item in items] == [(118, 120), (504, 480)]
    assert colours(items) == [Rag.GREEN, Rag.AMBER]


def test_a_series_begun_within_the_year_is_held_against_the_months_it_covers():
    items = assessed([40] * 10, target("480"), begins_on=date(2018, 6, 4), first=Month(2018, 6))
    assert asked(items) == [40 * month for month in range(1, 11)]
    assert set(colours(items)) == {Rag.GREEN}
    assert asked(
        assessed([40], target("480"), first=Month(2019, 4), begins_on=date(2018, 6, 1))
    ) == [40]


def test_a_missing_month_leaves_the_year_incomplete_and_the_months_on_the_chart():
    items = assessed([40, None, 41, 43], target("480"))
    assert colours(items) == [Rag.GREEN, Rag.INCOMPLETE, Rag.INCOMPLETE]
    june = items[1]
    assert (june.judged_value, june.primary.value, june.primary.variance) == (81, 120, None)
    assert (june.span.held, june.span.expected) == (2, 3)
    values = [point.value for point in items[-1].reading.points]
    assert values == [40.0, None, 41.0, 43.0]


@pytest.mark.parametrize("over_time", [OverTime.SUM, OverTime.MEAN])
def test_every_whole_window_is_a_point_whatever_the_twelve_months_lack(over_time):
    terms = measure(frequency=Frequency.QUARTERLY, judged_on="rolling_12", over_time=over_time)
    values = [220, 218, 225, None, 210, 216, 219, None, 221, 214, 213, 217, 215]
    items = assessed(values, target("860"), terms, length=3)
    assert sum(item.rag is Rag.INCOMPLETE for item in items) == len(items) - 2
    drawn = [point.value for point in items[-1].reading.points]
    assert drawn == [None if value is None else float(value) for value in values]


def test_a_month_that_not_everyone_reported_is_no_point_and_its_part_is_in_the_sum():
    april, may = windows([40, 44])
    only = {"acute": (april, may), "older": (april,)}
    items = assess(
        SeriesInputs(
            measure=measure(),
            care_group="trust",
            targets=(target("960"),),
            parts=only,
            expected={april.period: ("acute", "older"), may.period: ("acute", "older")},
        )
    )
    assert [(item.judged_value, item.rag) for item in items] == [
        (80, Rag.GREEN),
        (124, Rag.INCOMPLETE),
    ]
    assert [point.value for point in items[-1].reading.points] == [80.0, None]


@pytest.mark.parametrize(
    ("goal", "terms", "shares"),
    [
        (target("0", Operator.GE), measure(direction=HIGHER), [0, 0, 0]),
        (target("-1200", Operator.GE), measure(direction=HIGHER), [-100, -200, -300]),
        (
            target("400", Operator.BETWEEN, upper_value=Decimal(480)),
            measure(direction=Direction.BAND),
            [Decimal(400) / 12, Decimal(800) / 12, 100],
        ),
        (
            target(
                "20",
                value_is=ValueIs.RELATIVE_TO_BASELINE,
                change=Change.DOWN,
                baseline=Decimal(600),
                baseline_period="2016/17",
            ),
            measure(),
            [40, 80, 120],
        ),
        (
            target(
                "10",
                value_is=ValueIs.COMPOUND_EACH_YEAR,
                change=Change.DOWN,
                baseline=Decimal(600),
                baseline_period="2016/17",
            ),
            measure(),
            [45, 90, 135],
        ),
        (
            target(
                "480",
                profile=Profile.STRAIGHT_LINE,
                baseline=Decimal(600),
                baseline_period="2017/18",
                due_on=date(2019, 3, 31),
            ),
            measure(),
            [Decimal(590) / 12, Decimal(580) / 6, Decimal(570) / 4],
        ),
    ],
)
def test_every_kind_of_target_is_multiplied_alike_with_its_sign(goal, terms, shares):
    assert asked(assessed([30, 30, 30], goal, terms)) == shares


def test_the_upper_value_of_a_band_is_shared_out_and_its_distance_too():
    goal = target("360", Operator.BETWEEN, upper_value=Decimal(480), floor=Decimal(24))
    items = assessed([29, 35, 45], goal, measure(direction=Direction.BAND))
    assert [item.primary.upper for item in items] == [40, 80, 120]
    assert [item.primary.floor for item in items] == [2, 4, 6]
    assert [(item.rag, item.primary.variance) for item in items] == [
        (Rag.AMBER, -1),
        (Rag.GREEN, 0),
        (Rag.GREEN, 0),
    ]
    assert items[0].primary.year_upper == 480


def test_a_baseline_of_the_year_draws_in_the_floor_of_its_share():
    """5% of 480 reaches to 504; the year began at 492, so in April near ends at 41."""
    items = assessed([Decimal("40.9"), Decimal("41.2")], target("480", baseline=Decimal(492)))
    assert [item.primary.floor for item in items] == [41, 82]
    assert colours(items) == [Rag.AMBER, Rag.RED]


def test_explicit_points_add_up_as_printed_each_year_for_itself():
    points = tuple(
        Point(month, Decimal(value))
        for month, value in (
            (Month(2018, 4), 60),
            (Month(2018, 6), 130),
            (Month(2019, 3), 480),
            (Month(2019, 5), 75),
        )
    )
    path = target(None, profile=Profile.EXPLICIT_POINTS, points=points)
    items = assessed([40] * 14, path)
    assert asked(items[:3]) == [60, 60, 130]
    assert (items[11].primary.value, items[11].primary.year_value) == (480, None)
    # April's 40 are no part of the 480 of the year before.
    assert (items[12].rag, items[12].primary.value) == (Rag.NO_TARGET, None)
    assert (items[13].rag, items[13].judged_value, items[13].primary.value) == (Rag.RED, 80, 75)
    whole = assessed([40] * 14, path, measure(judged_on="rolling_12"))
    assert asked(whole[-3:]) == [480, 480, 75]


def test_a_blank_window_has_its_share_of_the_target_too():
    (april,) = windows([40])
    blank = Observation(period=Month(2018, 5).period)
    items = assess(
        SeriesInputs(
            measure=measure(),
            care_group="trust",
            observations=(april, blank),
            targets=(target("480"),),
        )
    )
    assert items[1].primary.value == 80
    assert not items[1].rag.is_coloured


amounts = st.lists(st.decimals(-500, 500, places=2), min_size=1, max_size=26)


@given(
    amounts,
    st.decimals(-5000, 5000, places=2),
    st.one_of(st.none(), st.decimals(-6000, 6000, places=2)),
    st.one_of(st.none(), st.decimals(-6000, 6000, places=2)),
    st.sampled_from([LOWER, HIGHER]),
    st.sampled_from(["month", "year_to_date", "rolling_12"]),
    st.sampled_from([Frequency.MONTHLY, Frequency.QUARTERLY]),
)
def test_what_is_shown_gives_the_colour_and_the_variance(
    values, year, floor, baseline, direction, judged_on, frequency
):
    """From judged value, target, floor, operator and direction alone."""
    operator = Operator.LE if direction is LOWER else Operator.GE
    length = frequency.months
    goal = target(year, operator, floor=floor, baseline=baseline)
    terms = measure(direction=direction, judged_on=judged_on, frequency=frequency)
    for place, item in enumerate(assessed(values, goal, terms, length=length)):
        judged = item.primary
        if judged_on == "year_to_date":
            so_far = place % (12 // length) + 1
            exact = Fraction(year) * so_far * length / 12
            assert abs(Fraction(judged.value) - exact) < Fraction(1, 10**20)
            assert item.judged_value == sum(values[place + 1 - so_far : place + 1])
        if not item.rag.is_coloured:
            assert judged.variance is None
            continue
        gap = Fraction(item.judged_value) - Fraction(judged.value)
        assert Fraction(judged.variance) == gap
        verdict = judge(
            item.judged_value,
            target=judged.value,
            floor=judged.floor,
            direction=direction,
            operator=operator,
        )
        assert verdict.rag is item.rag
