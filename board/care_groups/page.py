"""The page of a care group."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cip.models import Allocation
from cip.programmes.printed import COLUMNS, AllocationLine, allocations_known
from kpis.asked.months import last_complete_month_of
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import measure_terms
from kpis.assessments.read import clock_at
from kpis.assessments.recent import recent_histories
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.measures.register import notes_of
from kpis.models import Series
from kpis.plans.counts import Reason, Tally, counted_as
from strategy.models import CareGroup, Note
from strategy.notes import notes_on
from strategy.periods import Month


@dataclass(frozen=True)
class GroupRow:
    """One measure of a care group."""

    series: Series
    terms: MeasureTerms
    standing: Standing
    trend: tuple[float | None, ...]
    cuts: tuple[int, ...]
    notes: tuple[Note, ...] = ()
    is_recalculating: bool = False

    @property
    def name(self) -> str:
        return self.series.measure.name

    @property
    def url(self) -> str:
        """The measure's page, as the care group reports it."""
        return f"{self.series.measure.get_absolute_url()}?care_group={self.series.care_group.code}"

    @property
    def measure_key(self) -> str:
        return self.series.measure.code

    @property
    def counted(self) -> Reason:
        return counted_as(self.standing.rag, is_recalculating=self.is_recalculating)


@dataclass(frozen=True)
class CareGroupPage:
    """A care group's measures, and its allocations of savings.

    It opens at the group's last complete month: its return is approved, or the month is locked.
    `still_open` are those after it, latest first.
    """

    month: Month
    still_open: tuple[Month, ...]
    rows: tuple[GroupRow, ...]
    allocations: tuple[AllocationLine, ...]

    allocation_columns = COLUMNS

    @cached_property
    def tally(self) -> Tally[GroupRow]:
        return Tally(self.rows)

    @property
    def reach(self) -> str:
        """ "latest windows to Sep 2026 · not complete yet: Oct 2026"."""
        windows = f"latest windows to {self.month.label}"
        if not self.still_open:
            return windows
        return (
            f"{windows} · not complete yet: {', '.join(month.label for month in self.still_open)}"
        )

    @property
    def is_illustrative(self) -> bool:
        return any(row.standing.shown.origin == "illustrative" for row in self.rows)


def care_group_page(
    care_group: CareGroup, *, now: datetime, known_at: datetime | None = None
) -> CareGroupPage:
    month, still_open = last_complete_month_of(care_group, now=now, known_at=known_at)
    series = list(
        Series.objects.filter(care_group=care_group)
        .select_related("measure", "care_group")
        .order_by("measure__name")
    )
    series = Known(known_at).without_newcomers(series)
    found = recent_histories(series, month, known_at=known_at)
    series = [row.found.series for row in found.values()]
    clock = clock_at(now, known_at=known_at)
    notes = notes_of((row.measure for row in series), known_at)
    allocated = Allocation.objects.filter(care_group=care_group)
    allocations = allocations_known(
        allocated.select_related("programme__plan", "care_group").order_by("programme__year"),
        known_at,
    )
    allocation_notes = notes_on(allocations, known_at)
    return CareGroupPage(
        month=month,
        still_open=still_open,
        rows=tuple(
            GroupRow(
                series=row,
                terms=measure_terms(row.measure),
                standing=found[row.pk].at(month, clock),
                trend=found[row.pk].trend,
                cuts=found[row.pk].cuts,
                notes=notes[row.measure_id],
                is_recalculating=known_at is None and row.is_stale,
            )
            for row in series
        ),
        allocations=tuple(AllocationLine(row, allocation_notes.at(row)) for row in allocations),
    )
