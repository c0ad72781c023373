"""Changes with an effective date: who decides, what is recorded, what is judged again.

The wording of a measure and the tolerance of a plan give old figures their meaning, so a change of
either always takes a second person. Changes of targets (`target_changes.py`) use the checks here.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.models import User
from accounts.permissions import Access, NotAllowed
from accounts.refusals import Refused
from accounts.roles import Capability
from kpis.assessments.as_known import Known
from kpis.assessments.store import touch_measures
from kpis.models import DatedChange, Measure, MeasureChange, Target, ToleranceChange
from kpis.models.fixed import TOLERANCE, WORDED
from strategy.models import Plan

Outcome = DatedChange.Outcome
TwoPersonChange = MeasureChange | ToleranceChange
Kind = type[MeasureChange] | type[ToleranceChange]
Proposed = TypeVar("Proposed", MeasureChange, ToleranceChange)


class ChangeRefused(Refused):
    """A change of a target, a definition, a tolerance or limits cannot be made."""


@transaction.atomic
def propose_wording(
    *,
    measure_id: int,
    version: int,
    wording: Mapping[str, str],
    effective_from: date,
    comparable: bool,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> list[MeasureChange]:
    """Propose a new definition or new wording of the parts: one change for each that differs.

    A measure's parts can be reworded here, but not added or removed: that is not a matter of
    wording.

    Raises ChangeRefused for another version, no reason, no difference, a text that is too long, or
    a change of the same part that already waits.
    """
    access.require(Capability.EDIT_PLANS)
    measure = Measure.objects.select_for_update(no_key=True).get(pk=measure_id)
    if measure.version != version:
        raise ChangeRefused(
            "Someone else has changed this measure since you opened it. Load the page again."
        )
    _require_reason(reason, "Enter why the wording changes")
    now = Known().worded([measure], effective_from)[0]
    changed = {
        name: new.strip()
        for name, new in wording.items()
        if name in WORDED and new.strip() != getattr(now, name)
    }
    if not changed:
        raise ChangeRefused("Change the definition, or the wording of a part", "definition")
    for name, new in changed.items():
        if name != "definition" and bool(new) != bool(getattr(now, name)):
            raise ChangeRefused(
                "Whether a measure has two parts is fixed: end it and start a successor", name
            )
        limit = Measure._meta.get_field(name).max_length  # type: ignore[union-attr]
        if limit and len(new) > limit:
            raise ChangeRefused(f"{name.capitalize()} must be {limit} characters or fewer", name)
        if measure.changes.filter(field=name, outcome=Outcome.PROPOSED).exists():
            raise ChangeRefused(
                f"A change of the {name} is already waiting. It is decided on, or withdrawn, first",
                name,
            )
    return [
        _proposed(
            MeasureChange(
                measure=measure, field=name, old=getattr(now, name), new=new, comparable=comparable
            ),
            effective_from=effective_from,
            reason=reason,
            by=by,
            at=at,
        )
        for name, new in changed.items()
    ]


@transaction.atomic
def propose_tolerance(
    *,
    plan_id: int,
    percent: Decimal,
    effective_from: date,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> ToleranceChange:
    """Propose another default tolerance of a plan. Windows that end before the date keep theirs.

    `percent` is between 0 and 100 with at most 2 decimals. Raises ChangeRefused otherwise, without
    a reason or a difference, or when a change already waits.
    """
    access.require(Capability.EDIT_PLANS)
    plan = Plan.objects.select_for_update(no_key=True).get(pk=plan_id)
    _require_reason(reason, "Enter why the tolerance changes")
    if not 0 <= percent <= 100 or percent != percent.quantize(Decimal("0.01")):
        raise ChangeRefused(
            "Tolerance must be between 0 and 100, with 2 decimal places or fewer", "percent"
        )
    if plan.tolerance_changes.filter(outcome=Outcome.PROPOSED).exists():
        raise ChangeRefused(
            "A change of this tolerance is already waiting. It is decided on, or withdrawn, first."
        )
    old = Known().tolerated([plan], effective_from)[0].default_tolerance_percent
    if old == percent:
        raise ChangeRefused(f"The tolerance is {old.normalize():f}% on that day already", "percent")
    return _proposed(
        ToleranceChange(plan=plan, old=old, new=percent),
        effective_from=effective_from,
        reason=reason,
        by=by,
        at=at,
    )


@transaction.atomic
def approve(
    *, kind: Kind, change_id: int, by: User, access: Access, at: datetime
) -> TwoPersonChange:
    """Approve a change, as a second person: it applies from its date, and is known from now.

    Raises ChangeRefused when it was decided already, and NotAllowed for its own proposer.
    """
    access.require(Capability.EDIT_PLANS)
    change = _waiting(kind, change_id)
    require_second_person(change, by)
    decide(change, Outcome.APPROVED, by=by, at=at)
    if isinstance(change, MeasureChange):
        Measure.objects.filter(pk=change.measure_id).update(version=F("version") + 1)
        # Limits start afresh where figures are no longer comparable; other wording changes no
        # judgement.
        judged_again = [] if change.comparable else [change.measure_id]
    else:
        promised = Target.objects.filter(plan=change.plan, measure__isnull=False)
        judged_again = list(promised.values_list("measure", flat=True).distinct())
    _record(change, "change approved", by=by, at=at, reason=change.reason)
    touch_measures(judged_again)
    return change


@transaction.atomic
def reject(
    *, kind: Kind, change_id: int, reason: str, by: User, access: Access, at: datetime
) -> TwoPersonChange:
    """Reject a change, as a second person, with a reason. What was in effect stays.

    Raises ChangeRefused without a reason or when it was decided already, and NotAllowed for its own
    proposer, who withdraws it instead.
    """
    access.require(Capability.EDIT_PLANS)
    change = _waiting(kind, change_id)
    require_other_to_reject(change, by)
    _require_reason(reason, "Enter why the change is not approved")
    decide(change, Outcome.REJECTED, by=by, at=at, reason=reason.strip())
    _record(change, "change rejected", by=by, at=at, reason=reason.strip())
    return change


@transaction.atomic
def withdraw(
    *, kind: Kind, change_id: int, by: User, access: Access, at: datetime
) -> TwoPersonChange:
    """Withdraw a change before anyone has decided on it. Only its proposer may.

    Raises ChangeRefused when it was decided already, and NotAllowed for anyone else.
    """
    access.require(Capability.EDIT_PLANS)
    change = _waiting(kind, change_id)
    require_own_to_withdraw(change, by)
    decide(change, Outcome.WITHDRAWN, by=by, at=at)
    _record(change, "change withdrawn", by=by, at=at, reason="")
    return change


def require_waiting(change: DatedChange) -> None:
    if change.outcome != Outcome.PROPOSED:
        raise ChangeRefused(
            f"This change is {change.get_outcome_display().lower()} already. Load the page again."
        )


def require_second_person(change: DatedChange, by: User) -> None:
    if change.proposed_by_id == by.pk:
        raise NotAllowed(
            Capability.EDIT_PLANS,
            "You proposed this change yourself. Someone else of the performance team, or an "
            "administrator, approves it.",
        )


def require_other_to_reject(change: DatedChange, by: User) -> None:
    if change.proposed_by_id == by.pk:
        raise NotAllowed(
            Capability.EDIT_PLANS, "You proposed this change yourself: withdraw it instead."
        )


def require_own_to_withdraw(change: DatedChange, by: User) -> None:
    if change.proposed_by_id != by.pk:
        raise NotAllowed(
            Capability.EDIT_PLANS, "Only whoever proposed a change withdraws it. Reject it instead."
        )


def decide(
    change: DatedChange,
    outcome: str,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    also: tuple[str, ...] = (),
) -> None:
    """Write the decision on a change, with the person and the server's time.

    `also` names a column that the decision fills as well. A change is never updated in any other
    way.
    """
    change.outcome, change.decided_at, change.decided_by = outcome, at, by
    change.decision_reason = reason
    written = ["outcome", "decided_at", "decided_by", "decision_reason", *also]
    change.save(update_fields=written)


def _proposed(
    change: Proposed, *, effective_from: date, reason: str, by: User, at: datetime
) -> Proposed:
    change.effective_from, change.reason = effective_from, reason.strip()
    change.proposed_at, change.proposed_by = at, by
    change.save(force_insert=True)
    _record(change, "change proposed", by=by, at=at, reason=change.reason)
    return change


def _waiting(kind: Kind, change_id: int) -> TwoPersonChange:
    """An undecided change. The row that it changes is locked first."""
    subject = kind.objects.get(pk=change_id).subject
    type(subject).objects.select_for_update(no_key=True).get(pk=subject.pk)
    # Read again under the lock: somebody may have decided while this request waited for it.
    change = kind.objects.get(pk=change_id)
    require_waiting(change)
    return change


def _record(change: TwoPersonChange, what: str, *, by: User, at: datetime, reason: str) -> None:
    name = "tolerance" if change.field == TOLERANCE else change.field
    changes = [
        audit.FieldChange.of("effective_from", None, change.effective_from),
        audit.FieldChange.of(change.field, change.old, change.new),
    ]
    if isinstance(change, MeasureChange):
        changes.append(audit.FieldChange.of("comparable", None, change.comparable))
    audit.record(
        at=at, by=by, action=f"{name} {what}", obj=change.subject, changes=changes, reason=reason
    )


def _require_reason(reason: str, asks: str) -> None:
    if not reason.strip():
        raise ChangeRefused(asks, "reason")
