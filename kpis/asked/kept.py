"""Drawn pages, kept until something is written: for everyone who may read the same.

A page is kept under the stamp that every write changes (one without figures of measures under that
of what seldom changes), the minute (because figures fall due by the clock), its address, and what
its reader may do. Only its head is the reader's own: it is drawn for
each. A page with a message for its reader is neither kept nor taken.
"""

import hashlib
import zlib
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from accounts.permissions import access_of_reader
from kpis.asked.months import KEPT_SECONDS
from kpis.asked.stamps import stamps_of

HEAD = "components/header.html"
OPENS, CLOSES = '<header class="nhsuk-header">', "</header>"
# A page of 250 kB is kept as 25 kB, at 2 ms when it is drawn and half of one when it is taken.
QUICKLY = 1


def kept_page(
    request: HttpRequest,
    now: datetime,
    draw: Callable[[], HttpResponseBase],
    *,
    has_figures: bool = True,
) -> HttpResponseBase:
    """The page as it was drawn last, with the reader's own head; else drawn now, and kept."""
    if not settings.KEEPS_PAGES or request.method != "GET" or len(get_messages(request)):
        return draw()
    stamps = stamps_of(request)
    key = _key(request, now, stamps.facts if has_figures else stamps.settled)
    found = cache.get(key)
    if found is not None:
        before, after = (zlib.decompress(part).decode() for part in found)
        return HttpResponse(before + render_to_string(HEAD, request=request).strip() + after)
    response = draw()
    if isinstance(response, HttpResponse) and response.status_code == 200:
        # Whose head it was drawn with is not kept.
        before, head, after = response.content.decode().partition(OPENS)
        _, closed, after = after.partition(CLOSES)
        if head and closed:
            kept = [zlib.compress(part.encode(), QUICKLY) for part in (before, after)]
            cache.set(key, kept, KEPT_SECONDS)
    return response


def _key(request: HttpRequest, now: datetime, stamp: str) -> str:
    access = access_of_reader(request)
    parts = (
        request.get_full_path(),
        request.user.is_authenticated,
        sorted(access.roles),
        sorted(access.care_groups),
        access.is_public,
        f"{now:%Y%m%d%H%M}",
        stamp,
    )
    return f"page-{hashlib.sha256(repr(parts).encode()).hexdigest()}"
