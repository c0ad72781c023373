"""The dataset of targets: what the plans promise."""

from django.db.models import QuerySet
from django.utils import timezone

from kmpt_tracker.ui.tabular import Cell
from kpis.exports.columns import CARE_GROUP, KNOWN_MEASURES, OF_MEASURES, Rows, codes
from kpis.models import Target
from kpis.rag import Direction
from kpis.services.known import Known
from kpis.targets import Change, Operator, Profile, Role, ValueIs
from strategy.exports import (
    OBJECTIVE,
    PLAN,
    SOURCE,
    Dataset,
    boolean,
    code,
    day,
    in_plan,
    number,
    text,
)
from strategy.filters import Filters
from strategy.periods import london_date


def _targets(filters: Filters) -> Rows:
    rows: QuerySet[Target] = Target.objects.all()
    if filters.plan:
        rows = rows.filter(plan__code=filters.plan)
    rows = in_plan(rows, Filters(ambition=filters.ambition, objective=filters.objective))
    if filters.measure:
        rows = rows.filter(measure__code=filters.measure)
    if filters.care_group:
        rows = rows.filter(care_group__code=filters.care_group)
    rows = rows.select_related(
        "plan", "objective__ambition", "measure", "care_group", "source_document"
    ).order_by("plan__starts_on", "objective__ambition__position", "objective__position", "pk")
    today = london_date(filters.as_at or timezone.now())
    known = Known(filters.as_at).as_recorded(rows, on=today)
    for target in known:
        yield _target_row(target)


def _target_row(target: Target) -> tuple[Cell, ...]:
    objective = target.objective
    plan = target.plan
    has_default = (
        target.floor is None
        and target.value not in (None, 0)
        and plan is not None
        and target.measure is not None
        and not target.measure.is_milestone
        and target.measure.direction != Direction.NEUTRAL
    )
    return (
        target.code,
        target.measure.code if target.measure else "",
        target.care_group.code,
        plan.code if plan else "",
        objective.ambition.number if objective else "",
        objective.reference if objective else "",
        target.role,
        target.statement,
        target.baseline,
        target.baseline_period,
        target.value_is,
        target.change,
        target.value,
        target.upper_value,
        target.operator,
        target.floor,
        has_default,
        target.effective_from or (plan.starts_on if plan else None),
        target.due,
        target.due_as_published,
        target.profile,
        target.recurrent,
        target.interpretation_note,
        target.source_document.code if target.source_document else "",
        target.source_section,
    )


TARGETS = Dataset(
    "targets",
    "Targets: what the plans promise",
    (
        code("target", "Code of the target"),
        code("measure", "Code of the measure; empty: nobody knows yet how to count it"),
        CARE_GROUP,
        PLAN,
        code("ambition_number", "Number of the grouping as printed"),
        OBJECTIVE,
        code("role", "What kind of target it is", codes(Role)),
        text("statement", "The promise as published"),
        number("baseline", "Baseline, where one is printed or set", "the measure's unit"),
        text("baseline_period", "Its period; empty: not printed"),
        code("value_is", "What the number is", codes(ValueIs)),
        code("change", "Which way a change goes", codes(Change)),
        number("value", "The number promised; a change as a positive size"),
        number("upper_value", "Upper value of a band", "the measure's unit"),
        code("operator", "How it is met", codes(Operator)),
        number("floor", "Amber limit set for it", "the measure's unit"),
        boolean("floor_is_default", "Whether the plan's default tolerance serves instead"),
        day("effective_from", "From when it is in force (the plan's start when not said)"),
        day("due", "When it is due (not said: the plan's end; a national standard has none)"),
        text("due_as_published", "The due date as printed"),
        code("profile", "How it gets there", codes(Profile)),
        boolean("recurrent", "Whether it recurs; empty: not said"),
        text("interpretation_note", "The judgement made in reading it"),
        *SOURCE,
    ),
    OF_MEASURES | {"care_group", "as_at"},
    _targets,
    KNOWN_MEASURES,
)
