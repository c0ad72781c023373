"""The golden threads: what became of a promise from plan to plan."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from kpis.threads import threads


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def thread_list(request: HttpRequest) -> HttpResponse:
    return render(request, "kpis/thread_list.html", {"page": threads()})
