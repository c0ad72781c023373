"""Addresses in e-mails: whole ones, and the signed one that turns a kind of e-mail off."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import User
from board.models import MailKind

SALT = "board.mail.off"


@dataclass(frozen=True)
class TurnOff:
    """What a link in an e-mail turns off: one kind, for the person it was sent to."""

    person_id: int
    kind: MailKind


def whole(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def off_path(person: User, kind: MailKind) -> str:
    """The link never expires: whoever gets an e-mail must be able to stop it."""
    token = signing.dumps([person.pk, kind.value], salt=SALT)
    return reverse("board:mail-off", args=[token])


def read_off(token: str) -> TurnOff | None:
    """What the signed part of a link says; None for one that we did not make."""
    try:
        person_id, kind = signing.loads(token, salt=SALT)
        return TurnOff(int(person_id), MailKind(kind))
    except (signing.BadSignature, TypeError, ValueError):
        return None
