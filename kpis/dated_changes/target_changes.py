"""Changing a target: proposed with a reason and a date, decided by a second person, then judged.

    proposed → approved | rejected (with a reason) | withdrawn (by its proposer)

A change of a commitment takes a second person; other targets change at once. Published terms are
never overwritten: an approved change applies to windows that end on or after its date, and earlier
windows are not judged again. Only series that the target applies to go out of date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import target_terms
from kpis.assessments.store import touch
from kpis.dated_changes.decide import (
    ChangeRefused as ChangeRefused,
)
from kpis.dated_changes.decide import (
    decide,
    require_other_to_reject,
    require_own_to_withdraw,
    require_second_person,
    require_waiting,
)
from kpis.judging.in_force import applies_to
from kpis.models import Series, Target, TargetChange
from kpis.rag import Direction, floor_misses
from kpis.revisions import Revision, in_effect
from kpis.targets import Operator, Profile, Role, TargetValue, ValueIs, value_at
from strategy.periods import Month

Outcome = TargetChange.Outcome
TERMS = ("value", "upper_value", "floor", "starts_on", "due_on", "retired_on")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The complete terms of a target from a date on; `retire` ends it on that date."""

    effective_from: date
    value: Decimal | None = None
    upper_value: Decimal | None = None
    floor: Decimal | None = None
    starts_on: date | None = None
    due_on: date | None = None
    retire: bool = False

    @property
    def revision(self) -> Revision:
        return Revision(
            effective_from=self.effective_from,
            value=self.value,
            upper_value=self.upper_value,
            floor=self.floor,
            starts_on=self.starts_on,
            due_on=self.due_on,
            retired_on=self.effective_from if self.retire else None,
        )


