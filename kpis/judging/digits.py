"""How many digits a value needs so that rounding does not contradict its colour. Pure."""

from __future__ import annotations

from decimal import Decimal

from kmpt_tracker.ui.formats import round_half_up
from kpis.rag import Direction, Number, Operator, Rag, exact, judge


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
    does the shown value against the exact target.
    """
    number = exact(value, "value")
    terms = [None if term is None else exact(term, "target") for term in (target, floor, upper)]

    def colour(shown: Decimal, against: list[Decimal | None]) -> Rag:
        goal, limit, top = against
        return judge(
            shown, target=goal, floor=limit, upper=top, direction=direction, operator=operator
        ).rag

    most = max(-int(n.as_tuple().exponent) for n in (number, *terms) if n is not None)
    # Nothing is rounded away, or there is no colour to contradict.
    if most <= decimals or target is None or operator is None:
        return decimals
    truth = colour(number, terms)
    for places in range(decimals, most):
        shown = round_half_up(number, places)
        rounded = [None if term is None else round_half_up(term, places) for term in terms]
        if colour(shown, terms) is truth and (rounded == terms or colour(shown, rounded) is truth):
            return places
    return most
