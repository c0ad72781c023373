"""The XmR engine: centre line, process limits and the four rules, in exact agreement with the
NHS-R reference (NHSRplotthedots 0.2.2). No presentation policy: see kpis/spc/policy.py.

Every step and its order of floating-point operations is described in docs/spc.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, pairwise
from typing import Any

from kpis.spc.inputs import Moment, Rows, Settings, Value, read_rows, written
from kpis.spc.means import mean_of
from kpis.spc.words import (
    ASSURANCE_ICONS,
    COLLAPSED,
    COMMON_CAUSE,
    CONCERN,
    FIRM_POINTS,
    IMPROVEMENT,
    NO_LIMITS,
    NO_SIGNAL,
    NONE,
    OK,
    TRIAL,
    assurance_type_of,
    point_type_of,
    rule_labels,
    variation_icon_of,
)

WIDTH = 2.66
NEAR_WIDTH = 2 * (2.66 / 3)
SCREEN = 3.267


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Centre line and limits of a segment; None is undefined."""

    mean: float | None = None
    lpl: float | None = None
    upl: float | None = None
    nlpl: float | None = None
    nupl: float | None = None
    moving_range: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The rows between two recalculations of the limits, analysed as a series of their own."""

    rebase_group: int
    first_row: int
    n: int
    common_cause: int
    special_cause_improvement: int
    special_cause_concern: int
    variation_type: str
    assurance_type: str | None
    limits: Limits
    limits_status: str

    def as_dict(self) -> dict[str, Any]:
        left_out = ("first_row", "limits", "limits_status")
        return {name: value for name, value in asdict(self).items() if name not in left_out}


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """One series analysed. Tuples are in date order; None is missing or undefined.

    `rules` holds for each point every rule that applies; the first one names the point.
    """

    dates: tuple[Moment, ...] | None
    values: tuple[float | None, ...]
    settings: Settings
    rebase_group: tuple[int, ...]
    mean: tuple[float | None, ...]
    lpl: tuple[float | None, ...]
    upl: tuple[float | None, ...]
    nlpl: tuple[float | None, ...]
    nupl: tuple[float | None, ...]
    relative_to_mean: tuple[int | None, ...]
    outside_limits: tuple[bool | None, ...]
    close_to_limits: tuple[bool | None, ...]
    special_cause_type: tuple[str, ...]
    point_type: tuple[str, ...]
    short_group_warning: tuple[bool, ...]
    limits_status: tuple[str, ...]
    rules: tuple[tuple[str, ...], ...]
    groups: tuple[Segment, ...]
    variation_type: str | None
    variation_icon: str
    assurance_type: str | None
    assurance_icon: str
    warning: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, under the names the reference's worked examples use."""
        result: dict[str, Any] = {
            name: _plain(getattr(self, name))
            for name in self.__slots__
            if name not in ("dates", "settings", "groups")
        }
        result["dates"] = None if self.dates is None else [written(day) for day in self.dates]
        result["groups"] = [segment.as_dict() for segment in self.groups]
        return result | {"status": "ok", "source": "kpis.spc"}


def analyse(
    values: Iterable[Value],
    *,
    dates: Iterable[Moment | str] | None = None,
    improvement_direction: str = "increase",
    target: Value = None,
    rebase: Iterable[Moment | str] | Moment | str | None = (),
    fix_after_n_points: int | None = None,
    screen_outliers: bool = True,
    trend_length: int = 7,
    shift_length: int = 7,
    two_sigma_counts_outside: bool = False,
) -> Analysis:
    """Analyse one series.

    `dates` sort the points; without them the order given counts. `rebase` lists the dates on
    which a new segment starts. `fix_after_n_points` takes the limits of each segment from its
    first rows only. Raises ValueError on input that cannot be a series.
    """
    settings = Settings.read(
        improvement_direction=improvement_direction,
        target=target,
        fix_after_n_points=fix_after_n_points,
        screen_outliers=screen_outliers,
        trend_length=trend_length,
        shift_length=shift_length,
        two_sigma_counts_outside=two_sigma_counts_outside,
    )
    return analyse_rows(read_rows(values, dates, rebase), settings)


