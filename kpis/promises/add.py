"""Adding a target to a plan: proposed with a reason, agreed by a second person, then judged.

    proposed → approved | rejected (with a reason) | withdrawn (by its proposer)

A commitment takes a second person; other targets hold at once. Until it is agreed a proposal is no
target: nothing reads it but the page of the plan's targets. Windows before its first day keep what
they were judged by.
"""

from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.assessments.as_known import not_retired
from kpis.assessments.store import touch
from kpis.dated_changes.decide import (
    ChangeRefused,
    decide,
    require_other_to_reject,
    require_own_to_withdraw,
    require_second_person,
    require_waiting,
)
from kpis.dated_changes.target_changes import affected_series
from kpis.models import Measure, Target, TargetPoint, TargetProposal
from kpis.promises.choices import counted_by
from kpis.promises.promise import Promise, problems
from kpis.targets import Role
from strategy.models import CareGroup, Objective, Plan
from strategy.moments import london_date

Outcome = TargetProposal.Outcome
FIELDS = (
    "statement",
    "source_section",
    "role",
    "operator",
    "value_is",
    "change",
    "value",
    "upper_value",
    "baseline",
    "baseline_period",
    "floor",
    "starts_on",
    "due_on",
    "due_as_published",
    "profile",
    "interpretation_note",
)
# The columns of a target that a proposal gives under the same name.
COPIED = tuple(name for name in FIELDS if name != "starts_on")
NUMBERS = ("value", "upper_value", "baseline", "floor")


