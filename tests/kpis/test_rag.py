"""The colour of a value, by example, by property and against a second slow implementation."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kmpt_tracker.ui.formats import round_half_up
from kpis.judging.digits import decimals_beside, display_decimals
from kpis.rag import COLOURED, Direction, Operator, Rag, Verdict, default_floor, judge

HIGHER, LOWER = Direction.HIGHER_IS_BETTER, Direction.LOWER_IS_BETTER
BAND, NEUTRAL = Direction.BAND, Direction.NEUTRAL

numbers = st.decimals(-1000, 1000, places=2, allow_nan=False)
sizes = st.decimals(0, 100, places=2, allow_nan=False)
one_sided = st.sampled_from(
    [(HIGHER, Operator.GE), (HIGHER, Operator.GT), (LOWER, Operator.LE), (LOWER, Operator.LT)]
)


def colour(value, target, floor, direction, operator, upper=None):
    def number(text):
        return None if text is None else Decimal(text)

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
        Decimal(value),
        target=Decimal(85),
        upper=Decimal(90),
        floor=Decimal(3),
        direction=direction,
        operator=Operator.BETWEEN,
    )
    assert verdict == Verdict(rag, Decimal(variance))


def test_a_band_measure_with_a_one_sided_target_keeps_the_floor_a_distance():
    assert colour("87", "85", "3", BAND, Operator.LE) is Rag.AMBER
    assert colour("88.1", "85", "3", BAND, Operator.LE) is Rag.RED
    assert colour("86", "85", "3", BAND, Operator.EQ) is Rag.AMBER


def test_variance_is_value_less_target():
    verdict = judge(
        Decimal("4.4"),
        target=Decimal("3.5"),
        floor=Decimal(4),
        direction=LOWER,
        operator=Operator.LE,
    )
    assert verdict == Verdict(Rag.RED, Decimal("0.9"))


def test_without_value_target_or_better_direction_there_is_no_colour():
    assert colour(None, "95", None, HIGHER, Operator.GE) is Rag.NO_DATA
    assert colour("95", None, None, HIGHER, Operator.GE) is Rag.NO_TARGET
    assert colour("95", "95", None, HIGHER, None) is Rag.NO_TARGET
    assert colour("95", "95", None, NEUTRAL, Operator.GE) is Rag.NO_TARGET
    assert colour(None, None, None, HIGHER, None) is Rag.NO_DATA
    assert colour(None, None, None, NEUTRAL, None) is Rag.NO_DATA


@pytest.mark.parametrize(
    ("floor", "direction", "operator", "colours"),
    [
        ("96", HIGHER, Operator.GE, {"94": "red", "95.5": "green", "96": "green"}),
        ("94", LOWER, Operator.LT, {"95": "red", "94.5": "green", "94": "green"}),
    ],
)
def test_a_floor_on_the_met_side_gives_no_amber(floor, direction, operator, colours):
    assert {value: colour(value, "95", floor, direction, operator) for value in colours} == colours


@pytest.mark.parametrize(
    "bad", [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), float("nan"), float("-inf")]
)
@pytest.mark.parametrize("place", ["value", "target", "floor", "upper"])
def test_numbers_that_are_not_finite_are_refused(bad, place):
    terms = {
        "value": Decimal(1),
        "target": Decimal(1),
        "floor": Decimal(1),
        "upper": Decimal(2),
    } | {place: bad}
    value = terms.pop("value")
    with pytest.raises(ValueError, match="finite"):
        judge(value, direction=BAND, operator=Operator.BETWEEN, **terms)


@pytest.mark.parametrize(
    ("target", "floor", "upper", "direction", "operator", "message"),
    [
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


@pytest.mark.parametrize("value", [94.95, "94.95", np.float64(94.95), np.float32(94.95)])
def test_a_number_of_any_kind_is_read_as_it_prints(value):
    assert judge(
        value, target=Decimal("94.95"), floor=None, direction="higher_is_better", operator="ge"
    ) == Verdict(Rag.GREEN, Decimal("0.00"))
    whole = judge(np.int64(94), target=95, floor=None, direction="higher_is_better", operator="ge")
    assert whole == Verdict(Rag.RED, Decimal(-1))


@pytest.mark.parametrize("value", ["", "n/a", "1,000"])
def test_what_is_no_number_is_refused_by_name(value):
    with pytest.raises(ValueError, match="The value must be a number"):
        judge(value, target=95, floor=None, direction=HIGHER, operator=Operator.GE)


def test_a_floor_is_not_rounded_however_many_digits_its_target_has():
    target = Decimal("94." + "9" * 40)
    floor = default_floor(target, HIGHER)
    assert Fraction(floor) == Fraction(target) * Fraction(95, 100)
    assert colour(str(floor), str(target), str(floor), HIGHER, Operator.GE) is Rag.AMBER


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
    gap = max(lower - value, value - upper, Decimal(0))
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
    found = default_floor(Decimal(target), direction, Decimal(tolerance))
    assert found == (None if floor is None else Decimal(floor))


def test_a_negative_tolerance_is_refused():
    with pytest.raises(ValueError, match="negative"):
        default_floor(Decimal(95), HIGHER, Decimal(-5))


@given(numbers, numbers, one_sided, st.decimals(0, 100, places=1))
def test_a_default_floor_always_lies_on_the_missed_side(value, target, kind, tolerance):
    direction, operator = kind
    floor = default_floor(target, direction, tolerance)
    verdict = judge(value, target=target, floor=floor, direction=direction, operator=operator)
    assert verdict.rag in COLOURED


def digits(value, decimals, **terms):
    return f"{round_half_up(value, display_decimals(value, decimals, **terms)):f}"


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
def test_the_digits_shown_never_contradict_the_colour(
    value, decimals, target, floor, direction, operator, shown
):
    terms = {
        "target": None if target is None else Decimal(target),
        "floor": None if floor is None else Decimal(floor),
        "direction": direction,
        "operator": operator,
    }
    assert digits(Decimal(value), decimals, **terms) == shown


precise = st.decimals(-200, 200, places=5, allow_nan=False)


@given(precise, precise, st.decimals(0, 20, places=5), one_sided, st.integers(0, 4))
def test_the_digits_shown_have_the_colour_of_the_value(value, target, size, kind, decimals):
    direction, operator = kind
    floor = target - size if direction is HIGHER else target + size
    terms = {"floor": floor, "direction": direction, "operator": operator}
    shown = digits(value, decimals, target=target, **terms)
    truth = judge(value, target=target, **terms).rag
    assert judge(Decimal(shown), target=target, **terms).rag is truth
    assert len(shown.partition(".")[2]) >= decimals
    assert abs(Decimal(shown) - value) <= Decimal("0.5") * Decimal(1).scaleb(-decimals)


# Near enough to the target for whole numbers to hide on which side of it a value lies.
near = st.decimals("-0.3", "0.3", places=5, allow_nan=False)


@given(precise, near, one_sided)
def test_a_digit_fewer_would_contradict_the_colour(target, distance, kind):
    direction, operator = kind
    value = target + distance
    terms = {"target": target, "floor": None, "direction": direction, "operator": operator}
    places = display_decimals(value, 0, **terms)
    assume(places > 0)
    fewer = Decimal(1).scaleb(1 - places)
    rounded = {**terms, "target": target.quantize(fewer, rounding="ROUND_HALF_UP")}
    shorter = value.quantize(fewer, rounding="ROUND_HALF_UP")
    truth = judge(value, **terms).rag
    assert {judge(shorter, **terms).rag, judge(shorter, **rounded).rag} != {truth}


@given(
    precise,
    precise,
    st.decimals(0, 20, places=5),
    st.decimals(0, 5, places=5) | st.none(),
    st.integers(0, 4),
)
def test_the_digits_of_a_value_near_a_band_have_its_colour(gap, lower, width, floor, decimals):
    value = lower + gap / 50
    terms = {"target": lower, "upper": lower + width, "floor": floor}
    kind = {"direction": BAND, "operator": Operator.BETWEEN}
    truth = judge(value, **terms, **kind).rag
    places = display_decimals(value, decimals, **terms, **kind)
    rounded = {
        name: None if term is None else round_half_up(term, places) for name, term in terms.items()
    }
    shown = round_half_up(value, places)
    assert {judge(shown, **terms, **kind).rag, judge(shown, **rounded, **kind).rag} == {truth}


@pytest.mark.parametrize(
    ("value", "decimals", "target", "shown"),
    [
        ("3.72", 1, "3.7", "3.72"),  # cannot reach 3.7, so it is not 3.7 either
        ("3.68", 1, "3.7", "3.68"),
        ("3.74", 1, "3.72", "3.74"),  # 3.7 would be on the other side of the target
        ("3.76", 1, "3.72", "3.8"),
        ("95.0000001", 1, "95", "95.0"),  # no further from it than is stored
        ("95", 1, "95", "95.0"),
        ("-0.4", 0, "0", "-0.4"),
    ],
)
def test_a_limit_beside_a_target_is_never_rounded_to_it_or_past_it(value, decimals, target, shown):
    number = Decimal(value)
    places = decimals_beside(number, decimals, asked=[Decimal(target), None])
    assert f"{round_half_up(number, places):f}" == shown


@given(precise, st.lists(precise, max_size=3), st.integers(0, 3))
def test_a_limit_keeps_its_side_of_every_target(value, targets, decimals):
    shown = round_half_up(value, decimals_beside(value, decimals, asked=targets))
    for target in targets:
        assert (shown > target, shown < target) == (value > target, value < target)
