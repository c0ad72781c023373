"""The golden threads: what became of a promise from plan to plan."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from kpis.asked.address import asked_moment, knows
from kpis.plans.thread_list import thread_list_page


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@knows()
def thread_list(request: HttpRequest) -> HttpResponse:
    known_at = asked_moment(request)
    context = {"page": thread_list_page(known_at), "known_at": known_at}
    return render(request, "kpis/thread_list.html", context)
