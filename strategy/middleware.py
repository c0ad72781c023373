"""Puts the reader's access on the request, read afresh: a change of role holds at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.permissions import Access, ReaderRequest
from strategy.access import access_of


class AccessMiddleware:
    """`request.access` says what this reader may do today. Lazy: a static file asks nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        lazy = SimpleLazyObject(lambda: _access(request))
        cast(ReaderRequest, request).access = cast(Access, lazy)
        return self.get_response(request)


def _access(request: HttpRequest) -> Access:
    """Where the dashboards are public they are so for whoever signs in as well."""
    own = Access()
    if request.user.is_authenticated:
        own = access_of(request.user, timezone.localdate())
    return replace(own, is_public=settings.PUBLIC_DASHBOARD)
