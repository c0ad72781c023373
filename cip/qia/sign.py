"""Signing an approved assessment for a post: by its holder that day, with the password again.

A signature covers what the page showed. Signing and editing both hold the scheme's row, so whoever
comes second either finds the page out of date, or changes what was signed, which the gate sees.
"""

from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from cip.gate import Post, may_sign
from cip.models import QIASignature
from cip.qia.decide import assessed_or_refused, require_seen
from cip.standing.hold import SchemeRefused
from strategy.models import PostHolding
from strategy.models.organisation import in_force_on
from strategy.periods import london_date

SET_ONE_FIRST = (
    "Your account has no password in the tracker, and a signature asks for it again. Ask an "
    "administrator to send you a link to set one, then sign."
)


def posts_held(person: User, at: datetime) -> list[Post]:
    """The posts for which a person may sign at a moment, by its day in London."""
    return posts_held_on(person, london_date(at))


def posts_held_on(person: User, on: date) -> list[Post]:
    """The posts for which a person may sign on a day. Covering for a care group is not a post."""
    rows = PostHolding.objects.filter(
        in_force_on(on, starts="starts_on", ends="ends_on"), user=person
    )
    return [Post(post) for post in rows.values_list("post", flat=True).distinct().order_by("post")]


@transaction.atomic
def sign_assessment(
    *,
    scheme_id: int,
    post: str,
    seen: str,
    password: str,
    by: User,
    access: Access,
    at: datetime,
) -> QIASignature:
    """Sign for a post. Raises SchemeRefused with every reason why not, NotAllowed without the role.

    `seen` is the mark of what the page showed; `password` is the signatory's own, typed again.
    Nobody signs without one: being signed in does not show who sits at the screen.
    """
    access.require(Capability.SIGN_QIA)
    if post not in {one.value for one in Post}:
        raise SchemeRefused("Choose the post that you sign for", "post")
    if not by.has_usable_password():
        raise SchemeRefused(SET_ONE_FIRST, "password")
    if not by.check_password(password):
        raise SchemeRefused("Enter your own password to sign", "password")
    assessed = assessed_or_refused(scheme_id)
    allowed = may_sign(
        assessed.status,
        Post(post),
        assessed.signatures,
        person=by.username,
        holds_post=Post(post) in posts_held(by, at),
        author=assessed.author,
        co_authors=assessed.authors,
        now=assessed.snapshot,
    )
    if assessed.decision_id is None or not allowed.is_allowed:
        raise SchemeRefused(" ".join(allowed.reasons), "post")
    require_seen(assessed, seen, "sign")
    signature = QIASignature.objects.create(
        assessment=assessed.qia,
        decision_id=assessed.decision_id,
        post=post,
        signed_by=by,
        signed_at=at,
        snapshot=assessed.snapshot.content,
        snapshot_hash=assessed.snapshot.hash,
    )
    change = audit.FieldChange.of("signed", "", post)
    audit.record(at=at, by=by, action="assessment signed", obj=assessed.qia, changes=[change])
    return signature
