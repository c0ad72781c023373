"""One line of the list of what needs the board's attention."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from django.db.models import Q, QuerySet

from accounts.permissions import reads_publicly
from board.home.attention import Attention
from board.home.wording import Said, said_of
from kmpt_tracker.questions import answered_once, written_once
from kmpt_tracker.ui.formats import format_date
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import brief_status
from kpis.models import Commentary, TargetChange
from kpis.models.dated import DatedChange
from kpis.plans.status import PromiseRow
from strategy.periods import Month, Period, london_date


@dataclass(frozen=True)
class Remarks:
    """What people have written or proposed: the latest comment of each series; of each measure
    the latest of a care group; and the measures with a change of a target that waits for a second
    person.
    """

    comments: Mapping[int, Commentary] = field(default_factory=dict)
    of_groups: Mapping[int, Commentary] = field(default_factory=dict)
    waiting: frozenset[int] = frozenset()

    def comment(self, row: PromiseRow) -> Commentary | None:
        """What was said of a figure. The trust's is often added up: else what its groups say."""
        series = row.series
        if series is None:
            return None
        own = self.comments.get(series.pk)
        if own is not None or not series.care_group.is_trust:
            return own
        return self.of_groups.get(series.measure_id)

    def comment_of(self, row: PromiseRow) -> str:
        """The care group that the comment is of, where the row is about the trust."""
        comment, series = self.comment(row), row.series
        if comment is None or series is None or comment.series_id == series.pk:
            return ""
        return comment.series.care_group.name

    def waits(self, row: PromiseRow) -> bool:
        return row.target.measure_id in self.waiting


NO_REMARKS = Remarks()


def remarks_on(rows: Iterable[PromiseRow], month: Month, *, known_at: datetime | None) -> Remarks:
    """The remarks on some rows as known then, up to the month shown, in two queries."""
    rows = list(rows)
    if not rows or reads_publicly():
        return NO_REMARKS
    measures = {row.target.measure_id for row in rows if row.target.measure_id}
    said = list(_said_of(measures, month.end, known_at))
    by_groups = (row for row in said if not row.series.care_group.is_trust)
    return Remarks(
        comments={row.series_id: row for row in said},
        of_groups={row.series.measure_id: row for row in by_groups},
        waiting=frozenset(_waiting(measures, known_at)),
    )


@written_once
def last_comments(
    series: Collection[int], last: date, known_at: datetime | None
) -> QuerySet[Commentary]:
    """The last comment of each series on a window up to a day, oldest window first."""
    rows = Commentary.objects.filter(series__in=series)
    return rows.last_of_each_series(last, known_at)


@written_once
def _said_of(
    measures: Collection[int], last: date, known_at: datetime | None
) -> QuerySet[Commentary]:
    """The last comment of each series of some measures on a window up to a day, oldest window
    first; of one window that of the first care group last.
    """
    rows = Commentary.objects.filter(series__measure__in=measures)
    return (
        rows.last_of_each_series(last, known_at)
        .select_related("series__care_group")
        .order_by("period_end", "-series__care_group__position", "pk")
    )


@answered_once
def _waiting(measures: Collection[int], known_at: datetime | None) -> QuerySet[TargetChange, int]:
    """The measures of which a target change waited for its decision."""
    waiting = Q(outcome=DatedChange.Outcome.PROPOSED)
    if known_at is not None:
        undecided = Q(decided_at__isnull=True) | Q(decided_at__gt=known_at)
        waiting = undecided & Q(proposed_at__lte=known_at)
    rows = TargetChange.objects.filter(waiting, target__measure__in=measures)
    return rows.values_list("target__measure", flat=True)


class Listed(Protocol):
    """A row that a list of attention can hold: a promise, or a measure of a care group."""

    @property
    def name(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def standing(self) -> Standing: ...
    @property
    def before(self) -> Standing: ...
    @property
    def change(self) -> str: ...
    @property
    def terms(self) -> MeasureTerms | None: ...
    @property
    def trend(self) -> tuple[float | None, ...]: ...
    @property
    def cuts(self) -> tuple[int, ...]: ...


@dataclass(frozen=True)
class AttentionRow:
    """A row, why it needs attention, and what has been said and proposed about it."""

    promise: Listed
    url: str
    item: Attention
    month: Month
    comment: Commentary | None = None
    # The care group that wrote it, where the row is about the trust.
    comment_of: str = ""
    change_waits: bool = False

    @property
    def kind(self) -> str:
        terms = self.promise.terms
        return "milestone" if terms is not None and terms.is_milestone else "measure"

    @property
    def said(self) -> Said:
        """The rest of the sentence that begins with the measure's name."""
        return said_of(self.promise.standing, self.promise.terms)

    @property
    def notes(self) -> list[str]:
        """What is shown under the sentence: the owner first."""
        row = self.promise
        notes = [row.owner] if row.owner else []
        if self.item.promises > 1:
            notes.append(f"misses {self.item.promises} targets of the plan")
        if row.change:
            notes.append(f"changed this month, was {brief_status(row.before, row.terms)}")
        return notes

    @property
    def comment_when(self) -> str:
        """ "Comment, 12 Oct 2026"; the month that it is about, where that is not the one shown."""
        if self.comment is None:
            return "No comment yet"
        written = format_date(london_date(self.comment.written_at))
        about = Period(self.comment.period_start, self.comment.period_end)
        by = f" of {self.comment_of}" if self.comment_of else ""
        if about.last_month == self.month:
            return f"Comment{by}, {written}"
        return f"Last comment{by}, on {about.label}, {written}"

    @property
    def comment_words(self) -> str:
        """The first sentence of the comment."""
        if self.comment is None:
            return ""
        return first_said(self.comment)


def first_said(comment: Commentary) -> str:
    """The first sentence of a comment, in whichever of its boxes it stands."""
    text = comment.what_happened or comment.why or comment.action
    first, stop, _ = text.strip().partition(". ")
    return first + stop.strip()
