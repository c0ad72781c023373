"""Assess one series: observations in, judged windows out. Pure.

Stored assessments, pages as known at a past moment, and drafts judged while they are typed all call
`assess`. Values are judged unrounded; a ratio is calculated from its parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from kpis.judging.boundaries import fresh_starts
from kpis.judging.in_force import InForce, applies_to, in_force
from kpis.judging.process import Process, Rated, processes
from kpis.judging.spans import (
    MONTH,
    MONTHS_OF_A_YEAR,
    Span,
    is_inside,
    share_of_year,
    span_of,
    windows_expected,
)
from kpis.judging.verdict import Verdict
from kpis.rag import Direction, MilestoneStatus, Rag, judge, judge_milestone
from kpis.rollup import Combined, Origin, OverTime, Part, RollUp, combine, over_time, ratio
from kpis.spc import Charted, Reading, present
from kpis.targets import (
    Absence,
    Profile,
    TargetTerms,
    TargetValue,
    floor_at,
    shared_out,
    value_at,
)
from strategy.periods import Frequency, Period

PERCENT = "percent"
NOT_APPLICABLE, SUPPRESSED = "not_applicable", "suppressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureTerms:
    """What the calculation needs to know of a measure."""

    code: str
    direction: Direction
    frequency: Frequency
    unit: str = ""
    decimals: int = 0
    roll_up: RollUp = RollUp.NONE
    over_time: OverTime = OverTime.LAST
    judged_on: str = MONTH
    is_ratio: bool = False
    is_milestone: bool = False
    year_end_month: int = 3

    @property
    def scale(self) -> Decimal:
        return Decimal(100) if self.unit == PERCENT else Decimal(1)

    @property
    def adds_up_a_span(self) -> bool:
        """Whether the measure is rated on a sum of windows.

        Its targets are then amounts for a year, while its chart is of single windows.
        """
        is_sum = self.over_time is OverTime.SUM
        return self.judged_on != MONTH and is_sum and not self.is_milestone


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One current value of a series, or the total of several care groups' values."""

    period: Period
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    status: str = "final"
    origin: Origin = Origin.ENTERED
    milestone_status: str = ""
    forecast_on: date | None = None
    completed_on: date | None = None
    actual_id: int | None = None
    known_from: datetime | None = None
    groups_reported: int = 1
    groups_expected: int = 1
    # the care groups that should report it, where it is a total
    groups: frozenset[str] | None = None
    state: Rag | None = None

    def unrounded(self, scale: Decimal) -> Decimal | None:
        if self.numerator is not None and self.denominator:
            return ratio(self.numerator, self.denominator, scale=scale)
        return self.value

    @property
    def reason_for_no_colour(self) -> Rag | None:
        if self.status == NOT_APPLICABLE or (self.numerator == 0 and self.denominator == 0):
            return Rag.NOT_APPLICABLE
        if self.status == SUPPRESSED:
            return Rag.SUPPRESSED
        return self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged(Verdict):
    """A verdict, with the terms of the target that it is about."""

    target: TargetTerms

    @property
    def due_on(self) -> date | None:
        """The day the target falls due."""
        return self.target.due


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """One window of a series: its value, what it was judged on, and its point in the chart.

    `span` counts the windows that the judged value covers, where there is more than one; `state` is
    the reason why that value has no colour.
    """

    observation: Observation
    value: Decimal | None
    judged_value: Decimal | None
    state: Rag | None
    span: Span | None = None
    judgements: tuple[Judged, ...] = ()
    reading: Reading | None = None
    point: int | None = None
    process: Process | None = None

    @property
    def primary(self) -> Judged | None:
        return next((judged for judged in self.judgements if judged.is_primary), None)

    @property
    def is_point(self) -> bool:
        """Whether its own value is complete. A longer span that is rated may still lack windows."""
        return self.value is not None and self.observation.reason_for_no_colour is None

    @property
    def rag(self) -> Rag:
        """The window's one colour, or the first reason for having none."""
        if self.state is not None:
            return self.state
        return self.primary.rag if self.primary else Rag.NO_TARGET


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesInputs:
    """All inputs of an assessment of one series.

    `begins_on`: the first day on which it should be reported, where that is known. `reorganised`:
    the days on which the care group took over another, or part of it moved to another.
    """

    measure: MeasureTerms
    care_group: str
    observations: tuple[Observation, ...] = ()
    targets: tuple[TargetTerms, ...] = ()
    rebases: tuple[date, ...] = ()
    fix_after_n_points: int | None = None
    parts: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    expected: Mapping[Period, tuple[str, ...]] = field(default_factory=dict)
    begins_on: date | None = None
    reorganised: tuple[date, ...] = ()


