"""What somebody had typed when their sign-in ended: carried through the sign-in page and back.

Nothing is kept by the server: the fields travel in the page, and are sent again, checked as ever,
when the person says so. Only a form of ours is carried: its token was checked before.
"""

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts.forms import SignInForm

PREFIX = "kept."
TOKEN = "csrfmiddlewaretoken"  # noqa: S105 (the name of a field)

Fields = list[tuple[str, str]]


def sign_in_first(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in and back; what came in a form of ours waits on the sign-in page."""
    address = request.get_full_path()
    if request.method != "POST" or TOKEN not in request.POST:
        return redirect_to_login(address, settings.LOGIN_URL)
    kept = [(f"{PREFIX}{name}", text) for name, text in _fields(request.POST) if name != TOKEN]
    context = {"form": SignInForm(request), "next": address, "kept": kept}
    return render(request, "registration/login.html", context, status=403)


def kept_in(data: QueryDict) -> Fields:
    """The fields that a sign-in carries along, under their own names."""
    return [
        (name.removeprefix(PREFIX), text) for name, text in _fields(data) if name.startswith(PREFIX)
    ]


def _fields(data: QueryDict) -> Fields:
    return [(name, text) for name, texts in data.lists() for text in texts]
