"""Rows of the dataset of assessments: a window against a target, or a promise nobody reports on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kpis.assessments.as_known import Known
from kpis.exports.columns import promised_in_plan
from kpis.judging.spans import basis_of
from kpis.judging.status import Standing, TargetShown
from kpis.models import Measure, Series, Target
from kpis.rag import Rag
from strategy.exports.dataset import code_of
from strategy.exports.feed import Since
from strategy.exports.filters import Filters
from strategy.models import CareGroup
from strategy.periods import Frequency


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


def target_places(series: Iterable[Series]) -> dict[int, tuple[str, str]]:
    rows = Target.objects.filter(measure__in={row.measure_id for row in series})
    return {
        pk: (plan or "", objective or "")
        for pk, plan, objective in rows.values_list("pk", "plan__code", "objective__reference")
    }


def window_rows(
    series: Series, standing: Standing, filters: Filters, targets: dict[int, tuple[str, str]]
) -> Iterator[JudgedWindow]:
    if filters.from_month and standing.period.end < filters.from_month.start:
        return
    if filters.origin and standing.origin != filters.origin:
        return
    judged = [(standing.target, standing.rag), *((row, row.rag) for row in standing.further)]
    for target, rag in judged:
        if filters.status in ("", rag):
            yield _judged(series, standing, target, rag, targets, filters.as_at)


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


def without_measure(filters: Filters, since: Since | None = None) -> Iterator[JudgedWindow]:
    """One row for each promise without a measure, so that none is lost from the file.

    `since`: for those that were added or edited after a moment.
    """
    if filters.measure or filters.origin or filters.status not in ("", Rag.NO_MEASURE.value):
        return
    rows = promised_in_plan(Target.objects.filter(measure__isnull=True), filters)
    if filters.care_group:
        rows = rows.filter(care_group__code=filters.care_group)
    if since is not None:
        rows = rows.filter(pk__in=since.edited(Target))
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
    """A row of a page: a series in a window, or what nobody reports on: a promise, or a measure."""

    series: Series | None
    standing: Standing
    target: Target | None = None
    measure: Measure | None = None


def rows_of(page: Iterable[Shown], *, as_at: datetime | None = None) -> Iterator[JudgedWindow]:
    """The rows of a page in the columns of the dataset: exactly the rows that the page shows."""
    shown = list(page)
    targets = target_places([row.series for row in shown if row.series])
    for row in shown:
        if row.series is not None:
            standing = row.standing
            yield _judged(row.series, standing, standing.target, standing.rag, targets, as_at)
        elif row.target is not None:
            yield _unreported(row.target, row.standing.rag)
        elif row.measure is not None:
            trust = CareGroup.objects.get(level=CareGroup.Level.TRUST)
            yield JudgedWindow(row.measure, trust, None, row.standing.rag, plan="", objective="")
