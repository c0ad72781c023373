"""Withdraw a published or imported figure that is wrong: proposed with a reason by one person of
the performance team, decided by another.

The figure stays on record, and in what was known before; after the decision its window reads as
never reported. A figure that was entered by return is withdrawn there (returns/submit.py).
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import User
from accounts.permissions import Access, NotAllowed
from accounts.roles import Capability
from kpis.assessments.store import touch
from kpis.dated_changes.target_changes import ChangeRefused
from kpis.models import Actual, Decision, Measure, Series

BROUGHT = (Actual.Origin.PUBLISHED, Actual.Origin.IMPORTED)
NOW_OTHERWISE = "This figure has been corrected or withdrawn since. Load the page again."


def withdrawable() -> QuerySet[Actual]:
    """Current figures that did not come from a return."""
    brought = Actual.objects.current().filter(origin__in=BROUGHT)
    return brought.exclude(value_status=Actual.ValueStatus.WITHDRAWN)


def waiting_withdrawals() -> QuerySet[Actual]:
    """Proposals that nobody has decided on."""
    return Actual.objects.filter(
        value_status=Actual.ValueStatus.WITHDRAWN, origin__in=BROUGHT, decisions__isnull=True
    )


def figure_of(measure: Measure, key: str) -> Actual | None:
    """A version of one of a measure's figures, by its key as a form sends it."""
    # 19 digits may be too large for a key in the database, and would raise an error there.
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return Actual.objects.filter(series__measure=measure, pk=int(key)).first()


@transaction.atomic
def propose_withdrawal(
    *, actual_id: int, reason: str, by: User, access: Access, at: datetime
) -> Actual:
    """Propose a version without a value, which waits for somebody else's decision.

    Raises ChangeRefused without a reason, for a figure that is no longer current, or when a
    withdrawal of it already waits.
    """
    access.require(Capability.APPROVE_RETURNS)
    if not reason.strip():
        raise ChangeRefused("Enter why the figure should never have been", "reason")
    found = Actual.objects.filter(pk=actual_id).values_list("series_id", flat=True).first()
    # Locks the series: if two people propose at once, the second is refused.
    Series.objects.select_for_update(no_key=True).filter(pk=found or 0).first()
    actual = (
        withdrawable()
        .filter(pk=actual_id)
        .select_related("series__measure", "series__care_group")
        .first()
    )
    if actual is None:
        raise ChangeRefused(NOW_OTHERWISE)
    of_window = Actual.objects.filter(
        series=actual.series, period_start=actual.period_start, period_end=actual.period_end
    )
    if of_window.filter(version__gt=actual.version, decisions__isnull=True).exists():
        raise ChangeRefused("A withdrawal of this figure is waiting already.")
    latest = of_window.order_by("-version")[0]
    proposed = Actual.objects.create(
        series=actual.series,
        period_start=actual.period_start,
        period_end=actual.period_end,
        version=latest.version + 1,
        value_status=Actual.ValueStatus.WITHDRAWN,
        status_reason=reason.strip(),
        origin=actual.origin,
        source_document=actual.source_document,
        recorded_at=at,
        recorded_by=by,
        change_reason=reason.strip(),
    )
    _record(proposed, "withdrawal proposed", actual, by=by, at=at, reason=reason)
    return proposed


@transaction.atomic
def decide_withdrawal(
    *, actual_id: int, approves: bool, reason: str, by: User, access: Access, at: datetime
) -> Actual:
    """Decide on a withdrawal: a second person approves it, or rejects it with a reason.

    Its proposer may not approve it, but may reject it, which takes it back.

    Raises ChangeRefused when it was decided already or rejected without a reason, and NotAllowed
    for a proposer who approves.
    """
    access.require(Capability.APPROVE_RETURNS)
    series = Actual.objects.filter(pk=actual_id).values_list("series_id", flat=True).first()
    if series is not None:
        touch([series])  # locks the series
    proposed = (
        waiting_withdrawals()
        .filter(pk=actual_id)
        .select_related("series__measure", "series__care_group")
        .first()
    )
    if proposed is None:
        raise ChangeRefused("This withdrawal is decided already. Load the page again.")
    if approves and proposed.recorded_by_id == by.pk:
        raise NotAllowed(
            Capability.APPROVE_RETURNS,
            "You proposed this withdrawal yourself. Someone else of the performance team decides.",
        )
    if not approves and not reason.strip():
        raise ChangeRefused("Enter why the figure is not withdrawn", "reason")
    Decision.objects.create(
        actual=proposed,
        outcome=Decision.Outcome.APPROVED if approves else Decision.Outcome.RETURNED,
        decided_at=at,
        decided_by=by,
        known_from=at,
        reason=reason.strip(),
    )
    before = Actual.objects.current().filter(
        series=proposed.series,
        period_start=proposed.period_start,
        period_end=proposed.period_end,
    )
    action = "withdrawal approved" if approves else "withdrawal not approved"
    _record(proposed, action, before.first(), by=by, at=at, reason=reason)
    return proposed


def _record(
    proposed: Actual, action: str, before: Actual | None, *, by: User, at: datetime, reason: str
) -> None:
    window = f"{proposed.period_start}/{proposed.period_end}"
    old = before.value if before else None
    audit.record(
        at=at,
        by=by,
        action=action,
        obj=proposed.series,
        changes=[audit.FieldChange.of(window, old, proposed.value_status)],
        reason=reason,
    )
