"""The dataset of targets: what the plans promise."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from kpis.assessments.as_known import Known
from kpis.assessments.inputs import terms_of
from kpis.dated_changes.holding import Held, held, replaced_on
from kpis.exports.columns import (
    CARE_GROUP,
    KNOWN_MEASURES,
    OF_MEASURES,
    codes,
    promised_in_plan,
)
from kpis.models import Target, TargetChange, TargetPoint
from kpis.models.targets import BY_OBJECTIVE, BY_PLAN
from kpis.rag import Direction
from kpis.targets import Change, Operator, Profile, Role, TargetTerms, ValueIs
from strategy.exports.dataset import (
    OBJECTIVE,
    PLAN,
    Dataset,
    boolean,
    code,
    code_of,
    day,
    number,
    source_columns,
    text,
)
from strategy.exports.feed import Since
from strategy.exports.filters import Filters
from strategy.models import Ambition, Objective, Plan
from strategy.moments import london_date


@dataclass(frozen=True)
class TargetHeld:
    """A target with one set of value, upper value and floor: its terms on the day asked for, or
    on the nearest day on which the set held."""

    target: Target
    piece: Held
    terms: TargetTerms

    @property
    def floor_is_default(self) -> bool:
        measure = self.target.measure
        return (
            self.terms.floor is None
            and self.terms.value not in (None, 0)
            and self.target.plan is not None
            and measure is not None
            and not measure.is_milestone
            and measure.direction != Direction.NEUTRAL
        )


def _targets(filters: Filters) -> Iterator[TargetHeld]:
    """A row for each set of value, upper value and floor that a target has or will have.

    With `since` all rows of a target come, as a change moves the days of the others.
    """
    rows = promised_in_plan(Target.objects.all(), filters)
    if filters.measure:
        rows = rows.filter(measure__code=filters.measure)
    if filters.care_group:
        rows = rows.filter(care_group__code=filters.care_group)
    today = london_date(filters.as_at or timezone.now())
    if since := Since.of(filters):
        rows = rows.filter(_is_new(since, today))
    rows = rows.select_related(
        "plan", "objective__ambition", "measure", "care_group", "source_document"
    ).order_by(BY_PLAN, *BY_OBJECTIVE, "pk")
    known = Known(filters.as_at)
    found = known.as_recorded(rows)
    terms = terms_of(found, known)
    standards = _standards(found, known)
    for target in found:
        own = terms[target.pk]
        ends_on = replaced_on(own, standards.get(target.measure_id, ()))
        for piece in held(own, ends_on=ends_on):
            yield TargetHeld(target, piece, piece.on(today))


def _is_new(since: Since, today: date) -> Q:
    """Targets that were added, edited, changed or retired since, or whose terms are others today
    than they were then; and those of the same measure, which a new standard may end.
    """
    approved = TargetChange.objects.filter(outcome=TargetChange.Outcome.APPROVED)
    begun = {
        "effective_from__gt": london_date(since.earliest),
        "effective_from__lte": today,
    }
    changed = approved.filter(since.written("decided_at") | Q(**begun)).values("target")
    point_edits = TargetPoint.history.filter(history_date__gt=since.earliest).values("target")
    found = Q(pk__in=since.edited(Target)) | Q(pk__in=changed) | Q(pk__in=point_edits)
    found |= Q(plan__in=since.edited(Plan))
    found |= Q(objective__in=since.edited(Objective))
    found |= Q(objective__ambition__in=since.edited(Ambition))
    keys = Target.objects.filter(found).order_by()
    measures = keys.filter(measure__isnull=False).values("measure")
    return Q(pk__in=keys.values("pk")) | Q(measure__in=measures)


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


def _said(day: date) -> date | None:
    """A date for the file; empty for a target that has always been in force.

    That is a target without an effective date, of a plan without a start.
    """
    return None if day == date.min else day


TARGETS = Dataset[TargetHeld](
    "targets",
    "Targets: what the plans promise",
    (
        code("target", "Code of the target", lambda row: row.target.code, is_required=True),
        code(
            "measure",
            "Code of the measure; empty: nobody knows yet how to count it",
            lambda row: code_of(row.target.measure),
        ),
        CARE_GROUP.read_by(lambda row: row.target.care_group.code),
        PLAN.read_by(lambda row: code_of(row.target.plan), is_required=False),
        code(
            "ambition_number",
            "Number of the grouping as printed",
            lambda row: row.target.objective.ambition.number if row.target.objective else "",
        ),
        OBJECTIVE.read_by(
            lambda row: row.target.objective.reference if row.target.objective else "",
            is_required=False,
        ),
        code(
            "role",
            "What kind of target it is",
            lambda row: row.target.role,
            allowed=codes(Role),
            is_required=True,
        ),
        text(
            "statement",
            "The promise as published",
            lambda row: row.target.statement,
            is_required=True,
        ),
        number(
            "baseline",
            "Baseline, where one is printed or set",
            lambda row: row.target.baseline,
            unit="the measure's unit",
        ),
        text(
            "baseline_period",
            "Its period; empty: not printed",
            lambda row: row.target.baseline_period,
        ),
        code(
            "value_is",
            "What the number is",
            lambda row: row.target.value_is,
            allowed=codes(ValueIs),
        ),
        code(
            "change",
            "Which way a change goes",
            lambda row: row.target.change,
            allowed=codes(Change),
        ),
        number(
            "value",
            "The number promised; a change as a positive size",
            lambda row: row.terms.value,
        ),
        number(
            "upper_value",
            "Upper value of a band",
            lambda row: row.terms.upper_value,
            unit="the measure's unit",
        ),
        code(
            "operator",
            "How it is met",
            lambda row: row.target.operator,
            allowed=codes(Operator),
        ),
        number(
            "floor",
            "Amber limit set for it",
            lambda row: row.terms.floor,
            unit="the measure's unit",
        ),
        boolean(
            "floor_is_default",
            "Whether the plan's default tolerance serves instead",
            is_required=True,
        ),
        day(
            "effective_from",
            "From when it is in force (the plan's start when not said)",
            lambda row: _said(row.terms.starts_on),
        ),
        day(
            "due",
            "When it is due (not said: the plan's end; a national standard has none)",
            lambda row: row.terms.due,
        ),
        text(
            "due_as_published",
            "The due date as printed",
            lambda row: row.target.due_as_published,
        ),
        code(
            "profile",
            "How it gets there",
            lambda row: row.target.profile,
            allowed=codes(Profile),
        ),
        boolean(
            "recurrent",
            "Whether it recurs; empty: not said",
            lambda row: row.target.recurrent,
        ),
        text(
            "interpretation_note",
            "The judgement made in reading it",
            lambda row: row.target.interpretation_note,
        ),
        *source_columns(lambda row: row.target),
        day(
            "held_from",
            "First day on which value, upper value and floor of the row held",
            lambda row: _said(row.piece.since),
        ),
        day(
            "held_to",
            "First day on which they hold no longer; empty: none is known",
            lambda row: row.piece.until,
        ),
    ),
    OF_MEASURES | {"care_group", "as_at", "since"},
    _targets,
    KNOWN_MEASURES,
    key=("target", "held_from"),
)
