"""The panel's decision on an assessment, and reopening one that was decided on.

The finance team records what the panel decided. A decision is on what was submitted: the page
sends the mark of what it showed. Signatures are given on a decision, so a new one needs new ones.
"""

from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from cip.gate import OUTCOMES, QiaStatus, may_reopen
from cip.models import QIADecision, QIAReopening, QIAReview, QualityImpactAssessment
from cip.qia.reviewing import schedule_reviews
from cip.standing.assessed import Assessed
from cip.standing.hold import SchemeRefused, held_scheme
from cip.standing.read import standing_of
from kmpt_tracker.ui.formats import format_date
from strategy.periods import london_date

ASKS_FOR_WORDS = {
    QiaStatus.APPROVED_WITH_CONDITIONS: "the conditions",
    QiaStatus.MORE_DETAIL_ASKED: "which detail the panel asks for",
    QiaStatus.REJECTED: "why the panel finds the scheme detrimental",
}


def assessed_or_refused(scheme_id: int) -> Assessed:
    """Lock the scheme and read its assessment."""
    assessed = standing_of(held_scheme(scheme_id)).assessed
    if assessed is None:
        raise SchemeRefused("The assessment is not started.")
    return assessed


def require_seen(assessed: Assessed, seen: str, act: str) -> None:
    if assessed.snapshot.hash != seen:
        raise SchemeRefused(
            f"The scheme or its assessment has changed since you opened this page. Read it again, "
            f"then {act}."
        )


@transaction.atomic
def record_decision(
    *,
    scheme_id: int,
    seen: str,
    outcome: str,
    words: str,
    decided_on: date,
    by: User,
    access: Access,
    at: datetime,
) -> QIADecision:
    """Record what the panel decided on a submitted assessment."""
    access.require(Capability.RECORD_QIA_DECISION)
    assessed = assessed_or_refused(scheme_id)
    qia = assessed.qia
    if outcome not in {status.value for status in OUTCOMES}:
        raise SchemeRefused("Choose what the panel decided", "outcome")
    if qia.status != QiaStatus.SUBMITTED:
        status = qia.get_status_display().lower()
        raise SchemeRefused(f"The assessment is {status}: the panel decides on a submitted one.")
    require_seen(assessed, seen, "record the decision")
    if not words.strip() and QiaStatus(outcome) in ASKS_FOR_WORDS:
        raise SchemeRefused(f"Enter {ASKS_FOR_WORDS[QiaStatus(outcome)]}", "words")
    submitted_on = london_date(qia.submitted_at) if qia.submitted_at else decided_on
    if not submitted_on <= decided_on <= london_date(at):
        raise SchemeRefused(
            f"The panel met between {format_date(submitted_on)}, when the assessment was "
            "submitted, and today",
            "decided_on",
        )
    decision = QIADecision.objects.create(
        assessment=qia,
        outcome=outcome,
        conditions=words.strip(),
        decided_on=decided_on,
        snapshot_hash=seen,
        recorded_at=at,
        recorded_by=by,
    )
    qia.status, qia.version = outcome, qia.version + 1
    qia.save()
    changes = [
        audit.FieldChange.of("status", QiaStatus.SUBMITTED.value, outcome),
        audit.FieldChange.of("decided_on", "", decided_on),
    ]
    # Which detail is asked of a draft is for those who may read drafts: on its page.
    said = "" if outcome == QiaStatus.MORE_DETAIL_ASKED else words
    audit.record(
        at=at, by=by, action="panel decision recorded", obj=qia, changes=changes, reason=said
    )
    return decision


@transaction.atomic
def reopen_assessment(
    *, scheme_id: int, reason: str, by: User, access: Access, at: datetime
) -> QIAReopening:
    """Reopen an approved assessment, or once a rejected one. Delivery is paused until it is
    submitted, approved and signed again."""
    access.require(Capability.RECORD_QIA_DECISION)
    qia = assessed_or_refused(scheme_id).qia
    allowed = may_reopen(
        QiaStatus(qia.status),
        was_reopened_after_rejection=qia.reopenings.filter(was=QiaStatus.REJECTED.value).exists(),
    )
    if not allowed.is_allowed:
        raise SchemeRefused(" ".join(allowed.reasons))
    if not reason.strip():
        raise SchemeRefused("Enter why it is reopened", "reason")
    return reopen(qia, at=at, by=by, reason=reason.strip())


def reopen(
    qia: QualityImpactAssessment,
    *,
    at: datetime,
    by: User | None,
    reason: str = "",
    **signal: object,
) -> QIAReopening:
    """Write the reopening of an assessment whose scheme is locked; `signal`: guard and month."""
    was = qia.status
    reopening = QIAReopening.objects.create(
        assessment=qia, was=was, reason=reason, reopened_at=at, reopened_by=by, **signal
    )
    qia.status, qia.version = QiaStatus.REOPENED.value, qia.version + 1
    qia.save()
    change = audit.FieldChange.of("status", was, qia.status)
    audit.record(
        at=at, by=by, action="assessment reopened", obj=qia, changes=[change], reason=reason
    )
    return reopening


@transaction.atomic
def change_review_rhythm(
    *, scheme_id: int, every: int, reason: str, by: User, access: Access, at: datetime
) -> QualityImpactAssessment:
    """Change how often the panel asks for reviews; reviews that were held are kept."""
    access.require(Capability.RECORD_QIA_DECISION)
    scheme = held_scheme(scheme_id)
    standing = standing_of(scheme)
    if standing.assessed is None:
        raise SchemeRefused("The assessment is not started.")
    if not 1 <= every <= 12:
        raise SchemeRefused("Reviews are held every 1 to 12 months", "every")
    if not reason.strip():
        raise SchemeRefused("Enter why the panel asks for it", "reason")
    qia = standing.assessed.qia
    before, qia.review_every_months = qia.review_every_months, every
    qia.version += 1
    qia.save()
    if standing.delivered_since is not None:
        QIAReview.objects.filter(assessment=qia, held_on__isnull=True).delete()
        schedule_reviews(qia, standing.delivered_since)
    change = audit.FieldChange.of("review_every_months", before, every)
    audit.record(
        at=at, by=by, action="review rhythm changed", obj=qia, changes=[change], reason=reason
    )
    return qia
