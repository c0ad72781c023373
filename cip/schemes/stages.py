"""A scheme moves from stage to stage, and is rated for its likelihood to deliver.

Every move asks the gate. Delivery starts only behind an open one, and schedules the reviews of
quality that follow it. Moves and ratings are kept for good, each with its reason.
"""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from cip.gate import Permission, may_enter_delivery, may_move
from cip.models import Deliverability, Scheme, SchemeStage
from cip.money import Rating, Stage
from cip.qia.reviewing import schedule_reviews
from cip.standing.hold import SchemeRefused, held_scheme, not_before
from cip.standing.read import Standing, standing_of
from cip.wording import STAGES
from strategy.periods import london_date

ENDED = (Stage.CLOSED, Stage.REJECTED, Stage.SUBSTITUTED)


def move_allowed(standing: Standing, to: Stage) -> Permission:
    """Whether the scheme may go to a stage, with every reason why not."""
    if to is Stage.IN_DELIVERY and standing.assessed is not None:
        assessed = standing.assessed
        return may_enter_delivery(
            standing.stage,
            assessed.status,
            assessed.signatures,
            author=assessed.author,
            co_authors=assessed.authors,
            now=assessed.snapshot,
        )
    return may_move(standing.stage, to, gate=standing.gate, qia_status=standing.qia_status)


@transaction.atomic
def move_scheme(
    *,
    scheme_id: int,
    seen: str,
    to: str,
    reason: str,
    substitute: str = "",
    by: User,
    access: Access,
    at: datetime,
) -> SchemeStage:
    """Move a scheme to another stage; `seen` is the stage that the page showed.

    `substitute` is the reference of the scheme that takes its place.
    """
    scheme = held_scheme(scheme_id)
    access.require(Capability.EDIT_SCHEMES, care_group=scheme.care_group_id)
    standing = standing_of(scheme)
    if to not in {stage.value for stage in Stage}:
        raise SchemeRefused("Choose a stage", "to")
    if standing.stage.value != seen:
        now = STAGES[standing.stage]
        raise SchemeRefused(f"Somebody has moved the scheme to {now} since you opened this page.")
    allowed = move_allowed(standing, Stage(to))
    if not allowed.is_allowed:
        raise SchemeRefused(" ".join(allowed.reasons), "to")
    if not reason.strip():
        raise SchemeRefused("Enter why the scheme moves", "reason")
    if Stage(to) is Stage.SUBSTITUTED:
        _substitute(scheme, substitute.strip())
    moment = not_before(at, standing.stages[-1].known_from if standing.stages else None)
    row = SchemeStage.objects.create(
        scheme=scheme, stage=to, known_from=moment, recorded_by=by, reason=reason.strip()
    )
    if Stage(to) is Stage.IN_DELIVERY and standing.assessed is not None:
        schedule_reviews(standing.assessed.qia, london_date(moment))
    change = audit.FieldChange.of("stage", seen, to)
    audit.record(at=at, by=by, action="scheme moved", obj=scheme, changes=[change], reason=reason)
    return row


def _substitute(scheme: Scheme, reference: str) -> None:
    other = scheme.programme.schemes.filter(reference__iexact=reference).first()  # type: ignore[attr-defined]
    if other is None or other.pk == scheme.pk:
        raise SchemeRefused(
            "Enter the reference of the other scheme that takes its place", "substitute"
        )
    if standing_of(other).stage in (Stage.REJECTED, Stage.SUBSTITUTED):
        raise SchemeRefused(f"{other.reference} has ended itself", "substitute")
    scheme.substituted_by = other
    scheme.version += 1
    scheme.save()


@transaction.atomic
def rate_scheme(
    *,
    scheme_id: int,
    seen: str,
    rating: str,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> Deliverability:
    """Rate how likely a scheme is to deliver; `seen` is the rating that the page showed."""
    scheme = held_scheme(scheme_id)
    access.require(Capability.EDIT_SCHEMES, care_group=scheme.care_group_id)
    standing = standing_of(scheme)
    before = standing.rating.value if standing.rating else ""
    if before != seen:
        raise SchemeRefused(f"Somebody has rated the scheme {before} since you opened this page.")
    if rating not in {one.value for one in Rating}:
        raise SchemeRefused("Choose green, amber or red", "rating")
    if rating == before:
        raise SchemeRefused(f"The scheme is rated {rating} already", "rating")
    if standing.stage in ENDED:
        raise SchemeRefused("The scheme has ended, so its rating stays.")
    if not reason.strip():
        raise SchemeRefused("Enter why the rating changes", "reason")
    moment = not_before(at, standing.ratings[-1].known_from if standing.ratings else None)
    row = Deliverability.objects.create(
        scheme=scheme, rating=rating, known_from=moment, recorded_by=by, reason=reason.strip()
    )
    change = audit.FieldChange.of("deliverability", before, rating)
    audit.record(at=at, by=by, action="scheme rated", obj=scheme, changes=[change], reason=reason)
    return row
