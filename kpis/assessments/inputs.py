"""Read the inputs of an assessment, now or as known at a past moment, in a few queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.permissions import reads_publicly
from kmpt_tracker.questions import answered_once, written_once
from kpis.assessments.as_known import Known
from kpis.assessments.published import is_there, published
from kpis.judging.boundaries import Boundary, Unit, boundaries, own_boundaries
from kpis.judging.disclosure import together
from kpis.judging.terms import MeasureTerms, Observation, SeriesInputs
from kpis.models import Actual, Measure, Series, Target
from kpis.rag import Direction
from kpis.revisions import Revision, Tolerance
from kpis.rollup import Origin, OverTime, RollUp
from kpis.targets import Change, Operator, Point, Profile, Role, TargetTerms, ValueIs
from strategy.models import CareGroup, Plan
from strategy.periods import FinancialYear, Frequency, Period
from strategy.selectors import predecessors


def measure_terms(measure: Measure) -> MeasureTerms:
    return MeasureTerms(
        code=measure.code,
        direction=Direction(measure.direction),
        frequency=Frequency(measure.frequency),
        unit=measure.unit,
        decimals=measure.decimals,
        roll_up=RollUp(measure.roll_up),
        over_time=OverTime(measure.over_time),
        judged_on=measure.judged_on,
        is_ratio=measure.is_ratio,
        is_milestone=measure.is_milestone,
        year_end_month=measure.year_end_month,
    )


def target_terms(
    target: Target,
    *,
    plan: Plan | None,
    care_group: str,
    points: Iterable[Point] = (),
    revisions: Iterable[Revision] = (),
    tolerances: Iterable[Tolerance] = (),
) -> TargetTerms:
    """A target row as the pure rules take it. The row may come from the library's history."""
    return TargetTerms(
        code=target.code,
        role=Role(target.role),
        care_group=care_group,
        operator=Operator(target.operator) if target.operator else None,
        value=target.value,
        upper_value=target.upper_value,
        value_is=ValueIs(target.value_is) if target.value_is else ValueIs.ABSOLUTE,
        change=Change(target.change) if target.change else None,
        baseline=target.baseline,
        baseline_period=_baseline_period(target.baseline_period),
        floor=target.floor,
        effective_from=target.effective_from,
        due_on=target.due_on,
        retired_on=target.retired_on,
        profile=Profile(target.profile) if target.profile else Profile.STEP,
        points=tuple(points),
        recurrent=target.recurrent,
        plan=plan.code if plan else "",
        plan_starts=plan.starts_on if plan else None,
        plan_ends=plan.ends_on if plan else None,
        default_tolerance_percent=plan.default_tolerance_percent if plan else None,
        revisions=tuple(revisions),
        tolerances=tuple(tolerances),
    )


def _baseline_period(text: str) -> Period | None:
    if not text:
        return None
    try:
        return Period.parse(text)
    except ValueError:
        try:
            return FinancialYear.parse(text).period
        except ValueError:
            return None


def load_inputs(
    series: Iterable[Series],
    *,
    known_at: datetime | None = None,
    promised: Sequence[Target] | None = None,
) -> dict[int, SeriesInputs]:
    """Everything needed to assess these series, by series key.

    `series` come with their measure and care group. For a rolled-up series the observations of its
    measure's other series are read too. `promised`: the targets of their measures, where they were
    read already.
    """
    known = Known(known_at)
    return inputs_as_known(known.series(series), known, promised)


