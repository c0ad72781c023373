"""Writes on plans: the status of an action, recorded by a named person, never overwritten."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.refusals import Refused
from accounts.roles import Capability
from strategy.models import Action, ActionStatus


class StatusRefused(Refused):
    """The status of an action cannot be recorded."""


@transaction.atomic
def record_action_status(
    *,
    action_id: int,
    seen: int,
    status: str,
    note: str,
    by: User,
    access: Access,
    at: datetime,
) -> ActionStatus:
    """Record the status of an action from now on, and what it is based on.

    `seen` is the key of the status on the page the person used, 0 for none. Raises NotAllowed
    without `EDIT_PLANS`, and StatusRefused when somebody else has recorded a status since, when
    the status is unknown, or when the note is empty.
    """
    access.require(Capability.EDIT_PLANS)
    action = (
        Action.objects.select_for_update(of=("self",), no_key=True)
        .select_related("objective__plan")
        .get(pk=action_id)
    )
    latest = latest_status(action)
    if (latest.pk if latest else 0) != seen:
        raise StatusRefused(
            "Someone else has recorded a status of this action since you opened the page. "
            "Load the page again."
        )
    if status not in ActionStatus.Status.values:
        raise StatusRefused("Choose how the action stands", "status")
    if not note.strip():
        raise StatusRefused("Enter what the status rests on", "note")
    recorded = ActionStatus.objects.create(
        action=action,
        status=status,
        note=note.strip(),
        known_from=at,
        recorded_at=at,
        recorded_by=by,
    )
    audit.record(
        at=at,
        by=by,
        action="action status recorded",
        obj=action,
        changes=[audit.FieldChange.of("status", latest.status if latest else None, status)],
        reason=recorded.note,
    )
    return recorded


def latest_status(action: Action, known_at: datetime | None = None) -> ActionStatus | None:
    """The current status, or the one known at a moment."""
    rows = action.statuses.order_by("-known_from", "-pk")
    if known_at is not None:
        rows = rows.filter(known_from__lte=known_at)
    return rows.first()
