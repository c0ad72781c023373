"""Addresses for tests of sign-in and headers: a page, signing out, an error."""

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"for {request.user}")


def way_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("signed out")


def fault(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


urlpatterns = [
    path("page", page),
    path("out", way_out),
    path("fault", fault),
    path("", include("kmpt_tracker.urls")),
]
