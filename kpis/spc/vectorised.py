"""The engine for many series at once, in numpy. The same answers as `engine.analyse`.

All series are in one set of arrays sorted by series and date; a segment is a slice of them. Sums
are taken by segment, and runs are found from where a key changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpis.spc.engine import NEAR_WIDTH, SCREEN, WIDTH
from kpis.spc.sums import Booleans, Floats, Integers, segment_means
from kpis.spc.words import FIRM_POINTS, LIMITS_STATUSES, OUTSIDE, SHIFT, TREND, TWO_IN_THREE

Signs = npt.NDArray[np.int8]
NONE_CODE, COLLAPSED_CODE, TRIAL_CODE, OK_CODE = range(len(LIMITS_STATUSES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The rows of all series in order, and what is constant within a series."""

    values: Floats
    series: Integers
    is_rebase: Booleans
    sign: Signs
    target: Floats
    fix_after_n_points: Floats
    screen_outliers: Booleans


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """First rows and lengths of the segments; `owner` is the segment of each row."""

    starts: Integers
    lengths: Integers
    owner: Integers
    series: Integers
    number: Integers
    is_last: Booleans

    def spread(self, per_segment: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        return per_segment[self.owner]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLimits:
    """Limits by segment; NaN is undefined."""

    mean: Floats
    lpl: Floats
    upl: Floats
    nlpl: Floats
    nupl: Floats
    status: Signs


@dataclass(frozen=True, slots=True, kw_only=True)
class PointResults:
    """Results by row. A signal is +1 high, −1 low or 0; `signals` has a row for each rule."""

    side: Signs
    is_outside: Booleans
    is_close: Booleans
    has_side: Booleans
    has_limits: Booleans
    signals: Signs
    rule: Signs
    signal: Signs


def segments_of(columns: Columns) -> Segments:
    """A new series or a rebase row starts a segment; numbers count the rebase rows so far."""
    series, rows = columns.series, len(columns.series)
    is_new_series = np.ones(rows, dtype=bool)
    is_new_series[1:] = series[1:] != series[:-1]
    starts = np.flatnonzero(is_new_series | columns.is_rebase)
    lengths = np.diff(starts, append=rows)
    owner = np.repeat(np.arange(len(starts)), lengths)
    first = is_new_series[starts]
    # Rebases up to and including the segment's first row, less those of earlier series.
    rebases = np.cumsum(columns.is_rebase[starts])
    before: Integers = np.repeat(
        (rebases - columns.is_rebase[starts])[first],
        np.diff(np.flatnonzero(first), append=len(starts)),
    )
    is_last = np.ones(len(starts), dtype=bool)
    is_last[:-1] = first[1:]
    return Segments(
        starts=starts,
        lengths=lengths,
        owner=owner,
        series=series[starts],
        number=rebases - before,
        is_last=is_last,
    )


def limits_of(columns: Columns, segments: Segments) -> SegmentLimits:
    """As `engine.limits_of`, for every segment."""
    values, owner = columns.values, segments.owner
    starts, lengths = segments.starts, segments.lengths
    fixed = columns.fix_after_n_points[segments.series]
    is_counted = ~np.isnan(values)
    if not np.isnan(fixed).all():
        position = np.arange(len(values)) - starts[owner]
        is_counted &= ~(position >= fixed[owner])
    mean = segment_means(values, is_counted, starts, lengths)
    ranges = np.zeros(len(values))
    np.abs(values[1:] - values[:-1], out=ranges[1:])
    has_range = is_counted.copy()
    has_range[1:] &= is_counted[:-1]
    has_range[starts] = False
    average = segment_means(ranges, has_range, starts, lengths)
    is_screened = columns.screen_outliers[segments.series]
    if is_screened.any():
        bound = np.where(is_screened, SCREEN * average, np.nan)
        kept = has_range & ~(ranges >= bound[owner])
        is_cut = np.logical_or.reduceat(kept != has_range, starts) if len(starts) else is_screened
        average = np.where(is_cut, segment_means(ranges, kept, starts, lengths), average)
    status = np.where(lengths < FIRM_POINTS, TRIAL_CODE, OK_CODE)
    status = np.select([np.isnan(average), average == 0], [NONE_CODE, COLLAPSED_CODE], status)
    return SegmentLimits(
        mean=mean,
        lpl=mean - WIDTH * average,
        upl=mean + WIDTH * average,
        nlpl=mean - NEAR_WIDTH * average,
        nupl=mean + NEAR_WIDTH * average,
        status=status.astype(np.int8),
    )


def points_of(
    columns: Columns,
    segments: Segments,
    limits: SegmentLimits,
    *,
    trend_length: int,
    shift_length: int,
    two_sigma_counts_outside: bool,
) -> PointResults:
    """The signals, rules and kinds of all points.

    Comparisons with NaN are false, so no rule applies where a value or limit is undefined.
    """
    values, owner = columns.values, segments.owner
    mean = limits.mean[owner]
    side = (values > mean).astype(np.int8) - (values < mean).astype(np.int8)
    is_present = ~np.isnan(values)
    is_outside = (values > limits.upl[owner]) | (values < limits.lpl[owner])
    is_close = ~is_outside & ((values > limits.nupl[owner]) | (values < limits.nlpl[owner]))
    near = is_close | is_outside if two_sigma_counts_outside else is_close
    signals = np.zeros((4, len(values)), dtype=np.int8)
    signals[OUTSIDE] = side * is_outside
    signals[TREND] = _trends(values, segments, trend_length)
    signals[TWO_IN_THREE] = _two_in_three(side, near, owner)
    signals[SHIFT] = side * _in_long_run(side, segments.starts, shift_length)
    rule = np.full(len(values), -1, dtype=np.int8)
    signal = np.zeros(len(values), dtype=np.int8)
    for rank in (SHIFT, TWO_IN_THREE, TREND, OUTSIDE):
        fires = signals[rank] != 0
        rule[fires] = rank
        np.copyto(signal, signals[rank], where=fires)
    return PointResults(
        side=side,
        is_outside=is_outside,
        is_close=is_close,
        has_side=is_present & ~np.isnan(mean),
        has_limits=is_present & ~np.isnan(limits.upl)[owner],
        signals=signals,
        rule=rule,
        signal=signal,
    )


def _trends(values: Floats, segments: Segments, length: int) -> Signs:
    """As `engine.trends_of`: a run of equal steps marks the row before it too."""
    rows = len(values)
    step = np.zeros(rows + 1, dtype=np.int8)
    step[1:rows] = (values[1:] > values[:-1]).astype(np.int8) - (values[1:] < values[:-1])
    step[segments.starts] = 0
    in_run = np.zeros(rows + 1, dtype=bool)
    in_run[:rows] = _in_long_run(step[:rows], segments.starts, length - 1)
    is_marked = in_run.copy()
    is_marked[:-1] |= in_run[1:]
    # Whether the next row is marked as well and is in the same segment.
    goes_on = is_marked[1:].copy()
    goes_on[segments.starts[1:] - 1] = False
    sign = np.where(goes_on, step[1:], step[:-1])
    return np.where(is_marked[:-1], np.where(sign == 1, 1, -1), 0).astype(np.int8)


def _in_long_run(keys: Signs, starts: Integers, length: int) -> Booleans:
    """Rows in a run of at least `length` equal keys other than 0, within a segment."""
    if not len(keys):
        return np.zeros(0, dtype=bool)
    is_change = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=is_change[1:])
    is_change[starts] = True
    firsts = np.flatnonzero(is_change)
    lengths = np.diff(firsts, append=len(keys))
    return np.repeat((lengths >= length) & (keys[firsts] != 0), lengths)


def _two_in_three(side: Signs, near: Booleans, owner: Integers) -> Signs:
    """As `engine.two_in_three_of`."""
    rows = len(side)
    marked = np.zeros(rows, dtype=bool)
    if rows < 3:
        return side * marked
    first, second, third = side[:-2], side[1:-1], side[2:]
    fires = (first == second) & (second == third) & (owner[2:] == owner[:-2])
    count = near[:-2].astype(np.int8) + near[1:-1] + near[2:]
    fires &= count >= 2
    for shift in range(3):
        marked[shift : rows - 2 + shift] |= fires
    return side * (marked & near)
