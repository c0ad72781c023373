"""What pages say of limits that start afresh, and of limits fixed on a chart's first points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from accounts.permissions import reads_publicly
from kmpt_tracker.questions import answered_once
from kmpt_tracker.ui.formats import format_date
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import STEPS, counted
from kpis.models import FixedBaseline, Measure, Series
from kpis.months.due import first_window_from
from kpis.spc import fill_months
from strategy.periods import Frequency, Period


@dataclass(frozen=True)
class NewLimits:
    """Limits that start afresh: the day asked for, the window they start with, and why."""

    starts_on: date
    begins: Period
    reason: str

    @property
    def is_moved(self) -> bool:
        return self.begins.start != self.starts_on


def new_limits(measure: Measure, starts_on: date, reason: str) -> NewLimits:
    return NewLimits(starts_on, first_window_from(measure, starts_on), reason)


def moved_words(measure: Measure, starts_on: date) -> str:
    """That limits asked for within a window start with the next one; empty for the first day of
    one.
    """
    asked = new_limits(measure, starts_on, "")
    if not asked.is_moved:
        return ""
    step = STEPS[Frequency(measure.frequency)]
    return (
        f"{format_date(starts_on)} is within a {step}: "
        f"the limits begin with the next one, {asked.begins.label}."
    )


@dataclass(frozen=True)
class FixedLimits:
    """A decision in effect, the points it fixes the limits on, and how many there are now."""

    decided: FixedBaseline
    baseline: str
    points: int

    @property
    def is_reached(self) -> bool:
        return self.points >= self.decided.points

    @property
    def words(self) -> str:
        """That the limits are fixed, or why they are not yet; then the reason, who decided it and
        when.
        """
        said = f"Fixed on {self.baseline}"
        if not self.is_reached:
            said = f"To be fixed on {self.baseline}; {self.points} so far, and until then all count"
        who = f"{self.decided.recorded_by}, " if self.decided.recorded_by else ""
        reason = self.decided.reason.rstrip(".")
        return f"{said}. {reason}. {who}{format_date(self.decided.recorded_at)}."


def fixed_limits(
    series: Series | None,
    terms: MeasureTerms,
    windows: Iterable[Standing],
    rebases: Sequence[NewLimits],
    *,
    known_at: datetime | None,
) -> FixedLimits | None:
    """The decision in effect at a moment, with the windows and recalculations known then."""
    decided = next(iter(_fixed(series.pk, known_at)), None) if series else None
    # Who decided it, and why, is not for everyone to read.
    if decided is None or reads_publicly():
        return None
    part = " of each part between recalculations" if rebases else ""
    return FixedLimits(
        decided=decided,
        baseline=f"the first {counted(decided.points, terms)}{part}",
        points=_points_now(terms, windows, [row.starts_on for row in rebases]),
    )


@answered_once
def _fixed(series: int, known_at: datetime | None) -> QuerySet[FixedBaseline]:
    rows = FixedBaseline.objects.standing(known_at).filter(series=series)
    return rows.select_related("recorded_by").order_by("pk")


def _points_now(terms: MeasureTerms, windows: Iterable[Standing], cuts: list[date]) -> int:
    """Points since the limits were last recalculated. Gaps count, as they do in the calculation."""
    charted = ((row.period.start, row.value) for row in windows if row.spc_segment is not None)
    days = [day for day, _ in fill_months(charted, frequency=terms.frequency)]
    latest = max((cut for cut in cuts if days and cut <= days[-1]), default=date.min)
    return sum(day >= latest for day in days)
