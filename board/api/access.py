"""Who calls the API: a program with a token, or the browser of somebody who is signed in."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAcceptable, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import AccessToken, User
from accounts.permissions import access_of_reader
from accounts.roles import Capability
from accounts.tokens.limits import AskLater
from accounts.tokens.reading import (
    HOW,
    PAGE,
    TokenRefused,
    caller_of,
    challenge,
    too_many,
    unauthorised,
)
from board.api.paging import RowGone
from kmpt_tracker.ui.problems import problem

NO_TOKEN = f"Sign in with a token, which you make at {PAGE}. {HOW}"
NOT_JSON = "“Accept”: the API answers application/json. Other formats are files at /exports/."


class ByToken(BaseAuthentication):
    """A token in the header, as for the files; each call counts."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        try:
            token = caller_of(request._request, at=timezone.now())
        except TokenRefused as error:
            raise AuthenticationFailed(str(error)) from None
        return None if token is None else (token.user, token)

    def authenticate_header(self, request: Request) -> str:
        return challenge(request._request)


class BySignIn(BaseAuthentication):
    """A sign-in at the tracker, for addresses that a person opens in the browser. As nothing can be
    changed here, no other site could use it to.
    """

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        user = request._request.user
        return (user, None) if user.is_authenticated else None


class MayUseDatasets(BasePermission):
    """By the roles of that moment. Raises NotAllowed, which says who may."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        access_of_reader(request._request).require(Capability.USE_DATASETS)
        return True


def as_problem(error: Exception, context: dict[str, Any]) -> Any:
    """Refusals as problem details. What it leaves, the tracker's own error pages answer, to
    programs in the same form.
    """
    request = context["request"]._request
    if isinstance(error, NotAuthenticated):
        return unauthorised(request, NO_TOKEN)
    if isinstance(error, AuthenticationFailed):
        return unauthorised(request, str(error.detail))
    if isinstance(error, AskLater):
        return too_many(error)
    if isinstance(error, NotAcceptable):
        return problem(406, NOT_JSON, parameter="Accept")
    if isinstance(error, RowGone):
        return problem(410, str(error), parameter="cursor")
    return None
