"""The tracker's addresses, and a trivial signed-in page to measure the others by."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.permissions import permitted
from accounts.roles import Capability
from kmpt_tracker.urls import handler400, handler403, handler404, handler500, urlpatterns


@permitted(Capability.READ_DASHBOARDS)
def trivial(request: HttpRequest) -> HttpResponse:
    """Session, person, roles and care groups are read; nothing else is done."""
    return HttpResponse("ok")


urlpatterns = [*urlpatterns, path("trivial/", trivial)]
__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
