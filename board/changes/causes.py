"""Why a promise's status changed between two looks at the plan. Pure.

The first that holds is the cause: the promise was added or dropped, or its measure redefined, named
or ended; the old window is known otherwise now; one end is not rated for want of figures; the new
value against the old target gives the old status, or one that moves the other way, or one end has
no target: the target moved; else performance. Only performance is better or worse. Where target and
performance both moved a status, it is by performance, and its steps are listed in that order, so
that the counts step by step add up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kpis.judging.status import Standing
from kpis.rag import (
    Direction,
    Group,
    MilestoneStatus,
    Operator,
    Rag,
    judge,
    judge_milestone,
    rounded_once,
)

# Best first.
RATINGS: tuple[Group | None, ...] = (Group.ON_TARGET, Group.NEAR_TARGET, Group.OFF_TARGET)


class Cause(StrEnum):
    """In the order in which they are tried."""

    MEASURES = "measures"
    RESTATED = "restated"
    REPORTING = "reporting"
    TARGET = "target"
    PERFORMANCE = "performance"


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a promise between groups of statuses; None is outside the plan."""

    cause: Cause
    was: Group | None
    now: Group | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A promise at both ends: as it was seen then, the same window as known now, and now."""

    then: Standing | None
    then_as_known_now: Standing | None
    now: Standing | None
    direction: Direction
    is_redefined: bool = False

    @property
    def cause(self) -> Cause | None:
        """The one cause of a changed status; None where it did not change."""
        if _group(self.then) == _group(self.now):
            return None
        causes = [step.cause for step in self.steps]
        return Cause.PERFORMANCE if causes == [Cause.TARGET, Cause.PERFORMANCE] else causes[0]

    @property
    def steps(self) -> list[Step]:
        """Every move; a status that changed and changed back has two."""
        was, now = _group(self.then), _group(self.now)
        if self.then is None or self.now is None or self.is_redefined or self._begins_or_ends:
            return [Step(Cause.MEASURES, was, now)] if was != now else []
        steps = []
        restated = _group(self.then_as_known_now)
        if restated != was:
            steps.append(Step(Cause.RESTATED, was, restated))
        if restated != now:
            steps += self._moves(restated, now)
        return steps

    @property
    def _begins_or_ends(self) -> bool:
        """At one end nobody counts it: it has no measure yet, or is no longer reported."""
        ends = [one for one in (self.then, self.now) if one is not None]
        uncounted = [one.rag is Rag.NO_MEASURE or one.is_unreported for one in ends]
        return len(set(uncounted)) > 1

    def _moves(self, was: Group | None, now: Group | None) -> list[Step]:
        old, new = self.then_as_known_now, self.now
        if old is None or new is None or has_no_figure(old.rag) or has_no_figure(new.rag):
            return [Step(Cause.REPORTING, was, now)]
        # A figure that has no target, or no baseline, at one end is neither better nor worse.
        if Group.NOT_RATED in (was, now) or _way(was, self._judged(new, old)) != _way(was, now):
            return [Step(Cause.TARGET, was, now)]
        moved = self._judged(old, new)
        if moved in (was, now):
            return [Step(Cause.PERFORMANCE, was, now)]
        return [Step(Cause.TARGET, was, moved), Step(Cause.PERFORMANCE, moved, now)]

    def _judged(self, window: Standing, by: Standing) -> Group:
        """The group of a window against the target of another."""
        target = by.target
        if window.milestone_status:
            return judge_milestone(
                MilestoneStatus(window.milestone_status),
                forecast_on=window.forecast_on,
                completed_on=window.completed_on,
                due_on=target.due_on if target else None,
                on=window.period.end,
            ).group
        if target is None or target.value is None or not target.operator:
            return Group.NOT_RATED
        share = _share(window, by)
        return judge(
            window.judged_value,
            target=_times(target.value, share),
            floor=_times(target.floor, share),
            upper=_times(target.upper, share),
            direction=self.direction,
            operator=Operator(target.operator),
        ).rag.group


def lacks_figures(rag: Rag) -> bool:
    """Not rated because figures are missing, not because nothing was promised."""
    return rag in (Rag.LATE, Rag.NO_DATA, Rag.INCOMPLETE, Rag.NOT_DUE)


def has_no_figure(rag: Rag) -> bool:
    """Figures are missing, too small to show, or there was nothing to count."""
    return lacks_figures(rag) or rag in (Rag.NOT_APPLICABLE, Rag.SUPPRESSED)


def _way(was: Group | None, now: Group | None) -> int:
    """+1 where the second of two ratings is worse, −1 where it is better, 0 without a rating."""
    if was not in RATINGS or now not in RATINGS:
        return 0
    first, last = RATINGS.index(was), RATINGS.index(now)
    return (last > first) - (last < first)


def _share(window: Standing, by: Standing) -> Fraction:
    """How much more, or less, of a year's amount is due by one window than by another."""
    is_shared = by.target is not None and by.target.year_value is not None
    if not (is_shared and window.windows_in_year and by.windows_expected):
        return Fraction(1)
    due = Fraction(window.windows_expected, window.windows_in_year)
    return due / Fraction(by.windows_expected, by.windows_in_year)


def _times(number: Decimal | None, share: Fraction) -> Decimal | None:
    if number is None or share == 1:
        return number
    return rounded_once(Fraction(number) * share)


def _group(standing: Standing | None) -> Group | None:
    return None if standing is None else standing.rag.group


def stepped(all_steps: Iterable[Step]) -> dict[Cause, Counter[Group]]:
    """What each cause adds to each group, and takes from it."""
    found: dict[Cause, Counter[Group]] = {cause: Counter() for cause in Cause}
    for step in all_steps:
        if step.was is not None:
            found[step.cause][step.was] -= 1
        if step.now is not None:
            found[step.cause][step.now] += 1
    return found
