"""Reviews of quality after delivery has begun: scheduled with it, recorded when they are held."""

from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from cip.gate import review_dates
from cip.models import QIAReview, QualityImpactAssessment
from cip.standing.hold import SchemeRefused, held_scheme, require_version
from cip.standing.read import standing_of
from kmpt_tracker.ui.formats import format_date
from strategy.periods import london_date


def schedule_reviews(qia: QualityImpactAssessment, started_on: date) -> None:
    """Add the reviews of the first twelve months; a review already due on a day is left alone."""
    held = set(qia.reviews.values_list("due_on", flat=True))
    for day in review_dates(started_on, every=qia.review_every_months):
        if day not in held:
            QIAReview.objects.create(assessment=qia, due_on=day)


@transaction.atomic
def record_review(
    *,
    review_id: int,
    version: int,
    held_on: date,
    findings: str,
    by: User,
    access: Access,
    at: datetime,
) -> QIAReview:
    """Record a review that was held, and what it found."""
    review = QIAReview.objects.select_related("assessment__scheme").get(pk=review_id)
    scheme = held_scheme(review.assessment.scheme_id)
    access.require(Capability.EDIT_SCHEMES, care_group=scheme.care_group_id)
    review.refresh_from_db()
    require_version(review, version, typed={}, labels={})
    if review.held_on is not None:
        raise SchemeRefused("This review is recorded already.")
    started = standing_of(scheme).delivered_since
    if started is None or not started <= held_on <= london_date(at):
        since = f"since {format_date(started)}, when delivery began, and" if started else ""
        raise SchemeRefused(f"A review was held {since} by today".replace("  ", " "), "held_on")
    if not findings.strip():
        raise SchemeRefused("Enter what the review found", "findings")
    review.held_on, review.findings, review.held_by = held_on, findings.strip(), by
    review.version += 1
    review.save()
    change = audit.FieldChange.of("held_on", "", held_on)
    audit.record(at=at, by=by, action="quality review recorded", obj=review, changes=[change])
    return review
