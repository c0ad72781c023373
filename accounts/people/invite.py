"""Invite a person by e-mail, and let them set their own password with the link, once."""

import hashlib
import logging
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse

from accounts import audit
from accounts.models import Invitation, User
from accounts.people.administrators import PersonRefused
from accounts.permissions import Access
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_moment

logger = logging.getLogger(__name__)
LASTS = timedelta(days=7)
GONE = (
    "This link no longer works: it was used, it is too old, or another one took its place. Ask an "
    "administrator of the tracker for a new one."
)


class LinkRefused(PersonRefused):
    """The link does not open anything."""


@transaction.atomic
def invite_person(
    *,
    first_name: str,
    last_name: str,
    email: str,
    username: str,
    by: User,
    access: Access,
    at: datetime,
) -> tuple[Invitation, str]:
    """Add a person without a password; returns their invitation and the token of its link.

    The token is kept nowhere: it goes into the e-mail (`post`) and is forgotten.
    """
    access.require(Capability.ADMINISTER_USERS)
    email, username = email.strip(), (username.strip() or email.strip()).lower()
    if not last_name.strip():
        raise PersonRefused("Enter the last name", "last_name")
    try:
        validate_email(email)
    except ValidationError:
        raise PersonRefused("Enter an e-mail address, like name@nhs.net", "email") from None
    same = User.objects.filter(Q(email__iexact=email) | Q(username__iexact=username)).first()
    if same is not None:
        left = "" if same.is_active else ", who has left: let them come back on their page"
        is_email = same.email.casefold() == email.casefold()
        raise PersonRefused(
            f"That is {'the address' if is_email else 'the user name'} of {same}{left}",
            "email" if is_email else "username",
        )
    person = User(username=username, email=email, first_name=first_name, last_name=last_name)
    person.set_unusable_password()
    try:
        person.full_clean(exclude=["password"])
    except ValidationError as wrong:
        field, words = next(iter(wrong.message_dict.items()))
        raise PersonRefused(words[0], field) from None
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise PersonRefused("Somebody else has just invited them", "username") from None
    audit.record(
        at=at,
        by=by,
        action="invited",
        obj=person,
        key=person.username,
        changes=audit.differences({}, {"username": username, "email": email}),
    )
    return _new_link(person, by=by, at=at)


@transaction.atomic
def new_link(*, person_id: int, by: User, access: Access, at: datetime) -> tuple[Invitation, str]:
    """Another link for a person: the one before no longer works."""
    access.require(Capability.ADMINISTER_USERS)
    person = User.objects.select_for_update().get(pk=person_id)
    if not person.is_active:
        raise PersonRefused(f"{person} has left: let them come back first")
    if not person.email:
        raise PersonRefused(f"{person} has no e-mail address: enter it in the administration")
    audit.record(
        at=at, by=by, action="link to set a password sent", obj=person, key=person.username
    )
    return _new_link(person, by=by, at=at)


def _new_link(person: User, *, by: User, at: datetime) -> tuple[Invitation, str]:
    Invitation.objects.filter(user=person, is_open=True).update(is_open=False)
    token = secrets.token_urlsafe(32)
    row = Invitation.objects.create(
        user=person,
        token_hash=_hashed(token),
        invited_by=by,
        invited_at=at,
        expires_at=at + LASTS,
    )
    return row, token


def post(invitation: Invitation, token: str, *, trust: str) -> bool:
    """Send the link, once it is stored; returns whether it was sent. `new_link` replaces it.

    `trust`: what the trust is called today, empty while it has no name.
    """
    person = invitation.user
    path = reverse("accounts:invitation", args=[token])
    message = EmailMessage(
        subject="Your link to the strategy and KPI tracker",
        body=(
            f"Dear {person},\n\n"
            f"{invitation.invited_by} gives you access to the strategy and KPI tracker"
            f"{trust and f' of {trust}'}. Your user name is {person.username}.\n\n"
            f"Set your own password here: {settings.SITE_URL}{path}\n\n"
            f"The link works once, until {format_moment(invitation.expires_at)}. If you did not "
            "expect it, do nothing.\n"
        ),
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    state = Invitation.Mail.SENT
    try:
        message.send()
    except Exception as error:
        logger.warning("Link %s was not sent: %s.", invitation.pk, type(error).__name__)
        state = Invitation.Mail.FAILED
    Invitation.objects.filter(pk=invitation.pk).update(mail=state)
    return state == Invitation.Mail.SENT


def open_invitation(token: str, *, at: datetime) -> Invitation:
    """The invitation that a link opens; raises LinkRefused, in the same words whatever is wrong."""
    row = (
        Invitation.objects.filter(
            token_hash=_hashed(token),
            is_open=True,
            expires_at__gt=at,
            user__is_active=True,
        )
        .select_related("user", "invited_by")
        .first()
    )
    if row is None:
        raise LinkRefused(GONE)
    return row


@transaction.atomic
def set_own_password(*, token: str, password: str, at: datetime) -> User:
    """Set the password of the person to whom the link was sent, and close the link."""
    row = open_invitation(token, at=at)
    try:
        validate_password(password, row.user)
    except ValidationError as wrong:
        raise PersonRefused(" ".join(wrong.messages), "new_password1") from None
    # Of two who send it at once, one finds the link open.
    open_one = Invitation.objects.filter(pk=row.pk, is_open=True)
    if not open_one.update(is_open=False):
        raise LinkRefused(GONE)
    person = User.objects.select_for_update().get(pk=row.user_id)
    person.set_password(password)
    person.save(update_fields=["password"])
    audit.record(
        at=at,
        by=person,
        action="password set by link",
        obj=person,
        key=person.username,
        changes=[audit.FieldChange.of("password", "", "(changed)")],
    )
    return person


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
