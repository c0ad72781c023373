"""The range of a measure: charts draw its limits no further, and words quote them no further. Pure.

Rules and icons use the exact limits; a chart and its words do not show −3 patients.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kmpt_tracker.ui.formats import MONEY_SUFFIXES

WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and the highest possible value; None where there is none."""

    low: Decimal | None = None
    high: Decimal | None = None

    def clip(self, value: float | None) -> float | None:
        if value is None:
            return None
        if self.low is not None:
            value = max(value, float(self.low))
        return value if self.high is None else min(value, float(self.high))

    def cuts(self, value: float | None) -> bool:
        return value is not None and self.clip(value) != value


UNBOUNDED = Bounds()


def bounds_of(
    unit: str,
    minimum: Decimal | None,
    maximum: Decimal | None,
    values: Iterable[Decimal | None] = (),
) -> Bounds:
    """The bounds of a measure: its own minimum and maximum, else 0 and 100 where they apply.

    0 applies to everything except money, and 100 to percentages. A bound that the measure's figures
    have passed is dropped.
    """
    known = [value for value in values if value is not None]
    low = Decimal(0) if minimum is None and unit and unit not in MONEY_SUFFIXES else minimum
    high = WHOLE if maximum is None and unit == "percent" else maximum
    if low is not None and known and min(known) < low:
        low = None
    if high is not None and known and max(known) > high:
        high = None
    return Bounds(low, high)
