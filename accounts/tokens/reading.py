"""Whose token a request carries, or why it opens nothing; and the addresses that a token opens."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.models import AccessToken
from accounts.tokens.limits import AskLater, count_call, count_wrong
from accounts.tokens.secret import PREFIX, WRITTEN, hashed
from kmpt_tracker.ui.formats import format_moment
from kmpt_tracker.ui.problems import problem

PAGE = "/accounts/tokens/"
HOW = f"Send “Authorization: Bearer {PREFIX}…”, or Basic with your user name and the token."
# Names under which programs put a secret into an address.
IN_ADDRESS = re.compile(r"(access|api|auth)?[-_]?(token|key)|authorization|password", re.IGNORECASE)
MARK_EVERY = timedelta(minutes=1)

View = Callable[..., HttpResponseBase]


class TokenRefused(Exception):
    """The token opens nothing; the message says which of the reasons it is, and what to do."""


class WrongToken(TokenRefused):
    """What was sent is no token that was ever made, or not that of the `username` sent with it."""

    def __init__(self, words: str, username: str = ""):
        super().__init__(words)
        self.username = username


class TokenInAddress(BadRequest):
    """A secret in the address, where logs and histories keep it."""

    def __init__(self, name: str):
        super().__init__(
            f"“{name}”: a token must not be part of an address, which logs and histories keep. "
            f"{HOW} Revoke this one at {PAGE} if it is real, and make another."
        )
        self.name = name


def refuse_in_address(request: HttpRequest) -> None:
    """Raise TokenInAddress where the query holds what is, or is called, a token."""
    for name, texts in request.GET.lists():
        if WRITTEN.search(name):
            raise TokenInAddress("(secret)")
        if IN_ADDRESS.fullmatch(name) or any(WRITTEN.search(text) for text in texts):
            raise TokenInAddress(name)
    if WRITTEN.search(request.path):
        raise TokenInAddress("(secret)")


def token_of(request: HttpRequest, *, at: datetime) -> AccessToken | None:
    """The token that the request carries, with its person; None where it carries nothing.

    What the person may do is asked elsewhere, by their roles at that moment. Each call with a token
    that was made counts, whether it still works or not. Raises TokenRefused and TooManyCalls.
    """
    header = request.headers.get("Authorization", "").strip()
    if not header:
        return None
    scheme, _, given = header.partition(" ")
    username = ""
    if scheme.lower() == "basic":
        username, secret = _basic(given)
    elif scheme.lower() in ("bearer", "token"):
        secret = given.strip()
    else:
        raise WrongToken(f"This kind of sign-in is not known here. {HOW}")
    if not WRITTEN.fullmatch(secret):
        raise WrongToken(
            f"That is no token of the tracker: one begins with {PREFIX}. {HOW}", username
        )
    token = AccessToken.objects.select_related("user").filter(secret_hash=hashed(secret)).first()
    if token is None:
        raise WrongToken(f"There is no such token. Make one at {PAGE}.", username)
    count_call(token, at=at)
    if scheme.lower() == "basic" and username.casefold() != token.user.username.casefold():
        raise WrongToken("The user name is not that of the person who made this token.", username)
    if token.is_revoked:
        raise TokenRefused(f"This token is revoked. Make another at {PAGE}.")
    if token.expires_at <= at:
        ended = format_moment(token.expires_at)
        raise TokenRefused(f"This token has expired: it ended on {ended}. Make another at {PAGE}.")
    if not token.user.is_active or token.user.sign_ins_ended != token.sign_ins_ended:
        raise TokenRefused("This token has ended: the account that it was made for was closed.")
    _mark_used(token, at)
    return token


def _basic(given: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise WrongToken(f"The sign-in cannot be read. {HOW}") from None
    username, _, secret = text.partition(":")
    return username, secret.strip()


def _mark_used(token: AccessToken, at: datetime) -> None:
    """At most once a minute, so that reading does not write at every call."""
    before = at - MARK_EVERY
    if token.last_used_at is None or token.last_used_at <= before:
        unmarked = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
        AccessToken.objects.filter(unmarked, pk=token.pk).update(last_used_at=at)


def caller_of(request: HttpRequest, *, at: datetime) -> AccessToken | None:
    """Take the request as its token's person's; count the call, or the wrong token.

    Raises TokenInAddress, TokenRefused, and AskLater.
    """
    refuse_in_address(request)
    try:
        token = token_of(request, at=at)
    except WrongToken as wrong:
        count_wrong(request, wrong.username, at=at)
        raise
    if token is not None:
        request.user = token.user
    return token


def opened_by_token(view: View) -> View:
    """Let a program with a token reach a view, as its person; others as ever, by signing in."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            caller_of(request, at=timezone.now())
        except TokenInAddress as error:
            return problem(400, str(error), parameter=error.name)
        except TokenRefused as error:
            return unauthorised(request, str(error))
        except AskLater as error:
            return too_many(error)
        return view(request, *args, **kwargs)

    return opened


def unauthorised(request: HttpRequest, words: str) -> HttpResponse:
    """401, with the ways to sign in. Browsers' scripts get no Basic: it would open a dialogue."""
    answer = problem(401, words)
    answer.headers["WWW-Authenticate"] = challenge(request)
    return answer


def challenge(request: HttpRequest) -> str:
    ways = ['Bearer realm="datasets"']
    if "Sec-Fetch-Mode" not in request.headers:
        ways.append('Basic realm="datasets", charset="UTF-8"')
    return ", ".join(ways)


def too_many(error: AskLater) -> HttpResponse:
    answer = problem(429, str(error))
    answer.headers["Retry-After"] = str(error.seconds)
    return answer
