"""Make a personal token, whose secret is shown once, and revoke one."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import AccessToken, User
from accounts.permissions import Access
from accounts.refusals import Refused
from accounts.roles import Capability
from accounts.tokens.secret import hashed, hint_of, new_secret
from kmpt_tracker.ui.formats import format_date

LONGEST_DAYS = 366
MOST_OF_A_PERSON = 20


class TokenNotMade(Refused):
    """This token cannot be made or revoked."""


@transaction.atomic
def make_token(
    *, name: str, last_day: date, by: User, access: Access, at: datetime
) -> tuple[AccessToken, str]:
    """A token for oneself, usable until the end of its last day in London, and its secret.

    The secret is returned here and nowhere else. An expired token passes its name on.
    """
    access.require(Capability.USE_DATASETS)
    person = User.objects.select_for_update().get(pk=by.pk)
    today = timezone.localdate(at)
    if last_day < today:
        raise TokenNotMade(f"The last day must be {format_date(today)} or later", "last_day")
    if last_day > (latest := today + timedelta(days=LONGEST_DAYS)):
        raise TokenNotMade(
            f"A token lasts a year at most: choose {format_date(latest)} or earlier", "last_day"
        )
    open_ones = AccessToken.objects.filter(user=person, is_revoked=False)
    for expired in open_ones.filter(name=name, expires_at__lte=at):
        _revoke(expired, by=by, at=at)
    if open_ones.filter(name=name).exists():
        raise TokenNotMade(
            f"You have a token called “{name}” already: revoke that first, or choose another name",
            "name",
        )
    if open_ones.filter(expires_at__gt=at).count() >= MOST_OF_A_PERSON:
        raise TokenNotMade(
            f"You have {MOST_OF_A_PERSON} tokens: revoke one that nothing uses any longer", "name"
        )
    secret = new_secret()
    after = timezone.make_aware(datetime.combine(last_day + timedelta(days=1), time.min))
    token = AccessToken.objects.create(
        user=person,
        name=name,
        secret_hash=hashed(secret),
        hint=hint_of(secret),
        made_at=at,
        expires_at=after,
        sign_ins_ended=person.sign_ins_ended,
    )
    audit.record(
        at=at,
        by=by,
        action="token made",
        obj=token,
        key=_key(token),
        changes=audit.differences({}, {"expires_at": after}),
    )
    return token, secret


@transaction.atomic
def revoke_token(*, token_id: int, by: User, access: Access, at: datetime) -> AccessToken:
    """End a token at once: one's own, or as an administrator anybody's. It says the same of a
    token that is not there and of one that is somebody else's.
    """
    token = (
        AccessToken.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=token_id)
        .first()
    )
    if token is None or not (token.user_id == by.pk or access.may(Capability.ADMINISTER_USERS)):
        raise TokenNotMade("There is no such token of yours")
    if token.is_revoked:
        raise TokenNotMade("It is revoked already")
    _revoke(token, by=by, at=at)
    return token


def _revoke(token: AccessToken, *, by: User, at: datetime) -> None:
    token.is_revoked, token.revoked_at, token.revoked_by = True, at, by
    token.save(update_fields=["is_revoked", "revoked_at", "revoked_by"])
    audit.record(
        at=at,
        by=by,
        action="token revoked",
        obj=token,
        key=_key(token),
        changes=audit.differences({"is_revoked": False}, {"is_revoked": True}),
    )


def _key(token: AccessToken) -> str:
    """Whose it is and how it begins; its name was typed freely."""
    return f"{token.user.username} {token.hint}"
