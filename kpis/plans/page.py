"""The page of a plan: its status by objective, what it says of itself, and its contents.

A fixed number of queries, however much the plan says. Its paper is read section by section
(`paper.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kmpt_tracker.ui.formats import format_date
from kpis.judging.history import Clock
from kpis.plans.contents import Chapter, contents
from kpis.plans.counts import Tally
from kpis.plans.remarks import notes_and_changes
from kpis.plans.status import AmbitionCard, PlanStatus, PromiseRow, plan_status
from strategy.models import Plan
from strategy.notes import Notes
from strategy.periods import Month


@dataclass(frozen=True)
class PlanPage:
    """What the page of a plan shows, in its order."""

    plan: Plan
    month: Month
    status: PlanStatus
    chapters: tuple[Chapter, ...]
    notes: Notes
    cited_by: tuple[Plan, ...] = ()
    has_ended: bool = False
    may_edit: bool = False

    @property
    def cards(self) -> tuple[AmbitionCard, ...]:
        """The groupings with objectives."""
        return self.status.cards

    @property
    def tally(self) -> Tally[PromiseRow]:
        """Of every promise, those of the plan as a whole too."""
        return Tally(self.status.rows)

    @property
    def alone(self) -> Tally[PromiseRow]:
        return Tally(self.status.alone)

    @property
    def is_illustrative(self) -> bool:
        return any(row.is_illustrative for row in self.status.rows)

    @property
    def published(self) -> str:
        day = self.plan.published_on
        return f"published {format_date(day)}" if day else "no date of publication printed"

    @property
    def may_change_tolerance(self) -> bool:
        """Nothing is rated by the tolerance of a plan that another document cites."""
        return self.may_edit and not self.plan.cited


def plan_page(
    plan: Plan,
    month: Month,
    clock: Clock,
    *,
    today: date,
    known_at: datetime | None = None,
    may_edit: bool = False,
) -> PlanPage:
    """A plan with its status in a month, as known now or at a past moment."""
    citing = Plan.objects.filter(source_document=plan.source_document, cited=False)
    return PlanPage(
        plan=plan,
        month=month,
        status=plan_status(plan, month, clock, known_at=known_at),
        chapters=contents(plan, known_at),
        notes=notes_and_changes([plan], known_at),
        cited_by=tuple(citing.order_by("starts_on")) if plan.cited else (),
        has_ended=plan.ends_on < today,
        may_edit=may_edit,
    )
