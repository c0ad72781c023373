"""The colour of a value, by example, by property and against a second slow implementation."""

from datetime import date
from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kpis.rag import (
    COLOURED,
    UNCOLOURED,
    Direction,
    MilestoneStatus,
    Operator,
    Rag,
    Verdict,
    default_floor,
    display,
    display_decimals,
    judge,
    judge_milestone,
    uncoloured_state,
)

HIGHER, LOWER = Direction.HIGHER_IS_BETTER, Direction.LOWER_IS_BETTER
BAND, NEUTRAL = Direction.BAND, Direction.NEUTRAL

numbers = st.decimals(-1000, 1000, places=2, allow_nan=False)
sizes = st.decimals(0, 100, places=2, allow_nan=False)
one_sided = st.sampled_from(
    [(HIGHER, Operator.GE), (HIGHER, Operator.GT), (LOWER, Operator.LE), (LOWER, Operator.LT)]
)


def colour(value, target, floor, direction, operator, upper=None):
    def number(text):
        return None if text is None else D(text)

    return judge(
        number(value),
        target=number(target),
        floor=number(floor),
        upper=number(upper),
        direction=direction,
        operator=operator,
    ).rag


@pytest.mark.parametrize(
    ("value", "target", "floor", "direction", "operator", "rag"),
    [
        # Higher is better: the target itself, the floor itself, and a hair below each.
        ("95", "95", "90", HIGHER, Operator.GE, Rag.GREEN),
        ("94.999999", "95", "90", HIGHER, Operator.GE, Rag.AMBER),
        ("90", "95", "90", HIGHER, Operator.GE, Rag.AMBER),
        ("89.999999", "95", "90", HIGHER, Operator.GE, Rag.RED),
        ("95", "95", "90", HIGHER, Operator.GT, Rag.AMBER),
        ("95.000001", "95", "90", HIGHER, Operator.GT, Rag.GREEN),
        # Lower is better: the mirror image. "< 3.9%" is strict.
        ("3.9", "3.9", "4.1", LOWER, Operator.LT, Rag.AMBER),
        ("3.899999", "3.9", "4.1", LOWER, Operator.LT, Rag.GREEN),
        ("3.9", "3.9", "4.1", LOWER, Operator.LE, Rag.GREEN),
        ("4.1", "3.9", "4.1", LOWER, Operator.LE, Rag.AMBER),
        ("4.100001", "3.9", "4.1", LOWER, Operator.LE, Rag.RED),
        # No floor, no amber; a floor on the target leaves amber to a strict target alone.
        ("94.9", "95", None, HIGHER, Operator.GE, Rag.RED),
        ("0", "0", None, LOWER, Operator.LE, Rag.GREEN),
        ("1", "0", None, LOWER, Operator.LE, Rag.RED),
        ("95", "95", "95", HIGHER, Operator.GT, Rag.AMBER),
        ("95", "95", None, HIGHER, Operator.GT, Rag.RED),
        # Exactly: anything else is near or off, on the better side as well.
        ("0", "0", None, LOWER, Operator.EQ, Rag.GREEN),
        ("-1", "0", "1", LOWER, Operator.EQ, Rag.AMBER),
        ("1", "0", "1", LOWER, Operator.EQ, Rag.AMBER),
        ("2", "0", "1", LOWER, Operator.EQ, Rag.RED),
        ("99", "100", "95", HIGHER, Operator.EQ, Rag.AMBER),
        ("94", "100", "95", HIGHER, Operator.EQ, Rag.RED),
        # Negative targets: a deficit of no more than 1.1.
        ("-1.0", "-1.1", "-1.2", HIGHER, Operator.GE, Rag.GREEN),
        ("-1.15", "-1.1", "-1.2", HIGHER, Operator.GE, Rag.AMBER),
        ("-1.3", "-1.1", "-1.2", HIGHER, Operator.GE, Rag.RED),
    ],
)
def test_operator_and_floor_decide(value, target, floor, direction, operator, rag):
    assert colour(value, target, floor, direction, operator) is rag


@pytest.mark.parametrize(
    ("value", "rag", "variance"),
    [
        ("81.9", Rag.RED, "-3.1"),
        ("82", Rag.AMBER, "-3"),
        ("84.999", Rag.AMBER, "-0.001"),
        ("85", Rag.GREEN, "0"),
        ("88", Rag.GREEN, "0"),
        ("90", Rag.GREEN, "0"),
        ("93", Rag.AMBER, "3"),
        ("93.001", Rag.RED, "3.001"),
    ],
)
@pytest.mark.parametrize("direction", [BAND, HIGHER, LOWER])
def test_a_band_is_inclusive_and_its_floor_a_distance(value, rag, variance, direction):
    verdict = judge(
        D(value),
        target=D(85),
        upper=D(90),
        floor=D(3),
        direction=direction,
        operator=Operator.BETWEEN,
    )
    assert verdict == Verdict(rag, D(variance))