def analyse_rows(rows: Rows, settings: Settings) -> Analysis:
    """Analyse each segment separately, then join the columns."""
    bounds = sorted({0, *rows.starts, len(rows.values)})
    offset = 1 if 0 in rows.starts else 0
    found = [
        _Work(rows.values[first:end], settings, number + offset, first)
        for number, (first, end) in enumerate(pairwise(bounds))
    ]
    groups = tuple(work.segment(is_last=work is found[-1]) for work in found)
    last = groups[-1] if groups else None
    variation = last.variation_type if last else None
    assurance = last.assurance_type if last else None
    return Analysis(
        dates=rows.dates,
        values=rows.values,
        settings=settings,
        rebase_group=_spread(groups, "rebase_group"),
        **{
            name: tuple(
                getattr(segment.limits, name) for segment in groups for _ in range(segment.n)
            )
            for name in ("mean", "lpl", "upl", "nlpl", "nupl")
        },
        relative_to_mean=tuple(side for work in found for side in work.sides),
        outside_limits=tuple(flag for work in found for flag in work.outside),
        close_to_limits=tuple(flag for work in found for flag in work.close),
        special_cause_type=tuple(
            names[0] if names else NO_SIGNAL for work in found for names in work.rules
        ),
        point_type=tuple(kind for work in found for kind in work.point_types),
        short_group_warning=tuple(
            segment.n < FIRM_POINTS for segment in groups for _ in range(segment.n)
        ),
        limits_status=_spread(groups, "limits_status"),
        rules=tuple(names for work in found for names in work.rules),
        groups=groups,
        variation_type=variation,
        variation_icon=variation_icon_of(variation, settings.sign) if variation else NONE,
        assurance_type=assurance,
        assurance_icon=ASSURANCE_ICONS[assurance],
        warning=any(segment.n < FIRM_POINTS for segment in groups),
    )


class _Work:
    """One segment being calculated."""

    def __init__(
        self, values: Sequence[float | None], settings: Settings, number: int, first_row: int
    ) -> None:
        self.values, self.settings = values, settings
        self.number, self.first_row = number, first_row
        self.limits = limits_of(values[: settings.fix_after_n_points], settings.screen_outliers)
        self.sides = [side_of(value, self.limits.mean) for value in values]
        self.outside = [is_beyond(value, self.limits.lpl, self.limits.upl) for value in values]
        near = self.limits.nlpl, self.limits.nupl
        self.close = [
            None if is_out is None else not is_out and is_beyond(value, *near)
            for value, is_out in zip(values, self.outside, strict=True)
        ]
        signals = self._signals()
        labels = rule_labels(settings.trend_length, settings.shift_length)
        self.rules = [
            tuple(high if signal > 0 else low for signal, (high, low) in pairs if signal)
            for pairs in (list(zip(held, labels, strict=True)) for held in signals)
        ]
        self.point_types = [
            point_type_of(next(filter(None, held), 0), settings.sign) for held in signals
        ]

    def _signals(self) -> list[tuple[int, int, int, int]]:
        """For each point +1 (high), −1 (low) or 0 for each rule, in order of precedence."""
        sides, settings = [side or 0 for side in self.sides], self.settings
        near = [
            bool(is_close or (is_out and settings.two_sigma_counts_outside))
            for is_close, is_out in zip(self.close, self.outside, strict=True)
        ]
        outside = [side if is_out else 0 for side, is_out in zip(sides, self.outside, strict=True)]
        trends = trends_of(self.values, settings.trend_length)
        two_in_three = two_in_three_of(sides, near)
        shifts = shifts_of(sides, settings.shift_length)
        return list(zip(outside, trends, two_in_three, shifts, strict=True))

    def segment(self, *, is_last: bool) -> Segment:
        kinds, limits, n = self.point_types, self.limits, len(self.values)
        settings = self.settings
        assurance = assurance_type_of(settings.target, limits.lpl, limits.upl, settings.sign)
        return Segment(
            rebase_group=self.number,
            first_row=self.first_row,
            n=n,
            common_cause=kinds.count(COMMON_CAUSE),
            special_cause_improvement=kinds.count(IMPROVEMENT),
            special_cause_concern=kinds.count(CONCERN),
            variation_type=kinds[-1],
            assurance_type=assurance if is_last else None,
            limits=limits,
            limits_status=limits_status_of(limits.moving_range, n),
        )


