"""The parts that the pages of a plan and of an objective are made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from kpis.judging.assess import MeasureTerms
from kpis.judging.status import Standing
from kpis.models import Measure
from kpis.plans.status import AmbitionCard, ObjectiveRows
from strategy.models import Action, ActionStatus, Objective, Outcome


@dataclass(frozen=True)
class ActionLine:
    """An action of the plan, and its latest status; empty where nobody has recorded one."""

    action: Action
    statuses: tuple[ActionStatus, ...] = ()

    @property
    def latest(self) -> ActionStatus | None:
        return self.statuses[0] if self.statuses else None


@dataclass(frozen=True)
class ObjectiveBlock:
    """An objective as the paper has it: what it will look like, what is done, how we know."""

    promised: ObjectiveRows
    outcomes: tuple[Outcome, ...]
    actions: tuple[ActionLine, ...]

    @property
    def objective(self) -> Objective:
        return self.promised.objective

    @property
    def undated_actions(self) -> tuple[ActionLine, ...]:
        """Actions that are not in the table of quarters."""
        return tuple(line for line in self.actions if not line.action.quarter)


@dataclass(frozen=True)
class AmbitionBlock:
    """A grouping with its objectives."""

    card: AmbitionCard
    objectives: tuple[ObjectiveBlock, ...]


@dataclass(frozen=True)
class ThemeBlock:
    """Groupings that the plan prints under one theme. Without a name it is a single grouping."""

    theme: str
    ambitions: tuple[AmbitionBlock, ...]


@dataclass(frozen=True)
class MeasureLine:
    """A measure named with a risk or a quality priority, and the trust's figure."""

    measure: Measure
    terms: MeasureTerms
    standing: Standing


@dataclass(frozen=True)
class Linked:
    """A risk or a quality priority with the objectives and the measures that show it."""

    row: Any
    objectives: tuple[Objective, ...]
    measures: tuple[MeasureLine, ...]


@dataclass(frozen=True)
class Section:
    """A section of the page: its heading, the template that draws it, and the content."""

    id: str
    title: str
    template: str
    content: Any
    count: int


def statuses() -> Prefetch:
    """The history of an action's status, latest first, with who recorded it."""
    rows = ActionStatus.objects.select_related("recorded_by").order_by("-known_from", "-pk")
    return Prefetch("statuses", rows)


def action_lines(
    actions: Iterable[Action], known_at: datetime | None = None
) -> tuple[ActionLine, ...]:
    """Lines for actions that come with their statuses, as known at a moment."""
    return tuple(
        ActionLine(
            action,
            tuple(
                status
                for status in action.statuses.all()
                if known_at is None or status.known_from <= known_at
            ),
        )
        for action in actions
    )


def actions_of(objective: Objective) -> Iterable[Action]:
    """The actions of one objective, with what their lines need."""
    return (
        objective.actions.select_related("objective__plan", "source_document")
        .prefetch_related(statuses())
        .order_by("position")
    )