def test_a_band_measure_with_a_one_sided_target_keeps_the_floor_a_distance():
    assert colour("87", "85", "3", BAND, Operator.LE) is Rag.AMBER
    assert colour("88.1", "85", "3", BAND, Operator.LE) is Rag.RED
    assert colour("86", "85", "3", BAND, Operator.EQ) is Rag.AMBER


def test_variance_is_value_less_target():
    verdict = judge(D("4.4"), target=D("3.5"), floor=D(4), direction=LOWER, operator=Operator.LE)
    assert verdict == Verdict(Rag.RED, D("0.9"))


def test_without_value_target_or_better_direction_there_is_no_colour():
    assert colour(None, "95", None, HIGHER, Operator.GE) is Rag.NO_DATA
    assert colour("95", None, None, HIGHER, Operator.GE) is Rag.NO_TARGET
    assert colour("95", "95", None, HIGHER, None) is Rag.NO_TARGET
    assert colour("95", "95", None, NEUTRAL, Operator.GE) is Rag.NO_TARGET
    assert colour(None, None, None, HIGHER, None) is Rag.NO_TARGET


@pytest.mark.parametrize("bad", [D("NaN"), D("sNaN"), D("Infinity"), float("nan"), float("-inf")])
@pytest.mark.parametrize("place", ["value", "target", "floor", "upper"])
def test_numbers_that_are_not_finite_are_refused(bad, place):
    terms = {"value": D(1), "target": D(1), "floor": D(1), "upper": D(2)} | {place: bad}
    value = terms.pop("value")
    with pytest.raises(ValueError, match="finite"):
        judge(value, direction=BAND, operator=Operator.BETWEEN, **terms)


@pytest.mark.parametrize(
    ("target", "floor", "upper", "direction", "operator", "message"),
    [
        (95, 96, None, HIGHER, Operator.GE, "cannot be above the target"),
        (4, 3, None, LOWER, Operator.LE, "cannot be below the target"),
        (85, -1, 90, BAND, Operator.BETWEEN, "cannot be negative"),
        (90, 3, 85, BAND, Operator.BETWEEN, "cannot be below the lower"),
        (90, 3, None, BAND, Operator.BETWEEN, "needs its upper value"),
        (90, None, None, HIGHER, Operator.LE, "Higher is better"),
        (90, None, None, LOWER, Operator.GT, "Lower is better"),
    ],
)
def test_terms_that_contradict_each_other_are_refused(
    target, floor, upper, direction, operator, message
):
    with pytest.raises(ValueError, match=message):
        judge(1, target=target, floor=floor, upper=upper, direction=direction, operator=operator)


def test_a_float_is_read_as_it_prints():
    assert judge(
        94.95, target=D("94.95"), floor=None, direction=HIGHER, operator=Operator.GE
    ) == Verdict(Rag.GREEN, D("0.00"))


def slow_judge(value, target, floor, direction, operator):
    """The rule once more, in fractions and in the words of the reference."""
    value, target, floor = Fraction(value), Fraction(target), Fraction(floor)
    met = {
        Operator.GE: value >= target,
        Operator.GT: value > target,
        Operator.LE: value <= target,
        Operator.LT: value < target,
        Operator.EQ: value == target,
    }[operator]
    if met:
        return Rag.GREEN
    if direction is HIGHER:
        return Rag.AMBER if value >= floor else Rag.RED
    return Rag.AMBER if value <= floor else Rag.RED


@given(numbers, numbers, sizes, one_sided, st.booleans())
def test_agrees_with_the_slow_implementation(value, target, size, kind, exactly):
    direction, operator = kind
    operator = Operator.EQ if exactly else operator
    floor = target - size if direction is HIGHER else target + size
    expected = slow_judge(value, target, floor, direction, operator)
    found = judge(value, target=target, floor=floor, direction=direction, operator=operator)
    assert found == Verdict(expected, value - target)


MIRROR = {
    Operator.GE: Operator.LE,
    Operator.GT: Operator.LT,
    Operator.LE: Operator.GE,
    Operator.LT: Operator.GT,
}


