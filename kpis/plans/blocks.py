"""The parts that the pages of a plan and of an objective are made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from accounts.permissions import reads_publicly
from kmpt_tracker.ui.formats import format_date, format_value
from kpis.judging.status import Standing
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import value_words
from kpis.models import Measure
from kpis.plans.status import AmbitionCard, ObjectiveRows, PromiseRow, place_of
from strategy.models import (
    Action,
    ActionStatus,
    ContextFigure,
    Objective,
    Outcome,
    PlanStatement,
)
from strategy.notes import Remark
from strategy.periods import Period
from strategy.places import shared, within

# What the plans print over their outcomes; the place of a row ends with it.
OUTCOMES = ("What this will look like", "To achieve", "Impact")


@dataclass(frozen=True)
class ActionLine:
    """An action of the plan, and its latest status; empty where nobody has recorded one."""

    action: Action
    statuses: tuple[ActionStatus, ...] = ()

    @property
    def latest(self) -> ActionStatus | None:
        return self.statuses[0] if self.statuses else None

    @property
    def earlier(self) -> tuple[ActionStatus, ...]:
        return self.statuses[1:]

    @property
    def recorded(self) -> str:
        """When the latest status was recorded, and by whom."""
        if self.latest is None:
            return ""
        day = format_date(self.latest.known_from)
        return f"{day}, {self.latest.recorded_by}" if self.latest.recorded_by else day

    @property
    def due(self) -> str:
        """When the action is due, in the plan's words, with the day where one is meant."""
        printed = self.action.due_as_published or self.action.quarter
        if self.action.due_on is None:
            return printed or "not printed"
        day = format_date(self.action.due_on)
        return f"{printed}, by {day}" if printed else day

    @property
    def status_url(self) -> str:
        """The address where its status is recorded."""
        objective = self.action.objective
        place = [objective.plan.code, objective.reference, self.action.position]
        return reverse("kpis:action-status", args=place)


@dataclass(frozen=True)
class QuarterLine(ActionLine):
    """An action in the table of quarters; `notes` are those that are not printed above it."""

    notes: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Quarter:
    """The actions of one quarter, or of one whole year."""

    name: str
    lines: tuple[QuarterLine, ...]

    @property
    def words(self) -> str:
        """ "2017/18 Q1: Apr to Jun 2017"; a whole year is shown as it is."""
        try:
            label = Period.parse(self.name).label
        except ValueError:
            return self.name
        return self.name if label == self.name else f"{self.name}: {label}"

    @property
    def printed(self) -> str:
        """The due date as the plan prints it."""
        return self.lines[0].action.due_as_published

    @property
    def place(self) -> str:
        return shared(line.action.place for line in self.lines)


@dataclass(frozen=True)
class QuarterTable:
    """The actions by quarter; `above` are the notes that are on every one of them."""

    quarters: tuple[Quarter, ...]
    above: tuple[Remark, ...]


@dataclass(frozen=True)
class ObjectiveBlock:
    """An objective as the paper prints it: its outcomes, its actions and its promises."""

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

    @property
    def id(self) -> str:
        return f"objective-{self.objective.pk}"

    @property
    def statement(self) -> str:
        """The words of the objective where they are not its title."""
        said = self.objective.statement
        return "" if said == self.objective.title else said

    @property
    def undated_place(self) -> str:
        return shared(line.action.place for line in self.undated_actions)

    @property
    def outcomes_heading(self) -> str:
        """The words that the plan prints over these outcomes."""
        places = " ".join(outcome.source_section for outcome in self.outcomes).casefold()
        return next((words for words in OUTCOMES if words.casefold() in places), "Outcomes")

    @property
    def outcomes_place(self) -> str:
        return shared(outcome.place for outcome in self.outcomes)

    @property
    def promises_caption(self) -> str:
        return f"How we will know: {self.objective.title}"


@dataclass(frozen=True)
class AmbitionBlock:
    """A grouping with its objectives."""

    card: AmbitionCard
    objectives: tuple[ObjectiveBlock, ...]

    @property
    def id(self) -> str:
        return f"grouping-{self.card.ambition.position}"

    @property
    def caption(self) -> str:
        """ "Ambition 1", and its theme."""
        ambition = self.card.ambition
        kind = f"{ambition.get_kind_display()} {ambition.number}".strip()
        return f"{kind} · {ambition.theme}" if ambition.theme else kind

    @property
    def statement(self) -> str:
        """The words of the grouping where they are not its title."""
        said = self.card.ambition.statement
        return "" if said == self.card.ambition.title else said


@dataclass(frozen=True)
class Standards:
    """Standards and promises of the plan as a whole, under no objective."""

    rows: tuple[PromiseRow, ...]

    @property
    def place(self) -> str:
        return place_of(self.rows)


@dataclass(frozen=True)
class MeasureLine:
    """A measure named with a risk or a quality priority, and the trust's figure."""

    measure: Measure
    terms: MeasureTerms
    standing: Standing

    @property
    def value(self) -> str:
        return value_words(self.standing.shown, self.terms)


@dataclass(frozen=True)
class Linked:
    """A risk or a quality priority with the objectives and the measures that show it."""

    row: Any
    objectives: tuple[Objective, ...]
    measures: tuple[MeasureLine, ...]


@dataclass(frozen=True)
class StatementLine:
    """A statement of the plan under the heading of a section."""

    row: PlanStatement
    heading: str

    @property
    def place(self) -> str:
        """The place beyond the heading; empty where the heading says it all."""
        place = self.row.place
        return within(place, self.heading) if self.row.source_section else place


@dataclass(frozen=True)
class ContextLine:
    """A figure that sets the scene."""

    figure: ContextFigure

    @property
    def compared(self) -> str:
        """What it is compared with, and the figure of that."""
        figure = self.figure
        if not figure.comparator or figure.comparator_value is None:
            return figure.comparator
        return f"{figure.comparator}: {format_value(figure.comparator_value, figure.unit)}"


@dataclass(frozen=True)
class Section:
    """A section of the page: its heading, the template that draws it, and the content."""

    id: str
    title: str
    template: str
    content: Any
    count: int


def statuses() -> Prefetch:
    """The history of an action's status, latest first, with who recorded it; not for everyone."""
    rows = ActionStatus.objects.select_related("recorded_by").order_by("-known_from", "-pk")
    if reads_publicly():
        rows = rows.none()
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
