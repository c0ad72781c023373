"""How far a measure can go: what is drawn and told of its limits ends there. Pure.

Rules and icons read the limits as they are; a chart and its words do not show −3 patients.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kmpt_tracker.ui.formats import MONEY_SUFFIXES

WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and the highest value there can be, where there is one."""

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
    """A measure's own minimum and maximum; else 0 for what cannot be negative (all but money) and
    100 for a percentage. A bound that its figures have passed is none."""
    known = [value for value in values if value is not None]
    low = Decimal(0) if minimum is None and unit and unit not in MONEY_SUFFIXES else minimum
    high = WHOLE if maximum is None and unit == "percent" else maximum
    if low is not None and known and min(known) < low:
        low = None
    if high is not None and known and max(known) > high:
        high = None
    return Bounds(low, high)