@given(numbers, numbers, sizes, one_sided)
def test_lower_is_better_is_the_mirror_image(value, target, size, kind):
    direction, operator = kind
    sign = 1 if direction is LOWER else -1
    other = LOWER if direction is HIGHER else HIGHER
    seen = judge(
        value, target=target, floor=target + sign * size, direction=direction, operator=operator
    )
    mirrored = judge(
        -value,
        target=-target,
        floor=-target - sign * size,
        direction=other,
        operator=MIRROR[operator],
    )
    assert mirrored == Verdict(seen.rag, -seen.variance)


RANK = {Rag.RED: 0, Rag.AMBER: 1, Rag.GREEN: 2}


@given(numbers, numbers, numbers, sizes, one_sided)
def test_a_better_value_never_gets_a_worse_colour(one, two, target, size, kind):
    direction, operator = kind
    worse, better = sorted((one, two), reverse=direction is LOWER)
    floor = target - size if direction is HIGHER else target + size
    ranks = [
        RANK[judge(v, target=target, floor=floor, direction=direction, operator=operator).rag]
        for v in (worse, better)
    ]
    assert ranks[0] <= ranks[1]


@given(numbers, numbers, sizes, sizes)
def test_a_band_looks_the_same_from_both_ends(value, lower, width, distance):
    upper = lower + width
    seen = judge(
        value, target=lower, upper=upper, floor=distance, direction=BAND, operator=Operator.BETWEEN
    )
    mirrored = judge(
        -value,
        target=-upper,
        upper=-lower,
        floor=distance,
        direction=BAND,
        operator=Operator.BETWEEN,
    )
    assert mirrored == Verdict(seen.rag, -seen.variance)
    gap = max(lower - value, value - upper, D(0))
    expected = Rag.GREEN if gap == 0 else Rag.AMBER if gap <= distance else Rag.RED
    assert seen.rag is expected


@pytest.mark.parametrize(
    ("target", "direction", "tolerance", "floor"),
    [
        ("95", HIGHER, "5", "90.25"),
        ("3.5", LOWER, "5", "3.675"),
        ("-2", HIGHER, "5", "-2.1"),
        ("-2", LOWER, "5", "-1.9"),
        ("80", BAND, "5", "4"),
        ("-80", BAND, "5", "4"),
        ("95", HIGHER, "0", "95"),
        ("0", HIGHER, "5", None),
        ("0", BAND, "5", None),
        ("95", NEUTRAL, "5", None),
    ],
)
def test_the_default_floor_is_a_share_of_the_targets_size(target, direction, tolerance, floor):
    found = default_floor(D(target), direction, D(tolerance))
    assert found == (None if floor is None else D(floor))


def test_a_negative_tolerance_is_refused():
    with pytest.raises(ValueError, match="negative"):
        default_floor(D(95), HIGHER, D(-5))


@given(numbers, numbers, one_sided, st.decimals(0, 100, places=1))
def test_a_default_floor_always_lies_on_the_missed_side(value, target, kind, tolerance):
    direction, operator = kind
    floor = default_floor(target, direction, tolerance)
    verdict = judge(value, target=target, floor=floor, direction=direction, operator=operator)
    assert verdict.rag in COLOURED


@pytest.mark.parametrize(
    ("value", "decimals", "target", "floor", "direction", "operator", "shown"),
    [
        ("94.96", 1, "95", "90", HIGHER, Operator.GE, "94.96"),
        ("94.9996", 1, "95", "90", HIGHER, Operator.GE, "94.9996"),
        ("94.94", 1, "95", "90", HIGHER, Operator.GE, "94.9"),
        ("95.04", 1, "95", "90", HIGHER, Operator.GE, "95.0"),
        ("95.04", 1, "95", "90", HIGHER, Operator.GT, "95.04"),
        ("89.96", 1, "95", "90", HIGHER, Operator.GE, "89.96"),
        ("3.54", 1, "3.5", "4", LOWER, Operator.LE, "3.54"),
        ("3.55", 1, "3.5", "4", LOWER, Operator.LE, "3.6"),
        ("94.92", 1, "94.94", None, HIGHER, Operator.GE, "94.92"),
        ("2.5", 0, "2", None, HIGHER, Operator.GE, "3"),
        ("-0.04", 1, None, None, HIGHER, None, "0.0"),
        ("0.45", 1, None, None, NEUTRAL, None, "0.5"),
        ("1E+3", 0, "5", None, HIGHER, Operator.GE, "1000"),
        ("94", 1, "95", None, HIGHER, Operator.GE, "94.0"),
    ],
)
def test_the_display_never_contradicts_the_colour(
    value, decimals, target, floor, direction, operator, shown
):
    terms = {
        "target": None if target is None else D(target),
        "floor": None if floor is None else D(floor),
        "direction": direction,
        "operator": operator,
    }
    assert display(D(value), decimals, **terms) == shown


