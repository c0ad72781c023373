"""How many digits a number needs so that rounding contradicts neither its colour nor what is said
of it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import MAX_PREC, Context, Decimal
from functools import lru_cache

from kmpt_tracker.ui.formats import round_half_up
from kpis.rag import Direction, Number, Operator, Rag, exact, judge

KEPT = 4000
# Values are stored with at most this many decimals.
SMALLEST = 6
_EXACT = Context(prec=MAX_PREC)


@lru_cache(KEPT)
def display_decimals(
    value: Number,
    decimals: int,
    *,
    target: Number | None,
    floor: Number | None,
    direction: Direction,
    operator: Operator | None,
    upper: Number | None = None,
) -> int:
    """How many decimals to show so that rounding does not contradict the colour.

    Value, target, floor and upper value shown with that many decimals give the same colour, and so
    does the shown value against the exact target. It depends on the numbers alone, not on how many
    noughts they are written with, so it is kept: a page asks for each row twice, 55 µs, then 1.
    """
    number = exact(value, "value")
    terms = [None if term is None else exact(term, "target") for term in (target, floor, upper)]

    def colour(shown: Decimal, against: list[Decimal | None]) -> Rag:
        goal, limit, top = against
        return judge(
            shown, target=goal, floor=limit, upper=top, direction=direction, operator=operator
        ).rag

    if target is None or operator is None:
        return decimals
    used = (n.normalize(_EXACT) for n in (number, *terms) if n is not None)
    most = max(-int(n.as_tuple().exponent) for n in used)
    truth = None
    for places in range(decimals, most):
        shown = round_half_up(number, places)
        rounded = [None if term is None else round_half_up(term, places) for term in terms]
        if shown == number and rounded == terms:
            return places
        truth = truth or colour(number, terms)
        if colour(shown, terms) is truth and (rounded == terms or colour(shown, rounded) is truth):
            return places
    return max(decimals, most)


def decimals_beside(value: Decimal, decimals: int, *, asked: Iterable[Decimal | None]) -> int:
    """How many decimals to show of a limit, an average or an outlook beside targets.

    Rounded, it lies on the same side of each target as it does exactly: a lower limit of 3.72
    beside "cannot reach 3.7" is not shown as 3.7, nor one of 3.74 as 3.7 beside a target of 3.72.
    What differs from a target by less than is stored is on it.
    """
    exact = round_half_up(value, SMALLEST)
    targets = [target for target in asked if target is not None]
    while decimals < SMALLEST and any(
        _side(round_half_up(value, decimals), target) != _side(exact, target) for target in targets
    ):
        decimals += 1
    return decimals


def _side(value: Decimal, target: Decimal) -> int:
    """1 above the target, −1 below it, 0 on it."""
    return (value > target) - (value < target)
