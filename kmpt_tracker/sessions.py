"""How long a sign-in lasts: idle and absolute limits, both enforced on the server."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from accounts.sign_in.carrying import remember_typist
from kmpt_tracker.ui.problems import is_program

SIGNED_IN_AT = "signed_in_at"
LAST_SEEN_AT = "last_seen_at"
# The time last seen is stored at most once a minute, so that reading pages does not write at every
# request; more often where the idle limit is short.
MARK_EVERY_SECONDS = 60
# Sent by scripts that ask by themselves: polling must not keep a sign-in alive. Nor does the API.
BACKGROUND_HEADER = "X-Background"


def has_ended(
    now: float, *, signed_in_at: float, last_seen_at: float, idle_seconds: int, most_seconds: int
) -> bool:
    """Whether a sign-in is over at `now` (seconds); exactly at the limit it is not yet."""
    return now - last_seen_at > idle_seconds or now - signed_in_at > most_seconds


class SessionLimitsMiddleware:
    """Ends sign-ins that were idle too long or are too old; marks whose pages a browser shows."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SIGNED_IN_AT in request.session:
            self._check(request, time.time())
        response = self.get_response(request)
        # Without a session cookie this reads no database.
        if (person := request.session.get(SESSION_KEY)) and not is_program(request):
            remember_typist(request, response, int(person))
        return response

    def _check(self, request: HttpRequest, now: float) -> None:
        session = request.session
        last_seen_at = session.get(LAST_SEEN_AT, session[SIGNED_IN_AT])
        idle_seconds = settings.SESSION_IDLE_MINUTES * 60
        if has_ended(
            now,
            signed_in_at=session[SIGNED_IN_AT],
            last_seen_at=last_seen_at,
            idle_seconds=idle_seconds,
            most_seconds=settings.SESSION_ABSOLUTE_HOURS * 3600,
        ):
            logout(request)
            return
        mark_every = min(MARK_EVERY_SECONDS, idle_seconds / 10)
        is_person = BACKGROUND_HEADER not in request.headers and not is_program(request)
        if now - last_seen_at >= mark_every and is_person:
            session[LAST_SEEN_AT] = now


@receiver(user_logged_in)
def _mark_signed_in(request: HttpRequest, **kwargs: Any) -> None:
    now = time.time()
    request.session[SIGNED_IN_AT] = now
    request.session[LAST_SEEN_AT] = now


@receiver(user_logged_out)
def _mark_signed_out(request: HttpRequest | None, **kwargs: Any) -> None:
    if request is not None:
        request.signed_out = True  # type: ignore[attr-defined]
