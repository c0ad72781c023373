"""The dataset of targets: what the plans promise."""

from collections import defaultdict
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from kmpt_tracker.ui.tabular import Cell
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import terms_of
from kpis.dated_changes.holding import Held, held, replaced_on
from kpis.exports.columns import CARE_GROUP, KNOWN_MEASURES, OF_MEASURES, Rows, codes
from kpis.models import Target
from kpis.rag import Direction
from kpis.targets import Change, Operator, Profile, Role, TargetTerms, ValueIs
from strategy.exports.filters import Filters
from strategy.exports.plans import (
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
from strategy.periods import london_date


def _targets(filters: Filters) -> Rows:
    """A row for each set of value, upper value and floor that a target has or will have."""
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
    known = Known(filters.as_at)
    found = known.as_recorded(rows)
    terms = terms_of(found, known)
    standards = _standards(found, known)
    today = london_date(filters.as_at or timezone.now())
    for target in found:
        own = terms[target.pk]
        ends_on = replaced_on(own, standards.get(target.measure_id, ()))
        for piece in held(own, ends_on=ends_on):
            yield _target_row(target, piece, piece.on(today))


def _standards(targets: list[Target], known: Known) -> dict[int | None, list[TargetTerms]]:
    """All national standards of the measures that these targets set a standard for."""
    standard = Role.NATIONAL_STANDARD.value
    measures = {row.measure_id for row in targets if row.role == standard and row.measure_id}
    rows = Target.objects.filter(measure__in=measures, role=standard)
    found = known.as_recorded(rows.select_related("plan", "care_group"))
    terms = terms_of(found, known)
    by_measure: dict[int | None, list[TargetTerms]] = defaultdict(list)
    for row in found:
        by_measure[row.measure_id].append(terms[row.pk])
    return by_measure


def _target_row(target: Target, piece: Held, terms: TargetTerms) -> tuple[Cell, ...]:
    objective = target.objective
    has_default = (
        terms.floor is None
        and terms.value not in (None, 0)
        and target.plan is not None
        and target.measure is not None
        and not target.measure.is_milestone
        and target.measure.direction != Direction.NEUTRAL
    )
    return (
        target.code,
        target.measure.code if target.measure else "",
        target.care_group.code,
        target.plan.code if target.plan else "",
        objective.ambition.number if objective else "",
        objective.reference if objective else "",
        target.role,
        target.statement,
        target.baseline,
        target.baseline_period,
        target.value_is,
        target.change,
        terms.value,
        terms.upper_value,
        target.operator,
        terms.floor,
        has_default,
        _said(terms.starts_on),
        terms.due,
        target.due_as_published,
        target.profile,
        target.recurrent,
        target.interpretation_note,
        target.source_document.code if target.source_document else "",
        target.source_section,
        _said(piece.since),
        piece.until,
    )


def _said(day: date) -> date | None:
    """A date for the file; empty for a target that has always been in force.

    That is a target without an effective date, of a plan without a start.
    """
    return None if day == date.min else day


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
        day("held_from", "First day on which value, upper value and floor of the row held"),
        day("held_to", "First day on which they hold no longer; empty: none is known"),
    ),
    OF_MEASURES | {"care_group", "as_at"},
    _targets,
    KNOWN_MEASURES,
)
