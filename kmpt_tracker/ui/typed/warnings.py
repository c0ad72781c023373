"""Soft warnings: a value that could be true but rarely is. Pure.

A warning never blocks: it asks for a tick and a reason. The value is compared with up to 24
earlier values of the same series, oldest first. A value is expected when it is within their
process limits (mean ± 2.66 × mean moving range, three sigma) and within 50% of the median of the
last 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from itertools import pairwise
from statistics import median

from kmpt_tracker.ui.formats import MONEY_SCALES, MONEY_SUFFIXES, format_value, round_half_up
from kmpt_tracker.ui.typed.numbers import NumberRules

LONG_VIEW = 24
YEAR_VIEW = 12
REPEATS = 3
FEWEST_FOR_MEDIAN = 3
FEWEST_FOR_SIGMA = 6
# Three sigma, with sigma as the mean moving range divided by 1.128.
LIMIT_FACTOR = Decimal("2.66")
HALF = Decimal("0.5")
SLIP_FROM, SLIP_TO = Decimal("0.5"), Decimal(2)
MOST_SHOWN = 6
# A value with more decimals than people type was calculated.
MOST_TYPED = 4
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


class WarningCode(StrEnum):
    """Why a value is queried."""

    SCALE = "scale"
    UNUSUAL = "unusual"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class SoftWarning:
    """A question to the person who enters the value."""

    code: WarningCode
    message: str


def warnings(
    value: Decimal, history: Sequence[Decimal | None], rules: NumberRules
) -> list[SoftWarning]:
    """What to ask about this value, given the values before it (oldest first, gaps as None).

    A slip of scale is reported instead of "unusual", because it explains the difference.
    """
    known = [earlier for earlier in history if earlier is not None][-LONG_VIEW:]
    found = []
    odd = _slipped(value, known, rules) or _unusual(value, known, rules)
    if odd:
        found.append(odd)
    last = list(history[-REPEATS:])
    if rules.repeat_check and len(last) == REPEATS and all(one == value for one in last):
        shown = format_value(value, rules.unit, _places(value, rules))
        message = (
            f"{shown} is the same as the last {REPEATS} {rules.history_in}. "
            "Check the figure, then confirm it."
        )
        found.append(SoftWarning(WarningCode.REPEATED, message))
    return found


def expected(known: Sequence[Decimal]) -> tuple[Decimal, Decimal] | None:
    """The least and most that would not surprise, or None where too little is known.

    Both ranges must hold. Where a fast change has left them without overlap, only the range
    around the last year's median counts: the process limits describe an earlier time.
    """
    views = [view for view in (_around_median(known), _process_limits(known)) if view]
    if not views:
        return None
    low, high = max(low for low, _ in views), min(high for _, high in views)
    return (low, high) if low <= high else views[0]


def _around_median(known: Sequence[Decimal]) -> tuple[Decimal, Decimal] | None:
    middle = median(known[-YEAR_VIEW:]) if len(known) >= FEWEST_FOR_MEDIAN else Decimal(0)
    reach = abs(middle) * HALF
    return (middle - reach, middle + reach) if reach else None


def _process_limits(known: Sequence[Decimal]) -> tuple[Decimal, Decimal] | None:
    """None for a series that never moved, as any change would be outside its limits."""
    if len(known) < FEWEST_FOR_SIGMA:
        return None
    mean = _EXACT.divide(sum(known, Decimal(0)), Decimal(len(known)))
    moves = [abs(after - before) for before, after in pairwise(known)]
    reach = LIMIT_FACTOR * _EXACT.divide(sum(moves, Decimal(0)), Decimal(len(moves)))
    return (mean - reach, mean + reach) if reach else None


def _unusual(value: Decimal, known: Sequence[Decimal], rules: NumberRules) -> SoftWarning | None:
    usual = expected(known)
    if usual is None or usual[0] <= value <= usual[1]:
        return None
    low, high = _possible(*usual, rules)
    # A narrow range needs more decimals, or rounding inwards would leave nothing between.
    for places in range(max(_places(one, rules) for one in known), MOST_SHOWN + 1):
        least, most = _inwards(low, high, places)
        if least <= most:
            break
    # Show enough decimals that the value does not seem to be within the expected range.
    shown = _places(value, rules)
    while shown < MOST_SHOWN and least <= round_half_up(value, shown) <= most:
        shown += 1
    message = (
        f"{format_value(value, rules.unit, shown)} is unusual. From the last {len(known)} "
        f"{rules.history_in} we would expect {format_value(least, rules.unit, places)} to "
        f"{format_value(most, rules.unit, places)}. Check the figure, then confirm it."
    )
    return SoftWarning(WarningCode.UNUSUAL, message)


def _possible(low: Decimal, high: Decimal, rules: NumberRules) -> tuple[Decimal, Decimal]:
    """The expected range, cut to what the measure allows."""
    lowest, highest = rules.lowest, rules.maximum
    if lowest is not None and lowest <= high:
        low = max(low, lowest)
    if highest is not None and low <= highest:
        high = min(high, highest)
    return low, high


def _inwards(low: Decimal, high: Decimal, places: int) -> tuple[Decimal, Decimal]:
    """The range rounded inwards ("24 to 43"), so that every value in it is expected."""
    step = Decimal(1).scaleb(-places)
    return (
        low.quantize(step, rounding=ROUND_CEILING, context=_EXACT),
        high.quantize(step, rounding=ROUND_FLOOR, context=_EXACT),
    )


def _slipped(value: Decimal, known: Sequence[Decimal], rules: NumberRules) -> SoftWarning | None:
    """A fraction typed where percent is meant, or pounds where thousands are meant."""
    if not known or not value:
        return None
    last = known[-1]
    usual = median(known[-YEAR_VIEW:])
    if rules.unit == "percent" and 0 < value <= 1 and _near(value * 100, usual):
        meant = value * 100
        places = _places(meant, rules)
        return SoftWarning(
            WarningCode.SCALE,
            f"{format_value(round_half_up(value, places + 2), 'percent')} is far below "
            f"{format_value(last, 'percent', _places(last, rules))} {rules.previous}. "
            f"If you mean {format_value(meant, 'percent', places)}, "
            f"enter {format_value(meant, '', places)}",
        )
    if rules.unit in MONEY_SUFFIXES and rules.unit != "pounds":
        for times in (Decimal(1000), Decimal(1_000_000)):
            if _near(value / times, last) or _near(value / times, usual):
                return SoftWarning(
                    WarningCode.SCALE,
                    f"The value is about {times:,} times {rules.previous}. "
                    f"This KPI is in {MONEY_SCALES[rules.unit]}",
                )
    return None


def _near(value: Decimal, usual: Decimal) -> bool:
    """Whether a value has the sign of the usual one and is between half and twice its size."""
    return bool(usual) and SLIP_FROM <= _EXACT.divide(value, usual) <= SLIP_TO


def _places(value: Decimal, rules: NumberRules) -> int:
    """The decimals to show: the measure's, else those typed, or one for a calculated value."""
    exponent = value.normalize().as_tuple().exponent
    own = max(0, -exponent) if isinstance(exponent, int) else 0
    if rules.shown is not None:
        return min(own, rules.shown)
    return own if own <= MOST_TYPED else 1
