"""What a series may be expected to do next, where its figures allow anything to be said. Pure.

* **Stable**: at least 13 figures since the limits were last recalculated, at most 1 in 20 of them
  outside the limits, and no signal at the latest. Such a process stays within its limits, and meets
  the target as often as it has met it.
* **Trend**: the latest figure is the end of seven or more rising, or falling, figures. The trend is
  continued by Theil–Sen lines, each with an 80% interval, through its own figures and through the
  last twelve; the interval given holds both. Where the two lines disagree the interval is wide.
* **None**: for everything else no claim is made, and the reason is given.

The rules are those of docs/rules.md (“Outlook”), which also has the results of the back-test.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from statistics import fmean, median

from kpis.spc.engine import Analysis, analyse
from kpis.spc.inputs import Moment, Value, number
from kpis.spc.words import FIRM_POINTS, improvement_direction_of, rule_labels, sign_of

# In a stable process at most one figure in this many is outside its limits.
ONE_IN = 20
# How often a target was met is counted over at most this many figures.
LAST = 24
# A trend is continued from its own figures and from this many.
FITTED = 12
# Half of an 80% interval, in standard deviations, and the mean moving range in the same unit.
EIGHTY_PERCENT = 1.2816
RANGE_OF_TWO = 1.128
# Nothing is said further ahead than ten years, however far away the date asked for.
FURTHEST_MONTHS = 120

_TREND = frozenset(rule_labels()[1])


class Kind(StrEnum):
    """What is claimed of the next figures."""

    STABLE = "stable"
    TREND = "trend"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The figure expected of a window to come: the likely one, and the range it should be in."""

    on: date
    likely: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The outlook of a series. `expected` holds a row for each window to come, up to `until`.

    Stable: `met` of the last `tested` figures met the target. Trend: the target is reached at the
    `earliest`, `likely` and `latest` day, None where that is not before `until`; all None where the
    target is met already. `is_away`: the trend leads away from the target. `why`: for none, the
    reason.
    """

    kind: Kind
    why: str = ""
    expected: tuple[Expected, ...] = ()
    met: int = 0
    tested: int = 0
    is_met: bool = False
    is_away: bool = False
    earliest: date | None = None
    likely: date | None = None
    latest: date | None = None

    @property
    def lower(self) -> float | None:
        """The lower end of the range at the last day asked for; for a stable process at any day."""
        return self.expected[-1].lower if self.expected else None

    @property
    def upper(self) -> float | None:
        return self.expected[-1].upper if self.expected else None

    @property
    def share(self) -> float | None:
        """The share of figures that would meet the target; None without one, or with a trend."""
        return self.met / self.tested if self.tested else None


def outlook(
    values: Iterable[Value],
    *,
    dates: Iterable[Moment],
    target: Value = None,
    direction: str = "higher_is_better",
    until: date,
    is_strict: bool = False,
    rebase: Iterable[Moment] = (),
    fix_after_n_points: int | None = None,
) -> Outlook:
    """The outlook of a series from its figures up to now, until a day such as a plan's due date.

    `dates` are the last days of the windows, evenly spaced; a missing window has the value None.
    `direction` is a measure's direction, or an improvement direction of the control chart; without
    a better side (neutral, band) nothing is said about the target. `is_strict`: a figure equal to
    the target does not meet it. Raises ValueError on input that cannot be a series.
    """
    improvement = improvement_direction_of(direction)
    chart = analyse(
        values,
        dates=dates,
        improvement_direction=improvement,
        rebase=tuple(rebase),
        fix_after_n_points=fix_after_n_points,
    )
    sign, wanted = sign_of(improvement), number(target, "target")
    if why := _why_none(chart):
        return Outlook(kind=Kind.NONE, why=why)
    first, dated = chart.groups[-1].first_row, [_day(on) for on in chart.dates or ()]
    # By the place of their window: a missing one leaves a gap.
    held = [(at, value) for at, value in enumerate(chart.values[first:]) if value is not None]
    ahead = _windows_ahead(dated, until)
    if _TREND.intersection(chart.rules[-1]):
        return _trend(held, ahead, wanted, sign, is_strict=is_strict)
    mean, lower, upper = chart.mean[-1], chart.lpl[-1], chart.upl[-1]
    if mean is None or lower is None or upper is None or lower == upper:
        return Outlook(kind=Kind.NONE, why="the figures do not vary enough for limits")
    last = [value for _, value in held][-LAST:] if wanted is not None and sign else []
    return Outlook(
        kind=Kind.STABLE,
        expected=tuple(Expected(on=on, likely=mean, lower=lower, upper=upper) for on in ahead),
        met=sum(_meets(value, wanted, sign, is_strict=is_strict) for value in last),
        tested=len(last),
    )


def _meets(value: float, target: float | None, sign: int, *, is_strict: bool) -> bool:
    if target is None:
        return False
    return (value - target) * sign > 0 or (value == target and not is_strict)


def _why_none(chart: Analysis) -> str:
    """Why nothing may be said; empty where something may."""
    if not chart.groups or chart.values[-1] is None:
        return "the latest figure is missing"
    segment = chart.groups[-1]
    rows = range(segment.first_row, segment.first_row + segment.n)
    held = [row for row in rows if chart.values[row] is not None]
    if len(held) < FIRM_POINTS:
        counted = "is 1 figure" if len(held) == 1 else f"are {len(held)} figures"
        return f"there {counted}, and {FIRM_POINTS} are needed"
    if _TREND.intersection(chart.rules[-1]):
        return ""
    outside = sum(chart.outside_limits[row] is True for row in held)
    if outside * ONE_IN > len(held):
        return f"{outside} of {len(held)} figures are outside the limits: the process is not stable"
    if chart.rules[-1]:
        return "the latest figure is a signal: the process may have changed"
    return ""


@dataclass(frozen=True, slots=True)
class _Line:
    """A Theil–Sen line: the median slope, with the 80% interval of the slope about its middle."""

    slope: float
    steepest: float
    flattest: float
    at_middle: float
    middle: float

    @classmethod
    def through(cls, points: Sequence[tuple[int, float]]) -> _Line:
        slopes = sorted(
            (later[1] - earlier[1]) / (later[0] - earlier[0])
            for place, earlier in enumerate(points)
            for later in points[place + 1 :]
        )
        count, pairs = len(points), len(slopes)
        # Sen's interval: the deviation of Kendall's statistic under no trend.
        deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
        off = (pairs - EIGHTY_PERCENT * deviation) / 2
        place = max(0, math.floor(off))
        slope, middle = median(slopes), median(at for at, _ in points)
        crossing = median(value - slope * at for at, value in points)
        return cls(slope, slopes[-1 - place], slopes[place], slope * middle + crossing, middle)

    def at(self, window: int, noise: float) -> tuple[float, float, float]:
        """The likely value, and the interval of slope and noise together, at a window."""
        away = window - self.middle
        likely = self.at_middle + self.slope * away
        ends = (self.at_middle + self.flattest * away, self.at_middle + self.steepest * away)
        return (
            likely,
            likely - math.hypot(likely - min(ends), noise),
            likely + math.hypot(max(ends) - likely, noise),
        )


def _trend(
    held: Sequence[tuple[int, float]],
    ahead: Sequence[date],
    target: float | None,
    sign: int,
    *,
    is_strict: bool,
) -> Outlook:
    steps = [(later[0] - earlier[0], later[1] - earlier[1]) for earlier, later in pairwise(held)]
    rises, run = steps[-1][1] > 0, 1
    for windows, change in reversed(steps):
        if windows != 1 or not change or (change > 0) != rises:
            break
        run += 1
    # As on the chart, no moving range is taken across a gap.
    noise = EIGHTY_PERCENT * fmean(abs(change) for windows, change in steps if windows == 1)
    noise /= RANGE_OF_TWO
    lines = [_Line.through(held[-count:]) for count in (run, max(run, FITTED))]
    expected = []
    for window, on in enumerate(ahead, start=held[-1][0] + 1):
        ends = [line.at(window, noise) for line in lines]
        expected.append(
            Expected(
                on=on,
                likely=fmean(likely for likely, _, _ in ends),
                lower=min(low for _, low, _ in ends),
                upper=max(high for _, _, high in ends),
            )
        )
    if target is None or not sign:
        return Outlook(kind=Kind.TREND, expected=tuple(expected))
    is_away = rises != (sign > 0)
    if _meets(held[-1][1], target, sign, is_strict=is_strict):
        return Outlook(kind=Kind.TREND, expected=tuple(expected), is_met=True, is_away=is_away)
    best, worst = ("upper", "lower") if sign > 0 else ("lower", "upper")

    def reached(bound: str) -> date | None:
        for row in expected:
            if _meets(getattr(row, bound), target, sign, is_strict=is_strict):
                return row.on
        return None

    return Outlook(
        kind=Kind.TREND,
        expected=tuple(expected),
        is_away=is_away,
        earliest=reached(best),
        likely=reached("likely"),
        latest=reached(worst),
    )


def _windows_ahead(dates: Sequence[date], until: date) -> list[date]:
    """The last days of the windows after the latest one, at the usual distance, up to a day."""
    months = [day.year * 12 + day.month - 1 for day in dates]
    steps = sorted(later - earlier for earlier, later in pairwise(months))
    step = max(1, steps[len(steps) // 2])
    found: list[date] = []
    for month in range(months[-1] + step, months[-1] + FURTHEST_MONTHS + 1, step):
        year, place = divmod(month, 12)
        on = date(year, place + 1, monthrange(year, place + 1)[1])
        if on > until:
            break
        found.append(on)
    return found


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
