"""What users see of an analysis: the presentation rules on top of the engine.

Limits without width are not shown. Fewer than 13 values give trial limits and no icons. A gap never
turns the icon grey. Absent months are gaps. Targets are dated steps. A neutral measure has no
assurance. A recalculation of limits begins with the first month on or after its date. Nothing is
clipped at 0 or 100: that is only for drawing. See docs/spc.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from kpis.spc.engine import analyse
from kpis.spc.inputs import Settings
from kpis.spc.timeline import (
    AppliedRebase,
    Number,
    Target,
    Trajectory,
    fill_months,
    in_force,
    planned_on,
    snap,
    steps_of,
)
from kpis.spc.words import (
    ASSURANCE_ICONS,
    COLLAPSED,
    COMMON_CAUSE,
    FIRM_POINTS,
    NO_LIMITS,
    NO_SIGNAL,
    NONE,
    OK,
    TRIAL,
    assurance_type_of,
    improvement_direction_of,
    rule_labels,
    variation_icon_of,
)
from strategy.periods import Frequency

_UNITS = {
    Frequency.MONTHLY: "months",
    Frequency.QUARTERLY: "quarters",
    Frequency.HALF_YEARLY: "half-years",
    Frequency.ANNUAL: "years",
    Frequency.ONE_OFF: "figures",
}
_TOO_LITTLE = (
    "Too little variation for limits. A chart of the time or the cases between events shows more."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPoint:
    """One row of the chart. A gap has no value; limits are None where none are shown.

    The icons compare the row with the limits of its own segment and the target in force on its
    date. A gap, or a segment without firm limits, has none. `planned` is the trajectory's value for
    the row; no icon uses it.
    """

    on: date
    value: float | None
    mean: float | None
    lower: float | None
    upper: float | None
    segment: int
    limits_status: str
    points_in_segment: int
    point_type: str = COMMON_CAUSE
    rule: str = NO_SIGNAL
    rules: tuple[str, ...] = ()
    target: float | None = None
    planned: float | None = None
    is_on_plan: bool | None = None
    variation: str = NONE
    assurance: str = NONE

    @property
    def signal(self) -> int:
        """+1 high, −1 low, 0 no signal."""
        return _side(self.rule)

    @property
    def opposing_rule(self) -> str:
        """The first rule that also applies and points the other way: the signals are mixed."""
        return next((rule for rule in self.rules if _side(rule) != self.signal), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A series as a reader should see it. Icons and counts are those of `as_of`.

    `as_of` is the latest row that has a value. `since` is the row with which the signal at `as_of`
    began, `run` how long its rule has applied: steps of a trend, rows of a shift.
    """

    points: tuple[ReadingPoint, ...] = ()
    as_of: date | None = None
    limits_status: str = NO_LIMITS
    points_in_segment: int = 0
    variation: str = NONE
    assurance: str = NONE
    target: float | None = None
    note: str = ""
    since: date | None = None
    run: int = 0
    rebases: tuple[AppliedRebase, ...] = ()

    @property
    def latest(self) -> ReadingPoint | None:
        """The row the icons are about."""
        return next((point for point in self.points if point.on == self.as_of), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charted:
    """One series as `present` takes it."""

    points: Sequence[tuple[date, Number | None]]
    direction: str
    target: Target = None
    rebases: tuple[date, ...] = ()
    trajectory: Trajectory = ()
    frequency: Frequency = Frequency.MONTHLY
    fix_after_n_points: int | None = None


def present(
    points: Iterable[tuple[date, Number | None]],
    *,
    direction: str,
    target: Target = None,
    rebases: Iterable[date] = (),
    trajectory: Trajectory = (),
    frequency: Frequency = Frequency.MONTHLY,
    fix_after_n_points: int | None = None,
    screen_outliers: bool = True,
    two_sigma_counts_outside: bool = False,
) -> Reading:
    """Analyse a series of dated values and decide what is shown of it."""
    wanted = Charted(
        points=fill_months(points, frequency=Frequency(frequency)),
        direction=direction,
        target=target,
        rebases=tuple(rebases),
        trajectory=trajectory,
        frequency=Frequency(frequency),
    )
    days = [day for day, _ in wanted.points]
    applied = snap(days, wanted.rebases)
    analysis = analyse(
        [value for _, value in wanted.points],
        dates=days,
        improvement_direction=improvement_direction_of(direction),
        rebase=[rebase.applied_on for rebase in applied if rebase.applied_on],
        fix_after_n_points=fix_after_n_points,
        screen_outliers=screen_outliers,
        two_sigma_counts_outside=two_sigma_counts_outside,
    )
    return read(analysis, days, wanted, applied)


class Analysed(Protocol):
    """What a reading needs of an analysis: its segments, and columns with an entry a row."""

    @property
    def settings(self) -> Settings: ...
    @property
    def values(self) -> Sequence[float | None]: ...
    @property
    def mean(self) -> Sequence[float | None]: ...
    @property
    def lpl(self) -> Sequence[float | None]: ...
    @property
    def upl(self) -> Sequence[float | None]: ...
    @property
    def rebase_group(self) -> Sequence[int]: ...
    @property
    def point_type(self) -> Sequence[str]: ...
    @property
    def special_cause_type(self) -> Sequence[str]: ...
    @property
    def rules(self) -> Sequence[tuple[str, ...]]: ...
    @property
    def groups(self) -> Sequence[Stretch]: ...


class Stretch(Protocol):
    """A segment: where it begins, how long it is, how firm its limits are."""

    @property
    def first_row(self) -> int: ...
    @property
    def n(self) -> int: ...
    @property
    def limits_status(self) -> str: ...


def read(
    analysis: Analysed,
    days: Sequence[date],
    wanted: Charted,
    applied: tuple[AppliedRebase, ...],
) -> Reading:
    """What is shown of an analysis whose rows have these dates."""
    shown = _points(analysis, days, wanted)
    latest = next(
        (row for row in reversed(range(len(shown))) if shown[row].value is not None), None
    )
    if latest is None:
        return Reading(points=shown, rebases=applied, note="No values yet." if shown else "")
    point = shown[latest]
    began = _first_of_signal(shown, latest)
    return Reading(
        points=shown,
        as_of=point.on,
        limits_status=point.limits_status,
        points_in_segment=point.points_in_segment,
        variation=point.variation,
        assurance=point.assurance,
        target=point.target,
        note=why_no_icons(point.limits_status, point.points_in_segment, wanted.frequency),
        since=None if began is None else shown[began].on,
        run=_run(shown, latest),
        rebases=applied,
    )


def _points(analysis: Analysed, days: Sequence[date], wanted: Charted) -> tuple[ReadingPoint, ...]:
    shown = []
    targets = in_force(steps_of(wanted.target), days)
    plans = planned_on(wanted.trajectory, days, wanted.frequency)
    for segment in analysis.groups:
        rows = range(segment.first_row, segment.first_row + segment.n)
        count = sum(analysis.values[row] is not None for row in rows)
        status = _status(analysis, segment, count)
        shown += [
            _point(analysis, row, days[row], status, count, targets[row], plans[row])
            for row in rows
        ]
    return tuple(shown)


def _status(analysis: Analysed, segment: Stretch, count: int) -> str:
    """The status of the limits. Gaps do not count towards firm limits; limits too close together to
    be distinguished have collapsed.
    """
    first, status = segment.first_row, segment.limits_status
    if status in (TRIAL, OK) and analysis.lpl[first] == analysis.upl[first]:
        return COLLAPSED
    return TRIAL if status == OK and count < FIRM_POINTS else status


def _point(
    analysis: Analysed,
    row: int,
    on: date,
    status: str,
    count: int,
    target: float | None,
    planned: float | None,
) -> ReadingPoint:
    value, sign = analysis.values[row], analysis.settings.sign
    has_limits = status in (TRIAL, OK)
    lower, upper = analysis.lpl[row], analysis.upl[row]
    point_type = analysis.point_type[row] if has_limits else COMMON_CAUSE
    variation = assurance = NONE
    if status == OK and value is not None:
        variation = variation_icon_of(point_type, sign)
        assurance = ASSURANCE_ICONS[assurance_type_of(target, lower, upper, sign)]
    return ReadingPoint(
        on=on,
        value=value,
        mean=analysis.mean[row],
        lower=lower if has_limits else None,
        upper=upper if has_limits else None,
        segment=analysis.rebase_group[row],
        limits_status=status,
        points_in_segment=count,
        point_type=point_type,
        rule=analysis.special_cause_type[row] if has_limits else NO_SIGNAL,
        rules=analysis.rules[row] if has_limits else (),
        target=target,
        planned=planned,
        is_on_plan=_is_on_plan(value, planned, sign),
        variation=variation,
        assurance=assurance,
    )


def _is_on_plan(value: float | None, planned: float | None, sign: int) -> bool | None:
    """On or ahead of the plan; None for a measure without a better side."""
    if value is None or planned is None or sign == 0:
        return None
    return value >= planned if sign > 0 else value <= planned


def why_no_icons(limits_status: str, points_in_segment: int, frequency: Frequency) -> str:
    """Why a row has no icons, for a reader; empty when its limits are firm."""
    counted = f"{points_in_segment} of {FIRM_POINTS} {_UNITS[frequency]}"
    if limits_status == TRIAL:
        return f"Trial limits: {counted}."
    if limits_status == COLLAPSED:
        return _TOO_LITTLE
    if limits_status == NO_LIMITS:
        is_short = points_in_segment < FIRM_POINTS
        return f"Not yet assessed: {counted}." if is_short else _TOO_LITTLE
    return ""


def _first_of_signal(points: Sequence[ReadingPoint], latest: int) -> int | None:
    """The first of the unbroken rows that signal the same way as the latest."""
    signal, segment = points[latest].signal, points[latest].segment
    if signal == 0:
        return None
    first = latest
    while first > 0 and points[first - 1].signal == signal and points[first - 1].segment == segment:
        first -= 1
    return first


def _run(points: Sequence[ReadingPoint], latest: int) -> int:
    """How long the rule that names the latest row has applied, counted back within its segment."""
    point = points[latest]
    if point.rule == NO_SIGNAL:
        return 0
    _, trend, two_in_three, shift = rule_labels()
    if point.rule in two_in_three:
        return 2
    first = latest
    while first > 0 and _continues(points[first - 1], points[first], point, trend, shift):
        first -= 1
    return latest - first if point.rule in trend else latest - first + 1


def _continues(
    earlier: ReadingPoint,
    later: ReadingPoint,
    latest: ReadingPoint,
    trend: tuple[str, str],
    shift: tuple[str, str],
) -> bool:
    if earlier.segment != latest.segment or earlier.value is None or later.value is None:
        return False
    side = latest.signal
    if latest.rule in trend:
        return (later.value - earlier.value) * side > 0
    if latest.rule in shift:
        return latest.mean is not None and (earlier.value - latest.mean) * side > 0
    return earlier.rule == latest.rule


def _side(rule: str) -> int:
    """Which way a rule points, from its label."""
    if "Above" in rule or "Increasing" in rule:
        return 1
    return -1 if "Below" in rule or "Decreasing" in rule else 0
