"""What became of a promise in the next plan."""

from decimal import Decimal

import pytest

from kpis.rag import Direction
from kpis.threads import Movement, Promise, movement

HIGHER, LOWER = Direction.HIGHER_IS_BETTER, Direction.LOWER_IS_BETTER


def level(value: str | None, operator: str = "le") -> Promise:
    return Promise(None if value is None else Decimal(value), operator, "absolute")


@pytest.mark.parametrize(
    ("earlier", "later", "direction", "expected"),
    [
        (level("4.3"), level("3.5"), LOWER, Movement.TIGHTENED),
        (level("3.5"), level("4.3"), LOWER, Movement.LOOSENED),
        (level("50", "ge"), level("56", "ge"), HIGHER, Movement.TIGHTENED),
        (level("56", "ge"), level("50", "ge"), HIGHER, Movement.LOOSENED),
        (level("4"), level("4"), LOWER, Movement.KEPT),
        (level("4.0"), level("4"), LOWER, Movement.KEPT),
        (level("3.9"), level("3.9", "lt"), LOWER, Movement.TIGHTENED),
        (level("3.9", "lt"), level("3.9"), LOWER, Movement.LOOSENED),
        (level(None), level("4"), LOWER, Movement.CHANGED),
        (level("4"), Promise(Decimal(15), "le", "relative_to_baseline"), LOWER, Movement.CHANGED),
        (level("4"), level("5"), Direction.NEUTRAL, Movement.CHANGED),
        (level("4"), level("5"), Direction.BAND, Movement.CHANGED),
    ],
)
def test_a_later_promise_is_compared_by_level_and_direction(earlier, later, direction, expected):
    assert movement(earlier, later, direction) is expected
