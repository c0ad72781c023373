"""For every response: security headers, and an id that links it to the logs."""

import logging
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from accounts import audit
from accounts.permissions import access_of_reader
from accounts.sign_in.guard import address_of
from accounts.tokens.secret import hidden
from kmpt_tracker import errors, logs
from kmpt_tracker.ui.typed import is_readable
from strategy.exports.filters import brief

logger = logging.getLogger("kmpt_tracker.refusals")
# Parts of addresses that let their holder in.
SECRETS = ("invitation", "token")

GetResponse = Callable[[HttpRequest], HttpResponse]
COMPRESSED = ("text/html", "application/json")
UNREADABLE = "The address holds characters that cannot be read."

# Browser features that no page uses.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)


def content_security_policy() -> str:
    """The header's value from the directives in the settings."""
    return "; ".join(f"{name} {sources}" for name, sources in settings.SECURE_CSP.items())


class CompressedPagesMiddleware(GZipMiddleware):
    """Send pages, and the API's answers, compressed: the board's 180 kB as 22 kB, in 1.6 ms.

    Django adds bytes of a random length, so that the length says nothing about what a page holds.
    Files are streamed as they are made: compressing a million rows would take longer than sending.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_whole = response.headers.get("Content-Type", "").startswith(COMPRESSED)
        if response.streaming or not is_whole:
            return response
        return super().process_response(request, response)


class RequestIdMiddleware:
    """A new id for each request: in its log lines, audit rows and response.

    An id sent by the caller is ignored, as it could forge the record. Every 4xx response gets one
    log line, with the person and the request.
    """

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = secrets.token_hex(16)
        in_logs = logs.request_id.set(request_id)
        in_audit = audit.request_id.set(request_id)
        door = audit.door.set("page")
        try:
            response = self.get_response(request)
            if response.status_code in logs.CLIENT_ERRORS:
                _log_refusal(request, response, request_id)
        finally:
            audit.door.reset(door)
            audit.request_id.reset(in_audit)
            logs.request_id.reset(in_logs)
        response["X-Request-ID"] = request_id
        return response


def _log_refusal(request: HttpRequest, response: HttpResponse, request_id: str) -> None:
    """Log no typed text: only the quoted path of the URL without its secrets, and no name."""
    path, found = request.path, request.resolver_match
    for name in SECRETS:
        secret = found.kwargs.get(name) if found else None
        path = path.replace(secret, "(secret)") if secret else path
    path = hidden(path)
    user = getattr(request, "user", None)
    who = "nobody signed in"
    if user is not None and user.is_authenticated:
        roles = ", ".join(sorted(access_of_reader(request).roles)) or "no role"
        who = f"user {user.pk} ({roles})"
    logger.warning(
        "%s %s %s: %s from %s, request %s",
        response.status_code,
        quote(request.method or ""),
        quote(path, safe="/()"),
        who,
        address_of(request) or "-",
        request_id,
    )
    # As Django marks what it has logged; otherwise it adds a line of its own, without the id.
    response._has_been_logged = True  # type: ignore[attr-defined]


class SecurityHeadersMiddleware:
    """For every response, static files and error pages included.

    Browsers and proxies must not store a page unless its view says otherwise, so that Back shows
    nothing after signing out. Static files set their own caching.
    """

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response
        self.headers = {
            "Content-Security-Policy": content_security_policy(),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Embedder-Policy": "require-corp",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "Permissions-Policy": PERMISSIONS_POLICY,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": settings.X_FRAME_OPTIONS,
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers[name] = value
        if not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = "no-store, private"
        if getattr(request, "signed_out", False):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


class OwnErrorPagesMiddleware:
    """The tracker's own pages for 404 and 400, in development too.

    A path that holds a null character, or bytes that are no text, is refused before any page
    meets it: no database keeps them, so no page could answer but with a fault. What a page reads
    of its query it refuses by name (kpis/asked/address.py); the administration reads all of it.
    """

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_readable(request.path):
            return errors.bad_request(request, BadRequest(UNREADABLE))
        response = self.get_response(request)
        # No view matched: in development Django would show its technical page instead.
        if response.status_code == 404 and request.resolver_match is None:
            return errors.page_not_found(request, Http404())
        if response.status_code == 405:
            return errors.method_not_allowed(request, response.headers["Allow"])
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not request.path.startswith(("/admin/", "/accounts/")):
            return None
        for name, texts in request.GET.lists():
            if not all(map(is_readable, (name, *texts))):
                return errors.bad_request(request, BadRequest(f"“{brief(name)}”: {UNREADABLE}"))
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Http404):
            return errors.page_not_found(request, error)
        if isinstance(error, PermissionDenied):
            return errors.permission_denied(request, error)
        return errors.bad_request(request, error) if isinstance(error, BadRequest) else None
