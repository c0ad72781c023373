"""Means of many segments at once, to the last bit those of `engine.mean_of`.

A plain vectorised sum rounds differently for each order and length, and one wrong bit of a mean
turns a constant series into a signal. Here each value is split on a grid so coarse that the
parts add up without any rounding (Rump, Ogita, Oishi: accurate summation by extraction). Where
even that leaves the last bit in doubt, the exact mean is worked out for that segment.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kpis.spc.engine import mean_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

# Outside these sizes the splitting would overflow or lose bits.
LARGEST, SMALLEST, LONGEST = 2.0**900, 2.0**-800, 2**20
# How near to half a unit in the last place counts as doubt, in such units.
DOUBT = 1e-6


def segment_means(
    values: Floats, is_counted: Booleans, starts: Integers, lengths: Integers
) -> Floats:
    """The mean of the counted values of each segment; NaN where none is counted.

    Segment k holds `lengths[k]` neighbouring values from `starts[k]`; none is empty.
    """
    if not len(starts):
        return np.empty(0)
    counted = np.where(is_counted, values, 0.0)
    counts = np.add.reduceat(is_counted.astype(np.int64), starts)
    sizes = np.maximum.reduceat(np.abs(counted), starts)
    total, rest = _segment_sums(counted, sizes, starts, lengths)
    means, is_doubtful = _divided(total, rest, np.maximum(counts, 1))
    is_odd = (sizes > LARGEST) | ((sizes < SMALLEST) & (sizes > 0)) | (lengths > LONGEST)
    for segment in np.flatnonzero((is_doubtful | is_odd) & (counts > 0)):
        rows = slice(starts[segment], starts[segment] + lengths[segment])
        means[segment] = mean_of(values[rows][is_counted[rows]].tolist())
    means[counts == 0] = np.nan
    return means


def _segment_sums(
    values: Floats, sizes: Floats, starts: Integers, lengths: Integers
) -> tuple[Floats, Floats]:
    """Sum and remainder of each segment, together far more exact than one double."""
    spare = np.frexp(lengths + 2.0)[1]
    grid = np.ldexp(1.0, np.frexp(np.minimum(sizes, LARGEST))[1] + spare)
    coarse, left = _split(values, np.repeat(grid, lengths))
    finer = np.ldexp(grid, spare - 53)
    fine, left = _split(left, np.repeat(finer, lengths))
    high, middle = np.add.reduceat(coarse, starts), np.add.reduceat(fine, starts)
    total, error = _two_sum(high, middle)
    return total, error + np.add.reduceat(left, starts)


def _split(values: Floats, grid: Floats) -> tuple[Floats, Floats]:
    """A part on the grid and what is left, exactly."""
    coarse = (grid + values) - grid
    return coarse, values - coarse


def _two_sum(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """The rounded sum and its rounding error, exactly."""
    total = first + second
    back = total - first
    return total, (first - (total - back)) + (second - back)


def _divided(total: Floats, rest: Floats, counts: Integers) -> tuple[Floats, Booleans]:
    """(total + rest) / counts rounded once, and where the rounding is in doubt."""
    quotient = total / counts
    high = quotient * 134217729.0
    high = high - (high - quotient)
    remainder = (total - high * counts) - (quotient - high) * counts
    correction = (remainder + rest) / counts
    means, error = _two_sum(quotient, correction)
    unit = np.spacing(np.abs(means))
    off = np.abs(error)
    is_power_of_two = np.abs(np.frexp(means)[0]) == 0.5
    is_doubtful = np.abs(off - unit / 2) <= DOUBT * unit
    is_doubtful |= is_power_of_two & (np.abs(off - unit / 4) <= DOUBT * unit)
    return means, is_doubtful | ~np.isfinite(means)
