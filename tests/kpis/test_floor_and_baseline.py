"""A default floor never reaches past a baseline that misses the target of the window."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.rag import Direction, Operator, Rag, judge
from kpis.targets import Change, FloorValue, Profile, TargetTerms, ValueIs, floor_at, value_at

HIGHER, LOWER = Direction.HIGHER_IS_BETTER, Direction.LOWER_IS_BETTER


def target(value, baseline, operator=Operator.GE, **more):
    return TargetTerms(
        code="score",
        operator=operator,
        value=Decimal(value),
        baseline=None if baseline is None else Decimal(baseline),
        baseline_period="2022/23",
        plan_starts=date(2023, 4, 1),
        plan_ends=date(2026, 3, 31),
        **more,
    )


def coloured(terms, value, direction, period="2024-06"):
    asked = value_at(terms, period)
    return judge(
        Decimal(value),
        target=asked.value,
        upper=asked.upper,
        floor=floor_at(terms, asked, direction).value,
        direction=direction,
        operator=terms.operator,
    ).rag


@pytest.mark.parametrize(
    ("value", "baseline", "rag"),
    [
        ("6.8", "6.9", Rag.RED),
        ("6.899999", "6.9", Rag.RED),
        ("6.9", "6.9", Rag.AMBER),
        ("7.0", "6.9", Rag.AMBER),
        ("7.1", "6.9", Rag.GREEN),
        # Further away than the tolerance, on the met side, or not printed: no effect.
        ("6.8", "5", Rag.AMBER),
        ("6.7", "5", Rag.RED),
        ("6.8", "7.4", Rag.AMBER),
        ("6.8", "7.1", Rag.AMBER),
        ("6.8", None, Rag.AMBER),
    ],
)
def test_a_score_below_where_it_began_is_not_near(value, baseline, rag):
    assert coloured(target("7.1", baseline), value, HIGHER) is rag
    mirrored = target("-7.1", None if baseline is None else f"-{baseline}", Operator.LE)
    assert coloured(mirrored, f"-{value}", LOWER) is rag


def test_lower_is_better_is_the_mirror_image():
    terms = target("4", "4.1", Operator.LE)
    assert [coloured(terms, value, LOWER) for value in ("4", "4.1", "4.15")] == [
        Rag.GREEN,
        Rag.AMBER,
        Rag.RED,
    ]
    assert coloured(target("4", "3.9", Operator.LE), "4.15", LOWER) is Rag.AMBER


def test_a_baseline_that_meets_a_strict_target_only_just_does_not_is_on_the_missed_side():
    assert coloured(target("95", "95", Operator.GT), "94.9", HIGHER) is Rag.RED
    assert coloured(target("95", "95", Operator.GT), "95", HIGHER) is Rag.AMBER


@pytest.mark.parametrize(
    ("operator", "upper", "baseline", "distance"),
    [
        (Operator.BETWEEN, "90", "83", "2"),
        (Operator.BETWEEN, "90", "91", "1"),
        (Operator.BETWEEN, "90", "87", "4.25"),
        (Operator.BETWEEN, "90", "60", "4.25"),
        (Operator.LE, None, "86", "1"),
        (Operator.LE, None, "84", "4.25"),
        (Operator.GE, None, "84", "1"),
        (Operator.EQ, None, "86.5", "1.5"),
    ],
)
def test_the_distance_of_a_band_is_drawn_in(operator, upper, baseline, distance):
    terms = target("85", baseline, operator, upper_value=upper and Decimal(upper))
    asked = value_at(terms, "2024-06")
    assert floor_at(terms, asked, Direction.BAND) == FloorValue(Decimal(distance), True)


def test_an_exact_target_is_drawn_in_on_the_side_of_its_floor_only():
    for baseline, floor in (("98", "98"), ("102", "95"), ("90", "95")):
        terms = target("100", baseline, Operator.EQ)
        assert floor_at(terms, value_at(terms, "2024-06"), HIGHER).value == Decimal(floor)


def test_on_a_straight_line_the_baseline_counts_against_the_value_of_the_window():
    line = target("96", "60", profile=Profile.STRAIGHT_LINE)
    floors = {
        month: floor_at(line, value_at(line, month), HIGHER).value
        for month in ("2023-04", "2023-06", "2024-03", "2026-03")
    }
    # 61 is asked in the first month, where 5% would reach to 57.95; 72 after a year.
    assert list(floors.values()) == [60, 60, Decimal("68.4"), Decimal("91.2")]


def test_a_relative_target_is_judged_from_its_baseline_and_a_floor_of_its_own_stands():
    terms = target("2", "50", value_is=ValueIs.RELATIVE_TO_BASELINE, change=Change.UP)
    assert coloured(terms, "49.9", HIGHER) is Rag.RED
    own = target("7.1", "6.9", floor=Decimal("6.5"))
    assert coloured(own, "6.6", HIGHER) is Rag.AMBER


numbers = st.decimals(-200, 200, places=2)


@given(numbers, numbers, numbers, st.sampled_from([HIGHER, LOWER]), st.booleans())
def test_nothing_worse_than_a_missing_baseline_is_ever_near(value, asked, baseline, way, strict):
    higher = way is HIGHER
    operators = (Operator.GE, Operator.GT) if higher else (Operator.LE, Operator.LT)
    terms = target(asked, baseline, operators[strict])
    rag = coloured(terms, value, way)
    is_worse = value < baseline if higher else value > baseline
    if is_worse and coloured(terms, baseline, way) is not Rag.GREEN:
        assert rag is Rag.RED
    without = coloured(target(asked, None, operators[strict]), value, way)
    assert rag is without or (without is Rag.AMBER and rag is Rag.RED and is_worse)
