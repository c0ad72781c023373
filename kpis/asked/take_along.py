"""Carry the moment, month, plan and filters of an address along with every link of its page.

A page shown as known at a moment links to pages as known at that moment. A page that cannot show
the past says so at its top. A moment that cannot be read is refused on every page alike.
"""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.permissions import access_of_reader
from kmpt_tracker import errors
from kmpt_tracker.ui.addresses import MOMENT, take_along
from kmpt_tracker.ui.typed import is_readable
from kpis.asked.address import Asked, BadParameter
from strategy.exports.filters import NO_CODES, Codes

NOTHING: frozenset[str] = frozenset()
MOMENT_ALONE = frozenset({MOMENT})
# Paths with rules of their own, or without a page to show.
ELSEWHERE = ("/admin/", "/accounts/", "/static/", "/exports/", "/healthz", "/readyz", "/api/")
# Resolving the path of a measure takes 170 µs, remembering it 0.1 µs; a page has hundreds of links.
PATHS_REMEMBERED = 4096


def known_by(path: str) -> frozenset[str]:
    """The names that the page of a path knows; for any page of the tracker at least the moment."""
    view = _view(path)
    known: frozenset[str] = getattr(view, "knows", MOMENT_ALONE) if view else NOTHING
    return known


class Carried:
    """What was given to a page, of which each of its links carries what its target can use.

    Two pages may know a name with values of their own: a summary lists "what has no data", a file
    has the status of each row; the register lists plans that are only cited, which no board opens.
    What the other page would refuse is not carried to it.
    """

    def __init__(self, path: str, given: Mapping[str, str]):
        self.given = given
        self._read = _codes_of(path)  # what the page itself read needs no second look
        self._allowed = cache(lambda codes: frozenset(codes()))

    def known_by(self, path: str) -> frozenset[str]:
        """The names of what was given that the page of a path can use."""
        return known_by(path) - {
            name
            for name, codes in _codes_of(path).items()
            if name in self.given
            and codes is not self._read.get(name)
            and self.given[name] not in self._allowed(codes)
        }


def _codes_of(path: str) -> Codes:
    codes: Codes = getattr(_view(path), "codes", NO_CODES)
    return codes


@lru_cache(PATHS_REMEMBERED)
def _view(path: str) -> Any:
    """The view at a path, if its page is one that choices are carried to."""
    if path.startswith(ELSEWHERE) and path != "/exports/":
        return None
    try:
        return resolve(path).func
    except Resolver404:
        return None


class TakeAlongMiddleware:
    """Read the moment on every page, and let links and forms carry what was chosen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.GET or request.method not in ("GET", "HEAD") or not _is_page(response):
            return response
        asked = {name: request.GET[name].strip() for name in request.GET}
        refused = getattr(response, "drawn_without", NOTHING)
        given = {
            name: text
            for name, text in asked.items()
            if text and is_readable(text) and name not in refused
        }
        if given:
            known = Carried(request.path, given).known_by
            page = take_along(response.content.decode(), request.path, given, known)
            response.content = page.encode()
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Refuse a bad moment on a page that reads none; a good one makes it say it shows today.

        A page answers 403 first, by itself, to a reader who may not read it.
        """
        if MOMENT not in request.GET or request.path.startswith(ELSEWHERE):
            return None
        if hasattr(view, "knows"):
            return None
        capability = getattr(view, "capability", None)
        if capability is not None and not access_of_reader(request).may(capability):
            return None
        try:
            known_at = Asked(request.GET, now=timezone.now()).known_at
        except BadParameter as bad:
            return errors.bad_request(request, bad)
        request.moment_unanswered = known_at  # type: ignore[attr-defined]
        return None


def _is_page(response: HttpResponse) -> bool:
    """Whether a page was drawn. After a bad request nothing is carried along."""
    is_drawn = response.status_code in (200, 404, 409) or (
        response.status_code == 400 and hasattr(response, "drawn_without")
    )
    return (
        is_drawn
        and not response.streaming
        and response.headers.get("Content-Type", "").startswith("text/html")
    )