precise = st.decimals(-200, 200, places=5, allow_nan=False)


@given(precise, precise, st.decimals(0, 20, places=5), one_sided, st.integers(0, 4))
def test_the_digits_shown_have_the_colour_of_the_value(value, target, size, kind, decimals):
    direction, operator = kind
    floor = target - size if direction is HIGHER else target + size
    terms = {"floor": floor, "direction": direction, "operator": operator}
    shown = display(value, decimals, target=target, **terms)
    truth = judge(value, target=target, **terms).rag
    assert judge(D(shown), target=target, **terms).rag is truth
    assert len(shown.partition(".")[2]) >= decimals
    assert abs(D(shown) - value) <= D("0.5") * D(1).scaleb(-decimals)


@given(precise, precise, one_sided)
def test_a_digit_fewer_would_contradict_the_colour(value, target, kind):
    direction, operator = kind
    terms = {"target": target, "floor": None, "direction": direction, "operator": operator}
    places = display_decimals(value, 0, **terms)
    assume(places > 0)
    fewer = D(1).scaleb(1 - places)
    rounded = {**terms, "target": target.quantize(fewer, rounding="ROUND_HALF_UP")}
    shorter = value.quantize(fewer, rounding="ROUND_HALF_UP")
    truth = judge(value, **terms).rag
    assert {judge(shorter, **terms).rag, judge(shorter, **rounded).rag} != {truth}


DUE, BEFORE, AFTER = date(2026, 3, 31), date(2026, 3, 30), date(2026, 4, 1)


@pytest.mark.parametrize(
    ("status", "forecast", "completed", "due", "on", "rag"),
    [
        (MilestoneStatus.COMPLETE, None, BEFORE, DUE, DUE, Rag.BLUE),
        (MilestoneStatus.COMPLETE, None, AFTER, DUE, AFTER, Rag.BLUE),
        (MilestoneStatus.COMPLETE, None, None, DUE, AFTER, Rag.BLUE),
        (MilestoneStatus.COMPLETE, None, DUE, DUE, BEFORE, Rag.GREEN),
        (MilestoneStatus.COMPLETE, None, AFTER, DUE, BEFORE, Rag.AMBER),
        (MilestoneStatus.ON_TRACK, None, None, DUE, DUE, Rag.GREEN),
        (MilestoneStatus.ON_TRACK, None, None, DUE, AFTER, Rag.RED),
        (MilestoneStatus.ON_TRACK, AFTER, None, DUE, BEFORE, Rag.AMBER),
        (MilestoneStatus.ON_TRACK, DUE, None, DUE, BEFORE, Rag.GREEN),
        (MilestoneStatus.ON_TRACK, AFTER, None, None, BEFORE, Rag.GREEN),
        (MilestoneStatus.AT_RISK, None, None, DUE, BEFORE, Rag.AMBER),
        (MilestoneStatus.AT_RISK, None, None, DUE, AFTER, Rag.RED),
        (MilestoneStatus.OFF_TRACK, None, None, DUE, BEFORE, Rag.RED),
        (MilestoneStatus.NOT_STARTED, None, None, DUE, BEFORE, Rag.NOT_DUE),
        (MilestoneStatus.NOT_STARTED, AFTER, None, DUE, BEFORE, Rag.AMBER),
        (MilestoneStatus.NOT_STARTED, None, None, DUE, AFTER, Rag.RED),
    ],
)
def test_milestones_are_blue_green_amber_or_red(status, forecast, completed, due, on, rag):
    found = judge_milestone(status, forecast_on=forecast, completed_on=completed, due_on=due, on=on)
    assert found is rag


def test_a_complete_milestone_counts_as_on_target():
    assert [rag for rag in Rag if rag.is_on_target] == [Rag.GREEN, Rag.BLUE]


def test_uncoloured_states_stand_in_their_order_of_precedence():
    assert [state.value for state in UNCOLOURED] == [
        "no_measure",
        "not_applicable",
        "suppressed",
        "not_due",
        "late",
        "no_data",
        "incomplete",
        "needs_baseline",
        "no_target",
    ]


@given(st.sets(st.sampled_from(UNCOLOURED)))
def test_the_first_state_that_holds_is_told(states):
    found = uncoloured_state([*states, None])
    assert found == (min(states, key=UNCOLOURED.index) if states else None)


def test_a_colour_is_no_reason_for_having_none():
    with pytest.raises(ValueError, match="is a colour"):
        uncoloured_state([Rag.LATE, Rag.AMBER])