def assess(inputs: SeriesInputs) -> list[Assessed]:
    """Every window of a series, judged against the targets in force in it, oldest first."""
    assessed = judged_windows(inputs)
    charted = _charted(inputs, assessed)
    if charted is None:
        return assessed
    reading = present(
        charted.points,
        direction=charted.direction,
        target=charted.target,
        rebases=charted.rebases,
        frequency=charted.frequency,
        fix_after_n_points=charted.fix_after_n_points,
    )
    return _with_reading(inputs, assessed, reading)


def assess_many(inputs: Mapping[int, SeriesInputs]) -> dict[int, list[Assessed]]:
    """As `assess`, for many series, with their charts calculated at once. The answers are the same.

    Raises ValueError if one series cannot be assessed; `assess` on each of them finds which.
    """
    # Imported here, because a single series needs no numpy or pandas.
    from kpis.spc.bulk import present_many

    assessed = {key: judged_windows(item) for key, item in inputs.items()}
    charted = {key: _charted(inputs[key], items) for key, items in assessed.items()}
    wanted = {key: chart for key, chart in charted.items() if chart is not None}
    readings = present_many(list(wanted.values()))
    for key, reading in zip(wanted, readings, strict=True):
        assessed[key] = _with_reading(inputs[key], assessed[key], reading)
    return assessed


def judged_windows(inputs: SeriesInputs) -> list[Assessed]:
    """Every window judged, without its place in the chart."""
    measure = inputs.measure
    observations = sorted(merged(inputs), key=lambda seen: (seen.period.end, seen.period.start))
    targets = [
        target
        for target in inputs.targets
        if applies_to(target, inputs.care_group, unit_is_ratio=measure.is_ratio)
    ]
    standing = [in_force(targets, seen.period) for seen in observations]
    return [
        _assess_one(inputs, observations, seen, held)
        for seen, held in zip(observations, standing, strict=True)
    ]


def merged(inputs: SeriesInputs) -> list[Observation]:
    """The series' own observations, and roll-ups for windows where it has none.

    A series that holds a published value takes no illustrative parts.
    """
    own = {seen.period: seen for seen in inputs.observations}
    if inputs.measure.roll_up is RollUp.NONE or not inputs.parts:
        return list(own.values())
    is_published = any(seen.origin is Origin.PUBLISHED for seen in own.values())
    found = dict(own)
    by_window: dict[Period, dict[str, Observation]] = {}
    for group, observations in inputs.parts.items():
        for seen in observations:
            if not (is_published and seen.origin is Origin.ILLUSTRATIVE):
                by_window.setdefault(seen.period, {})[group] = seen
    for window in by_window.keys() - own.keys():
        rolled = _roll_up(inputs, window, by_window[window])
        if rolled is not None:
            found[window] = rolled
    return list(found.values())


def _roll_up(
    inputs: SeriesInputs, window: Period, reported: Mapping[str, Observation]
) -> Observation | None:
    expected = inputs.expected.get(window, tuple(inputs.parts))
    seen = {group: reported[group] for group in expected if group in reported}
    if not seen:
        return None
    combined = combine(
        [_part(group, observation) for group, observation in seen.items()],
        rule=inputs.measure.roll_up,
        expected=len(expected),
        scale=inputs.measure.scale,
    )
    return _rolled_up(window, combined, list(seen.values()), frozenset(expected))


def _part(code: str, seen: Observation) -> Part:
    return Part(
        code=code,
        numerator=seen.numerator,
        denominator=seen.denominator,
        value=seen.value,
        period_end=seen.period.end,
        origin=seen.origin,
        is_not_applicable=seen.reason_for_no_colour is Rag.NOT_APPLICABLE,
        is_suppressed=seen.reason_for_no_colour is Rag.SUPPRESSED,
        is_incomplete=seen.reason_for_no_colour is Rag.INCOMPLETE,
    )


def _rolled_up(
    window: Period, combined: Combined, parts: list[Observation], groups: frozenset[str]
) -> Observation:
    provisional = any(part.status == "provisional" for part in parts)
    origins = [part.origin for part in parts]
    known = [part.known_from for part in parts if part.known_from is not None]
    return Observation(
        period=window,
        value=combined.value,
        numerator=combined.numerator,
        denominator=combined.denominator,
        status="provisional" if provisional else "final",
        origin=Origin.ILLUSTRATIVE if combined.is_illustrative else max(origins, key=_ORIGIN_RANK),
        known_from=max(known, default=None),
        groups_reported=combined.reported,
        groups_expected=combined.expected,
        groups=groups,
        state=combined.rag,
    )


