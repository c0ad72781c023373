"""Assess one series: observations in, judged windows out. Pure.

Stored assessments, pages as known at a past moment, and drafts judged while they are typed all call
`assess`. Values are judged unrounded; a ratio is calculated from its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kpis.judging.charted import charted, with_reading
from kpis.judging.in_force import InForce, applies_to, in_force, in_force_in_each
from kpis.judging.spans import (
    MONTH,
    MONTHS_OF_A_YEAR,
    Span,
    is_inside,
    share_of_year,
    shared_out,
    span_of,
    windows_expected,
)
from kpis.judging.terms import Assessed, Judged, MeasureTerms, Observation, SeriesInputs
from kpis.rag import MilestoneStatus, Rag, judge, judge_milestone
from kpis.rollup import Origin, Part, RollUp, combine, over_time
from kpis.spc import present
from kpis.targets import Absence, Profile, TargetTerms, TargetValue, floor_at, value_at
from strategy.periods import Period


def assess(
    inputs: SeriesInputs, *, charted_from: date | None = None, judged: Iterable[Assessed] = ()
) -> list[Assessed]:
    """Every window of a series, judged against the targets in force in it, oldest first.

    With `charted_from` only windows that begin on that day or later get their result on the
    chart: a page that shows the last of many saves a fifth of the time. `judged` are windows of
    the same series that were judged already, for a page that adds a figure to it: a third.
    """
    assessed = judged_windows(inputs, judged)
    chart = charted(inputs, assessed)
    if chart is None:
        return assessed
    reading = present(
        chart.points,
        direction=chart.direction,
        target=chart.target,
        rebases=chart.rebases,
        frequency=chart.frequency,
        fix_after_n_points=chart.fix_after_n_points,
    )
    return with_reading(inputs, assessed, reading, charted_from)


def assess_many(inputs: Mapping[int, SeriesInputs]) -> dict[int, list[Assessed]]:
    """As `assess`, for many series, with their charts calculated at once. The answers are the same.

    Raises ValueError if one series cannot be assessed; `assess` on each of them finds which.
    """
    # Imported here, because a single series needs no numpy or pandas.
    from kpis.spc.bulk import present_many

    assessed = {key: judged_windows(item) for key, item in inputs.items()}
    charts = {key: charted(inputs[key], items) for key, items in assessed.items()}
    wanted = {key: chart for key, chart in charts.items() if chart is not None}
    readings = present_many(list(wanted.values()))
    for key, reading in zip(wanted, readings, strict=True):
        assessed[key] = with_reading(inputs[key], assessed[key], reading)
    return assessed


def judged_windows(inputs: SeriesInputs, judged: Iterable[Assessed] = ()) -> list[Assessed]:
    """Every window judged, without its place in the chart.

    A window that was `judged` already is taken as it is, where it rests on its own figure alone.
    """
    measure = inputs.measure
    alone = measure.judged_on == MONTH or measure.is_milestone
    known = {id(item.observation): item for item in judged} if alone else {}
    observations = sorted(merged(inputs), key=lambda seen: (seen.period.end, seen.period.start))
    targets = [
        target
        for target in inputs.targets
        if applies_to(target, inputs.care_group, unit_is_ratio=measure.is_ratio)
    ]
    standing = in_force_in_each(targets, [seen.period for seen in observations])
    return [
        known.get(id(seen)) or _assess_one(inputs, observations, seen, held)
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
        rolled = _rolled_up(inputs, window, by_window[window])
        if rolled is not None:
            found[window] = rolled
    return list(found.values())


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
    is_provisional = any(part.status == "provisional" for part in seen.values())
    origin = max((part.origin for part in seen.values()), key=_ORIGIN_RANK)
    known = [part.known_from for part in seen.values() if part.known_from is not None]
    return Observation(
        period=window,
        value=combined.value,
        numerator=combined.numerator,
        denominator=combined.denominator,
        status="provisional" if is_provisional else "final",
        origin=Origin.ILLUSTRATIVE if combined.is_illustrative else origin,
        known_from=max(known, default=None),
        groups_reported=combined.reported,
        groups_expected=combined.expected,
        groups=frozenset(expected),
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
    targets = [(held.primary, True), *((target, False) for target in held.further)]
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
    further = [_against(measure, blank, None, None, row, None, share) for row in held.further]
    if held.primary is not None:
        further.insert(0, _against(measure, blank, None, None, held.primary, held, share))
    return tuple(replace(judged, span=span) for judged in further)


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
    facts: dict[str, Any] = {
        "target": target,
        "is_primary": held is not None,
        "carried_forward": bool(held and held.is_carried_forward),
        "due_date_passed": bool(held and held.is_due_date_passed),
    }
    if measure.is_milestone:
        if not seen.milestone_status:
            return Judged(rag=state or Rag.NO_TARGET, **facts)
        rag = judge_milestone(
            MilestoneStatus(seen.milestone_status),
            forecast_on=seen.forecast_on,
            completed_on=seen.completed_on,
            due_on=target.due,
            on=seen.period.end,
        )
        return Judged(rag=state or rag, **facts)
    asked = value_at(target, seen.period)
    if share is not None and isinstance(asked, TargetValue):
        if target.profile is not Profile.EXPLICIT_POINTS:
            facts |= {"year_value": asked.value, "year_upper": asked.upper}
        asked, target = shared_out(target, asked, share, seen.period)
    if isinstance(asked, Absence):
        return Judged(rag=state or asked.rag, **facts)
    floor = floor_at(target, asked, measure.direction)
    verdict = judge(
        value,
        target=asked.value,
        floor=floor.value,
        upper=asked.upper,
        direction=measure.direction,
        operator=target.operator,
    )
    return Judged(
        rag=state or verdict.rag,
        value=asked.value,
        upper=asked.upper,
        floor=floor.value,
        floor_is_default=floor.is_default,
        variance=verdict.variance if state is None and verdict.rag.is_coloured else None,
        **facts,
    )
