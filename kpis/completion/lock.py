"""Lock a month after its effects were read, and open it again."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.completion.effects import effects_of, undecided_corrections
from kpis.models import Decision, ReportingPeriod
from kpis.months.clock import PeriodRefused, held_row, lock_period, reopen_period

UNDECIDED = "The month was locked before anybody decided"


class EffectsChanged(PeriodRefused):
    """The effects differ from those that were confirmed: they are shown again."""


@transaction.atomic
def lock_month(
    *, period_id: int, confirmed: str, by: User, access: Access, at: datetime
) -> ReportingPeriod:
    """Lock a month: what has not been approved by now reads “no data”, and corrections that nobody
    decided on go back.

    `confirmed` is the digest of the effects that the person has read. Raises EffectsChanged when
    they are others now, PeriodRefused when the month is locked already, and NotAllowed.
    """
    access.require(Capability.APPROVE_RETURNS)
    period = held_row(period_id)
    if period.locked_at is None and effects_of(period).digest != confirmed:
        raise EffectsChanged(
            "Returns have changed since you opened this page: read what locking does now"
            if confirmed
            else "Read what locking does, then confirm it"
        )
    period = lock_period(period_id=period_id, by=by, at=at)
    corrections = undecided_corrections(period)
    Decision.objects.bulk_create(
        Decision(
            actual=row,
            outcome=Decision.Outcome.RETURNED,
            decided_at=at,
            decided_by=by,
            known_from=at,
            reason=UNDECIDED,
        )
        for row in corrections
    )
    if corrections:
        audit.record(
            at=at,
            by=by,
            action="corrections returned",
            obj=period,
            changes=[
                audit.FieldChange.of(str(row.series), "submitted", "returned")
                for row in corrections
            ],
        )
    return period


@transaction.atomic
def reopen_month(
    *, period_id: int, by: User, access: Access, at: datetime, reason: str
) -> ReportingPeriod:
    """Open a locked month again, with a reason that stays on record."""
    access.require(Capability.APPROVE_RETURNS)
    return reopen_period(period_id=period_id, by=by, at=at, reason=reason)
