"""Datasets of the organisation and the plans."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db.models import Choices, Count, QuerySet

from kmpt_tracker.ui.tabular import Cell, Column, Kind
from strategy.exports.filters import Codes, Filters
from strategy.models import (
    Action,
    ActionStatus,
    Ambition,
    CareGroup,
    FinanceLine,
    Objective,
    Outcome,
    Plan,
)
from strategy.recorded import already_recorded, restored, restored_parents

Rows = Iterator[tuple[Cell, ...]]
CHUNK = 2_000


@dataclass(frozen=True)
class Dataset:
    """A named table in long form: its columns, the filters that apply, and its rows."""

    name: str
    title: str
    columns: tuple[Column, ...]
    filters: frozenset[str]
    rows: Callable[[Filters], Rows]
    codes: Codes = field(default_factory=dict)


def code(name: str, meaning: str, allowed: tuple[str, ...] = ()) -> Column:
    return Column(name, Kind.CODE, meaning, allowed=allowed)


def text(name: str, meaning: str) -> Column:
    return Column(name, Kind.TEXT, meaning)


def number(name: str, meaning: str, unit: str = "") -> Column:
    return Column(name, Kind.NUMBER, meaning, unit)


def day(name: str, meaning: str) -> Column:
    return Column(name, Kind.DATE, meaning)


def moment(name: str, meaning: str) -> Column:
    return Column(name, Kind.MOMENT, meaning)


def boolean(name: str, meaning: str) -> Column:
    return Column(name, Kind.BOOLEAN, meaning)


def vocabulary(choices: type[Choices]) -> tuple[str, ...]:
    """The codes of a model's choices, for the dictionary."""
    return tuple(value for value in choices.values if value)


SOURCE = (
    code("source_document", "Code of the published document the row comes from"),
    text("source_section", "Where in the document the words stand"),
)
PLAN = code("plan", "Code of the plan")
OBJECTIVE = code("objective", "Reference of the objective, as printed where it has one")


def _care_groups(filters: Filters) -> Rows:
    groups = CareGroup.objects.all()
    came_from = predecessors(filters.as_at)
    if filters.care_group:
        rows = rows.filter(code=filters.care_group)
    for row in restored(already_recorded(rows, filters.as_at), filters.as_at):
        before = " ".join(sorted(group.code for group in row.predecessors.all()))
        yield row.code, row.name, row.level, row.valid_from, row.valid_to, before


def _plans(filters: Filters) -> Rows:
    rows = Plan.objects.order_by("starts_on", "code").select_related("source_document")
    if filters.plan:
        rows = rows.filter(code=filters.plan)
    for plan in restored(rows, filters.as_at):
        if not _was_known(plan, filters):
            continue
        yield (
            plan.code, plan.title, plan.starts_on, plan.ends_on, plan.published_on,
            plan.mission, plan.vision, plan.source_document.code,
        )  # fmt: skip


def _was_known(plan: Plan, filters: Filters) -> bool:
    """A plan is known from its publication, or from its first day if it prints no date."""
    return filters.as_at is None or plan.known_from <= filters.as_at


def in_plan(rows: QuerySet, filters: Filters, *, objective: str = "objective") -> QuerySet:
    """Limit rows to the plan, ambition (number) and objective (reference) asked for."""
    if filters.plan:
        rows = rows.filter(**{f"{objective}__plan__code": filters.plan})
    if filters.ambition:
        rows = rows.filter(**{f"{objective}__ambition__number": filters.ambition})
    if filters.objective:
        rows = rows.filter(**{f"{objective}__reference": filters.objective})
    return rows


ORDER = ("plan__starts_on", "ambition__position", "position")


def _objectives(filters: Filters) -> Rows:
    rows = Objective.objects.order_by(*ORDER)
    if filters.plan:
        rows = rows.filter(plan__code=filters.plan)
    if filters.ambition:
        rows = rows.filter(ambition__number=filters.ambition)
    if filters.objective:
        rows = rows.filter(reference=filters.objective)
    rows = rows.select_related("plan", "ambition").annotate(
        outcome_count=Count("outcomes", distinct=True),
        action_count=Count("actions", distinct=True),
        measure_count=Count("targets__measure", distinct=True),
    )
    for row in restored_parents(restored(rows, filters.as_at), "ambition", filters.as_at):
        ambition = row.ambition
        if not _was_known(row.plan, filters):
            continue
        yield (
            row.plan.code, ambition.kind, ambition.number, ambition.title,
            ambition.theme or ambition.statement,
            row.reference, row.title, row.outcome_count, row.action_count,  # type: ignore[attr-defined]
            row.measure_count,  # type: ignore[attr-defined]
        )  # fmt: skip


