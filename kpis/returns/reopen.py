"""Open one return of a locked month again, and close it: the month stays locked for all others."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.models import Return
from kpis.months.clock import held_period
from kpis.returns.approve import send_corrections_back
from kpis.returns.rates import count_rates
from kpis.returns.states import ReturnRefused, open_return
from strategy.models import CareGroup
from strategy.periods import Month

UNDECIDED = "The month was locked before anyone decided on it"


@transaction.atomic
def reopen_return(
    *, month: Month, care_group: CareGroup, reason: str, by: User, access: Access, at: datetime
) -> Return:
    """Open one care group's return again, whether it was started or not, for a reason.

    Raises ReturnRefused without a reason, for a month that is not locked, a return that is open
    already, or a care group that has none in that month; and NotAllowed.
    """
    access.require(Capability.APPROVE_RETURNS)
    if not reason.strip():
        raise ReturnRefused("Say why the return is opened again", "reason")
    submission = _held(month, care_group, at=at)
    if submission.period.locked_at is None:
        raise ReturnRefused(f"{month.full_label} is not locked: its returns can be entered")
    if submission.is_reopened:
        raise ReturnRefused("This return has been opened again already")
    before = submission.reopened_at
    submission.reopened_at, submission.reopened_by = at, by
    submission.reopened_reason = reason.strip()
    submission.closed_again_at = None
    submission.version += 1
    submission.save()
    audit.record(
        at=at,
        by=by,
        action="reopened",
        obj=submission,
        changes=[audit.FieldChange.of("reopened_at", before, at)],
        reason=reason,
    )
    return submission


@transaction.atomic
def close_return(
    *, month: Month, care_group: CareGroup, by: User, access: Access, at: datetime
) -> Return:
    """Close a return that was opened again. Corrections that nobody decided on go back, and the
    rates of its month are counted again.

    Raises ReturnRefused when it is not open, and NotAllowed.
    """
    access.require(Capability.APPROVE_RETURNS)
    submission = _held(month, care_group, at=at)
    if not submission.is_reopened:
        raise ReturnRefused("This return is not open: it was closed in the meantime")
    send_corrections_back(submission, by=by, at=at, reason=UNDECIDED)
    submission.closed_again_at = at
    submission.version += 1
    submission.save()
    counted = count_rates([submission.period], by=by, at=at)
    also = [audit.FieldChange.of("rates", None, counted)] if counted else []
    audit.record(
        at=at,
        by=by,
        action="closed again",
        obj=submission,
        changes=[audit.FieldChange.of("closed_again_at", None, at), *also],
    )
    return submission


def _held(month: Month, care_group: CareGroup, *, at: datetime) -> Return:
    """The month's row and the return, locked against everybody who writes in it."""
    period = held_period(month, at=at)
    started = open_return(period=period, care_group=care_group)
    rows = Return.objects.select_for_update(of=("self",), no_key=True)
    submission = rows.select_related("care_group").get(pk=started.pk)
    submission.period = period
    return submission
