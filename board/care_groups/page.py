"""The page of a care group."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from statistics import fmean

from django.db.models import QuerySet

from accounts.permissions import reads_publicly
from board.home.attention import AttentionList, Candidate, rank
from board.home.row import AttentionRow, last_comments
from cip.models import Allocation
from cip.programmes.printed import COLUMNS, AllocationLine, allocations_known
from kmpt_tracker.questions import answered_once, written_once
from kmpt_tracker.ui.formats import format_count, format_date
from kpis.asked.address import Asked
from kpis.asked.months import last_complete_month_of
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import measure_terms
from kpis.assessments.read import closed_on
from kpis.assessments.recent import recent_histories
from kpis.judging.freshness import age_words, windows_missing
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.measures.register import notes_of
from kpis.models import Commentary, Series
from kpis.plans.counts import Reason, Tally, counted_as
from kpis.plans.status import USUAL_WINDOWS
from kpis.rag import Direction
from strategy.models import CareGroup
from strategy.notes import Remark, notes_on
from strategy.periods import Frequency, Month, latest_window


@dataclass(frozen=True)
class GroupRow:
    """One measure of a care group."""

    series: Series
    terms: MeasureTerms
    standing: Standing
    trend: tuple[float | None, ...]
    cuts: tuple[int, ...]
    notes: tuple[Remark, ...] = ()
    is_recalculating: bool = False

    periods_missing: int = 0

    # A list of what needs attention covers only changes of promises.
    change = ""

    @property
    def before(self) -> Standing:
        return self.standing

    @property
    def name(self) -> str:
        return self.series.measure.name

    @property
    def owner(self) -> str:
        return self.series.measure.owner

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
    comments: Mapping[int, Commentary] = field(default_factory=dict)
    # The last day of a care group that has closed: nothing of it can be attended to any more.
    ended_on: date | None = None

    allocation_columns = COLUMNS

    @cached_property
    def tally(self) -> Tally[GroupRow]:
        return Tally(self.rows)

    @property
    def sentence(self) -> str:
        """The summary of the page: how many are off target, and what cannot be rated."""
        counts = self.tally.counts
        if not counts.rated:
            why = f": {counts.unrated_words}" if counts.unrated_words else ""
            return f"None of {format_count(counts.total, 'measure')} can be rated{why}."
        said = f"{counts.off_target} of {format_count(counts.rated, 'rated measure')} off target"
        left = counts.total - counts.rated
        rest = f"; {left} cannot be rated" if left else ""
        return f"{said}, {counts.on_target} on target, in {self.month.full_label}{rest}."

    @cached_property
    def attention(self) -> AttentionList:
        rows = self.rows if self.ended_on is None else ()
        return rank([_candidate(row) for row in rows])

    @property
    def attention_rows(self) -> list[AttentionRow]:
        by_code = {row.measure_key: row for row in self.rows}
        found = ((by_code[item.key], item) for item in self.attention.shown)
        return [
            AttentionRow(row, row.url, item, self.month, self.comments.get(row.series.pk))
            for row, item in found
        ]

    @property
    def silent(self) -> list[tuple[GroupRow, str]]:
        """Measures without data for three periods or more, with the age of the last figure."""
        by_code = {row.measure_key: row for row in self.rows}
        return [
            (row, age_words(row.standing.shown.period, self.month))
            for row in (by_code[key] for key in self.attention.without_data)
        ]

    @property
    def reach(self) -> str:
        """ "latest windows to Sep 2026 · not complete yet: Oct 2026"; of a care group that has
        closed "ended on 31 Jul 2026 · last windows to Jul 2026".
        """
        windows = f"latest windows to {self.month.label}"
        if self.ended_on is not None:
            windows = f"ended on {format_date(self.ended_on)} · last windows to {self.month.label}"
        if not self.still_open:
            return windows
        return (
            f"{windows} · not complete yet: {', '.join(month.label for month in self.still_open)}"
        )

    @property
    def is_illustrative(self) -> bool:
        return any(row.standing.shown.origin == "illustrative" for row in self.rows)


@written_once
def _series_of(care_group: int) -> QuerySet[Series]:
    rows = Series.objects.filter(care_group=care_group).select_related("measure", "care_group")
    return rows.order_by("measure__name")


@answered_once
def _allocated(care_group: int) -> QuerySet[Allocation]:
    """What the programmes ask of a care group; not for everyone to read."""
    rows = Allocation.objects.filter(care_group=care_group)
    if reads_publicly():
        return rows.none()
    return rows.select_related("programme__plan", "care_group").order_by("programme__year")


def care_group_page(care_group: CareGroup, asked: Asked) -> CareGroupPage:
    known_at, clock = asked.known_at, asked.clock
    month, still_open = last_complete_month_of(care_group, clock, now=asked.now, known_at=known_at)
    series = Known(known_at).without_newcomers(_series_of(care_group.pk))
    found = recent_histories(series, month, known_at=known_at)
    series = [row.found.series for row in found.values()]
    notes = notes_of((row.measure for row in series), known_at)
    allocations = allocations_known(_allocated(care_group.pk), known_at)
    allocation_notes = notes_on(allocations, known_at)
    comments = last_comments([row.pk for row in series], month.end, known_at)
    standings = {row.pk: found[row.pk].at(month, clock) for row in series}
    return CareGroupPage(
        month=month,
        still_open=still_open,
        rows=tuple(
            GroupRow(
                series=row,
                terms=measure_terms(row.measure),
                standing=standings[row.pk],
                periods_missing=_missing(row, standings[row.pk], month),
                trend=found[row.pk].trend,
                cuts=found[row.pk].cuts,
                notes=notes[row.measure_id],
                is_recalculating=known_at is None and row.is_stale,
            )
            for row in series
        ),
        allocations=tuple(AllocationLine(row, allocation_notes.at(row)) for row in allocations),
        comments={row.series_id: row for row in comments},
        ended_on=closed_on(care_group, now=asked.now, known_at=known_at),
    )


def _missing(series: Series, standing: Standing, month: Month) -> int:
    """How many windows fell due after the latest figure."""
    frequency = Frequency(series.measure.frequency)
    due = latest_window(month, frequency, year_end_month=series.measure.year_end_month)
    latest = standing.shown.period if standing.shown.has_value else None
    return windows_missing(latest, due, frequency) or 0


def _candidate(row: GroupRow) -> Candidate:
    known = [value for value in row.trend if value is not None][-USUAL_WINDOWS:]
    is_single = row.terms.judged_on == "month"
    return Candidate(
        key=row.measure_key,
        measure=row.measure_key,
        standing=row.standing,
        is_milestone=row.terms.is_milestone,
        is_band=row.terms.direction is Direction.BAND,
        periods_missing=row.periods_missing,
        usual=Decimal(str(fmean(known))) if known and is_single else None,
    )
