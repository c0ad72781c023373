"""The figures under a golden thread: what the trust's measures really did.

Made-up figures are left out: a thread is read against what happened.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet

from kmpt_tracker.questions import written_once
from kmpt_tracker.ui.formats import format_value
from kmpt_tracker.ui.sparkline import Trend, shared_scale, small_multiple
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import measure_terms
from kpis.assessments.read import histories
from kpis.judging.wording import counted, from_to
from kpis.models import Actual, Assessment, Measure, Series
from kpis.spc import fill_months
from strategy.models import CareGroup
from strategy.periods import Frequency, Period

WIDTH, HEIGHT = 472, 64


@dataclass(frozen=True)
class Figures:
    """The trust's figures of one measure, oldest first, in windows of its own rhythm."""

    measure: Measure
    rows: tuple[tuple[Period, Decimal], ...]

    @property
    def is_drawn(self) -> bool:
        """A line needs at least two figures."""
        return len(self.rows) > 1

    @property
    def drawing(self) -> Trend:
        held = [(period.start, value) for period, value in self.rows]
        frequency = Frequency(self.measure.frequency)
        filled = held if not frequency.months else fill_months(held, frequency=frequency)
        values = [None if value is None else float(value) for _, value in filled]
        low, high = shared_scale([values])
        return small_multiple(
            values, low=low, high=high, points=len(values), width=WIDTH, height=HEIGHT
        )

    @property
    def words(self) -> str:
        """How many figures, their first and last month and value, and the ends of their range."""
        (first, was), (last, now) = self.rows[0], self.rows[-1]
        if len(self.rows) == 1:
            return f"one figure, {self._value(now)} in {last.label}."
        numbers = [value for _, value in self.rows]
        held = counted(len(self.rows), measure_terms(self.measure))
        return (
            f"{held} with a figure, {from_to(first, last)}: from {self._value(was)} to "
            f"{self._value(now)}, between {self._value(min(numbers))} and "
            f"{self._value(max(numbers))}."
        )

    def _value(self, value: Decimal) -> str:
        return format_value(value, self.measure.unit, self.measure.decimals)


def figures_of(
    measures: Iterable[Measure], known_at: datetime | None = None
) -> Mapping[int, Figures]:
    """The figures of some measures by key, now or as known at a moment; none is left out."""
    by_key = {measure.pk: measure for measure in measures}
    found: dict[int, list[tuple[Period, Decimal]]] = defaultdict(list)
    rows = [*_real(list(by_key), known_at)]
    if known_at is not None:
        rows += _added_up(list(by_key), known_at)
    for key, start, end, value in rows:
        period = Period(start, end)
        if value is not None and Frequency(by_key[key].frequency).is_window(period):
            found[key].append((period, value))
    return {key: Figures(by_key[key], tuple(own)) for key, own in found.items()}


def _added_up(
    measures: Collection[int], known_at: datetime
) -> list[tuple[int, date, date, Decimal | None]]:
    """What the figures of the care groups added up to, as known at a moment."""
    series = Known(known_at).without_newcomers(_summed(measures))
    found = histories(series, known_at=known_at) if series else {}
    return [
        (held.series.measure_id, row.period.start, row.period.end, row.value)
        for held in found.values()
        for row in held.history.windows
        if row.value is not None
        and row.groups_reported >= row.groups_expected
        and row.origin != Actual.Origin.ILLUSTRATIVE
    ]


@written_once
def _summed(measures: Collection[int]) -> QuerySet[Series]:
    """The trust's series of measures that it adds up from its care groups."""
    rows = Series.objects.filter(
        measure__in=measures,
        care_group__level=CareGroup.Level.TRUST,
        fed_by=Series.FedBy.ROLL_UP,
    )
    return rows.select_related("measure", "care_group")


@written_once
def _real(
    measures: Collection[int], known_at: datetime | None
) -> QuerySet[Any, tuple[int, date, date, Decimal | None]]:
    """The trust's figures of some measures, without those that are illustrative or incomplete."""
    wanted = {
        "series__measure__in": measures,
        "series__care_group__level": CareGroup.Level.TRUST,
        "value__isnull": False,
    }
    rows: QuerySet[Any] = Actual.objects.current(known_at=known_at).filter(**wanted)
    if known_at is None:
        rows = Assessment.objects.filter(**wanted).exclude(groups_reported__lt=F("groups_expected"))
    real = rows.exclude(origin=Actual.Origin.ILLUSTRATIVE).order_by("period_end", "pk")
    return real.values_list("series__measure", "period_start", "period_end", "value")
