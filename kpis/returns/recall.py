"""Take a submitted return back to draft, until somebody has decided on it."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from kpis.models import Decision, Return
from kpis.returns.states import ReturnRefused, locked_return, move
from kpis.returns.waiting import last_act, waiting_rows, what_happened_since

Status = Return.Status
REASON = "Recalled before anyone decided on it"
RECALLED = ("recalled", "corrections recalled")


@transaction.atomic
def recall(
    *,
    submission_id: int,
    version: int,
    by: User,
    access: Access,
    at: datetime,
    section: str = "",
) -> Return:
    """Recall what waits: a submitted return becomes a draft, an approved one stays approved.

    What was typed stays in its boxes, and what has been approved row by row stays approved. A
    second identical request changes nothing.

    Raises ReturnRefused for a locked month, another version (somebody has decided meanwhile) or a
    return of which nothing waits, and NotAllowed for a person who may not enter its figures.
    """
    submission = locked_return(submission_id, at=at, section=section)
    access.require(Capability.ENTER_RETURNS, care_group=submission.care_group_id)
    if submission.version == version + 1:
        last = last_act(submission)
        if last is not None and last.by_id == by.pk and last.action in RECALLED:
            return submission
    if submission.version != version:
        raise ReturnRefused(
            "This return has changed since you opened it: "
            f"{what_happened_since(submission) or 'somebody saved it'}"
        )
    waiting = waiting_rows(submission)
    is_approved = submission.status == Status.APPROVED
    if submission.status != Status.SUBMITTED and not (is_approved and waiting):
        stands = submission.get_status_display().lower()
        raise ReturnRefused(f"This return is {stands}: nothing of it can be recalled")
    move(submission, Status.APPROVED if is_approved else Status.DRAFT)
    submission.recalled_at = at
    if not is_approved:
        submission.is_nil, submission.nil_reason = False, ""
    submission.save()
    Decision.objects.bulk_create(
        [
            Decision(
                actual=row.actual,
                outcome=Decision.Outcome.RETURNED,
                decided_at=at,
                decided_by=by,
                known_from=at,
                reason=REASON,
            )
            for row in waiting.values()
            if row.actual
        ]
    )
    audit.record(
        at=at,
        by=by,
        action="corrections recalled" if is_approved else "recalled",
        obj=submission,
        changes=[
            audit.FieldChange.of(row.cell.series.measure.code, "submitted", "recalled")
            for row in waiting.values()
        ],
    )
    return submission
