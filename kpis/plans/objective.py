"""One objective: its promises with their status, its outcomes, and the status of its actions."""

from dataclasses import dataclass
from datetime import datetime

from kpis.judging.history import Clock
from kpis.plans.blocks import ActionLine, ObjectiveBlock, action_lines, actions_of
from kpis.plans.remarks import notes_and_changes
from kpis.plans.status import AmbitionCard, PromiseRow, plan_status
from strategy.models import Action, Objective, Plan
from strategy.notes import Notes
from strategy.periods import Month
from strategy.recorded import restored


@dataclass(frozen=True)
class ObjectivePage:
    """Everything the page of one objective shows."""

    plan: Plan
    card: AmbitionCard
    block: ObjectiveBlock
    notes: Notes

    @property
    def objective(self) -> Objective:
        return self.block.objective

    @property
    def rows(self) -> tuple[PromiseRow, ...]:
        return self.block.promised.rows

    @property
    def lines(self) -> tuple[ActionLine, ...]:
        return self.block.actions

    @property
    def is_illustrative(self) -> bool:
        return any(row.is_illustrative for row in self.rows)


def objective_page(
    plan: Plan, reference: str, month: Month, clock: Clock, *, known_at: datetime | None = None
) -> ObjectivePage | None:
    """The objective with that reference, or None where the plan has none."""
    status = plan_status(
        plan,
        month,
        clock,
        known_at=known_at,
        wanted=lambda objective: objective is not None and objective.reference == reference,
    )
    found = next(
        (
            (card, item)
            for card in status.cards
            for item in card.objectives
            if item.objective.reference == reference
        ),
        None,
    )
    if found is None:
        return None
    card, item = found
    outcomes = restored(
        item.objective.outcomes.select_related("objective__plan", "source_document").order_by(
            "position"
        ),
        known_at,
    )
    actions: list[Action] = restored(actions_of(item.objective), known_at)
    return ObjectivePage(
        plan=plan,
        card=card,
        block=ObjectiveBlock(item, tuple(outcomes), action_lines(actions, known_at)),
        notes=notes_and_changes([*outcomes, *actions], known_at),
    )
