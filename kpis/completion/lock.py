"""Lock a month after its effects were read, and open it again."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.completion.effects import effects_of
from kpis.models import ReportingPeriod, Return
from kpis.months.clock import PeriodRefused, held_row, lock_period, reopen_period
from kpis.returns.approve import send_corrections_back
from kpis.returns.rates import count_rates
from kpis.returns.reopen import UNDECIDED


class EffectsChanged(PeriodRefused):
    """The effects differ from those that were confirmed: they are shown again."""


@transaction.atomic
def lock_month(
    *, period_id: int, confirmed: str, by: User, access: Access, at: datetime
) -> ReportingPeriod:
    """Lock a month: what has not been approved by now reads “no data”, and corrections that nobody
    decided on go back. The rates of the month are counted (returns/rates.py).

    `confirmed` is the digest of the effects that the person has read. Raises EffectsChanged when
    they have changed since, PeriodRefused when the month is locked already, and NotAllowed.
    """
    access.require(Capability.APPROVE_RETURNS)
    period = held_row(period_id)
    counted = 0
    if period.locked_at is None:
        if not confirmed:
            raise EffectsChanged("Read what locking does, then confirm it")
        if effects_of(period, at=at).digest != confirmed:
            raise EffectsChanged(
                "Returns have changed since you opened this page: read what locking does now"
            )
        held = Return.objects.select_for_update(of=("self",), no_key=True).filter(period=period)
        for submission in held.order_by("pk"):
            send_corrections_back(submission, by=by, at=at, reason=UNDECIDED)
        period.locked_at = at
        counted = count_rates([period], by=by, at=at)
    also = [audit.FieldChange.of("rates", None, counted)] if counted else []
    return lock_period(period_id=period_id, by=by, at=at, also=also)


@transaction.atomic
def reopen_month(
    *, period_id: int, by: User, access: Access, at: datetime, reason: str
) -> ReportingPeriod:
    """Open a locked month again, with a reason that stays on record."""
    access.require(Capability.APPROVE_RETURNS)
    return reopen_period(period_id=period_id, by=by, at=at, reason=reason)
