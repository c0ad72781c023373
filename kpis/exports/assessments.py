"""The dataset of assessments: how every window is judged, and why some have no colour."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
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
    codes,
    measures_of,
    origins,
)
from kpis.judging.freshness import Freshness
from kpis.judging.history import Clock
from kpis.judging.spans import basis_of
from kpis.judging.status import Standing, TargetShown
from kpis.models import Actual, Measure, Series, Target
from kpis.models.measures import UNITS
from kpis.rag import Direction, Rag
from kpis.spc.words import POINT_TYPES
from kpis.targets import Operator, Role
from strategy.exports.dataset import (
    Dataset,
    boolean,
    code,
    code_of,
    day,
    moment,
    number,
    text,
    vocabulary,
)
from strategy.exports.filters import Filters, in_plan
from strategy.models import CareGroup
from strategy.moments import london_date
from strategy.periods import Frequency, Month

SERIES_A_CHUNK = 50
VARIATIONS = (
    "common_cause",
    "concern_high",
    "concern_low",
    "improvement_high",
    "improvement_low",
    "neutral_high",
    "neutral_low",
    "none",
)


@dataclass(frozen=True)
class JudgedWindow:
    """A window against one target in force: the rated one, or another that applies as well.

    Or a promise that nobody reports on, without a window: it has no measure, or its measure has no
    series.
    """

    measure: Measure | None
    care_group: CareGroup
    target: TargetShown | None
    rag: Rag
    plan: str
    objective: str
    series: Series | None = None
    standing: Standing | None = None
    as_at: datetime | None = None

    @property
    def variance(self) -> Decimal | None:
        return self.target.variance if self.target and self.rag.is_coloured else None

    @property
    def assurance(self) -> str:
        """Only the target that is rated has one: how often the others were met is not counted."""
        is_beside = self.target is not None and not self.target.is_primary
        return "none" if self.standing is None or is_beside else self.standing.assurance

    @property
    def as_known_at(self) -> datetime | None:
        return self.as_at or (self.standing.known_from if self.standing else None)

    @property
    def judged_on(self) -> str:
        if self.series is None or self.standing is None:
            return ""
        measure = self.series.measure
        length = Frequency(measure.frequency).months
        return basis_of(self.standing.period, judged_on=measure.judged_on, length=length)

    @property
    def judged_value(self) -> Decimal | None:
        if self.series is None or self.standing is None or self.series.measure.is_milestone:
            return None
        return self.standing.judged_value


def _assessments(filters: Filters, *, now: datetime | None = None) -> Iterator[JudgedWindow]:
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
) -> Iterator[JudgedWindow]:
    for standing in windows_until(found, clock, last):
        if filters.from_month and standing.period.end < filters.from_month.start:
            continue
        if filters.origin and standing.origin != filters.origin:
            continue
        judged = [(standing.target, standing.rag), *((row, row.rag) for row in standing.beside)]
        for target, rag in judged:
            if filters.status in ("", rag):
                yield _judged(found.series, standing, target, rag, targets, filters.as_at)


def _judged(
    series: Series,
    standing: Standing,
    target: TargetShown | None,
    rag: Rag,
    places: dict[int, tuple[str, str]],
    as_at: datetime | None,
) -> JudgedWindow:
    place = places.get(target.pk, ("", "")) if target else ("", "")
    measure, group = series.measure, series.care_group
    return JudgedWindow(measure, group, target, rag, *place, series, standing, as_at)


def _without_measure(filters: Filters) -> Iterator[JudgedWindow]:
    """One row for each promise without a measure, so that none is lost from the file."""
    if filters.measure or filters.care_group not in ("", "trust") or filters.origin:
        return
    if filters.status not in ("", Rag.NO_MEASURE.value):
        return
    rows = in_plan(Target.objects.filter(measure__isnull=True), filters)
    rows = rows.select_related("plan", "objective", "care_group").order_by("code")
    for target in Known(filters.as_at).as_recorded(rows):
        yield _unreported(target, Rag.NO_MEASURE)


def _unreported(target: Target, rag: Rag) -> JudgedWindow:
    asked = TargetShown(
        pk=target.pk,
        code=target.code,
        plan=code_of(target.plan),
        role=target.role,
        operator="",
        is_primary=True,
        rag=rag,
        due_on=target.due,
    )
    objective = target.objective.reference if target.objective else ""
    return JudgedWindow(target.measure, target.care_group, asked, rag, asked.plan, objective)


@dataclass(frozen=True)
class Shown:
    """A row of a page: a series in a window, or a promise that nobody reports on."""

    series: Series | None
    standing: Standing
    target: Target | None = None


def rows_of(page: Iterable[Shown], *, as_at: datetime | None = None) -> Iterator[JudgedWindow]:
    """The rows of a page in the columns of the dataset: exactly the rows that the page shows."""
    shown = list(page)
    targets = _target_places([row.series for row in shown if row.series])
    for row in shown:
        if row.series is not None:
            standing = row.standing
            yield _judged(row.series, standing, standing.target, standing.rag, targets, as_at)
        elif row.target is not None:
            yield _unreported(row.target, row.standing.rag)


def _series(get: Callable[[Series], Cell]) -> Callable[[JudgedWindow], Cell]:
    """A cell of the series, empty where nobody reports one."""
    return lambda row: get(row.series) if row.series else None


def _window(get: Callable[[Standing], Cell], without: str = "") -> Callable[[JudgedWindow], Cell]:
    """A cell of the window; `without`: where there is none."""
    return lambda row: get(row.standing) if row.standing else without


def _target(get: Callable[[TargetShown], Cell]) -> Callable[[JudgedWindow], Cell]:
    """A cell of the target in force, empty where there is none."""
    return lambda row: get(row.target) if row.target else None


ASSESSMENTS = Dataset[JudgedWindow](
    "assessments",
    "How every window is judged",
    (
        MEASURE.read_by(lambda row: code_of(row.measure)),
        text(
            "measure_name",
            "Name of the measure",
            lambda row: row.measure.name if row.measure else "",
        ),
        code("plan", "Plan of the target judged against"),
        code("objective", "Objective of the target judged against"),
        CARE_GROUP,
        day("period_start", "First day of the window", _window(lambda it: it.period.start)),
        day("period_end", "Last day of the window", _window(lambda it: it.period.end)),
        number("value", "The value", _window(lambda it: it.value), unit="the measure's unit"),
        number("numerator", "Its numerator", _window(lambda it: it.numerator)),
        number("denominator", "Its denominator", _window(lambda it: it.denominator)),
        code(
            "unit",
            "Unit of the value; percentages as percent",
            _series(lambda it: it.measure.unit),
            allowed=UNITS,
        ),
        number(
            "groups_reported",
            "How many care groups reported",
            _window(lambda it: it.groups_reported or None),
            unit="care groups",
        ),
        number(
            "groups_expected",
            "How many should have",
            _window(lambda it: it.groups_expected or None),
            unit="care groups",
        ),
        code(
            "value_status",
            "How final the value is",
            _window(lambda it: it.value_status),
            allowed=vocabulary(Actual.ValueStatus),
        ),
        code("target_id", "Code of a target in force", _target(lambda it: it.code)),
        code(
            "target_role",
            "What kind of target it is",
            _target(lambda it: it.role),
            allowed=codes(Role),
        ),
        boolean(
            "is_primary",
            "Whether this is the target that is rated",
            _target(lambda it: it.is_primary),
        ),
        number(
            "target",
            "What it asks for, on the basis of judged_on",
            _target(lambda it: it.value),
            unit="the measure's unit",
        ),
        number(
            "floor",
            "Amber limit; for a band the distance outside",
            _target(lambda it: it.floor),
            unit="the measure's unit",
        ),
        code(
            "operator",
            "How the target is met",
            _target(lambda it: it.operator),
            allowed=codes(Operator),
        ),
        code(
            "direction",
            "Which way is better",
            _series(lambda it: it.measure.direction),
            allowed=codes(Direction),
        ),
        number(
            "variance",
            "judged_value minus target, from the nearer bound",
            unit="the measure's unit",
        ),
        code(
            "rag",
            "Colour, or the reason for having none",
            lambda row: row.rag.value,
            allowed=codes(Rag),
        ),
        number(
            "spc_mean", "Centre line", _window(lambda it: it.spc_mean), unit="the measure's unit"
        ),
        number(
            "spc_lower",
            "Lower process limit",
            _window(lambda it: it.spc_lower),
            unit="the measure's unit",
        ),
        number(
            "spc_upper",
            "Upper process limit",
            _window(lambda it: it.spc_upper),
            unit="the measure's unit",
        ),
        number(
            "spc_segment",
            "Which stretch between recalculations of the limits",
            _window(lambda it: it.spc_segment),
        ),
        code(
            "point_type",
            "What the point is among the others",
            _window(lambda it: it.point_type),
            allowed=POINT_TYPES,
        ),
        code(
            "variation",
            "Variation icon of the point",
            _window(lambda it: it.variation, without="none"),
            allowed=VARIATIONS,
        ),
        code("assurance", "Assurance icon", allowed=("pass", "fail", "inconsistent", "none")),
        code(
            "limits_status",
            "How firm the limits are",
            _window(lambda it: it.limits_status, without="none"),
            allowed=("none", "collapsed", "trial", "ok"),
        ),
        code(
            "freshness",
            "How fresh the figure is",
            _window(lambda it: it.freshness.value),
            allowed=codes(Freshness),
        ),
        number(
            "version",
            "Data version of the series that was assessed",
            _series(lambda it: it.assessed_version),
        ),
        moment("recorded_at", "When it was assessed", _series(lambda it: it.assessed_at)),
        moment("as_known_at", "The moment asked for, else when the value became known"),
        code("judged_on", "What the window is rated on", allowed=vocabulary(Measure.JudgedOn)),
        number("judged_value", "What was compared with target", unit="the measure's unit"),
        number(
            "upper_value",
            "Upper value of a band",
            _target(lambda it: it.upper),
            unit="the measure's unit",
        ),
        code(
            "milestone_status",
            "How a milestone stands",
            _window(lambda it: it.milestone_status),
            allowed=vocabulary(Actual.MilestoneStatus),
        ),
        day("forecast_on", "When it is expected", _window(lambda it: it.forecast_on)),
        day("completed_on", "When it was done", _window(lambda it: it.completed_on)),
        day("due_on", "When the target falls due", _target(lambda it: it.due_on)),
    ),
    OF_MEASURES | MONTHS | {"care_group", "status", "origin", "as_at"},
    _assessments,
    {**KNOWN_MEASURES, "status": lambda: codes(Rag), "origin": origins},
)
