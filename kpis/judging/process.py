"""What the figures behind a chart's latest signal do: the facts that sentences may claim. Pure.

Calculated once from the whole history of a series and stored with each window, so that a list that
reads two windows says the same as the page that reads them all. See docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

from kpis.spc.policy import ReadingPoint
from kpis.spc.words import FIRM_POINTS, NO_SIGNAL, rule_labels

# "Every" is said only of a process that missed (or met) its target in this many windows.
LAST = 24
# A run or a trend has at least this many points.
SHORTEST_RUN = 7
# In a stable process at most one point in this many is outside its limits.
ONE_IN = 20
STORED_PLACES = 6
_OUTSIDE, _TREND, _TWO_IN_THREE, _SHIFT = rule_labels()
_HIGH = tuple(high for high, _ in rule_labels())


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """The process at a window: how it moves, and how often it met its target.

    `moves`: whether the points of the signal rise (+1) or fall (−1) as the signal points; 0 where
    they do not, or by less than is shown. `run`: for how many windows, up to this one, its rule has
    held, starting at `signal_from`; with hindsight the signal goes on to `signal_to`. `outside`:
    points of the segment beyond its limits, which are calculated from `rests_on` points starting at
    `segment_from`. `tested`: the last windows of the segment that were rated, at most 24, starting
    at `tested_from`; `met` of them met the target in force in them. `one_target`: all of them had
    the same target.
    """

    moves: int = 0
    run: int = 0
    signal_from: date | None = None
    signal_to: date | None = None
    opposing_run: int = 0
    outside: int = 0
    rests_on: int = 0
    segment_from: date | None = None
    tested: int = 0
    met: int = 0
    tested_from: date | None = None
    one_target: bool = False

    def is_stable(self, points: int) -> bool:
        """At least 13 points, and at most 1 in 20 of the segment outside the limits."""
        return points >= FIRM_POINTS and self.outside * ONE_IN <= points

    @property
    def always_met(self) -> bool:
        return 0 < self.tested == self.met

    @property
    def never_met(self) -> bool:
        return self.tested > 0 and self.met == 0


# For a window without a chart: nothing may be claimed.
UNKNOWN = Process()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """One window as it was rated: its value, and the target it was compared with, if any."""

    value: Decimal
    is_met: bool | None = None
    target: tuple[object, ...] | None = None


def processes(
    points: Sequence[ReadingPoint],
    windows: Sequence[Rated | None],
    *,
    decimals: int,
    fix_after_n_points: int | None = None,
    since: date | None = None,
) -> list[Process]:
    """The process at each row of a chart. At a gap (None) nothing is known; nor before `since`,
    where only later rows are wanted.
    """
    found: list[Process] = []
    first = 0
    for last in range(1, len(points) + 1):
        if last == len(points) or points[last].segment != points[first].segment:
            segment = _Segment(points[first:last], windows[first:last], decimals)
            found += segment.read(fix_after_n_points, since)
            first = last
    return found


class _Segment:
    """The rows between two recalculations of the limits: no run and no count crosses a
    recalculation.
    """

    def __init__(
        self, points: Sequence[ReadingPoint], windows: Sequence[Rated | None], decimals: int
    ) -> None:
        self._points = points
        self._windows = windows
        self._decimals = decimals

    def read(self, fix_after_n_points: int | None, since: date | None) -> list[Process]:
        held = [row for row, window in enumerate(self._windows) if window is not None]
        outside = sum(self._is_outside(row) for row in held)
        baseline = fix_after_n_points or len(self._points)
        rests_on = sum(row < baseline for row in held)
        began = self._points[held[0]].on if held else None
        # Counted as they pass: the days tested, how many were met by then, and how many of the last
        # had one target.
        tested: list[date] = []
        met, alike = [0], 0
        target: tuple[object, ...] | None = None
        found = []
        for row, window in enumerate(self._windows):
            if window is None:
                found.append(UNKNOWN)
                continue
            last = 0
            if window.is_met is not None:
                tested.append(self._points[row].on)
                met.append(met[-1] + window.is_met)
                alike = alike + 1 if window.target == target else 1
                target, last = window.target, min(LAST, len(tested))
            if since is not None and self._points[row].on < since:
                found.append(UNKNOWN)
                continue
            moves, run, first, end = self._signal(row, self._points[row].rule)
            found.append(
                Process(
                    moves=moves,
                    run=run,
                    signal_from=None if first is None else self._points[first].on,
                    signal_to=None if end is None else self._points[end].on,
                    opposing_run=self._signal(row, self._points[row].opposing_rule)[1],
                    outside=outside,
                    rests_on=rests_on,
                    segment_from=began,
                    tested=last,
                    met=met[-1] - met[-1 - last],
                    tested_from=tested[-last] if last else None,
                    one_target=0 < last <= alike,
                )
            )
        return found

    def _is_outside(self, row: int) -> bool:
        point = self._points[row]
        if point.value is None or point.lower is None or point.upper is None:
            return False
        return not point.lower <= point.value <= point.upper

    def _signal(self, row: int, rule: str) -> tuple[int, int, int | None, int | None]:
        """The signal a rule gives: movement, length up to the row, first row and last row."""
        if rule in ("", NO_SIGNAL):
            return 0, 0, None, None
        sign = 1 if rule in _HIGH else -1
        if rule in _TWO_IN_THREE:
            return 0, self._close(row, rule, sign), row, row
        first = self._reach(row, -1, rule, sign)
        run = row - first + 1
        if rule in _OUTSIDE:
            return 0, run, first, row
        last = self._reach(row, 1, rule, sign)
        if last - first + 1 < SHORTEST_RUN:
            # Where one trend ends and the next row starts another, the rule names the jump between
            # them.
            return 0, 0, None, None
        moves = sign if run >= SHORTEST_RUN and self._moves(first, row, sign) else 0
        return moves, run, first, last

    def _reach(self, row: int, step: int, rule: str, sign: int) -> int:
        """The furthest row, backwards or forwards, to which a rule holds without a break."""
        while 0 <= row + step < len(self._points) and self._goes_on(row, row + step, rule, sign):
            row += step
        return row

    def _goes_on(self, row: int, other: int, rule: str, sign: int) -> bool:
        if rule in _TREND:
            was, now = (self._points[each].value for each in sorted((row, other)))
            return was is not None and now is not None and (now - was) * sign > 0
        if rule in _SHIFT:
            return self._is_past_mean(other, sign)
        return self._points[other].rule == rule

    def _is_past_mean(self, row: int, sign: int) -> bool:
        value, mean = self._points[row].value, self._points[row].mean
        return value is not None and mean is not None and (value - mean) * sign > 0

    def _close(self, row: int, rule: str, sign: int) -> int:
        """How many of the last three points are close to the limit.

        1 where this point is a signal only because of a later window.
        """
        last = range(row - 2, row + 1)
        if row < 2 or not all(self._is_past_mean(each, sign) for each in last):
            return 1
        return sum(rule in self._points[each].rules for each in last)

    def _moves(self, first: int, last: int, sign: int) -> bool:
        """Whether points move that way: both their least-squares slope, and last minus first.

        Tested on the values as stored and as shown: a movement too small to see in the table is not
        claimed.
        """
        values = [window.value for window in self._windows[first : last + 1] if window is not None]
        return all(
            _slope_sign(rounded) == sign and (rounded[-1] - rounded[0]) * sign > 0
            for rounded in (_rounded(values, STORED_PLACES), _rounded(values, self._decimals))
        )


def _rounded(values: Sequence[Decimal], places: int) -> list[Decimal]:
    with localcontext() as context:
        context.prec = 60
        unit = Decimal(1).scaleb(-places)
        return [value.quantize(unit, rounding=ROUND_HALF_UP) for value in values]


def _slope_sign(values: Sequence[Decimal]) -> int:
    """The sign of the least-squares slope over evenly spaced windows, calculated exactly."""
    middle = len(values) - 1
    # Values have at most 15 digits: 60 are enough to add them up without rounding.
    with localcontext() as context:
        context.prec = 60
        total = sum((2 * place - middle) * value for place, value in enumerate(values))
    return (total > 0) - (total < 0)
