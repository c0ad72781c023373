"""Puts the reader's access on each request, so that a change of role takes effect at once, and the
name that the trust has today, which every page carries.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.permissions import Access, ReaderRequest
from strategy.access import access_and_name
from strategy.models import TrustName
from strategy.selectors import trust_name_on


class AccessMiddleware:
    """Sets `request.access`: what this reader may do today, and `request.trust_name`. Lazy, as
    static files never ask.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        read, reader = cast(ReaderRequest, request), _Reader(request)
        read.access = cast(Access, SimpleLazyObject(lambda: reader.access))
        read.trust_name = SimpleLazyObject(lambda: reader.trust_name)
        return self.get_response(request)


class _Reader:
    """What is read of a request's reader: once, when a page first asks."""

    def __init__(self, request: HttpRequest):
        self.request = request

    @cached_property
    def _own(self) -> tuple[Access, TrustName | None]:
        return access_and_name(self.request.user, timezone.localdate())  # type: ignore[arg-type]

    @property
    def access(self) -> Access:
        """When the dashboards are public, they are public for signed-in people as well."""
        own = self._own[0] if self.request.user.is_authenticated else Access()
        return replace(own, is_public=settings.PUBLIC_DASHBOARD)

    @property
    def trust_name(self) -> TrustName | None:
        if self.request.user.is_authenticated:
            return self._own[1]
        return trust_name_on(timezone.localdate())
