"""What became of a promise in the next plan, by number, kind, direction and scope."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.plans.movement import Movement, Promise, movement
from kpis.rag import Direction
from tests.documents import code, table

HIGHER, LOWER = Direction.HIGHER_IS_BETTER, Direction.LOWER_IS_BETTER


def level(value: str | None, operator: str = "le", **more) -> Promise:
    number = None if value is None else Decimal(value)
    return Promise(value=number, operator=operator, value_is="absolute", **more)


def fall(value: str, change: str = "down", value_is: str = "relative_to_baseline") -> Promise:
    return Promise(value=Decimal(value), operator="le", value_is=value_is, change=change)


DIRECTION_ONLY = Promise(change="down")
SAME, CHANGED = Movement.SAME, Movement.CHANGED_IN_KIND
TIGHTER, LOOSER = Movement.TIGHTENED, Movement.LOOSENED


@pytest.mark.parametrize(
    ("earlier", "later", "direction", "expected"),
    [
        (level("4.3"), level("3.5"), LOWER, TIGHTER),
        (level("3.5"), level("4.3"), LOWER, LOOSER),
        (level("50", "ge"), level("56", "ge"), HIGHER, TIGHTER),
        (level("56", "ge"), level("50", "ge"), HIGHER, LOOSER),
        (level("50", "gt"), level("56", "ge"), HIGHER, TIGHTER),
        (level("10", "lt"), level("15"), LOWER, LOOSER),
        (level("4.3"), level("3.5", change="down"), LOWER, TIGHTER),
        (level("4"), level("4", change="down"), LOWER, SAME),
        (level("4"), level("4"), LOWER, SAME),
        (level("4.0"), level("4"), LOWER, SAME),
        (level("3.9"), level("3.9", "lt"), LOWER, TIGHTER),
        (level("3.9", "lt"), level("3.9"), LOWER, LOOSER),
        (level("4"), level("4", "eq"), LOWER, CHANGED),
        (level("4", "le"), level("3", "ge"), LOWER, CHANGED),
        (level(None), level("4"), LOWER, CHANGED),
        (DIRECTION_ONLY, level("4"), LOWER, CHANGED),
        (level("4"), DIRECTION_ONLY, LOWER, CHANGED),
        (DIRECTION_ONLY, DIRECTION_ONLY, LOWER, SAME),
        (Promise(), Promise(), Direction.NEUTRAL, SAME),
        (level("4"), fall("15"), LOWER, CHANGED),
        (fall("15"), fall("10"), LOWER, LOOSER),
        (fall("10"), fall("15"), LOWER, TIGHTER),
        (fall("10", "up"), fall("15", "up"), HIGHER, TIGHTER),
        (fall("10", "up"), fall("15", "up"), LOWER, CHANGED),
        (fall("10"), fall("10", "up"), LOWER, CHANGED),
        (fall("10"), fall("15", value_is="compound_each_year"), LOWER, CHANGED),
        (level("4", scope="community"), level("3", scope="trust"), LOWER, CHANGED),
        (level("4"), level("5"), Direction.NEUTRAL, CHANGED),
        (level("4"), level("5"), Direction.BAND, CHANGED),
        (
            level("85", "between", upper=Decimal(90)),
            level("80", "between", upper=Decimal(90)),
            LOWER,
            CHANGED,
        ),
    ],
)
def test_a_later_promise_is_compared_by_level_and_direction(earlier, later, direction, expected):
    assert movement(earlier, later, direction) is expected


@given(
    st.decimals(-100, 100, places=2),
    st.decimals(-100, 100, places=2),
    st.sampled_from([HIGHER, LOWER]),
    st.sampled_from(["ge", "le", "gt", "lt"]),
)
def test_what_is_tightened_one_way_is_loosened_the_other(one, other, direction, operator):
    mirror = {TIGHTER: LOOSER, LOOSER: TIGHTER, SAME: SAME}
    there = movement(level(str(one), operator), level(str(other), operator), direction)
    back = movement(level(str(other), operator), level(str(one), operator), direction)
    assert mirror[there] is back


def test_the_words_are_documented():
    documented = [code(cells[0]) for cells in table("rules.md", "movements")]
    assert documented == [member.value for member in Movement]