def limits_of(baseline: Sequence[float | None], screen_outliers: bool) -> Limits:
    """Mean ± 2.66 × the mean moving range of neighbours that are both present.

    Screening drops once every range of 3.267 times the mean range or more; the mean line
    keeps every point. When no range is left there are no limits.
    """
    mean = mean_of([value for value in baseline if value is not None])
    ranges = [
        abs(later - earlier)
        for earlier, later in pairwise(baseline)
        if earlier is not None and later is not None
    ]
    average = mean_of(ranges)
    if screen_outliers and average is not None:
        average = mean_of([size for size in ranges if size < SCREEN * average])
    if mean is None or average is None:
        return Limits(mean=mean)
    return Limits(
        mean=mean,
        lpl=mean - WIDTH * average,
        upl=mean + WIDTH * average,
        nlpl=mean - NEAR_WIDTH * average,
        nupl=mean + NEAR_WIDTH * average,
        moving_range=average,
    )


def limits_status_of(moving_range: float | None, rows: int) -> str:
    """How far limits can be trusted: none, collapsed, trial below 13 rows, else firm."""
    if moving_range is None:
        return NO_LIMITS
    if moving_range == 0:
        return COLLAPSED
    return TRIAL if rows < FIRM_POINTS else OK


def side_of(value: float | None, mean: float | None) -> int | None:
    """+1 above the mean, −1 below, 0 on it."""
    if value is None or mean is None:
        return None
    return (value > mean) - (value < mean)


def is_beyond(value: float | None, lower: float | None, upper: float | None) -> bool | None:
    """Whether it is strictly outside: a point on a limit is inside."""
    if value is None or lower is None or upper is None:
        return None
    return value > upper or value < lower


def trends_of(values: Sequence[float | None], length: int) -> list[int]:
    """Every point of a strictly monotone stretch of at least `length` present points.

    A marked point takes the sign of the step to the next row when that is marked too, else of the
    step from the previous row; a sign of 0 reads as falling. So a peak shared by two trends belongs
    to the later one.
    """
    steps = [0, *(_step(earlier, later) for earlier, later in pairwise(values)), 0]
    is_marked = [False] * (len(values) + 1)
    for first, end, step in _runs(steps):
        if step and end - first >= length - 1:
            is_marked[first - 1 : end] = [True] * (end - first + 1)
    signs = (steps[row + 1] if is_marked[row + 1] else steps[row] for row in range(len(values)))
    return [
        (1 if sign == 1 else -1) if marked else 0
        for marked, sign in zip(is_marked, signs, strict=False)
    ]


def _step(earlier: float | None, later: float | None) -> int:
    if earlier is None or later is None:
        return 0
    return (later > earlier) - (later < earlier)


def shifts_of(sides: Sequence[int], length: int) -> list[int]:
    """Every point of a stretch of at least `length` rows strictly on one side of the mean."""
    marked = [0] * len(sides)
    for first, end, side in _runs(sides):
        if side and end - first >= length:
            marked[first:end] = [side] * (end - first)
    return marked


def two_in_three_of(sides: Sequence[int], near: Sequence[bool]) -> list[int]:
    """The near points of three neighbours all on one side, at least two of them near."""
    marked = [0] * len(sides)
    for first in range(len(sides) - 2):
        window = range(first, first + 3)
        is_one_sided = sides[first] != 0 and len({sides[row] for row in window}) == 1
        if is_one_sided and sum(near[row] for row in window) >= 2:
            for row in window:
                marked[row] = sides[row] if near[row] else marked[row]
    return marked


def _runs(keys: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(first, end, key) of each run of equal neighbours."""
    first = 0
    for key, run in groupby(keys):
        end = first + sum(1 for _ in run)
        yield first, end, key
        first = end


def _spread(groups: Sequence[Segment], name: str) -> tuple[Any, ...]:
    return tuple(getattr(segment, name) for segment in groups for _ in range(segment.n))


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
