"""Recalculate limits from a month on, or fix them on the first points: decisions of a named person,
each with its reason on record.

A recalculation may be dated between two months (the limits start with the first month on or after
it) or in the future (they start when that month arrives). Earlier months keep their own limits; no
status changes. Fixed limits stay as the first points of each part gave them. Limits are fixed only
by a decision, and a later decision replaces the earlier one.
"""

from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.assessments.store import touch
from kpis.dated_changes.target_changes import ChangeRefused
from kpis.models import FixedBaseline, Rebase, Series
from kpis.spc.words import LONGEST_BASELINE, SHORTEST_BASELINE


@transaction.atomic
def add_rebase(
    *, series_id: int, starts_on: date, reason: str, by: User, access: Access, at: datetime
) -> Rebase:
    """Start new limits for one series.

    Raises ChangeRefused without a reason, for a milestone, or for a day that has one already.
    """
    access.require(Capability.EDIT_PLANS)
    if not reason.strip():
        raise ChangeRefused("Enter why the limits are recalculated", "reason")
    series = Series.objects.select_related("measure", "care_group").get(pk=series_id)
    if series.measure.is_milestone:
        raise ChangeRefused("A milestone has no limits", "starts_on")
    touch([series_id])  # locks the series: if two people add the same date, one is refused
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
    """Withdraw a recalculation. It stays on record, and in what was known until now.

    Raises ChangeRefused without a reason, or when it was withdrawn already.
    """
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
    touch([rebase.series_id])
    audit.record(
        at=at,
        by=by,
        action="limits recalculation withdrawn",
        obj=rebase.series,
        changes=[audit.FieldChange.of("rebase", rebase.starts_on, None)],
        reason=reason.strip(),
    )
    return rebase


@transaction.atomic
def fix_baseline(
    *, series_id: int, points: int, reason: str, by: User, access: Access, at: datetime
) -> FixedBaseline:
    """Fix a series' limits on the first points of each part.

    `points` is between 12 and 999. Raises ChangeRefused otherwise, without a reason, for a
    milestone, or when limits are fixed on as many points already.
    """
    access.require(Capability.EDIT_PLANS)
    if not reason.strip():
        raise ChangeRefused("Enter why the limits are fixed", "reason")
    if not SHORTEST_BASELINE <= points <= LONGEST_BASELINE:
        raise ChangeRefused(
            f"Number of points must be between {SHORTEST_BASELINE} and {LONGEST_BASELINE}", "points"
        )
    series = Series.objects.select_related("measure", "care_group").get(pk=series_id)
    if series.measure.is_milestone:
        raise ChangeRefused("A milestone has no limits", "points")
    touch([series_id])  # locks the series: with two people at once, the later replaces the earlier
    before = FixedBaseline.objects.standing().filter(series=series).first()
    if before is not None and before.points == points:
        raise ChangeRefused(f"Limits are already fixed on the first {points} points", "points")
    FixedBaseline.objects.standing().filter(series=series).update(withdrawn_at=at)
    fixed = FixedBaseline.objects.create(
        series=series, points=points, reason=reason.strip(), recorded_at=at, recorded_by=by
    )
    audit.record(
        at=at,
        by=by,
        action="limits fixed",
        obj=series,
        changes=[audit.FieldChange.of("points", before.points if before else None, points)],
        reason=fixed.reason,
    )
    return fixed


@transaction.atomic
def withdraw_baseline(
    *, baseline_id: int, reason: str, by: User, access: Access, at: datetime
) -> FixedBaseline:
    """Calculate limits from all points again. What was known until now keeps the fixed ones.

    Raises ChangeRefused without a reason, or when the limits are no longer fixed.
    """
    access.require(Capability.EDIT_PLANS)
    if not reason.strip():
        raise ChangeRefused("Enter why the limits are no longer fixed", "reason")
    rows = FixedBaseline.objects.select_related("series__measure", "series__care_group")
    touch([rows.get(pk=baseline_id).series_id])  # locks the series, as fixing does
    fixed = rows.get(pk=baseline_id)
    if fixed.withdrawn_at is not None:
        raise ChangeRefused("These limits are fixed no longer. Load the page again.")
    fixed.withdrawn_at = at
    fixed.save(update_fields=["withdrawn_at"])
    audit.record(
        at=at,
        by=by,
        action="limits fixed no longer",
        obj=fixed.series,
        changes=[audit.FieldChange.of("points", fixed.points, None)],
        reason=reason.strip(),
    )
    return fixed
