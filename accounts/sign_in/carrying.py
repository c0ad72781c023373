"""What somebody had typed when their sign-in ended: carried through the sign-in page and back.

Nothing is kept by the server: the fields travel in the page, sealed for the person who typed them,
and are sent again, checked as ever, when that person says so. Who it was, a signed cookie says
that every page of theirs renews. Only a form of ours is carried: its token, which changes with
every sign-in, was checked before.
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
    """To the sign-in and back; what came in a form of ours waits on the sign-in page."""
    address = request.get_full_path()
    if request.method != "POST" or TOKEN not in request.POST:
        return redirect_to_login(address, settings.LOGIN_URL)
    typed = [(name, text) for name, text in _fields(request.POST) if name != TOKEN]
    typist = typist_of(request)
    # Whoever typed it must be known: nobody else may have it.
    kept = as_kept(typed, _seal(typist, typed)) if typist else []
    context = {"form": SignInForm(request), "next": address, "kept": kept, "was_sent": True}
    return render(request, "registration/login.html", context, status=403)


def kept_in(data: QueryDict) -> Fields:
    """The fields that a sign-in carries along, under their own names."""
    return [
        (name.removeprefix(PREFIX), text) for name, text in _fields(data) if name.startswith(PREFIX)
    ]


def as_kept(fields: Fields, seal: str) -> Fields:
    """The same under the names that a sign-in page carries them by, with whom they are for."""
    if not fields:
        return []
    return [*((f"{PREFIX}{name}", text) for name, text in fields), (SEAL, seal)]


def is_typed_by(person: int, data: QueryDict) -> bool:
    """Whether the carried fields are this person's own, and as they were typed."""
    try:
        sealed = signing.loads(data.get(SEAL, ""), salt=SALT, max_age=SEALED_SECONDS)
    except signing.BadSignature:
        return False
    return sealed == [person, _digest(kept_in(data))]


def typist_of(request: HttpRequest) -> int | None:
    """Whose pages this browser showed last, by the cookie they came with."""
    try:
        return int(signing.loads(request.COOKIES.get(settings.TYPIST_COOKIE_NAME, ""), salt=SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def remember_typist(request: HttpRequest, response: HttpResponse, person: int) -> None:
    """Say with a page whose it is, where the browser does not hold that already."""
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
