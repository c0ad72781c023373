"""Why a promise's status changed between two looks at the plan. Pure.

The first that holds is the cause: the promise was added, dropped or its measure redefined; the old
window was restated; one end is not rated for want of figures; the new value against the old target
gives the old status, so the target moved; else performance. Where two causes moved a status, its
steps are listed in that order, so that the counts step by step add up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kpis.judging.status import Standing
from kpis.rag import Direction, Group, Operator, Rag, judge


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
        return self.steps[0].cause if self.steps else None

    @property
    def steps(self) -> list[Step]:
        """Every move; a status that changed and changed back has two."""
        was, now = _group(self.then), _group(self.now)
        if self.then is None or self.now is None or self.is_redefined:
            return [Step(Cause.MEASURES, was, now)] if was != now else []
        steps = []
        restated = _group(self.then_as_known_now)
        if restated != was:
            steps.append(Step(Cause.RESTATED, was, restated))
        if restated != now:
            steps += self._moves(restated, now)
        return steps

    def _moves(self, was: Group | None, now: Group | None) -> list[Step]:
        old, new = self.then_as_known_now, self.now
        if old is None or new is None or lacks_figures(old.rag) or lacks_figures(new.rag):
            return [Step(Cause.REPORTING, was, now)]
        if self._judged(new.judged_value, old) is was:
            return [Step(Cause.TARGET, was, now)]
        moved = self._judged(old.judged_value, new)
        if moved is None or moved in (was, now):
            return [Step(Cause.PERFORMANCE, was, now)]
        return [Step(Cause.TARGET, was, moved), Step(Cause.PERFORMANCE, moved, now)]

    def _judged(self, value: Decimal | None, by: Standing) -> Group | None:
        """The group of a value against the target of another window; None without either."""
        target = by.target
        if value is None or target is None or target.value is None or not target.operator:
            return None
        return judge(
            value,
            target=target.value,
            floor=target.floor,
            upper=target.upper,
            direction=self.direction,
            operator=Operator(target.operator),
        ).rag.group


def lacks_figures(rag: Rag) -> bool:
    """Not rated because figures are missing, not because nothing was promised."""
    return rag in (Rag.LATE, Rag.NO_DATA, Rag.INCOMPLETE, Rag.NOT_DUE)


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