_ORIGIN_RANK = [Origin.PUBLISHED, Origin.IMPORTED, Origin.ENTERED, Origin.ILLUSTRATIVE].index


def _assess_one(
    inputs: SeriesInputs, all_seen: Sequence[Observation], seen: Observation, held: InForce
) -> Assessed:
    measure = inputs.measure
    value = seen.unrounded(measure.scale)
    judged_value, state, span = _judged_on(inputs, all_seen, seen, value)
    # The target is shown even where there were no cases or the figure is suppressed.
    asked = None if state in (Rag.NOT_APPLICABLE, Rag.SUPPRESSED) else judged_value
    targets = [(held.primary, True), *((target, False) for target in held.beside)]
    share = _share(measure, seen.period, span)
    judgements = tuple(
        _against(measure, seen, asked, state, target, held if is_primary else None, share)
        for target, is_primary in targets
        if target is not None
    )
    return Assessed(
        observation=seen,
        value=value,
        judged_value=judged_value,
        state=state,
        span=span,
        judgements=judgements,
    )


def asked_in(inputs: SeriesInputs, window: Period) -> tuple[Judged, ...]:
    """The targets in force in a window without a figure, first the one that would be rated."""
    measure = inputs.measure
    held = in_force(
        [
            target
            for target in inputs.targets
            if applies_to(target, inputs.care_group, unit_is_ratio=measure.is_ratio)
        ],
        window,
    )
    blank = Observation(period=window)
    _, _, span = _judged_on(inputs, (blank,), blank, None)
    share = _share(measure, window, span)
    beside = [_against(measure, blank, None, None, row, None, share) for row in held.beside]
    if held.primary is not None:
        beside.insert(0, _against(measure, blank, None, None, held.primary, held, share))
    return tuple(replace(judged, span=span) for judged in beside)


def _share(measure: MeasureTerms, window: Period, span: Span | None) -> Fraction | None:
    """The share of a year's amount that is due by the window's end.

    None where the measure's targets are not amounts for the year.
    """
    if not measure.adds_up_a_span:
        return None
    return share_of_year(window, span, judged_on=measure.judged_on)


