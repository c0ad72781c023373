"""What a target asks for in a period, by example and against a second slow implementation."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.judging.in_force import applies_to, in_force
from kpis.rag import Direction, Rag
from kpis.targets import (
    Absence,
    Change,
    FloorValue,
    Operator,
    Point,
    Profile,
    Reason,
    TargetTerms,
    TargetValue,
    ValueIs,
    floor_at,
    value_at,
)
from strategy.periods import FinancialYear, Month, Period

STARTS, ENDS = date(2023, 4, 1), date(2026, 3, 31)


def terms(**changed):
    given_terms = {
        "code": "plan/1.1.1",
        "operator": Operator.GE,
        "value": Decimal(95),
        "plan": "plan",
        "plan_starts": STARTS,
        "plan_ends": ENDS,
    }
    return TargetTerms(**(given_terms | changed))


def value_in(target, period):
    found = value_at(target, Period.parse(period))
    return found.value if isinstance(found, TargetValue) else found.reason


def baseline(value_is, change, size, base="100", **more):
    return terms(
        value_is=value_is, change=change, value=Decimal(size), baseline=Decimal(base), **more
    )


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2023-03", Reason.NOT_YET_IN_FORCE),
        ("2023-04", Decimal(95)),
        ("2026-03", Decimal(95)),
        ("2026-04", Decimal(95)),
        ("2022/23", Reason.NOT_YET_IN_FORCE),
        ("2023/24 Q1", Decimal(95)),
    ],
)
def test_a_step_holds_from_the_plans_start_and_stands_after_its_end(period, expected):
    assert value_in(terms(), period) == expected


def test_a_step_that_takes_effect_within_a_month_holds_for_that_month():
    late = terms(effective_from=date(2024, 4, 30))
    assert value_in(late, "2024-03") == Reason.NOT_YET_IN_FORCE
    assert value_in(late, "2024-04") == Decimal(95)
    assert value_in(terms(effective_from=date(2024, 5, 1)), "2024-04") == Reason.NOT_YET_IN_FORCE


def test_a_retired_target_ends_with_the_month_before():
    retired = terms(retired_on=date(2024, 4, 1))
    assert value_in(retired, "2024-03") == Decimal(95)
    assert value_in(retired, "2024-04") == Reason.RETIRED


@pytest.mark.parametrize(
    ("value_is", "change", "size", "base", "expected"),
    [
        (ValueIs.RELATIVE_TO_BASELINE, Change.DOWN, "15", "200", Decimal(170)),
        (ValueIs.RELATIVE_TO_BASELINE, Change.UP, "15", "200", Decimal(230)),
        (ValueIs.RELATIVE_TO_BASELINE, Change.UP, "10", "-50", Decimal(-45)),
        (ValueIs.RELATIVE_TO_BASELINE, Change.DOWN, "10", "-50", Decimal(-55)),
        (ValueIs.RELATIVE_TO_BASELINE, Change.DOWN, "100", "200", Decimal(0)),
        (ValueIs.RELATIVE_TO_BASELINE, Change.UP, "15", "0", Decimal(0)),
        (ValueIs.CHANGE_FROM_BASELINE, Change.UP, "0.2", "6.9", Decimal("7.1")),
        (ValueIs.CHANGE_FROM_BASELINE, Change.DOWN, "2", "-1", Decimal(-3)),
    ],
)
def test_a_change_starts_from_the_baseline(value_is, change, size, base, expected):
    assert value_in(baseline(value_is, change, size, base), "2024-06") == expected


@pytest.mark.parametrize(
    "value_is",
    [ValueIs.RELATIVE_TO_BASELINE, ValueIs.CHANGE_FROM_BASELINE, ValueIs.COMPOUND_EACH_YEAR],
)
def test_without_a_baseline_nothing_is_guessed(value_is):
    target = terms(value_is=value_is, change=Change.DOWN, value=Decimal(15))
    found = value_at(target, Period.parse("2024-06"))
    assert isinstance(found, Absence)
    assert (found.reason, found.rag) == (Reason.NEEDS_BASELINE, Rag.NEEDS_BASELINE)


def test_a_promise_without_a_number_is_no_target():
    found = value_at(terms(value=None), Period.parse("2024-06"))
    assert isinstance(found, Absence)
    assert (found.reason, found.rag) == (Reason.NO_NUMBER, Rag.NO_TARGET)
    assert value_in(terms(operator=None), "2024-06") == Decimal(95)
    drawn, nothing = terms(operator=None), terms(value=None)
    assert not drawn.has_number
    assert not nothing.has_number
    asked = TargetValue(Decimal(95))
    assert floor_at(drawn, asked, Direction.HIGHER_IS_BETTER) == FloorValue(None, False)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2023-04", Decimal(100)),
        ("2024-02", Decimal(100)),
        ("2024-03", Decimal(90)),
        ("2024-04", Decimal(90)),
        ("2023/24", Decimal(90)),
        ("2025-03", Decimal(81)),
        ("2026-03", Decimal("72.9")),
        ("2027-03", Decimal("72.9")),
    ],
)
@pytest.mark.parametrize("period_of_baseline", ["2022/23", "2022-06", None])
def test_compound_counts_completed_financial_years_up_to_the_due_date(
    period, expected, period_of_baseline
):
    target = baseline(
        ValueIs.COMPOUND_EACH_YEAR,
        Change.DOWN,
        "10",
        baseline_period=Period.parse(period_of_baseline) if period_of_baseline else None,
    )
    assert value_in(target, period) == expected


def test_years_cannot_be_counted_from_nowhere():
    target = baseline(ValueIs.COMPOUND_EACH_YEAR, Change.UP, "2", plan_starts=None)
    assert value_in(target, "2024-06") == Reason.NEEDS_BASELINE


LINE = {
    "profile": Profile.STRAIGHT_LINE,
    "baseline": Decimal(60),
    "value": Decimal(96),
    "baseline_period": Period.parse("2022/23"),
}


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2023-04", Decimal(61)),
        ("2023-05", Decimal(62)),
        ("2023/24 Q1", Decimal(63)),
        ("2024-03", Decimal(72)),
        ("2023/24", Decimal(72)),
        ("2026-02", Decimal(95)),
        ("2026-03", Decimal(96)),
        ("2026-04", Decimal(96)),
    ],
)
def test_a_straight_line_runs_by_month_from_the_baselines_last_month_to_the_due_month(
    period, expected
):
    assert value_in(terms(**LINE), period) == expected


def test_a_straight_line_may_end_in_a_relative_value():
    target = terms(
        **LINE
        | {"value_is": ValueIs.RELATIVE_TO_BASELINE, "change": Change.DOWN, "value": Decimal(60)}
    )
    assert value_in(target, "2023-04") == Decimal(59)
    assert value_in(target, "2026-03") == Decimal(24)


def test_a_line_before_its_baseline_lies_on_it():
    target = terms(**LINE | {"baseline_period": Period.parse("2024-06")})
    assert value_in(target, "2023-05") == Decimal(60)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"baseline": None}, Reason.NEEDS_BASELINE),
        ({"baseline_period": None}, Reason.NEEDS_BASELINE),
        ({"baseline_period": Period.parse("2026-03")}, Reason.NEEDS_BASELINE),
        ({"baseline_period": Period.parse("2027/28")}, Reason.NEEDS_BASELINE),
        ({"plan_ends": None}, Reason.NO_DUE_DATE),
        ({"value": None}, Reason.NO_NUMBER),
    ],
)
def test_a_line_without_two_ends_has_a_reason_not_a_value(changed, reason):
    assert value_in(terms(**LINE | changed), "2024-06") == reason


def test_explicit_points_hold_until_the_next():
    target = terms(
        profile=Profile.EXPLICIT_POINTS,
        value=None,
        points=(Point(Month(2025, 4), Decimal("3.5")), Point(Month(2024, 4), Decimal(4))),
    )
    months = ["2024-03", "2024-04", "2025-03", "2025-04", "2030-01"]
    assert [value_in(target, month) for month in months] == [
        Reason.NOT_YET_IN_FORCE,
        Decimal(4),
        Decimal(4),
        Decimal("3.5"),
        Decimal("3.5"),
    ]
    assert value_in(terms(profile=Profile.EXPLICIT_POINTS), "2024-06") == Reason.NO_NUMBER


def test_a_band_keeps_its_ends_in_order():
    band = terms(operator=Operator.BETWEEN, value=Decimal(80), upper_value=Decimal(85))
    assert value_at(band, Period.parse("2024-06")) == TargetValue(Decimal(80), Decimal(85))
    fall = baseline(
        ValueIs.RELATIVE_TO_BASELINE,
        Change.DOWN,
        "10",
        upper_value=Decimal(15),
        operator=Operator.BETWEEN,
    )
    assert value_at(fall, Period.parse("2024-06")) == TargetValue(Decimal(85), Decimal(90))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"value": Decimal("NaN")}, "finite"),
        ({"baseline": Decimal("Infinity")}, "finite"),
        ({"value_is": ValueIs.CHANGE_FROM_BASELINE}, "up or down"),
        (
            {"value_is": ValueIs.CHANGE_FROM_BASELINE, "change": Change.UP, "value": Decimal(-1)},
            "positive",
        ),
        ({"operator": Operator.BETWEEN}, "upper value"),
    ],
)
def test_impossible_terms_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        terms(**changed)


def slow_value_at(target, on):
    """The rules once more, month by month and year by year."""
    due = target.due_on or ENDS
    size = target.value / 100
    step = 1 if target.change is Change.UP else -1
    if target.value_is is ValueIs.COMPOUND_EACH_YEAR:
        value = target.baseline
        day = target.baseline_period.end
        year_ends = date(day.year + (day.month > 3), 3, 31)
        while True:
            year_ends = year_ends.replace(year=year_ends.year + 1)
            if year_ends > min(on, due):
                return value
            value += value * size * step
    promised = {
        ValueIs.ABSOLUTE: target.value,
        ValueIs.RELATIVE_TO_BASELINE: target.baseline * (1 + step * size),
        ValueIs.CHANGE_FROM_BASELINE: target.baseline + step * target.value,
    }[target.value_is]
    if target.profile is Profile.STEP:
        return promised
    line, month = {}, Month.of(target.baseline_period.end)
    months = [month]
    while months[-1] < Month.of(due):
        months.append(months[-1].plus(1))
    for place, month in enumerate(months):
        share = Decimal(place) / (len(months) - 1)
        line[month] = target.baseline * (1 - share) + promised * share
    asked = Month.of(on)
    return line.get(asked, promised if asked > months[-1] else target.baseline)


@given(
    value_is=st.sampled_from(ValueIs),
    change=st.sampled_from(Change),
    size=st.decimals(0, 90, places=1),
    base=st.decimals(0, 500, places=2),
    period_of_baseline=st.sampled_from(["2021/22", "2022-12", "2023-03", "2022/23 Q2"]),
    due=st.dates(date(2023, 5, 1), date(2028, 12, 31)),
    months_on=st.integers(0, 80),
    straight=st.booleans(),
)
def test_agrees_with_the_slow_implementation(
    value_is, change, size, base, period_of_baseline, due, months_on, straight
):
    line = straight and value_is is not ValueIs.COMPOUND_EACH_YEAR
    target = terms(
        value_is=value_is,
        change=change,
        value=size,
        baseline=base,
        baseline_period=Period.parse(period_of_baseline),
        due_on=due,
        profile=Profile.STRAIGHT_LINE if line else Profile.STEP,
    )
    period = Month.of(STARTS).plus(months_on).period
    found = value_at(target, period)
    assert isinstance(found, TargetValue)
    assert abs(found.value - slow_value_at(target, period.end)) < Decimal("1e-20")


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_rising_line_never_falls(one, two):
    first, second = sorted((one, two))
    values = [
        value_at(terms(**LINE), Month.of(STARTS).plus(n).period).value for n in (first, second)
    ]
    assert Decimal(60) <= values[0] <= values[1] <= Decimal(96)


@given(st.dates(STARTS - timedelta(days=900), STARTS + timedelta(days=900)))
def test_a_month_has_a_value_just_when_its_last_day_has_come(effective):
    target = terms(effective_from=effective, plan_starts=None, plan_ends=None)
    found = value_in(target, "2023-04")
    assert found == (Decimal(95) if effective <= date(2023, 4, 30) else Reason.NOT_YET_IN_FORCE)


@pytest.mark.parametrize(
    ("changed", "direction", "floor"),
    [
        ({"floor": Decimal(90)}, Direction.HIGHER_IS_BETTER, FloorValue(Decimal(90), False)),
        ({}, Direction.HIGHER_IS_BETTER, FloorValue(Decimal("90.25"), True)),
        (
            {"default_tolerance_percent": Decimal(10)},
            Direction.HIGHER_IS_BETTER,
            FloorValue(Decimal("85.5"), True),
        ),
        ({"default_tolerance_percent": None}, Direction.HIGHER_IS_BETTER, FloorValue(None, False)),
        ({"operator": Operator.LE}, Direction.LOWER_IS_BETTER, FloorValue(Decimal("99.75"), True)),
        ({"operator": Operator.LE}, Direction.BAND, FloorValue(Decimal("4.75"), True)),
        ({"value": Decimal(0)}, Direction.HIGHER_IS_BETTER, FloorValue(None, False)),
        ({}, Direction.NEUTRAL, FloorValue(None, False)),
        (
            {"operator": Operator.BETWEEN, "upper_value": Decimal(99)},
            Direction.HIGHER_IS_BETTER,
            FloorValue(Decimal("4.75"), True),
        ),
    ],
)
def test_the_floor_is_the_targets_own_or_the_plans_tolerance(changed, direction, floor):
    target = terms(**changed)
    value = value_at(target, Period.parse("2024-06"))
    assert isinstance(value, TargetValue)
    assert floor_at(target, value, direction) == floor


def test_a_fixed_floor_gives_no_amber_until_a_moving_target_has_passed_it():
    target = terms(**LINE | {"floor": Decimal(90)})
    floors = {}
    for month in ("2024-03", "2026-03"):
        value = value_at(target, Period.parse(month))
        floors[month] = floor_at(target, value, Direction.HIGHER_IS_BETTER).value
    assert floors == {"2024-03": None, "2026-03": Decimal(90)}


def test_ratios_are_inherited_by_care_groups_and_counts_are_not():
    trust_wide, own = terms(), terms(care_group="acute")
    assert applies_to(trust_wide, "acute", unit_is_ratio=True)
    assert not applies_to(trust_wide, "acute", unit_is_ratio=False)
    assert applies_to(trust_wide, "trust", unit_is_ratio=False)
    assert applies_to(own, "acute", unit_is_ratio=False)
    assert not applies_to(own, "older-people", unit_is_ratio=True)
    assert not applies_to(own, "trust", unit_is_ratio=True)


@pytest.mark.parametrize("value_is", [kind for kind in ValueIs if kind is not ValueIs.ABSOLUTE])
def test_nothing_starts_from_a_baseline_in_or_after_the_month_it_is_due(value_is):
    target = baseline(value_is, Change.UP, "5", due_on=date(2024, 3, 15))
    for period, is_late in (("2023-12", False), ("2024-02", False), ("2024-03", True)):
        dated = replace(target, baseline_period=period)
        found = value_in(dated, "2024-06")
        assert (found == Reason.NEEDS_BASELINE) == is_late
    assert "Mar 2024" in value_at(dated, "2024-06").explanation


def test_terms_and_periods_may_come_as_plain_words_and_numbers():
    plain = TargetTerms(
        code="plain",
        role="commitment",
        operator="between",
        value=10,
        upper_value=12.5,
        value_is="relative_to_baseline",
        change="down",
        baseline="80",
        baseline_period="2016/17",
        profile="straight_line",
        due_on=date(2019, 3, 31),
    )
    asked = TargetValue(Decimal(75), Decimal(76))
    for period in ("2018-03", Month(2018, 3), Period.parse("2018-03"), date(2018, 3, 31)):
        assert value_at(plain, period) == asked
    assert value_at(plain, "2017/18") == value_at(plain, FinancialYear(2017)) == asked
    path = TargetTerms(
        code="path",
        operator="ge",
        profile="explicit_points",
        points=[("2018-04", 3.5), (Month(2018, 6), "4")],
    )
    assert value_at(path, "2018-05") == TargetValue(Decimal("3.5"))
    assert in_force([path], "2018-06").primary is path


@pytest.mark.parametrize("word", ["role", "operator", "value_is", "change", "profile"])
def test_a_word_of_no_vocabulary_is_refused(word):
    with pytest.raises(ValueError, match="≥"):
        terms(**{word: "≥"})


def test_what_is_no_period_is_refused():
    with pytest.raises(ValueError, match="is not a period"):
        value_at(terms(), 2019)
