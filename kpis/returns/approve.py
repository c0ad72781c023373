"""Decide on a submitted return: approve it, or send it back with the reason.

Nobody decides on a figure they entered: neither the person who submitted it, nor the person who
typed it last.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts import audit
from accounts.models import AuditEvent, User
from accounts.permissions import Access, NotAllowed
from accounts.roles import Capability
from kpis.assessments.store import touch
from kpis.models import Actual, Commentary, Decision, Return, ReturnCell
from kpis.months.due import FigureDue
from kpis.returns.save import ReturnRefused, locked_return, move
from kpis.returns.submit import waiting_actuals
from strategy.periods import Period

FIGURE_FIELDS = (
    "numerator",
    "denominator",
    "value",
    "milestone_status",
    "forecast",
    "completed",
)


def _refuse_own(submission: Return, waiting: Iterable[Actual], by: User) -> None:
    actuals = list(waiting)
    people = {submission.submitted_by_id, *(actual.recorded_by_id for actual in actuals)}
    month = submission.period.month
    people |= _who_typed(
        submission,
        # The record names a window that is not the month's own: a lag puts it months before.
        {
            FigureDue(actual.series, Period(actual.period_start, actual.period_end), month).code
            for actual in actuals
        },
    )
    if by.pk in people:
        raise NotAllowed(
            Capability.APPROVE_RETURNS,
            "You entered or submitted figures of this return yourself. "
            "Someone else of the performance team decides on it.",
        )


def _who_typed(submission: Return, codes: set[str]) -> set[int | None]:
    """Who typed each current figure last, by the audit record of the saved drafts."""
    saves = AuditEvent.objects.filter(
        object_type=submission._meta.label_lower, object_key=str(submission), action="draft saved"
    ).order_by("at", "pk")
    last = {change["field"]: save.by_id for save in saves for change in save.changes}
    return {last.get(f"{code}.{field}") for code in codes for field in FIGURE_FIELDS} - {None}


@transaction.atomic
def approve(*, submission_id: int, version: int, by: User, access: Access, at: datetime) -> Return:
    """Approve a submitted return: its values become current, and known, from this moment.

    A second identical request, such as a double click, changes nothing.

    Raises ReturnRefused for a locked month, another version or a status that cannot be approved,
    and NotAllowed for a person who may not approve or who entered one of its figures.
    """
    access.require(Capability.APPROVE_RETURNS)
    submission = locked_return(submission_id, at=at)
    # The first of two identical requests raised the version by one.
    sent_twice = submission.approved_by_id == by.pk and submission.version == version + 1
    if sent_twice and submission.status == Return.Status.APPROVED:
        return submission
    _refuse_changed(submission, version)
    waiting = list(waiting_actuals(submission))
    _refuse_own(submission, waiting, by)
    touch(actual.series_id for actual in waiting)
    move(submission, Return.Status.APPROVED)
    submission.approved_at, submission.approved_by = at, by
    submission.save()
    _decide(waiting, Decision.Outcome.APPROVED, by=by, at=at)
    asked = ReturnCell.objects.filter(
        submission=submission, series=OuterRef("series"), period_end=OuterRef("period_end")
    )
    Commentary.objects.filter(Exists(asked), approved_at__isnull=True).update(approved_at=at)
    audit.record(
        at=at,
        by=by,
        action="approved",
        obj=submission,
        changes=[
            audit.FieldChange.of(actual.series.measure.code, "submitted", "approved")
            for actual in waiting
        ],
    )
    return submission


@transaction.atomic
def send_back(
    *, submission_id: int, version: int, by: User, access: Access, at: datetime, reason: str
) -> Return:
    """Return a submission to its care group, with a reason.

    Raises ReturnRefused without a reason and otherwise as `approve`, and NotAllowed as `approve`.
    """
    access.require(Capability.APPROVE_RETURNS)
    if not reason.strip():
        raise ReturnRefused("Say why the return goes back, so that the care group can act on it")
    submission = locked_return(submission_id, at=at)
    # The first of two identical requests raised the version by one.
    sent_twice = submission.returned_by_id == by.pk and submission.version == version + 1
    if sent_twice and submission.status == Return.Status.RETURNED:
        return submission
    _refuse_changed(submission, version)
    waiting = list(waiting_actuals(submission))
    _refuse_own(submission, waiting, by)
    move(submission, Return.Status.RETURNED)
    submission.returned_at, submission.returned_by = at, by
    submission.returned_reason = reason
    submission.save()
    _decide(waiting, Decision.Outcome.RETURNED, by=by, at=at, reason=reason)
    audit.record(
        at=at,
        by=by,
        action="returned",
        obj=submission,
        changes=[
            audit.FieldChange.of(actual.series.measure.code, "submitted", "returned")
            for actual in waiting
        ],
        reason=reason,
    )
    return submission


def _refuse_changed(submission: Return, version: int) -> None:
    if submission.version != version:
        raise ReturnRefused(
            "This return has changed since you opened it. Load the page again and check it."
        )


def _decide(
    waiting: Sequence[Actual], outcome: str, *, by: User, at: datetime, reason: str = ""
) -> None:
    Decision.objects.bulk_create(
        [
            Decision(
                actual=actual,
                outcome=outcome,
                decided_at=at,
                decided_by=by,
                known_from=at,
                reason=reason,
            )
            for actual in waiting
        ]
    )
