"""Puts the reader's access on each request, so that a change of role takes effect at once."""

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
    """Sets `request.access`: what this reader may do today. Lazy, as static files never ask."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        lazy = SimpleLazyObject(lambda: _access(request))
        cast(ReaderRequest, request).access = cast(Access, lazy)
        return self.get_response(request)


def _access(request: HttpRequest) -> Access:
    """When the dashboards are public, they are public for signed-in people as well."""
    own = Access()
    if request.user.is_authenticated:
        own = access_of(request.user, timezone.localdate())
    return replace(own, is_public=settings.PUBLIC_DASHBOARD)
