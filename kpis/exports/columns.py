"""What the datasets of measures share: columns, vocabularies and filters."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet

from kmpt_tracker.ui.tabular import Column
from kpis.models import Actual, Measure, Series, Target
from strategy.exports.dataset import code, vocabulary
from strategy.exports.feed import Since
from strategy.exports.filters import IN_PLAN, Codes, Filters, in_objective
from strategy.exports.streams import Pace, in_turn
from strategy.models import CareGroup

Found = TypeVar("Found", bound=QuerySet)
MEASURE: Column[Any] = code(
    "measure", "Code of the measure", lambda row: row.measure.code, is_required=True
)
CARE_GROUP: Column[Any] = code(
    "care_group",
    "Code of the care group; trust: Trust-wide",
    lambda row: row.care_group.code,
    is_required=True,
)
# The first two columns of figures, as a series has them.
OF_A_SERIES = ("measure__code", "care_group__code")
MONTHS = frozenset({"from", "to"})
OF_MEASURES = IN_PLAN | {"measure"}


def codes(members: Iterable) -> tuple[str, ...]:
    """The codes of a vocabulary that is in a pure module."""
    return tuple(member.value for member in members)


def _measure_codes() -> Iterable[str]:
    return Measure.objects.values_list("code", flat=True)


def origins() -> Iterable[str]:
    """The values that the filter `origin` accepts."""
    return vocabulary(Actual.Origin)


KNOWN_MEASURES: Codes = {"measure": _measure_codes}


def measures_of(filters: Filters) -> QuerySet[Measure]:
    """The measures that the filters ask for: by code, or those that a plan has targets for."""
    rows = Measure.objects.order_by("code")
    if filters.measure:
        rows = rows.filter(code=filters.measure)
    if filters.plan or filters.ambition or filters.objective:
        targets = promised_in_plan(Target.objects.filter(measure__isnull=False), filters)
        rows = rows.filter(pk__in=targets.values("measure"))
    return rows


def promised_in_plan(rows: QuerySet[Target], filters: Filters) -> QuerySet[Target]:
    """Promises of the plan, ambition and objective asked for. A plan makes some outside its
    objectives, so the plan is that of the promise itself.
    """
    if filters.plan:
        rows = rows.filter(plan__code=filters.plan)
    return in_objective(rows, filters)


def series_in_turn(
    series: QuerySet[Series], pace: Pace, filters: Filters
) -> Iterator[list[Series]]:
    """Series, some at a time, with their measure and care group, which are each read once for all
    of their series: thousands of rows share a few hundred.
    """
    groups = CareGroup.objects.in_bulk()
    measures: dict[int, Measure] = {}
    for some in in_turn(series, pace, filters.page, called=OF_A_SERIES):
        measures |= Measure.objects.in_bulk({row.measure_id for row in some} - measures.keys())
        for row in some:
            row.measure, row.care_group = measures[row.measure_id], groups[row.care_group_id]
        yield some


def by_month(rows: Found, filters: Filters, field: str = "period_end") -> Found:
    """Rows within the months asked for, both inclusive."""
    if filters.from_month:
        rows = rows.filter(**{f"{field}__gte": filters.from_month.start})
    if filters.to_month:
        rows = rows.filter(**{f"{field}__lte": filters.to_month.end})
    return rows


def moved_since(since: Since, series: Sequence[Series]) -> list[int]:
    """Those of some series that were edited since a moment, or their measure or care group."""
    own = set(since.edited(Series, id__in=[row.pk for row in series]).values_list("id", flat=True))
    measures = set(since.edited(Measure).values_list("id", flat=True))
    groups = set(since.edited(CareGroup).values_list("id", flat=True))
    return [
        row.pk
        for row in series
        if row.pk in own or row.measure_id in measures or row.care_group_id in groups
    ]
