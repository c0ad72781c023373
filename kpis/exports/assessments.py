"""The dataset of assessments: how every window is judged, and why some have no colour."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.utils import timezone

from kmpt_tracker.ui.tabular import Cell
from kpis.assessments.as_known import Known
from kpis.assessments.read import SeriesHistory, clock_at, histories, windows_until
from kpis.exports.columns import (
    CARE_GROUP,
    KNOWN_MEASURES,
    MEASURE,
    MONTHS,
    OF_MEASURES,
    Rows,
    codes,
    measures_of,
    origins,
)
from kpis.judging.freshness import Freshness
from kpis.judging.spans import basis_of
from kpis.judging.status import Clock, Standing, TargetShown
from kpis.models import Actual, Measure, Series, Target
from kpis.models.measures import UNITS
from kpis.rag import Direction, Rag
from kpis.spc.words import POINT_TYPES
from kpis.targets import Operator, Role
from strategy.exports.filters import Filters
from strategy.exports.plans import (
    Dataset,
    boolean,
    code,
    day,
    in_plan,
    moment,
    number,
    text,
    vocabulary,
)
from strategy.periods import Frequency, Month, london_date

SERIES_A_CHUNK = 50
VARIATIONS = (
    "common_cause", "concern_high", "concern_low", "improvement_high", "improvement_low",
    "neutral_high", "neutral_low", "none",
)  # fmt: skip


def _assessments(filters: Filters, *, now: datetime | None = None) -> Rows:
    """Every window with a value, the gaps since the first one, and the last month asked for.

    A window has one row for each target in force; the rated one comes first.
    """
    now = now or timezone.now()
    clock = clock_at(now, known_at=filters.as_at)
    today = Month.of(london_date(filters.as_at or now))
    # No window ends after the current month.
    last = min(filters.to_month, today) if filters.to_month else today.plus(-1)
    series = (
        Series.objects.filter(measure__in=measures_of(filters).values("pk"))
        .select_related("measure", "care_group")
        .order_by("measure__code", "care_group__position")
    )
    if filters.care_group:
        series = series.filter(care_group__code=filters.care_group)
    known = Known(filters.as_at)
    stream = iter(series)
    while chunk := list(islice(stream, SERIES_A_CHUNK)):
        chunk = known.without_newcomers(chunk)
        found = histories(chunk, known_at=filters.as_at)
        targets = _target_places(chunk)
        for row in chunk:
            yield from _series_rows(found[row.pk], filters, clock, last, targets)
    yield from _without_measure(filters)


def _target_places(series: Iterable[Series]) -> dict[int, tuple[str, str]]:
    rows = Target.objects.filter(measure__in={row.measure_id for row in series})
    return {
        pk: (plan or "", objective or "")
        for pk, plan, objective in rows.values_list("pk", "plan__code", "objective__reference")
    }


def _series_rows(
    found: SeriesHistory,
    filters: Filters,
    clock: Clock,
    last: Month,
    targets: dict[int, tuple[str, str]],
) -> Rows:
    for standing in windows_until(found, clock, last):
        if filters.from_month and standing.period.end < filters.from_month.start:
            continue
        if filters.origin and standing.origin != filters.origin:
            continue
        judged = [(standing.target, standing.rag), *((row, row.rag) for row in standing.beside)]
        for target, rag in judged:
            if filters.status in ("", rag):
                yield _assessment_row(found.series, standing, target, rag, targets, filters.as_at)


def _assessment_row(
    series: Series,
    standing: Standing,
    target: TargetShown | None,
    rag: Rag,
    targets: dict[int, tuple[str, str]],
    as_at: datetime | None,
) -> tuple[Cell, ...]:
    """A window against one target in force: the rated one, or another that applies as well."""
    is_beside = target is not None and not target.is_primary
    plan, objective = targets.get(target.pk, ("", "")) if target else ("", "")
    measure = series.measure
    return (
        measure.code,
        measure.name,
        plan,
        objective,
        series.care_group.code,
        standing.period.start,
        standing.period.end,
        standing.value,
        standing.numerator,
        standing.denominator,
        measure.unit,
        standing.groups_reported or None,
        standing.groups_expected or None,
        standing.value_status,
        target.code if target else "",
        target.role if target else "",
        target.is_primary if target else None,
        target.value if target else None,
        target.floor if target else None,
        target.operator if target else "",
        measure.direction,
        target.variance if target and rag.is_coloured else None,
        rag.value,
        standing.spc_mean,
        standing.spc_lower,
        standing.spc_upper,
        standing.spc_segment,
        standing.point_type,
        standing.variation,
        "none" if is_beside else standing.assurance,
        standing.limits_status,
        standing.freshness.value,
        series.assessed_version,
        series.assessed_at,
        as_at or standing.known_from,
        basis_of(
            standing.period,
            judged_on=measure.judged_on,
            length=Frequency(measure.frequency).months,
        ),
        None if measure.is_milestone else standing.judged_value,
        target.upper if target else None,
        standing.milestone_status,
        standing.forecast_on,
        standing.completed_on,
        target.due_on if target else None,
    )


def _without_measure(filters: Filters) -> Rows:
    """One row for each promise without a measure, so that none is lost from the file."""
    if filters.measure or filters.care_group not in ("", "trust") or filters.origin:
        return
    if filters.status not in ("", Rag.NO_MEASURE.value):
        return
    rows = in_plan(Target.objects.filter(measure__isnull=True), filters)
    rows = rows.select_related("plan", "objective", "care_group").order_by("code")
    for target in Known(filters.as_at).as_recorded(rows):
        yield _unreported_row(target, Rag.NO_MEASURE)


def _unreported_row(target: Target, rag: Rag) -> tuple[Cell, ...]:
    """A promise that nobody reports on: it has no measure, or its measure has no series."""
    row: dict[str, Cell] = dict.fromkeys(column.name for column in ASSESSMENTS.columns)
    row |= {
        "measure": target.measure.code if target.measure else None,
        "measure_name": target.measure.name if target.measure else None,
        "plan": target.plan.code if target.plan else "",
        "objective": target.objective.reference if target.objective else "",
        "care_group": target.care_group.code,
        "target_id": target.code,
        "target_role": target.role,
        "is_primary": True,
        "rag": rag.value,
        "variation": "none",
        "assurance": "none",
        "limits_status": "none",
        "due_on": target.due,
    }
    return tuple(row.values())


@dataclass(frozen=True)
class Shown:
    """A row of a page: a series in a window, or a promise that nobody reports on."""

    series: Series | None
    standing: Standing
    target: Target | None = None


def rows_of(page: Iterable[Shown], *, as_at: datetime | None = None) -> Rows:
    """The rows of a page in the columns of the dataset: exactly the rows that the page shows."""
    shown = list(page)
    targets = _target_places([row.series for row in shown if row.series])
    for row in shown:
        if row.series is not None:
            standing = row.standing
            yield _assessment_row(
                row.series, standing, standing.target, standing.rag, targets, as_at
            )
        elif row.target is not None:
            yield _unreported_row(row.target, row.standing.rag)


ASSESSMENTS = Dataset(
    "assessments",
    "How every window is judged",
    (
        MEASURE,
        text("measure_name", "Name of the measure"),
        code("plan", "Plan of the target judged against"),
        code("objective", "Objective of the target judged against"),
        CARE_GROUP,
        day("period_start", "First day of the window"),
        day("period_end", "Last day of the window"),
        number("value", "The value", "the measure's unit"),
        number("numerator", "Its numerator"),
        number("denominator", "Its denominator"),
        code("unit", "Unit of the value; percentages as percent", UNITS),
        number("groups_reported", "How many care groups reported", "care groups"),
        number("groups_expected", "How many should have", "care groups"),
        code("value_status", "How final the value is", vocabulary(Actual.ValueStatus)),
        code("target_id", "Code of a target in force"),
        code("target_role", "What kind of target it is", codes(Role)),
        boolean("is_primary", "Whether this is the target that is rated"),
        number("target", "What it asks for, on the basis of judged_on", "the measure's unit"),
        number("floor", "Amber limit; for a band the distance outside", "the measure's unit"),
        code("operator", "How the target is met", codes(Operator)),
        code("direction", "Which way is better", codes(Direction)),
        number(
            "variance", "judged_value minus target, from the nearer bound", "the measure's unit"
        ),
        code("rag", "Colour, or the reason for having none", codes(Rag)),
        number("spc_mean", "Centre line", "the measure's unit"),
        number("spc_lower", "Lower process limit", "the measure's unit"),
        number("spc_upper", "Upper process limit", "the measure's unit"),
        number("spc_segment", "Which stretch between recalculations of the limits"),
        code("point_type", "What the point is among the others", POINT_TYPES),
        code("variation", "Variation icon of the point", VARIATIONS),
        code("assurance", "Assurance icon", ("pass", "fail", "inconsistent", "none")),
        code("limits_status", "How firm the limits are", ("none", "collapsed", "trial", "ok")),
        code("freshness", "How fresh the figure is", codes(Freshness)),
        number("version", "Data version of the series that was assessed"),
        moment("recorded_at", "When it was assessed"),
        moment("as_known_at", "The moment asked for, else when the value became known"),
        code("judged_on", "What the window is rated on", vocabulary(Measure.JudgedOn)),
        number("judged_value", "What was compared with target", "the measure's unit"),
        number("upper_value", "Upper value of a band", "the measure's unit"),
        code("milestone_status", "How a milestone stands", vocabulary(Actual.MilestoneStatus)),
        day("forecast_on", "When it is expected"),
        day("completed_on", "When it was done"),
        day("due_on", "When the target falls due"),
    ),
    OF_MEASURES | MONTHS | {"care_group", "status", "origin", "as_at"},
    _assessments,
    {**KNOWN_MEASURES, "status": lambda: codes(Rag), "origin": origins},
)
