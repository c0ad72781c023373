"""What was restated, moved and redefined between two looks at a plan, with who agreed to it."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db.models import QuerySet

from board.changes.ends import Ends
from kmpt_tracker.questions import written_once
from kmpt_tracker.ui.components import Column, Table
from kmpt_tracker.ui.formats import MISSING, format_date, format_value
from kpis.assessments.inputs import measure_terms
from kpis.judging.promised import promised_words
from kpis.judging.status import Standing
from kpis.judging.wording import value_words
from kpis.models import Actual, Decision, MeasureChange, Target, TargetChange
from kpis.models.dated import DatedChange, TextChange, ToleranceChange
from kpis.plans.texts import called
from kpis.rag import Rag
from strategy.moments import london_date
from strategy.periods import Period

WHO = ("proposed_by", "decided_by")


@dataclass(frozen=True)
class Between:
    """The decisions between both ends of a page; `restated` pairs an old figure with its new one
    and the decision that replaced it."""

    is_one_moment: bool
    restated: Sequence[tuple[Actual, Actual, Decision]]
    targets: Sequence[TargetChange]
    tolerances: Sequence[ToleranceChange]
    wordings: Sequence[MeasureChange]
    texts: Sequence[TextChange]

    @property
    def restated_table(self) -> Table:
        return Table(
            "Figures that have changed since",
            (
                "Measure",
                "Period",
                Column("Was", numeric=True),
                Column("Is", numeric=True),
                "Why",
                "Changed by, approved by",
            ),
            [
                (
                    f"{old.series.measure.name}, {old.series.care_group.name}",
                    Period(old.period_start, old.period_end).label,
                    _actual_words(old),
                    _actual_words(new),
                    new.change_reason,
                    _listed(
                        new.recorded_by,
                        decision.decided_by,
                        format_date(london_date(decision.known_from)),
                    ),
                )
                for old, new, decision in self.restated
            ],
        )

    @property
    def why_none_restated(self) -> str:
        if self.is_one_moment:
            return (
                "Both months are shown as known at the same moment. To see what was restated, "
                "enter two days above, such as those of two boards."
            )
        return "No figure that was known then has changed."

    @property
    def targets_table(self) -> Table:
        """Targets and floors, and the default tolerance that gives a target without a floor its
        own."""
        moved: list[tuple[TargetChange | ToleranceChange, str, str]] = [
            (
                row,
                row.target.measure.name if row.target.measure else row.target.statement,
                _terms_words(row),
            )
            for row in self.targets
        ]
        moved += [
            (
                row,
                "Default tolerance of the plan",
                f"{format_value(row.old, 'percent')} → {format_value(row.new, 'percent')}",
            )
            for row in self.tolerances
        ]
        return Table(
            "Targets, floors and tolerances decided",
            ("Promise", "Is", "From", "Why", "Proposed by, agreed by"),
            [
                (
                    name,
                    now,
                    format_date(row.effective_from),
                    row.reason,
                    _listed(row.proposed_by, row.decided_by),
                )
                for row, name, now in moved
            ],
        )

    @property
    def wordings_table(self) -> Table:
        return Table(
            "Measures counted differently",
            ("Measure", "From", "Why"),
            [
                (row.measure.name, format_date(row.effective_from), row.reason)
                for row in self.wordings
            ],
        )

    @property
    def texts_table(self) -> Table:
        return Table(
            "Words of the plan that were changed",
            ("What", "Was", "Is", "From", "Why", "Proposed by, agreed by"),
            [
                (
                    called(row.object_type, row.field),
                    row.old or MISSING,
                    row.new or MISSING,
                    format_date(row.effective_from),
                    row.reason,
                    _listed(*dict.fromkeys((row.proposed_by, row.decided_by))),
                )
                for row in self.texts
            ],
        )


def between(ends: Ends) -> Between:
    """What was restated and decided between both ends of an address."""
    plan = ends.plan
    # Between two months of one moment: what took effect. Between two moments: what was agreed.
    agreed = (
        partial(_agreed, None, ends.until, ends.first.month.end, ends.last.month.end)
        if ends.is_one_moment
        else partial(_agreed, ends.first.known_at, ends.until, None, None)
    )
    return Between(
        is_one_moment=ends.is_one_moment,
        restated=_restated(ends),
        targets=agreed(
            plan.pk, model=TargetChange, of_plan="target__plan", related=("target__measure", *WHO)
        ),
        tolerances=agreed(plan.pk, model=ToleranceChange, of_plan="plan", related=WHO),
        wordings=agreed(None, model=MeasureChange, of_plan="", related=("measure",)),
        texts=agreed(plan.pk, model=TextChange, of_plan="plan", related=WHO),
    )


@written_once
def _agreed(
    since: datetime | None,
    until: datetime,
    first: date | None,
    last: date | None,
    plan: int | None,
    *,
    model: type[DatedChange],
    of_plan: str,
    related: tuple[str, ...],
) -> QuerySet[Any]:
    """The changes agreed between two moments; between two months, those that took effect."""
    rows: QuerySet[Any] = model._default_manager.filter(
        outcome=DatedChange.Outcome.APPROVED, decided_at__lte=until
    )
    if since is not None:
        rows = rows.filter(decided_at__gt=since)
    if first is not None and last is not None:
        rows = rows.filter(effective_from__gt=first, effective_from__lte=last)
    if plan is not None:
        rows = rows.filter(**{of_plan: plan})
    return rows.select_related(*related).order_by("effective_from", "pk")


def _restated(ends: Ends) -> list[tuple[Actual, Actual, Decision]]:
    """Figures that were known at the first moment and that a later decision replaced."""
    first = ends.first
    if first.known_at is None or ends.is_one_moment:
        return []
    decisions = (
        Decision.objects.filter(
            outcome=Decision.Outcome.APPROVED,
            known_from__gt=first.known_at,
            known_from__lte=ends.until,
            actual__version__gt=1,
            actual__period_end__lte=first.month.end,
            actual__series__measure__in=Target.objects.filter(plan=ends.plan).values("measure"),
        )
        .select_related(
            "actual__series__measure",
            "actual__series__care_group",
            "actual__recorded_by",
            "decided_by",
        )
        .order_by("actual__series", "actual__period_end", "actual__version")
    )
    latest = {
        (row.actual.series_id, row.actual.period_start, row.actual.period_end): row
        for row in decisions
    }
    old = {
        (row.series_id, row.period_start, row.period_end): row
        for row in Actual.objects.current(known_at=first.known_at)
        .filter(series__in={key[0] for key in latest}, period_end__in={key[2] for key in latest})
        .select_related("series__measure", "series__care_group")
    }
    return [
        (old[key], decision.actual, decision)
        for key, decision in latest.items()
        if key in old and old[key].pk != decision.actual_id
    ]


def _listed(*named: object) -> str:
    return ", ".join(str(one) for one in named if one)


def _terms_words(change: TargetChange) -> str:
    """The target and its floor from the day on."""
    target = copy(change.target)
    if change.retired_on:
        return "no longer a target"
    target.value, target.upper_value = change.value, change.upper_value
    said = promised_words(target, measure_terms(target.measure)) if target.measure else ""
    unit = target.measure.unit if target.measure else ""
    floor = f"floor {format_value(change.floor, unit)}" if change.floor is not None else ""
    due = f"due {format_date(change.due_on)}" if change.due_on else ""
    return _listed(said, floor, due) or MISSING


def _actual_words(actual: Actual) -> str:
    terms = measure_terms(actual.series.measure)
    if actual.value is None:
        return "withdrawn" if actual.is_withdrawn else actual.get_value_status_display().lower()
    standing = Standing(
        period=Period(actual.period_start, actual.period_end),
        rag=Rag.NO_TARGET,
        value=actual.value,
        judged_value=actual.value,
    )
    return value_words(standing, terms)
