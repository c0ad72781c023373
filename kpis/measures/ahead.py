"""What a measure's page says about the figures to come: only what `kpis.outlook` allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kmpt_tracker.ui.formats import format_month, format_value
from kpis.judging.bounds import Bounds
from kpis.judging.digits import decimals_beside
from kpis.judging.status import Standing, TargetShown
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import counted, target_words
from kpis.outlook import Kind, Outlook, outlook
from kpis.rag import Operator
from kpis.spc import fill_months
from strategy.periods import Month

# Without a due date to come, the outlook is for a year.
MONTHS_AHEAD = 12
# A range, or an exact number, is not reached from one side.
TESTED = (Operator.GE, Operator.LE, Operator.GT, Operator.LT)


@dataclass(frozen=True)
class Ahead:
    """The outlook of a measure in words."""

    found: Outlook
    until: Month
    target: TargetShown | None
    terms: MeasureTerms
    bounds: Bounds

    @property
    def words(self) -> str:
        """One sentence; empty where nothing may be said."""
        if self.found.kind is Kind.NONE or not self.found.expected:
            return ""
        if self.found.kind is Kind.STABLE:
            return f"As the process stands, figures stay {self._range}{self._met}."
        by = f"figures are {self._range} in {self.until.label}"
        if self.target is None or self.found.is_met:
            return f"If the trend goes on, {by}."
        if self.found.is_away:
            return f"The figures move away from {self._target}: if the trend goes on, {by}."
        return f"If the trend goes on, {self._target} is {self._reached}."

    @property
    def _range(self) -> str:
        asked = [self.target.value if self.target else None]
        ends = map(self.bounds.clip, (self.found.lower, self.found.upper))
        lower, upper = (
            format_value(
                end, self.terms.unit, decimals_beside(end, self.terms.decimals, asked=asked)
            )
            for end in (Decimal(repr(end)) for end in ends)
        )
        if lower == upper:  # they differ by less than their digits show
            return f"about {lower}"
        sure = "" if self.found.kind is Kind.STABLE else " (80% interval)"
        return f"between {lower} and {upper}{sure}"

    @property
    def _met(self) -> str:
        tested = self.found.tested
        if not tested:
            return ""
        met = "all" if self.found.met == tested else self.found.met or "none"
        return f"; {met} of the last {counted(tested, self.terms)} would have met {self._target}"

    @property
    def _target(self) -> str:
        return target_words(self.target, self.terms)

    @property
    def _reached(self) -> str:
        found, end = self.found, self.until.label
        if found.earliest is None:
            return f"not reached by {end}, even at the better end of an 80% interval"
        earliest = format_month(Month.of(found.earliest))
        if found.likely is None:
            return f"not likely to be reached by {end}, and not before {earliest}"
        latest = "never" if found.latest is None else format_month(Month.of(found.latest))
        about = format_month(Month.of(found.likely))
        if earliest == about == latest:
            return f"reached about {about}"
        latest = f"after {end}" if found.latest is None else latest
        return f"reached about {about}, between {earliest} and {latest} (80% interval)"


def ahead(
    charted: Sequence[Standing],
    target: TargetShown | None,
    terms: MeasureTerms,
    bounds: Bounds,
    *,
    fix_after_n_points: int | None = None,
) -> Ahead | None:
    """The outlook from the windows of a chart, to the day the target is due, else for a year.

    None where there is nothing to look ahead from: no points, or windows without a rhythm.
    """
    points = [row for row in charted if row.spc_segment is not None]
    length = terms.frequency.months
    if not points or not length:
        return None
    filled = fill_months(
        ((row.period.start, row.point) for row in points), frequency=terms.frequency
    )
    ends = {start: Month.of(start).plus(length - 1).end for start, _ in filled}
    last = points[-1].period.last_month
    is_tested = (
        target is not None
        and target.value is not None
        and target.operator in TESTED
        and not terms.adds_up_a_span
    )
    tested = target if is_tested else None
    due = tested.due_on if tested else None
    # The windows with which the limits start afresh, by their last day.
    segments: dict[int | None, date] = {}
    for row in points:
        segments.setdefault(row.spc_segment, ends[row.period.start])
    until = Month.of(due) if due and due > last.end else last.plus(MONTHS_AHEAD)
    found = outlook(
        [value for _, value in filled],
        dates=list(ends.values()),
        target=tested.value if tested else None,
        direction=terms.direction,
        until=until.end,
        is_strict=tested is not None and tested.operator in (Operator.LT, Operator.GT),
        rebase=list(segments.values())[1:],
        fix_after_n_points=fix_after_n_points,
    )
    return Ahead(found, until, tested, terms, bounds)