@transaction.atomic
def propose_target(
    *,
    plan_id: int,
    objective_id: int | None,
    measure_id: int | None,
    care_group_id: int,
    promise: Promise,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> TargetProposal:
    """Propose a target. It holds at once where it is no commitment.

    Raises ChangeRefused without a reason, for an objective of another plan, for terms that cannot
    be right (with the field), and where the same promise is already in force or waits.
    """
    access.require(Capability.EDIT_PLANS)
    plan = Plan.objects.select_for_update(no_key=True).get(pk=plan_id)
    measure = Measure.objects.get(pk=measure_id) if measure_id else None
    care_group = CareGroup.objects.get(pk=care_group_id)
    objective = Objective.objects.filter(pk=objective_id or 0, plan=plan).first()
    if promise.role not in list(Role):
        raise ChangeRefused("Choose what kind of target it is", "role")
    if objective is None and (objective_id or promise.role != Role.NATIONAL_STANDARD):
        raise ChangeRefused("Choose the objective that the target serves", "objective")
    # Without a day it holds from now on: no month that was judged already is judged again.
    starts_on = promise.starts_on or max(plan.starts_on, london_date(at))
    promise = replace(promise, starts_on=starts_on)
    _require_sound(promise, measure, plan)
    if not promise.source_section.strip():
        raise ChangeRefused(
            "Enter the page or section, or the decision that sets it", "source_section"
        )
    if not reason.strip():
        raise ChangeRefused("Enter why the target is added", "reason")
    _refuse_twice(plan, objective, measure, care_group, promise)
    proposal = TargetProposal.objects.create(
        plan=plan,
        objective=objective,
        measure=measure,
        care_group=care_group,
        **{name: getattr(promise, name) for name in FIELDS},
        points=[list(pair) for pair in promise.points],
        effective_from=starts_on,
        reason=reason.strip(),
        needs_second_person=promise.role == Role.COMMITMENT,
        proposed_at=at,
        proposed_by=by,
    )
    _record(proposal, "target proposed", by=by, at=at, reason=proposal.reason)
    if not proposal.needs_second_person:
        _agree(proposal, by=by, at=at)
    return proposal


@transaction.atomic
def agree_target(*, proposal_id: int, by: User, access: Access, at: datetime) -> TargetProposal:
    """Agree to a target, as a second person: it holds from its day, and is known from now.

    Raises ChangeRefused when it was decided already or can no longer be right, and NotAllowed for
    its own proposer.
    """
    access.require(Capability.EDIT_PLANS)
    proposal = _waiting(proposal_id)
    require_second_person(proposal, by)
    _agree(proposal, by=by, at=at)
    return proposal


@transaction.atomic
def reject_target(
    *, proposal_id: int, reason: str, by: User, access: Access, at: datetime
) -> TargetProposal:
    """Refuse a target, as a second person, with a reason. Its proposer withdraws it instead."""
    access.require(Capability.EDIT_PLANS)
    proposal = _waiting(proposal_id)
    require_other_to_reject(proposal, by)
    if not reason.strip():
        raise ChangeRefused("Enter why the target is not approved", "reason")
    return _close(proposal, Outcome.REJECTED, reason.strip(), by=by, at=at)


@transaction.atomic
def withdraw_target(*, proposal_id: int, by: User, access: Access, at: datetime) -> TargetProposal:
    """Withdraw a target before anyone has decided on it. Only its proposer may."""
    access.require(Capability.EDIT_PLANS)
    proposal = _waiting(proposal_id)
    require_own_to_withdraw(proposal, by)
    return _close(proposal, Outcome.WITHDRAWN, "", by=by, at=at)


def promise_of(proposal: TargetProposal) -> Promise:
    """The proposal as its rules take it."""
    return Promise(
        **{name: getattr(proposal, name) for name in FIELDS},
        points=tuple((month, value) for month, value in proposal.points),
    )


def new_code(plan: Plan, objective: Objective | None) -> tuple[str, int]:
    """A code that no target has, and the target's place among those of its objective."""
    siblings = Target.objects.filter(plan=plan, objective=objective)
    position = (siblings.aggregate(last=Max("position"))["last"] or 0) + 1
    label = objective.reference if objective else "national"
    code = f"{plan.code}/{label}.{position}"
    taken = set(Target.objects.filter(code__startswith=code).values_list("code", flat=True))
    while code in taken:
        position += 1
        code = f"{plan.code}/{label}.{position}"
        taken = set(Target.objects.filter(code__startswith=code).values_list("code", flat=True))
    return code, position


def create_target(
    promise: Promise,
    *,
    plan: Plan,
    objective: Objective | None,
    measure: Measure | None,
    care_group: CareGroup,
    starts_on: date | None,
    known_from: datetime,
    owner: str = "",
) -> Target:
    """Write a promise down as a target, known from a moment; the caller holds the plan's lock."""
    code, position = new_code(plan, objective)
    target = Target.objects.create(
        code=code,
        position=position,
        plan=plan,
        objective=objective,
        measure=measure,
        care_group=care_group,
        **{name: getattr(promise, name) for name in COPIED},
        effective_from=starts_on,
        owner=None if measure else owner or None,
        known_from=known_from,
        source_document=plan.source_document,
    )
    for point in promise.path:
        TargetPoint.objects.create(target=target, month=point.month.start, value=point.value)
    touch(series.pk for series in affected_series(target))
    return target


def _agree(proposal: TargetProposal, *, by: User, at: datetime) -> None:
    plan, promise, measure = proposal.plan, promise_of(proposal), proposal.measure
    _require_sound(promise, measure, plan)
    proposal.target = create_target(
        promise,
        plan=plan,
        objective=proposal.objective,
        measure=measure,
        care_group=proposal.care_group,
        starts_on=proposal.effective_from,
        known_from=at,
    )
    decide(proposal, Outcome.APPROVED, by=by, at=at, also=("target",))
    action = "target approved" if proposal.needs_second_person else "target added"
    _record(proposal, action, by=by, at=at, reason=proposal.reason)


def _waiting(proposal_id: int) -> TargetProposal:
    """An undecided proposal. Its plan's row is locked first."""
    plan_id = TargetProposal.objects.values_list("plan", flat=True).get(pk=proposal_id)
    Plan.objects.select_for_update(no_key=True).get(pk=plan_id)
    # Read under the lock: somebody may have decided while this request waited for it.
    rows = TargetProposal.objects.select_related(
        "plan__source_document", "objective", "measure", "care_group"
    )
    proposal = rows.get(pk=proposal_id)
    require_waiting(proposal)
    return proposal


def faults(promise: Promise, measure: Measure | None, plan: Plan) -> list[tuple[str, str]]:
    """Everything that is wrong with a promise under a plan: the field, and what to do."""
    found = problems(
        promise, counted_by(measure), plan_starts=plan.starts_on, plan_ends=plan.ends_on
    )
    return list(found)


def _require_sound(promise: Promise, measure: Measure | None, plan: Plan) -> None:
    for field, message in faults(promise, measure, plan):
        raise ChangeRefused(message, field)


def _refuse_twice(
    plan: Plan,
    objective: Objective | None,
    measure: Measure | None,
    care_group: CareGroup,
    promise: Promise,
) -> None:
    same = {
        "plan": plan,
        "objective": objective,
        "measure": measure,
        "care_group": care_group,
        "statement": promise.statement,
        "due_on": promise.due_on,
        "role": promise.role,
    }
    if TargetProposal.objects.filter(outcome=Outcome.PROPOSED, **same).exists():
        raise ChangeRefused("The same target is already waiting to be agreed", "statement")
    if not_retired(Target.objects.filter(**same)).exists():
        raise ChangeRefused("The plan has this target already", "statement")


def _close(
    proposal: TargetProposal, outcome: str, reason: str, *, by: User, at: datetime
) -> TargetProposal:
    decide(proposal, outcome, by=by, at=at, reason=reason)
    audit.record(
        at=at,
        by=by,
        action=f"target proposal {outcome}",
        obj=proposal,
        changes=[audit.FieldChange.of("outcome", Outcome.PROPOSED.value, str(outcome))],
        reason=reason,
    )
    return proposal


def _record(proposal: TargetProposal, action: str, *, by: User, at: datetime, reason: str) -> None:
    numbers = {name: getattr(proposal, name) for name in NUMBERS}
    audit.record(
        at=at,
        by=by,
        action=action,
        obj=proposal.target or proposal,
        changes=[
            audit.FieldChange.of("measure", None, proposal.measure and proposal.measure.code),
            audit.FieldChange.of("effective_from", None, proposal.effective_from),
            *audit.differences(dict.fromkeys(numbers), numbers),
            audit.FieldChange.of("due_on", None, proposal.due_on),
        ],
        reason=reason,
    )