def _judged_on(
    inputs: SeriesInputs, all_seen: Sequence[Observation], seen: Observation, value: Decimal | None
) -> tuple[Decimal | None, Rag | None, Span | None]:
    """The value that is rated (the window's own, the year to date or the last 12 months), the
    reason for having no colour, and the span.
    """
    measure = inputs.measure
    state = seen.reason_for_no_colour
    length = measure.frequency.months
    longer = span_of(seen.period, judged_on=measure.judged_on, length=length)
    if longer is None or measure.is_milestone:
        return value, state, None
    inside = [other for other in all_seen if is_inside(other.period, longer, length)]
    expected = windows_expected(
        longer,
        judged_on=measure.judged_on,
        length=length,
        held=[other.period for other in inside],
        begins_on=inputs.begins_on,
    )
    combined = over_time(
        [_part(str(other.period), other) for other in inside],
        rule=measure.over_time,
        expected=expected,
        window=longer,
        scale=measure.scale,
    )
    span = Span(combined.reported, expected, MONTHS_OF_A_YEAR // (length or 1))
    # No cases, or suppressed: shown as such, even where the rest of the span has figures.
    if state in (Rag.NOT_APPLICABLE, Rag.SUPPRESSED):
        return value, state, span
    return combined.value, state or combined.rag, span


def _against(
    measure: MeasureTerms,
    seen: Observation,
    value: Decimal | None,
    state: Rag | None,
    target: TargetTerms,
    held: InForce | None,
    share: Fraction | None,
) -> Judged:
    """Judge a window against one target. `share` is the share of a year's amount, where there is
    one.
    """
    shown = Judged(
        target=target,
        is_primary=held is not None,
        rag=state or Rag.NO_TARGET,
        carried_forward=bool(held and held.is_carried_forward),
        due_date_passed=bool(held and held.is_due_date_passed),
    )
    if measure.is_milestone:
        if not seen.milestone_status:
            return shown
        rag = judge_milestone(
            MilestoneStatus(seen.milestone_status),
            forecast_on=seen.forecast_on,
            completed_on=seen.completed_on,
            due_on=target.due,
            on=seen.period.end,
        )
        return replace(shown, rag=state or rag)
    asked = value_at(target, seen.period)
    if share is not None and isinstance(asked, TargetValue):
        if target.profile is not Profile.EXPLICIT_POINTS:
            shown = replace(shown, year_value=asked.value, year_upper=asked.upper)
        asked, target = shared_out(target, asked, share, seen.period)
    if isinstance(asked, Absence):
        return replace(shown, rag=state or asked.rag)
    return _coloured(measure, value, state, target, asked, shown)


def _coloured(
    measure: MeasureTerms,
    value: Decimal | None,
    state: Rag | None,
    target: TargetTerms,
    asked: TargetValue,
    shown: Judged,
) -> Judged:
    floor = floor_at(target, asked, measure.direction)
    verdict = judge(
        value,
        target=asked.value,
        floor=floor.value,
        upper=asked.upper,
        direction=measure.direction,
        operator=target.operator,
    )
    return replace(
        shown,
        rag=state or verdict.rag,
        value=asked.value,
        upper=asked.upper,
        floor=floor.value,
        floor_is_default=floor.is_default,
        variance=verdict.variance if state is None and verdict.rag.is_coloured else None,
    )


def _charted(inputs: SeriesInputs, assessed: list[Assessed]) -> Charted | None:
    """The chart of a series. An incomplete sum or a suppressed value is a gap, not a point.

    Limits start afresh where they were recalculated, and where care groups were reorganised.

    Only windows of the measure's own frequency are points: a yearly total printed among the months
    is in the table, but not in the chart.
    """
    measure = inputs.measure
    rows = _points_of(measure, assessed)
    if measure.is_milestone or not rows:
        return None
    reorganised = fresh_starts(
        [(item.observation.period, item.observation.groups) for item in rows], inputs.reorganised
    )
    return Charted(
        points=[(_day(item), _as_float(item.value) if item.is_point else None) for item in rows],
        direction=measure.direction,
        target=[(_day(item), _step_of(measure, item)) for item in rows],
        rebases=tuple(sorted({*inputs.rebases, *reorganised})),
        frequency=measure.frequency,
        fix_after_n_points=inputs.fix_after_n_points,
    )


def _points_of(measure: MeasureTerms, assessed: list[Assessed]) -> list[Assessed]:
    length = measure.frequency.months
    return [item for item in assessed if item.observation.period.length == length]


def _with_reading(
    inputs: SeriesInputs, assessed: list[Assessed], reading: Reading
) -> list[Assessed]:
    """Add to each window in the chart the chart itself, its point, and the facts of its process."""
    rows = {_day(item): item for item in _points_of(inputs.measure, assessed)}
    held = [rows.get(point.on) for point in reading.points]
    facts = processes(
        reading.points,
        [None if item is None else _rated(inputs.measure, item) for item in held],
        decimals=inputs.measure.decimals,
        fix_after_n_points=inputs.fix_after_n_points,
    )
    own = {id(item): place for place, item in enumerate(held) if item is not None}
    return [
        replace(item, reading=reading, point=own[id(item)], process=facts[own[id(item)]])
        if id(item) in own
        else item
        for item in assessed
    ]


def _rated(measure: MeasureTerms, item: Assessed) -> Rated | None:
    """A point of the chart as it was rated.

    Where a longer span is rated, the window's own value is compared with the same target, unless
    the target is an amount for the year.
    """
    if item.value is None or not item.is_point:
        return None
    primary = None if measure.adds_up_a_span else item.primary
    if primary is None or primary.value is None or not primary.rag.is_coloured:
        return Rated(value=item.value)
    is_met = primary.rag is Rag.GREEN
    if item.judged_value != item.value:
        own = judge(
            item.value,
            target=primary.value,
            floor=primary.floor,
            upper=primary.upper,
            direction=measure.direction,
            operator=primary.target.operator,
        )
        is_met = own.rag is Rag.GREEN
    asked = (primary.target.operator, primary.value, primary.upper)
    return Rated(value=item.value, is_met=is_met, target=asked)


def _day(item: Assessed) -> date:
    return item.observation.period.start


def _step_of(measure: MeasureTerms, item: Assessed) -> float | None:
    """The target that the assurance icon tests: the primary one, unless it is a band.

    An amount for the year cannot be compared with the limits of single windows.
    """
    primary = None if measure.adds_up_a_span else item.primary
    return _as_float(primary.value) if primary and primary.upper is None else None


def _as_float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
