"""The mean as the reference takes it, to the last bit and on any machine.

The reference (R on x86-64) adds in extended precision, 64 significant bits, and corrects the mean
by the mean of the remainders. Nearly always that is the exact mean rounded once; where it may not
be, its steps are followed here in whole numbers. A mean that is one bit out puts every point of a
constant series on one side of it, and can put a target or a point that is on a limit beyond it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

EXTENDED_BITS = 64


def mean_of(numbers: Sequence[float]) -> float | None:
    """The mean as the reference rounds it; None for no numbers."""
    if not numbers:
        return None
    if math.inf in numbers:
        return math.inf
    ratios = [value.as_integer_ratio() for value in numbers]
    scale = max(divisor for _, divisor in ratios)
    parts = [part * (scale // divisor) for part, divisor in ratios]
    total, count = sum(parts), len(parts)
    # Each step of the reference has an error of up to 1/2**64 of its result: the distances from the
    # mean, their sums so far, and the mean. Twice that covers everything these errors lead to.
    distances = [part * count - total for part in parts]
    steps = sum(map(abs, distances)) + sum(map(abs, accumulate(distances)))
    error = 2 * (steps // count + abs(total) + 1)
    exact, whole = total << EXTENDED_BITS, scale * count << EXTENDED_BITS
    low, high = (exact - error) / whole, (exact + error) / whole
    return low if low == high else _extended_mean(parts, scale)


def _extended_mean(parts: Sequence[int], scale: int) -> float:
    """The reference's own two passes over `parts / scale`."""
    count = len(parts)
    # In units this much finer a quotient has all the bits that are kept, and one for the rest.
    finer = EXTENDED_BITS + 2 + count.bit_length()
    total = 0
    for part in parts:
        total = _kept(total + part)
    mean = _quotient(total << finer, count)
    left = 0
    for part in parts:
        left = _kept(left + _kept((part << finer) - mean))
    corrected = _kept((mean << finer) + _quotient(left << finer, count))
    return corrected / (scale << 2 * finer)


def _quotient(number: int, divisor: int) -> int:
    whole, rest = divmod(number, divisor)
    return _kept(whole | (rest != 0))


def _kept(number: int) -> int:
    """Rounded to 64 significant bits, halves to even."""
    excess = number.bit_length() - EXTENDED_BITS
    if excess <= 0:
        return number
    is_odd = (number >> excess) & 1
    return (number + (1 << (excess - 1)) - 1 + is_odd) >> excess << excess
