"""Counting guesses at passwords where every web process sees the same count: in the database.

The library asks before it lets a password be looked at, and tells how it went. It would count
afterwards, so that guesses sent at once were all heard; here a try is taken up first, under the
lock of its row, in a transaction that ends before the password is looked at.
"""

from __future__ import annotations

import hashlib
import time
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse

from accounts.models import SignInTries
from accounts.tries import CLOSED_SECONDS, MOST_FOR_A_NAME, MOST_FOR_AN_ADDRESS

Kind = SignInTries.Kind
LIMITS = {Kind.ADDRESS: MOST_FOR_AN_ADDRESS, Kind.NAME: MOST_FOR_A_NAME}
KEPT_FOR = timedelta(days=1)


def address_of(request: HttpRequest) -> str:
    """Who is at the other end: the last address that a proxy of ours did not write itself.

    `X-Forwarded-For` is anybody's to send, so it counts only where the request came from a proxy
    that FORWARDED_ALLOW_IPS names.
    """
    address = request.META.get("REMOTE_ADDR", "")
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while address in settings.TRUSTED_PROXIES and hops:
        hop = hops.pop().strip()
        try:
            address = str(ip_address(hop))
        except ValueError:
            break
    return address


def _keys(request: HttpRequest, name: str) -> dict[str, str]:
    """The rows of a try, in the order in which they are locked. Spellings of a name are one name.

    Hashed: people type their password into the box above it.
    """
    written = {Kind.ADDRESS: address_of(request), Kind.NAME: _folded(name)}
    return {
        kind: hashlib.sha256(f"{kind}:{text}".encode()).hexdigest()
        for kind, text in written.items()
    }


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()


@transaction.atomic
def take_up(keys: Mapping[str, str], now: float) -> bool:
    """Count a try against its name and its address; False when either is closed."""
    rows = [_locked(kind, key) for kind, key in keys.items()]
    if any(row.tries.is_closed(now) for row in rows):
        return False
    for row in rows:
        row.keep(row.tries.one_more(now, most=LIMITS[Kind(row.kind)]), now)
    return True


@transaction.atomic
def take_back(keys: Mapping[str, str], moment: float) -> None:
    """A right password: its name begins anew, its address loses this one try."""
    row = _locked(Kind.ADDRESS, keys[Kind.ADDRESS])
    row.keep(row.tries.without(moment, most=MOST_FOR_AN_ADDRESS), moment)
    SignInTries.objects.filter(kind=Kind.NAME, key=keys[Kind.NAME]).delete()


def _locked(kind: str, key: str) -> SignInTries:
    SignInTries.objects.get_or_create(kind=kind, key=key)
    return SignInTries.objects.select_for_update().get(kind=kind, key=key)


class SignInGuard(AxesDatabaseHandler):
    """The library's handler with the count above; it still records who signed in and failed."""

    def is_allowed(self, request: HttpRequest, credentials: dict | None = None) -> bool:
        name = str((credentials or {}).get("username") or "")
        keys, now = _keys(request, name), time.time()
        request.sign_in_try = (keys, now)  # type: ignore[attr-defined]
        return take_up(keys, now)

    def user_login_failed(
        self, sender: Any, credentials: dict, request: Any = None, **kwargs: Any
    ) -> None:
        """Which name failed from where; never what else was in the form."""
        if request is None or request.axes_locked_out:
            return
        keys, now = request.sign_in_try
        where = {
            "username": str(credentials.get("username") or ""),
            "ip_address": address_of(request) or None,
            "user_agent": request.axes_user_agent,
        }
        with transaction.atomic():
            attempt, is_new = AccessAttempt.objects.select_for_update().get_or_create(
                **where,
                defaults={
                    "http_accept": request.axes_http_accept,
                    "path_info": request.axes_path_info,
                    "failures_since_start": 1,
                },
            )
            if not is_new:
                AccessAttempt.objects.filter(pk=attempt.pk).update(
                    failures_since_start=F("failures_since_start") + 1,
                    attempt_time=request.axes_attempt_time,
                )
        rows = SignInTries.objects.filter(key__in=keys.values())
        request.axes_locked_out = any(row.tries.is_closed(now) for row in rows)

    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        taken = getattr(request, "sign_in_try", None)
        if taken is not None:
            take_back(*taken)
        before = datetime.fromtimestamp(time.time(), UTC) - KEPT_FOR
        SignInTries.objects.filter(changed_at__lt=before).delete()
        super().user_logged_in(sender, request, user, **kwargs)


def too_many_tries(
    request: HttpRequest, response: HttpResponse | None, credentials: dict | None
) -> HttpResponse:
    """The page of a name or an address that is closed; what was typed elsewhere stays on it."""
    from accounts.sign_in.views import sign_in_page

    answer = sign_in_page(request, "registration/lockout.html", status=429)
    answer.headers["Retry-After"] = str(CLOSED_SECONDS)
    return answer
