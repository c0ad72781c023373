"""Counts guesses at passwords in the database, so that all web processes share one count.

The library calls this before it checks a password, and again with the result. By itself it counts
only afterwards, so guesses sent at the same time would all be checked. Here each try is counted
first, under a row lock, in a transaction that ends before the password is checked.
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
    """The client's address: the last one in the chain that is not one of our own proxies.

    Anyone can send `X-Forwarded-For`, so it is read only when the request came from a proxy named
    in FORWARDED_ALLOW_IPS.
    """
    address = request.META.get("REMOTE_ADDR", "")
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    # Proxies append to the right, so read from the right and stop at the first foreign address:
    # anything further left may have been made up by the client.
    while address in settings.TRUSTED_PROXIES and hops:
        hop = hops.pop().strip()
        try:
            address = str(ip_address(hop))
        except ValueError:
            break
    return address


def keys_of(request: HttpRequest, name: str, *, of: str = "") -> dict[str, str]:
    """The keys of the rows for a try, in locking order. Spellings of one name share a key.

    They are hashed because people sometimes type their password into the name field. `of`: what is
    tried, where that is no password and has counts of its own.
    """
    folded = unicodedata.normalize("NFKC", name).casefold().strip()
    written = {Kind.ADDRESS: address_of(request), Kind.NAME: folded}
    return {
        kind: hashlib.sha256(f"{of}{kind}:{text}".encode()).hexdigest()
        for kind, text in written.items()
    }


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
    """After a correct password: reset the name's count, and remove this try from the address."""
    row = _locked(Kind.ADDRESS, keys[Kind.ADDRESS])
    row.keep(row.tries.without(moment, most=MOST_FOR_AN_ADDRESS), moment)
    # A correct password proves that it is the person, so their name begins again; other people's
    # tries from the same address still count.
    SignInTries.objects.filter(kind=Kind.NAME, key=keys[Kind.NAME]).delete()


def _locked(kind: str, key: str) -> SignInTries:
    # Make the row first: a lock on a row that does not exist would stop nobody.
    SignInTries.objects.get_or_create(kind=kind, key=key)
    return SignInTries.objects.select_for_update().get(kind=kind, key=key)


class SignInGuard(AxesDatabaseHandler):
    """The library's handler with our own count; it still records sign-ins and failures."""

    def is_allowed(self, request: HttpRequest, credentials: dict | None = None) -> bool:
        name = str((credentials or {}).get("username") or "")
        keys, now = keys_of(request, name), time.time()
        request.sign_in_try = (keys, now)  # type: ignore[attr-defined]
        return take_up(keys, now)

    def user_login_failed(
        self, sender: Any, credentials: dict, request: Any = None, **kwargs: Any
    ) -> None:
        """Record which name failed from which address; nothing else from the form."""
        # A refused try was not counted and no password was checked, so there is no failure.
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
        # The library decides from this flag whether to show the lockout page.
        rows = SignInTries.objects.filter(key__in=keys.values())
        request.axes_locked_out = any(row.tries.is_closed(now) for row in rows)

    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        taken = getattr(request, "sign_in_try", None)
        if taken is not None:
            take_back(*taken)
        # Tidy up on success, so that no scheduled task is needed.
        before = datetime.fromtimestamp(time.time(), UTC) - KEPT_FOR
        SignInTries.objects.filter(changed_at__lt=before).delete()
        super().user_logged_in(sender, request, user, **kwargs)


def too_many_tries(
    request: HttpRequest, response: HttpResponse | None, credentials: dict | None
) -> HttpResponse:
    """The page shown while a name or address is closed; it keeps what was typed elsewhere."""
    from accounts.sign_in.views import sign_in_page

    answer = sign_in_page(request, "registration/lockout.html", status=429)
    answer.headers["Retry-After"] = str(CLOSED_SECONDS)
    return answer
