"""The results of the vectorised engine as columns of the caller's frame."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpis.spc.frames import Frame
from kpis.spc.inputs import Settings
from kpis.spc.sums import Booleans, Integers
from kpis.spc.vectorised import (
    PointResults,
    SegmentLimits,
    Segments,
    Signs,
    limits_of,
    points_of,
    segments_of,
)
from kpis.spc.words import (
    ASSURANCE_ICONS,
    COMMON_CAUSE,
    CONCERN,
    CONSISTENT_FAIL,
    CONSISTENT_PASS,
    FIRM_POINTS,
    IMPROVEMENT,
    INCONSISTENT,
    LIMITS_STATUSES,
    NO_SIGNAL,
    NONE,
    POINT_TYPES,
    point_type_of,
    rule_labels,
    variation_icon_of,
)

ASSURANCE_TYPES = (CONSISTENT_PASS, CONSISTENT_FAIL, INCONSISTENT)
_SIDES = (-1, 0, 1)
# Codes by [better side + 1, signal + 1].
_KINDS = np.array(
    [[POINT_TYPES.index(point_type_of(signal, sign)) for signal in _SIDES] for sign in _SIDES],
    dtype=np.int8,
)
_ICONS = tuple(
    sorted({variation_icon_of(point_type_of(signal, s), s) for signal in _SIDES for s in _SIDES})
)
_ICON_CODES = np.array(
    [
        [_ICONS.index(variation_icon_of(point_type_of(signal, sign), sign)) for signal in _SIDES]
        for sign in _SIDES
    ],
    dtype=np.int8,
)

Results = dict[str, Any]


def with_results(
    frame: pd.DataFrame,
    *,
    trend_length: int = 7,
    shift_length: int = 7,
    two_sigma_counts_outside: bool = False,
) -> pd.DataFrame:
    """The frame in its own order with the result columns added."""
    settings = Settings.read(
        trend_length=trend_length,
        shift_length=shift_length,
        two_sigma_counts_outside=two_sigma_counts_outside,
    )
    given = Frame(frame)
    with np.errstate(over="ignore", invalid="ignore"):
        segments = segments_of(given.columns)
        limits = limits_of(given.columns, segments)
        points = points_of(
            given.columns,
            segments,
            limits,
            trend_length=settings.trend_length,
            shift_length=settings.shift_length,
            two_sigma_counts_outside=settings.two_sigma_counts_outside,
        )
    results = _Results(given, segments, limits, points, settings).columns()
    kept = frame.drop(columns=[name for name in results if name in frame.columns])
    return pd.concat([kept, pd.DataFrame(results, index=frame.index)], axis=1)


class _Results:
    """Codes and numbers by row, in the caller's order, as typed pandas columns."""

    def __init__(
        self,
        given: Frame,
        segments: Segments,
        limits: SegmentLimits,
        points: PointResults,
        settings: Settings,
    ) -> None:
        self._given, self._segments, self._limits = given, segments, limits
        self._points, self._settings = points, settings
        self._sign: Signs = given.columns.sign[given.columns.series] + np.int8(1)
        self._kinds = _KINDS[self._sign, points.signal + 1]
        # The last row of each segment.
        self._ends = segments.starts + segments.lengths - 1

    def columns(self) -> Results:
        return {**self._of_points(), **self._of_segments(), **self._of_series()}

    def _of_points(self) -> Results:
        points = self._points
        labels = rule_labels(self._settings.trend_length, self._settings.shift_length)
        names = [NO_SIGNAL, *(label for pair in labels for label in pair)]
        chosen = np.where(points.signal == 0, 0, 1 + 2 * points.rule + (points.signal < 0))
        # The rules of a point as digits of a number in base 3, as `_combinations` lists them.
        place = np.array([27, 9, 3, 1]) @ (points.signals + 1)
        return {
            "relative_to_mean": self._nullable(points.side, points.has_side),
            "outside_limits": self._nullable(points.is_outside, points.has_limits),
            "close_to_limits": self._nullable(points.is_close, points.has_limits),
            "special_cause_type": self._words(chosen, names),
            "point_type": self._words(self._kinds, POINT_TYPES),
            "rules": self._words(place, _combinations(labels)),
        }

    def _of_segments(self) -> Results:
        segments, limits = self._segments, self._limits
        spread = {
            name: getattr(limits, name) for name in ("mean", "lpl", "upl", "nlpl", "nupl")
        } | {"rebase_group": segments.number, "segment_n": segments.lengths}
        spread["short_group_warning"] = segments.lengths < FIRM_POINTS
        for kind in (COMMON_CAUSE, IMPROVEMENT, CONCERN):
            spread[f"segment_{kind}"] = self._count(kind)
        results: Results = {
            name: self._given.in_given_order(column[segments.owner])
            for name, column in spread.items()
        }
        assurance = np.where(segments.is_last, self._assurance(), -1)
        results["limits_status"] = self._words(limits.status[segments.owner], LIMITS_STATUSES)
        results["segment_variation_type"] = self._words(
            self._kinds[self._ends][segments.owner], POINT_TYPES
        )
        results["segment_assurance_type"] = self._words(assurance[segments.owner], ASSURANCE_TYPES)
        return results

    def _of_series(self) -> Results:
        series, ends = self._given.columns.series, self._ends[self._segments.is_last]
        assurance = self._assurance()[self._segments.is_last][series]
        icons = _ICON_CODES[self._sign[ends], self._points.signal[ends] + 1]
        is_short = self._segments.lengths < FIRM_POINTS
        warned = np.bincount(self._segments.series, weights=is_short) > 0
        assurance_icons = [*(ASSURANCE_ICONS[kind] for kind in ASSURANCE_TYPES), NONE]
        return {
            "variation_type": self._words(self._kinds[ends][series], POINT_TYPES),
            "variation_icon": self._words(icons[series], _ICONS),
            "assurance_type": self._words(assurance, ASSURANCE_TYPES),
            "assurance_icon": self._words(np.where(assurance < 0, 3, assurance), assurance_icons),
            "warning": self._given.in_given_order(warned[series]),
        }

    def _count(self, kind: str) -> Integers:
        if not len(self._ends):
            return np.zeros(0, dtype=np.int64)
        is_kind = (self._kinds == POINT_TYPES.index(kind)).astype(np.int64)
        return np.add.reduceat(is_kind, self._segments.starts)

    def _assurance(self) -> Signs:
        """By segment, as `words.assurance_type_of`; −1 is none."""
        series, limits = self._segments.series, self._limits
        target, sign = self._given.columns.target[series], self._given.columns.sign[series]
        is_over, is_under = target > limits.upl, target < limits.lpl
        fails = np.where(sign > 0, is_over, is_under)
        passes = np.where(sign > 0, is_under, is_over)
        code = np.select([passes, fails], [0, 1], 2)
        return np.where(np.isnan(target) | (sign == 0), -1, code).astype(np.int8)

    def _words(self, codes: npt.NDArray[Any], words: Sequence[str]) -> pd.Categorical:
        """Codes as words; −1 is missing."""
        return pd.Categorical.from_codes(self._given.in_given_order(codes), categories=list(words))

    def _nullable(
        self, values: npt.NDArray[Any], is_defined: Booleans
    ) -> pd.api.extensions.ExtensionArray:
        given = self._given
        array = pd.arrays.BooleanArray if values.dtype == bool else pd.arrays.IntegerArray
        return array(given.in_given_order(values), given.in_given_order(~is_defined))


def _combinations(labels: Sequence[tuple[str, str]]) -> list[str]:
    """Every set of rules a point can have, joined by "; "; an empty label is no rule."""
    return [
        "; ".join(
            high if signal > 0 else low
            for signal, (high, low) in zip(signals, labels, strict=True)
            if signal
        )
        for signals in product(_SIDES, repeat=len(labels))
    ]