def inputs_as_known(
    wanted: Sequence[Series], known: Known, promised: Sequence[Target] | None = None
) -> dict[int, SeriesInputs]:
    """As `load_inputs`, for series that are already restored to the moment."""
    rolled = [row for row in wanted if _rolls_up(row)]
    siblings = _siblings(known, rolled)
    others = [row for rows in siblings.values() for row in rows]
    everyone = {row.pk: row for row in [*wanted, *others]}
    if reads_publicly():
        # What may be published of one care group depends on the figures of the others.
        measures = {row.measure_id for row in wanted}
        rows = Series.objects.filter(measure__in=measures).select_related("measure", "care_group")
        everyone |= {row.pk: row for row in rows if row.pk not in everyone}
        observations = published(observations_of(known, everyone), everyone, at=timezone.now())
    else:
        observations = observations_of(known, everyone)
    if promised is None:
        promised = known.targets({row.measure_id for row in wanted})
    targets = _terms_by_measure(promised, known)
    # The trust is in no reorganisation itself.
    is_of_groups = any(not row.care_group.is_trust for row in wanted)
    units = units_of(known) if is_of_groups else {}
    # Of none nothing is asked.
    reworded, rebased, held = (
        [row.pk for row in wanted if getattr(row, mark, True)]
        for mark in ("was_reworded", "was_rebased", "was_fixed")
    )
    rebases, fixed = known.rebases(rebased, reworded), known.fixed_baselines(held)
    return {
        row.pk: replace(
            _inputs(row, siblings, observations, targets),
            # The trust's line starts afresh where the groups in its total change: see
            # `fresh_starts`.
            reorganised=tuple(
                found.on
                for found in boundaries_of(row, (), units)
                if not row.care_group.is_trust and units[row.care_group.code].is_inside(found.on)
            ),
            rebases=rebases.get(row.pk, ()),
            fix_after_n_points=fixed.get(row.pk),
        )
        for row in wanted
    }


def _rolls_up(series: Series) -> bool:
    return (
        series.care_group.is_trust
        and series.measure.collection_level == Measure.CollectionLevel.CARE_GROUP
        and series.measure.roll_up != Measure.RollUp.NONE
    )


def units_of(known: Known) -> dict[str, Unit]:
    """Every care group with its dates as known, and its predecessors."""
    groups = known.restored(_care_groups())
    has_past = known.at is not None or any(row.has_past for row in groups)  # type: ignore[attr-defined]
    came_from = predecessors(known.at) if has_past else {}
    return {
        row.code: Unit(
            code=row.code,
            name=row.name,
            begins=row.valid_from,
            ends=row.valid_to,
            predecessors=frozenset(came_from.get(row.code, ())),
        )
        for row in groups
    }


@answered_once
def _care_groups() -> QuerySet[CareGroup]:
    linked = CareGroup.predecessors.through.objects.filter(from_caregroup=OuterRef("pk"))
    rows = CareGroup.objects.exclude(level=CareGroup.Level.TRUST)
    return rows.annotate(has_past=Exists(linked))


def boundaries_of(
    series: Series, parts: Iterable[Series], units: Mapping[str, Unit]
) -> list[Boundary]:
    """The reorganisations within the chart of a series. `parts` are the series that it adds up."""
    if not series.care_group.is_trust:
        return own_boundaries(units[series.care_group.code], units.values())
    if not _rolls_up(series):
        return []
    return boundaries(
        replace(units[part.care_group.code], reports_from=part.valid_from, reports_to=part.valid_to)
        for part in parts
    )


def _siblings(known: Known, rolled: Sequence[Series]) -> dict[int, list[Series]]:
    """The series that each rolled-up series adds up."""
    found = defaultdict(list)
    if rolled:
        parts = known.series(_parts({row.measure_id for row in rolled}))
        for row in known.without_newcomers(parts):
            found[row.measure_id].append(row)
    return found


@written_once
def _parts(measures: Collection[int]) -> QuerySet[Series]:
    """The series of measures that care groups report."""
    rows = Series.objects.filter(measure__in=measures)
    of_groups = rows.exclude(care_group__level=CareGroup.Level.TRUST)
    return of_groups.select_related("care_group", "measure")


