"""Recalculating limits from a month on: a named person's decision, with its reason on record.

The date may lie between two months (the limits begin with the first one on or after it) or in the
future (they begin when that month arrives). The months before it keep limits of their own; no
status changes.
"""

from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.models import Rebase, Series
from kpis.services.assessment import touch
from kpis.services.targets import ChangeRefused


@transaction.atomic
def add_rebase(
    *, series_id: int, starts_on: date, reason: str, by: User, access: Access, at: datetime
) -> Rebase:
    """Begin new limits for one series."""
    access.require(Capability.EDIT_PLANS)
    if not reason.strip():
        raise ChangeRefused("Enter why the limits are recalculated", "reason")
    series = Series.objects.select_related("measure", "care_group").get(pk=series_id)
    if series.measure.is_milestone:
        raise ChangeRefused("A milestone has no limits", "starts_on")
    touch([series_id])  # holds the series: of two people who add the same date, one is told
    standing = Rebase.objects.filter(series=series, starts_on=starts_on, withdrawn_at__isnull=True)
    if standing.exists():
        raise ChangeRefused("Limits are already recalculated from that day", "starts_on")
    rebase = Rebase.objects.create(
        series=series, starts_on=starts_on, reason=reason.strip(), recorded_at=at, recorded_by=by
    )
    audit.record(
        at=at,
        by=by,
        action="limits recalculated",
        obj=series,
        changes=[audit.FieldChange.of("rebase", None, starts_on)],
        reason=rebase.reason,
    )
    return rebase


@transaction.atomic
def withdraw_rebase(
    *, rebase_id: int, reason: str, by: User, access: Access, at: datetime
) -> Rebase:
    """Take a recalculation back: it stays on record, and in what was known until now."""
    access.require(Capability.EDIT_PLANS)
    if not reason.strip():
        raise ChangeRefused("Enter why the recalculation is withdrawn", "reason")
    rebase = (
        Rebase.objects.select_for_update(of=("self",))
        .select_related("series__measure", "series__care_group")
        .get(pk=rebase_id)
    )
    if rebase.withdrawn_at is not None:
        raise ChangeRefused("This recalculation is withdrawn already. Load the page again.")
    rebase.withdrawn_at = at
    rebase.version += 1
    audit.give_reason(rebase, reason)
    rebase.save()
    audit.record(
        at=at,
        by=by,
        action="limits recalculation withdrawn",
        obj=rebase.series,
        changes=[audit.FieldChange.of("rebase", rebase.starts_on, None)],
        reason=reason.strip(),
    )
    touch([rebase.series_id])
    return rebase
