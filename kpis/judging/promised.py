"""What a plan promises, in words, whether or not a window has it in force yet. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from kmpt_tracker.ui.formats import MISSING, format_change, format_month_short, format_target
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import places
from strategy.periods import Month


class Promised(Protocol):
    """What a target asks for."""

    value: Decimal | None
    upper_value: Decimal | None
    value_is: str
    operator: str
    change: str

    @property
    def due(self) -> date | None: ...


def promised_words(target: Promised, terms: MeasureTerms) -> str:
    """What the plan promises: "≥ 92%", "−15% of baseline", "−10% each year", and for a milestone
    the month it is due.
    """
    if terms.is_milestone:
        return format_month_short(target.due) if target.due else MISSING
    if target.value is None:
        return MISSING
    decimals = places(target.value)
    if target.value_is == "absolute":
        return format_target(
            target.operator, target.value, target.upper_value, terms.unit, decimals
        )
    change = target.value if target.change != "down" else -target.value
    if target.value_is == "change_from_baseline":
        return format_change(change, terms.unit, decimals)
    share = f"{format_change(change, '', decimals)}%"
    if target.value_is == "compound_each_year":
        return f"{share} each year"
    return f"{share} of baseline"


def path_words(points: Sequence[Sequence[str]], operator: str, unit: str) -> str:
    """ "≥ 80% in Mar 2027 to ≥ 90% in Mar 2029 (3 values)": pairs of month and value, in order."""
    first, last = (
        f"{format_target(operator or 'eq', Decimal(value), None, unit)} in "
        f"{Month.parse(month).label}"
        for month, value in (points[0], points[-1])
    )
    return f"{first} to {last} ({len(points)} values)" if len(points) > 1 else first