def _outcomes(filters: Filters) -> Rows:
    rows = in_plan(Outcome.objects.all(), filters).order_by(
        *(f"objective__{name}" for name in ORDER), "position"
    )
    rows = rows.select_related("objective__plan", "source_document")
    for row in restored(rows, filters.as_at):
        if not _was_known(row.objective.plan, filters):
            continue
        yield (
            row.objective.plan.code, row.objective.reference, row.position, row.statement,
            row.source_document.code if row.source_document else "", row.source_section,
        )  # fmt: skip


def _actions(filters: Filters) -> Rows:
    rows = in_plan(Action.objects.all(), filters).order_by(
        *(f"objective__{name}" for name in ORDER), "position"
    )
    rows = rows.select_related("objective__plan", "source_document").prefetch_related("statuses")
    for action in restored(rows, filters.as_at):
        history = [
            status
            for status in action.statuses.all()
            if filters.as_at is None or status.known_from <= filters.as_at
        ]
        latest = max(history, key=lambda status: status.known_from, default=None)
        status = latest.status if latest else ""
        if filters.status and status != filters.status:
            continue
        if not _was_known(action.objective.plan, filters):
            continue
        yield (
            action.objective.plan.code, action.objective.reference, action.position,
            action.statement, action.due_on, action.owner, status,
            action.source_document.code if action.source_document else "",
            action.source_section,
        )  # fmt: skip


def _finance(filters: Filters) -> Rows:
    rows = FinanceLine.objects.order_by("plan__starts_on", "position")
    if filters.plan:
        rows = rows.filter(plan__code=filters.plan)
    yield from rows.values_list(
        "plan__code", "group", "line", "period", "value", "unit", "printed_as",
        "source_document__code", "source_section",
    ).iterator(CHUNK)  # fmt: skip


IN_PLAN = frozenset({"plan", "ambition", "objective"})

DATASETS = (
    Dataset(
        "care_groups",
        "Care groups",
        (
            code("care_group", "Code of the care group"),
            text("name", "Name"),
            code("level", "What kind of unit it is", vocabulary(CareGroup.Level)),
            day("valid_from", "First day; empty: not recorded"),
            day("valid_to", "First day no longer in force; empty: open"),
            text("predecessors", "Codes of the units it came from, separated by spaces"),
        ),
        frozenset({"care_group", "as_at"}),
        _care_groups,
    ),
    Dataset(
        "plans",
        "Plans",
        (
            PLAN,
            text("title", "Title as published"),
            day("starts", "First day"),
            day("ends", "Last day"),
            day("published_on", "Day of publication; empty: not printed"),
            text("mission", "Mission as published"),
            text("vision", "Vision as published"),
            code("source_document", "Code of the published document"),
        ),
        frozenset({"plan", "as_at"}),
        _plans,
    ),
    Dataset(
        "objectives",
        "Objectives",
        (
            PLAN,
            code("ambition_kind", "What the plan calls the grouping", vocabulary(Ambition.Kind)),
            code("ambition_number", "Its number as printed"),
            text("ambition", "Its title as published"),
            text(
                "theme",
                "Its theme as published (notes tell of one that is not); where it has none, what"
                " the plan says of it, such as the strategic priority that it carries out",
            ),
            OBJECTIVE,
            text("title", "The objective as published"),
            number("outcomes", "How many outcomes stand under it", "rows"),
            number("actions", "How many actions stand under it", "rows"),
            number("measures", "How many measures follow its promises", "measures"),
        ),
        IN_PLAN | {"as_at"},
        _objectives,
    ),
    Dataset(
        "outcomes",
        "Outcomes: what this will look like",
        (
            PLAN,
            OBJECTIVE,
            number("position", "Place under the objective, from 1"),
            text("statement", "The outcome as published"),
            *SOURCE,
        ),
        IN_PLAN | {"as_at"},
        _outcomes,
    ),
    Dataset(
        "actions",
        "Actions the plans say will be done",
        (
            PLAN,
            OBJECTIVE,
            number("position", "Place under the objective, from 1"),
            text("statement", "The action as published"),
            day("due", "When it is due; empty: not printed"),
            text("owner", "Who does it; empty: not printed"),
            code(
                "status",
                "How it stands; empty: nobody has said",
                vocabulary(ActionStatus.Status),
            ),
            *SOURCE,
        ),
        IN_PLAN | {"status", "as_at"},
        _actions,
        {"status": lambda: vocabulary(ActionStatus.Status)},
    ),
    Dataset(
        "finance",
        "Figures the plans state",
        (
            PLAN,
            text("group", "The table or paragraph"),
            text("line", "The line"),
            text("period", "The period as printed"),
            number("value", "The figure"),
            code("unit", "What it counts"),
            text("printed_as", "The characters as printed"),
            *SOURCE,
        ),
        frozenset({"plan"}),
        _finance,
    ),
)
