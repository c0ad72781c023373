"""The control chart of a series: which windows are its points, and what it says of each. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from kpis.judging.boundaries import fresh_starts
from kpis.judging.process import Rated, processes
from kpis.judging.terms import Assessed, MeasureTerms, SeriesInputs
from kpis.rag import Rag, judge
from kpis.spc import Charted, Reading


def charted(inputs: SeriesInputs, assessed: list[Assessed]) -> Charted | None:
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


def with_reading(
    inputs: SeriesInputs,
    assessed: list[Assessed],
    reading: Reading,
    since: date | None = None,
) -> list[Assessed]:
    """Add to each window in the chart the chart itself, its point, and the facts of its process; to
    those that begin on a day or later, where one is given.
    """
    rows = {_day(item): item for item in _points_of(inputs.measure, assessed)}
    held = [rows.get(point.on) for point in reading.points]
    facts = processes(
        reading.points,
        [None if item is None else _rated(inputs.measure, item) for item in held],
        decimals=inputs.measure.decimals,
        fix_after_n_points=inputs.fix_after_n_points,
        since=since,
    )
    own = {
        id(item): place
        for place, item in enumerate(held)
        if item is not None and (since is None or _day(item) >= since)
    }
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
