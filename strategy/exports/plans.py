"""Datasets of the organisation and the plans."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter

from django.db.models import Count

from kmpt_tracker.ui.tabular import Digits
from strategy.exports.dataset import (
    CHUNK,
    OBJECTIVE,
    PLAN,
    SOURCE,
    Dataset,
    code,
    day,
    number,
    source_columns,
    text,
    vocabulary,
    whole,
)
from strategy.exports.filters import IN_PLAN, Filters, in_plan
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
from strategy.selectors import predecessors


@dataclass(frozen=True)
class KnownGroup:
    """A care group as it was known, and the codes of the groups that it came from."""

    group: CareGroup
    came_from: frozenset[str]


def _care_groups(filters: Filters) -> Iterator[KnownGroup]:
    groups = CareGroup.objects.all()
    came_from = predecessors(filters.as_at)
    if filters.care_group:
        groups = groups.filter(code=filters.care_group)
    known = restored(already_recorded(groups, filters.as_at), filters.as_at)
    for row in sorted(known, key=lambda group: (group.position, group.code)):
        yield KnownGroup(row, frozenset(came_from.get(row.code, ())))


def _plans(filters: Filters) -> Iterator[Plan]:
    rows = Plan.objects.order_by("starts_on", "code").select_related("source_document")
    if filters.plan:
        rows = rows.filter(code=filters.plan)
    return (plan for plan in restored(rows, filters.as_at) if _was_known(plan, filters))


def _was_known(plan: Plan, filters: Filters) -> bool:
    """A plan is known from its publication, or from its first day if it prints no date."""
    return filters.as_at is None or plan.known_from <= filters.as_at


ORDER = ("plan__starts_on", "ambition__position", "position")


def _objectives(filters: Filters) -> Iterator[Objective]:
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
    found = restored_parents(restored(rows, filters.as_at), "ambition", filters.as_at)
    return (row for row in found if _was_known(row.plan, filters))


def _outcomes(filters: Filters) -> Iterator[Outcome]:
    rows = in_plan(Outcome.objects.all(), filters).order_by(
        *(f"objective__{name}" for name in ORDER), "position"
    )
    rows = rows.select_related("objective__plan", "source_document")
    found = restored(rows, filters.as_at)
    return (row for row in found if _was_known(row.objective.plan, filters))


@dataclass(frozen=True)
class ActionStood:
    """An action with its latest status; empty where nobody has recorded one."""

    action: Action
    status: str


def _actions(filters: Filters) -> Iterator[ActionStood]:
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
        if _was_known(action.objective.plan, filters):
            yield ActionStood(action, status)


def _finance(filters: Filters) -> Iterable[FinanceLine]:
    rows = FinanceLine.objects.order_by("plan__starts_on", "position")
    if filters.plan:
        rows = rows.filter(plan__code=filters.plan)
    return rows.select_related("plan", "source_document").iterator(CHUNK)


DATASETS = (
    Dataset[KnownGroup](
        "care_groups",
        "Care groups",
        (
            code(
                "care_group", "Code of the care group", lambda row: row.group.code, is_required=True
            ),
            text("name", "Name", lambda row: row.group.name, is_required=True),
            code(
                "level",
                "What kind of unit it is",
                lambda row: row.group.level,
                allowed=vocabulary(CareGroup.Level),
                is_required=True,
            ),
            day(
                "valid_from",
                "First day; empty: not recorded",
                lambda row: row.group.valid_from,
            ),
            day(
                "valid_to",
                "First day no longer in force; empty: open",
                lambda row: row.group.valid_to,
            ),
            text(
                "predecessors",
                "Codes of the units it came from, separated by spaces",
                lambda row: " ".join(sorted(row.came_from)),
            ),
        ),
        frozenset({"care_group", "as_at"}),
        _care_groups,
        key=("care_group",),
    ),
    Dataset[Plan](
        "plans",
        "Plans",
        (
            PLAN.read_by(lambda row: row.code),
            text("title", "Title as published", is_required=True),
            day("starts", "First day", lambda row: row.starts_on, is_required=True),
            day("ends", "Last day", lambda row: row.ends_on, is_required=True),
            day("published_on", "Day of publication; empty: not printed"),
            text("mission", "Mission as published"),
            text("vision", "Vision as published"),
            code(
                "source_document",
                "Code of the published document",
                lambda row: row.source_document.code,
                is_required=True,
            ),
        ),
        frozenset({"plan", "as_at"}),
        _plans,
        key=("plan",),
    ),
    Dataset[Objective](
        "objectives",
        "Objectives",
        (
            PLAN,
            code(
                "ambition_kind",
                "What the plan calls the grouping",
                lambda row: row.ambition.kind,
                allowed=vocabulary(Ambition.Kind),
                is_required=True,
            ),
            code("ambition_number", "Its number as printed", lambda row: row.ambition.number),
            text(
                "ambition",
                "Its title as published",
                lambda row: row.ambition.title,
                is_required=True,
            ),
            text(
                "theme",
                "Its theme as published (notes tell of one that is not); where it has none, what"
                " the plan says of it, such as the strategic priority that it carries out",
                lambda row: row.ambition.theme or row.ambition.statement,
            ),
            OBJECTIVE.read_by(lambda row: row.reference),
            text("title", "The objective as published", is_required=True),
            whole(
                "outcomes",
                "How many outcomes stand under it",
                attrgetter("outcome_count"),
                unit="rows",
                is_required=True,
            ),
            whole(
                "actions",
                "How many actions stand under it",
                attrgetter("action_count"),
                unit="rows",
                is_required=True,
            ),
            whole(
                "measures",
                "How many measures follow its promises",
                attrgetter("measure_count"),
                unit="measures",
                is_required=True,
            ),
        ),
        IN_PLAN | {"as_at"},
        _objectives,
        key=("plan", "objective"),
    ),
    Dataset[Outcome](
        "outcomes",
        "Outcomes: what this will look like",
        (
            PLAN.read_by(lambda row: row.objective.plan.code),
            OBJECTIVE,
            whole("position", "Place under the objective, from 1", is_required=True),
            text("statement", "The outcome as published", is_required=True),
            *SOURCE,
        ),
        IN_PLAN | {"as_at"},
        _outcomes,
        key=("plan", "objective", "position"),
    ),
    Dataset[ActionStood](
        "actions",
        "Actions the plans say will be done",
        (
            PLAN.read_by(lambda row: row.action.objective.plan.code),
            OBJECTIVE.read_by(lambda row: row.action.objective.reference),
            whole(
                "position",
                "Place under the objective, from 1",
                lambda row: row.action.position,
                is_required=True,
            ),
            text(
                "statement",
                "The action as published",
                lambda row: row.action.statement,
                is_required=True,
            ),
            day("due", "When it is due; empty: not printed", lambda row: row.action.due_on),
            text("owner", "Who does it; empty: not printed", lambda row: row.action.owner),
            code(
                "status",
                "How it stands; empty: nobody has said",
                allowed=vocabulary(ActionStatus.Status),
            ),
            *source_columns(lambda row: row.action),
        ),
        IN_PLAN | {"status", "as_at"},
        _actions,
        {"status": lambda: vocabulary(ActionStatus.Status)},
        key=("plan", "objective", "position"),
    ),
    Dataset[FinanceLine](
        "finance",
        "Figures the plans state",
        (
            PLAN,
            text("group", "The table or paragraph", is_required=True),
            text("line", "The line", is_required=True),
            text("period", "The period as printed"),
            number("value", "The figure", digits=Digits.SIX),
            code("unit", "What it counts", is_required=True),
            text("printed_as", "The characters as printed", is_required=True),
            *SOURCE,
        ),
        frozenset({"plan"}),
        _finance,
    ),
)
