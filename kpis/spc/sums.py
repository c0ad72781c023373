"""Means of many segments at once, to the last bit those of `means.mean_of`.

A plain vectorised sum rounds differently for each order and length, and one wrong bit of a mean
turns a constant series into a signal. Here each value is split on a grid so coarse that the parts
add up without any rounding (Rump, Ogita, Oishi: accurate summation by extraction). Where the
reference's own arithmetic leaves the last bit in doubt, that segment's mean is calculated alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kpis.spc.means import EXTENDED_BITS, mean_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

# Outside these sizes the splitting would overflow or lose bits.
LARGEST, SMALLEST, LONGEST = 2.0**900, 2.0**-800, 2**20
# How near to half a unit in the last place a result is in doubt, in such units, when the reference
# makes no error; and the largest error of each of its steps, as a part of what it adds up.
DOUBT = 1e-6
STEP_ERROR = 2.0**-EXTENDED_BITS


def segment_means(
    values: Floats, is_counted: Booleans, starts: Integers, lengths: Integers
) -> Floats:
    """The mean of the counted values of each segment; NaN where none is counted.

    Segment k holds `lengths[k]` neighbouring values starting at `starts[k]`; none is empty.
    """
    if not len(starts):
        return np.empty(0)
    counted = np.where(is_counted, values, 0.0)
    counts = np.maximum(np.add.reduceat(is_counted.astype(np.int64), starts), 1)
    sizes = np.maximum.reduceat(np.abs(counted), starts)
    total, rest = _segment_sums(counted, sizes, starts, lengths)
    means, off = _divided(total, rest, counts)
    errors = _reference_errors(values, is_counted, means, starts, lengths, counts)
    is_odd = (sizes > LARGEST) | (sizes < SMALLEST) | (lengths > LONGEST)
    is_alone = (_is_doubtful(means, off, errors) | is_odd) & (sizes > 0)
    for segment in np.flatnonzero(is_alone):
        rows = slice(starts[segment], starts[segment] + lengths[segment])
        means[segment] = mean_of(values[rows][is_counted[rows]].tolist())
    means[~np.logical_or.reduceat(is_counted, starts)] = np.nan
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
    """A part on the grid and the remainder, exactly."""
    coarse = (grid + values) - grid
    return coarse, values - coarse


def _two_sum(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """The rounded sum and its rounding error, exactly."""
    total = first + second
    back = total - first
    return total, (first - (total - back)) + (second - back)


def _divided(total: Floats, rest: Floats, counts: Integers) -> tuple[Floats, Floats]:
    """(total + rest) / counts rounded once, and how far off the rounding is."""
    quotient = total / counts
    high = quotient * 134217729.0
    high = high - (high - quotient)
    remainder = (total - high * counts) - (quotient - high) * counts
    means, error = _two_sum(quotient, (remainder + rest) / counts)
    return means, np.abs(error)


def _reference_errors(
    values: Floats,
    is_counted: Booleans,
    means: Floats,
    starts: Integers,
    lengths: Integers,
    counts: Integers,
) -> Floats:
    """How far from the exact mean the reference may be before it rounds to a double.

    As in `means.mean_of`, except for the running sums: none exceeds half the sum of all distances.
    """
    distances = np.abs(np.where(is_counted, values - np.repeat(means, lengths), 0.0))
    spread = np.add.reduceat(distances, starts) / counts
    return STEP_ERROR * ((counts + 2) * spread + 2 * np.abs(means))


def _is_doubtful(means: Floats, off: Floats, errors: Floats) -> Booleans:
    """Where an error of the reference's size could round to another double."""
    unit = np.spacing(np.abs(means))
    slack = errors + DOUBT * unit
    is_power_of_two = np.abs(np.frexp(means)[0]) == 0.5
    is_doubtful = np.abs(off - unit / 2) <= slack
    is_doubtful |= is_power_of_two & (np.abs(off - unit / 4) <= slack)
    return is_doubtful | ~np.isfinite(means)
