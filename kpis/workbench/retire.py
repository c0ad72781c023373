"""Dropped promises end with the plan that they were made in: on the day the next one holds from.

What nothing promises any longer is no longer asked for either (decision 12). Figures from before,
and what is published or counted by the tracker itself, go on.
"""

from datetime import datetime

from accounts import audit
from accounts.models import User
from kpis.assessments.as_known import not_retired
from kpis.assessments.store import held, touch
from kpis.dated_changes.decide import decide
from kpis.dated_changes.target_changes import affected_series, terms_on
from kpis.models import PlanDraft, Series, Succession, Target, TargetChange
from kpis.set_up.end import end_series
from strategy.models import Plan

FED = (Series.FedBy.RETURNS, Series.FedBy.ROLL_UP)


def retire_dropped(draft: PlanDraft, plan: Plan, *, by: User, at: datetime) -> list[Target]:
    """Retire each commitment that the draft drops, from the day the plan holds from, for the reason
    that was given.

    The draft's proposer proposed it and the adopter decides, so two people have retired it. Called
    in the transaction of the adoption.
    """
    if draft.proposed_by is None:
        raise ValueError("Only a draft that somebody has proposed is adopted.")
    day = max(plan.opens_on or plan.starts_on, plan.starts_on)
    dropped = draft.successions.filter(decision=Succession.Decision.DROPPED)  # type: ignore[attr-defined]
    rows = list(dropped.select_related("ended__measure", "ended__plan", "ended__care_group"))
    retired = []
    for row in sorted(rows, key=lambda row: row.ended_id):
        target = row.ended
        now = terms_on(target, day)
        waits = target.changes.filter(outcome=TargetChange.Outcome.PROPOSED).exists()
        if now.retired_on is not None or target.measure is None or waits:
            continue
        change = TargetChange.objects.create(
            target=target,
            effective_from=day,
            value=now.value,
            upper_value=now.upper_value,
            floor=now.floor,
            starts_on=now.starts_on,
            due_on=now.due_on,
            retired_on=day,
            reason=row.reason,
            needs_second_person=True,
            proposed_at=row.decided_at,
            proposed_by=draft.proposed_by,
        )
        decide(change, TargetChange.Outcome.APPROVED, by=by, at=at)
        Target.objects.filter(pk=target.pk).update(version=target.version + 1)
        audit.record(
            at=at,
            by=by,
            action="target retired with its plan",
            obj=target,
            changes=[audit.FieldChange.of("retired_on", None, day)],
            reason=row.reason,
        )
        touch(series.pk for series in affected_series(target))
        retired.append(target)
    _end_reports({row.measure_id for row in retired if row.measure_id}, plan, by=by, at=at)
    return retired


def _end_reports(measures: set[int], plan: Plan, *, by: User, at: datetime) -> None:
    """End the series of measures on which nothing is promised from the plan's day on."""
    day = max(plan.opens_on or plan.starts_on, plan.starts_on)
    others = not_retired(Target.objects.filter(measure__in=measures))
    promised = set(others.values_list("measure", flat=True))
    rows = Series.objects.filter(
        measure__in=measures - promised, fed_by__in=FED, valid_to__isnull=True
    )
    held(rows.values_list("pk", flat=True))
    for series in rows.select_related("measure", "care_group").order_by("pk"):
        if series.valid_from is None or series.valid_from < day:
            reason = "Nothing is promised on it any longer"
            end_series(series, day, reason=reason, by=by, at=at)
