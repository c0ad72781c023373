"""Carries a half-filled form through the sign-in page when a sign-in has ended.

The server keeps nothing. The fields travel in the sign-in page, signed for the person who typed
them, and are sent again, with all the usual checks, when that person chooses to. A signed cookie,
renewed by every page, says who that person is. Only the tracker's own forms are carried: their
CSRF token, which changes at every sign-in, is checked first.
"""

import hashlib
import json

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts.sign_in.forms import SignInForm

PREFIX = "kept."
SEAL = "kept_for"
SALT = "accounts.sign_in.carrying"
SEALED_SECONDS = 24 * 3600
TOKEN = "csrfmiddlewaretoken"  # noqa: S105 (the name of a field)

Fields = list[tuple[str, str]]


def sign_in_first(request: HttpRequest) -> HttpResponseBase:
    """Redirect to sign-in and back; a form sent without a sign-in waits on the sign-in page."""
    address = request.get_full_path()
    if request.method != "POST" or TOKEN not in request.POST:
        return redirect_to_login(address, settings.LOGIN_URL)
    # The token is left out: it belongs to the old session and the new page has its own.
    typed = [(name, text) for name, text in _fields(request.POST) if name != TOKEN]
    typist = typist_of(request)
    # Unless it is known who typed the fields they are dropped: nobody else may see them.
    kept = as_kept(typed, _seal(typist, typed)) if typist else []
    context = {"form": SignInForm(request), "next": address, "kept": kept, "was_sent": True}
    return render(request, "registration/login.html", context, status=403)


def kept_in(data: QueryDict) -> Fields:
    """The carried fields, under their own names."""
    return [
        (name.removeprefix(PREFIX), text) for name, text in _fields(data) if name.startswith(PREFIX)
    ]


def as_kept(fields: Fields, seal: str) -> Fields:
    """The fields under the names used on the sign-in page, with the seal for their owner."""
    if not fields:
        return []
    return [*((f"{PREFIX}{name}", text) for name, text in fields), (SEAL, seal)]


def is_typed_by(person: int, data: QueryDict) -> bool:
    """Whether this person typed the carried fields, and nobody has changed them since."""
    try:
        sealed = signing.loads(data.get(SEAL, ""), salt=SALT, max_age=SEALED_SECONDS)
    except signing.BadSignature:
        return False
    return sealed == [person, _digest(kept_in(data))]


def typist_of(request: HttpRequest) -> int | None:
    """Whose pages this browser showed last, read from its signed cookie."""
    try:
        return int(signing.loads(request.COOKIES.get(settings.TYPIST_COOKIE_NAME, ""), salt=SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def remember_typist(request: HttpRequest, response: HttpResponse, person: int) -> None:
    """Set the cookie that says whose page this is, unless the browser already has it."""
    if typist_of(request) != person:
        response.set_cookie(
            settings.TYPIST_COOKIE_NAME,
            signing.dumps(person, salt=SALT),
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )


def _seal(person: int, fields: Fields) -> str:
    return signing.dumps([person, _digest(fields)], salt=SALT)


def _digest(fields: Fields) -> str:
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def _fields(data: QueryDict) -> Fields:
    return [(name, text) for name, texts in data.lists() for text in texts]