def observations_of(
    known: Known, series: Iterable[int], *, since: date | None = None
) -> dict[int, tuple[Observation, ...]]:
    """The current observation of each window: its latest version approved by the moment. `since`:
    of windows that end on that day or after it.

    A figure withdrawn by then reads as never reported: there is no observation.
    """
    latest: dict[tuple, tuple] = {}
    wanted = Q(period_end__gte=since) if since else Q()
    rows = (
        known.actuals(series)
        .filter(wanted)
        .order_by("version")
        .values_list(
            "series_id",
            "period_start",
            "period_end",
            "pk",
            "numerator",
            "denominator",
            "value",
            "value_status",
            "origin",
            "milestone_status",
            "forecast_on",
            "completed_on",
            "decisions__known_from",
        )
    )
    # In the order of versions, so that the last one read for a window is its latest.
    for row in rows.iterator(chunk_size=5000):
        latest[row[:3]] = row
    found = defaultdict(list)
    for row in latest.values():
        if row[7] == Actual.ValueStatus.WITHDRAWN:
            continue
        found[row[0]].append(
            Observation(
                period=Period(row[1], row[2]),
                actual_id=row[3],
                numerator=row[4],
                denominator=row[5],
                value=row[6],
                status=row[7],
                origin=Origin(row[8]),
                milestone_status=row[9],
                forecast_on=row[10],
                completed_on=row[11],
                known_from=row[12],
            )
        )
    return {key: tuple(rows) for key, rows in found.items()}


def promised(
    series: Iterable[Series], known: Known
) -> tuple[dict[int, SeriesInputs], dict[str, int]]:
    """The targets of series that are already restored to the moment.

    Returns inputs without any figure, and the targets' primary keys by code.
    """
    wanted = list(series)
    rows = known.targets({row.measure_id for row in wanted})
    terms = _terms_by_measure(rows, known)
    inputs = {row.pk: _inputs(row, {}, {}, terms) for row in wanted}
    return inputs, {row.code: row.pk for row in rows}


def _terms_by_measure(rows: Sequence[Target], known: Known) -> dict[int, list[TargetTerms]]:
    terms = terms_of(rows, known)
    found: dict[int, list[TargetTerms]] = defaultdict(list)
    for target in rows:
        if target.measure_id is not None:
            found[target.measure_id].append(terms[target.pk])
    return found


def terms_of(targets: Sequence[Target], known: Known) -> dict[int, TargetTerms]:
    """The terms of targets with path and changes, by key. Rows come with plan and care group."""
    points, changes = known.points(targets), known.revisions(targets)
    # Targets read by `known.targets` say whether the tolerance of their plan ever changed.
    tolerances = known.tolerances(
        row.plan_id for row in targets if row.plan_id and getattr(row, "tolerance_changed", True)
    )
    return {
        target.pk: target_terms(
            target,
            plan=target.plan,
            care_group=target.care_group.code,
            points=points.get(target.pk, ()),
            revisions=changes.get(target.pk, ()),
            tolerances=tolerances.get(target.plan_id or 0, ()),
        )
        for target in targets
    }


def _inputs(
    series: Series,
    siblings: Mapping[int, list[Series]],
    observations: Mapping[int, tuple[Observation, ...]],
    targets: Mapping[int, list[TargetTerms]],
) -> SeriesInputs:
    groups = siblings.get(series.measure_id, []) if _rolls_up(series) else []
    parts = {
        group.care_group.code: _while_there(group, observations.get(group.pk, ()))
        for group in groups
    }
    if reads_publicly() and series.measure.counts_people:
        parts = together(parts)
    windows = {seen.period for seen_by in parts.values() for seen in seen_by}
    return SeriesInputs(
        measure=measure_terms(series.measure),
        care_group=series.care_group.code,
        observations=_while_there(series, observations.get(series.pk, ())),
        targets=tuple(targets.get(series.measure_id, ())),
        parts=parts,
        expected={window: _expected(groups, window) for window in windows},
        begins_on=max(
            (
                row.valid_from
                for row in (series, series.care_group, series.measure)
                if row.valid_from is not None
            ),
            default=None,
        ),
    )


def _expected(groups: Iterable[Series], window: Period) -> tuple[str, ...]:
    """Who should have reported a window: groups that exist, and report this, on its last day."""
    return tuple(group.care_group.code for group in groups if is_there(group, window))


def has_figure_in(series: Series, window: Period) -> bool:
    """A care group has no figure for a window after its end, nor for one before it began.

    The trust itself neither begins nor ends, and published figures of it always count.
    """
    return series.care_group.is_trust or is_there(series, window)


def _while_there(series: Series, observations: tuple[Observation, ...]) -> tuple[Observation, ...]:
    return tuple(seen for seen in observations if has_figure_in(series, seen.period))
