"""The texts of a plan that may be changed: which rows hold them, and how each is called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from kpis.models import Target
from kpis.targets import Role
from strategy.models import (
    Action,
    Ambition,
    Objective,
    Outcome,
    Plan,
    PlanStatement,
    QualityPriority,
    Risk,
)
from strategy.notes import key_text, touched

NAMES = {
    "title": "Title",
    "theme": "Theme",
    "statement": "Words",
    "text": "Words",
    "mission": "Mission",
    "vision": "Vision",
    "values_statement": "What it says of its values",
    "values": "Values, one a line",
    "rationale": "Why it was chosen, one paragraph a line",
    "description": "Description",
    "impact": "Impact",
    "response": "Response",
}


@dataclass(frozen=True)
class Kind:
    """One kind of row: the texts it has, the path from it to its plan, and its order there."""

    model: type[Model]
    word: str
    fields: tuple[str, ...]
    plan: str = "plan"
    order: tuple[str, ...] = ("position",)

    def of(self, plan: Plan) -> QuerySet[Any]:
        """The rows of one plan, in its order, each with what its key is made of."""
        rows = self.model._default_manager.filter(**{self.plan: plan.pk})
        related = () if self.model is Plan else (self.plan,)
        return (rows.select_related(*related) if related else rows).order_by(*self.order, "pk")


UNDER_OBJECTIVE = ("objective__ambition__position", "objective__position", "position")
KINDS: dict[str, Kind] = {
    "plan": Kind(Plan, "Plan", Plan.texts, plan="pk", order=("code",)),
    "ambition": Kind(Ambition, "Ambition", Ambition.texts),
    "objective": Kind(
        Objective, "Objective", Objective.texts, order=("ambition__position", "position")
    ),
    "target": Kind(Target, "Promise", Target.texts, order=(*UNDER_OBJECTIVE, "part")),
    "outcome": Kind(Outcome, "Outcome", Outcome.texts, "objective__plan", UNDER_OBJECTIVE),
    "action": Kind(Action, "Action", Action.texts, "objective__plan", UNDER_OBJECTIVE),
    "statement": Kind(PlanStatement, "Section", PlanStatement.texts),
    "quality_priority": Kind(QualityPriority, "Quality priority", QualityPriority.texts),
    "risk": Kind(Risk, "Risk", Risk.texts),
}


def as_text(value: Any) -> str:
    """A text as a box shows it; a list of paragraphs has one a line."""
    return "\n".join(str(item) for item in value) if isinstance(value, list) else str(value)


def as_value(row: Model, field: str, text: str) -> Any:
    """What is stored for a text: a list where the row keeps one."""
    if isinstance(getattr(row, field), list):
        return [line.strip() for line in text.splitlines() if line.strip()]
    return text


def texts_of(row: Model) -> dict[str, str]:
    """The texts of a row, by field, empty ones too."""
    fields = KINDS[touched(row)[0]].fields
    return {field: as_text(getattr(row, field)) for field in fields}


def called(kind: str, field: str) -> str:
    """ "Objective, title"; "Promise" alone where it has one text."""
    found = KINDS[kind]
    return found.word if len(found.fields) == 1 else f"{found.word}, {_short(field)}"


def _short(field: str) -> str:
    return NAMES[field].partition(",")[0].lower()


def takes_two(row: Model) -> bool:
    """The words of a commitment are what the board promised: two people change them."""
    return isinstance(row, Target) and row.role == Role.COMMITMENT


def sharing(row: Model) -> Iterator[Any]:
    """The row, and the other targets that its statement promises: they share their words."""
    yield row
    if isinstance(row, Target):
        others = Target.objects.filter(
            plan=row.plan_id, objective=row.objective_id, statement=row.statement
        )
        yield from others.exclude(pk=row.pk).select_related("plan").order_by("pk")


def row_named(kind: str, key: str, plan: Plan) -> Any:
    """The row that a change names, or None."""
    if kind not in KINDS:
        return None
    return next((row for row in KINDS[kind].of(plan) if key_text(row.natural_key()) == key), None)
