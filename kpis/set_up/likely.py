"""The least and the most a figure can be, proposed from what was approved so far. Pure.

A return refuses what lies outside, so the range is wide: it goes beyond the figures by three times
as far as they have spread, rounded outwards to two digits, and never past what the unit allows (no
count is below 0, no percentage above 100). What is merely unusual is asked about by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from kmpt_tracker.ui.formats import format_value
from kpis.judging.bounds import bounds_of

FEWEST = 6
TIMES = 3
DIGITS = 2


@dataclass(frozen=True, slots=True)
class Likely:
    """A proposed range and what it rests on; an end is None where nothing limits it."""

    low: Decimal | None
    high: Decimal | None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    count: int = 0
    is_illustrative: bool = False

    @property
    def is_from_figures(self) -> bool:
        return self.count >= FEWEST

    def words(self, unit: str, decimals: int) -> str:
        """The proposal in a sentence, with its reason."""
        low, high = (
            "no limit" if end is None else format_value(end, unit) for end in (self.low, self.high)
        )
        kind = "illustrative" if self.is_illustrative else "approved"
        if not self.is_from_figures:
            few = f"{self.count} {kind} figure{'' if self.count == 1 else 's'}"
            return f"{few}: too few for more than what the unit allows, {low} to {high}."
        held = " and ".join(
            format_value(end, unit, decimals) for end in (self.lowest, self.highest)
        )
        return f"{self.count} {kind} figures lie between {held}: {low} to {high} is proposed."


def likely(unit: str, values: Sequence[Decimal], is_illustrative: bool = False) -> Likely:
    """The range to propose for a unit, given every approved value of the measure, or every
    illustrative one.
    """
    natural = bounds_of(unit, None, None, values)
    if len(values) < FEWEST:
        return Likely(natural.low, natural.high, count=len(values), is_illustrative=is_illustrative)
    lowest, highest = min(values), max(values)
    reach = TIMES * ((highest - lowest) or abs(highest) or Decimal(1))
    low, high = _rounded(lowest - reach, ROUND_FLOOR), _rounded(highest + reach, ROUND_CEILING)
    if natural.low is not None:
        low = max(low, natural.low)
    if natural.high is not None:
        high = min(high, natural.high)
    return Likely(low, high, lowest, highest, len(values), is_illustrative)


def _rounded(value: Decimal, way: str) -> Decimal:
    """Rounded outwards to two digits: −12.34 → −13, 1,234 → 1,300."""
    if not value:
        return value
    step = Decimal(1).scaleb(value.adjusted() - DIGITS + 1)
    return (value / step).to_integral_value(rounding=way) * step