@transaction.atomic
def propose_change(
    *,
    target_id: int,
    version: int,
    terms: Terms,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> TargetChange:
    """Propose new terms. They apply at once where the target is no commitment.

    Raises ChangeRefused for another version, a change that already waits, no reason, no difference,
    or terms that cannot be right; the refusal names the field where there is one.
    """
    access.require(Capability.EDIT_PLANS)
    target = _locked(target_id)
    if target.version != version:
        raise ChangeRefused(
            "Someone else has changed this target since you opened it. Load the page again."
        )
    if target.changes.filter(outcome=Outcome.PROPOSED).exists():
        raise ChangeRefused(
            "A change of this target is already waiting. It is decided on, or withdrawn, first."
        )
    if not reason.strip():
        raise ChangeRefused("Enter why the target changes", "reason")
    before = terms_on(target, terms.effective_from)
    require_sound(target, terms)
    change = TargetChange.objects.create(
        target=target,
        effective_from=terms.revision.effective_from,
        **{name: getattr(terms.revision, name) for name in TERMS},
        reason=reason.strip(),
        needs_second_person=target.role == Role.COMMITMENT,
        proposed_at=at,
        proposed_by=by,
    )
    _record(change, "target change proposed", before, by=by, at=at, reason=change.reason)
    if not change.needs_second_person:
        _apply(change, before, by=by, at=at, reason="")
    return change


@transaction.atomic
def approve_change(*, change_id: int, by: User, access: Access, at: datetime) -> TargetChange:
    """Approve a change, as a second person: it applies from its date, and is known from now.

    Raises ChangeRefused when it was decided already, and NotAllowed for its own proposer.
    """
    access.require(Capability.EDIT_PLANS)
    change = _waiting(change_id)
    require_second_person(change, by)
    _apply(change, terms_on(change.target, change.effective_from), by=by, at=at, reason="")
    return change


@transaction.atomic
def reject_change(
    *, change_id: int, reason: str, by: User, access: Access, at: datetime
) -> TargetChange:
    """Reject a change, as a second person, with a reason. The target stays as it is.

    Raises ChangeRefused without a reason or when it was decided already, and NotAllowed for its own
    proposer, who withdraws it instead.
    """
    access.require(Capability.EDIT_PLANS)
    change = _waiting(change_id)
    require_other_to_reject(change, by)
    if not reason.strip():
        raise ChangeRefused("Enter why the change is not approved", "reason")
    return _close(change, Outcome.REJECTED, reason.strip(), by=by, at=at)


@transaction.atomic
def withdraw_change(*, change_id: int, by: User, access: Access, at: datetime) -> TargetChange:
    """Withdraw a change before anyone has decided on it. Only its proposer may.

    Raises ChangeRefused when it was decided already, and NotAllowed for anyone else.
    """
    access.require(Capability.EDIT_PLANS)
    change = _waiting(change_id)
    require_own_to_withdraw(change, by)
    return _close(change, Outcome.WITHDRAWN, "", by=by, at=at)


def terms_on(target: Target, on: date) -> Revision:
    """The terms in effect on a day: the published ones, or those of the last approved change."""
    change = in_effect(Known().revisions([target]).get(target.pk, ()), on)
    return change or published_terms(target)


def published_terms(target: Target) -> Revision:
    """The terms as the plan printed them, before any change."""
    return Revision(
        effective_from=target.effective_from or date.min,
        value=target.value,
        upper_value=target.upper_value,
        floor=target.floor,
        starts_on=target.effective_from,
        due_on=target.due_on,
        retired_on=target.retired_on,
    )


def _locked(target_id: int) -> Target:
    """Lock the target's row against other changes, but not against judgements that refer to it."""
    return (
        Target.objects.select_for_update(of=("self",), no_key=True)
        .select_related("measure", "plan", "care_group")
        .get(pk=target_id)
    )


def _waiting(change_id: int) -> TargetChange:
    """An undecided change. Its target's row is locked first."""
    change = TargetChange.objects.get(pk=change_id)
    target = _locked(change.target_id)
    # Read again under the lock: somebody may have decided while this request waited for it.
    change.refresh_from_db()
    change.target = target
    require_waiting(change)
    return change


def require_sound(target: Target, terms: Terms) -> None:
    """Refuse terms that change nothing or cannot be right, with the field at fault."""
    if target.measure is None:
        raise ChangeRefused("Nobody knows yet how to count this target: it has nothing to change.")
    before, after = terms_on(target, terms.effective_from), terms.revision
    if all(getattr(before, name) == getattr(after, name) for name in TERMS):
        raise ChangeRefused("Change the value, the floor or a date, or retire the target")
    if terms.value is None and target.value is not None and before.value is not None:
        raise ChangeRefused("Enter the value, or retire the target", "value")
    if terms.value is not None and not target.operator:
        raise ChangeRefused("The plan gives this target a direction, not a number", "value")
    is_change = target.value_is not in ("", ValueIs.ABSOLUTE.value)
    if is_change and terms.value is not None and terms.value < 0:
        raise ChangeRefused("Value must be 0 or more: it is the size of a change", "value")
    _check_band(target, terms)
    if terms.starts_on and terms.due_on and terms.due_on < terms.starts_on:
        raise ChangeRefused("Due date must be on or after the day the target starts", "due_on")
    _check_floor(target, terms)


def _check_band(target: Target, terms: Terms) -> None:
    if target.operator != Operator.BETWEEN:
        if terms.upper_value is not None:
            raise ChangeRefused("Only a band has an upper value", "upper_value")
    elif terms.upper_value is None:
        raise ChangeRefused("Enter the upper value of the band", "upper_value")
    elif terms.value is not None and terms.upper_value <= terms.value:
        raise ChangeRefused("Upper value must be more than the value", "upper_value")


def _check_floor(target: Target, terms: Terms) -> None:
    """Refuse a floor on the met side of a fixed target. A moving target may pass its floor."""
    measure = target.measure
    if terms.floor is None or measure is None or not target.operator or terms.retire:
        return
    direction = Direction(measure.direction)
    if direction is Direction.NEUTRAL:
        raise ChangeRefused("A neutral measure is not rated: it takes no floor", "floor")
    revised = target_terms(
        target, plan=target.plan, care_group=target.care_group.code, revisions=[terms.revision]
    )
    if revised.profile is not Profile.STEP:
        return
    asked = value_at(revised, Month.of(max(terms.effective_from, revised.starts_on)))
    if isinstance(asked, TargetValue):
        problem = floor_misses(asked.value, terms.floor, direction, Operator(target.operator))
        if problem:
            raise ChangeRefused(problem, "floor")


def _apply(change: TargetChange, before: Revision, *, by: User, at: datetime, reason: str) -> None:
    decide(change, Outcome.APPROVED, by=by, at=at)
    Target.objects.filter(pk=change.target_id).update(version=F("version") + 1)
    touch(series.pk for series in affected_series(change.target))
    action = "target change approved" if change.needs_second_person else "target changed"
    _record(change, action, before, by=by, at=at, reason=reason or change.reason)


def _close(
    change: TargetChange, outcome: str, reason: str, *, by: User, at: datetime
) -> TargetChange:
    decide(change, outcome, by=by, at=at, reason=reason)
    audit.record(
        at=at,
        by=by,
        action=f"target change {outcome}",
        obj=change.target,
        changes=[audit.FieldChange.of("outcome", Outcome.PROPOSED.value, str(outcome))],
        reason=reason,
    )
    return change


def affected_series(target: Target) -> Sequence[Series]:
    """The series that a target is judged on: its own care group's, and those that inherit it."""
    if target.measure is None:
        return []
    terms = target_terms(target, plan=target.plan, care_group=target.care_group.code)
    rows = Series.objects.filter(measure=target.measure).select_related("care_group")
    is_ratio = target.measure.is_ratio
    return [row for row in rows if applies_to(terms, row.care_group.code, unit_is_ratio=is_ratio)]


def _record(
    change: TargetChange, action: str, before: Revision, *, by: User, at: datetime, reason: str
) -> None:
    audit.record(
        at=at,
        by=by,
        action=action,
        obj=change.target,
        changes=[
            audit.FieldChange.of("effective_from", None, change.effective_from),
            *audit.differences(
                {name: getattr(before, name) for name in TERMS},
                {name: getattr(change, name) for name in TERMS},
            ),
        ],
        reason=reason,
    )
