"""The tracker's addresses, and trivial signed-in pages with which the others are compared."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from accounts.permissions import permitted
from accounts.roles import Capability
from kmpt_tracker.urls import handler400, handler403, handler404, handler500, urlpatterns
from tests.bench.bench_return import bare_formset


@permitted(Capability.READ_DASHBOARDS)
def trivial(request: HttpRequest) -> HttpResponse:
    """Session, person, roles and care groups are read; nothing else is done."""
    return HttpResponse("ok")


@permitted(Capability.READ_DASHBOARDS)
def empty(request: HttpRequest) -> HttpResponse:
    """The frame of every page, with nothing inside."""
    return render(request, "base.html")


urlpatterns = [
    *urlpatterns,
    path("trivial/", trivial),
    path("empty/", empty),
    path("formset/", bare_formset),
]
__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
