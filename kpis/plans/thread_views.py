"""The golden threads: what became of a promise from plan to plan."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from kpis.asked.address import Asked, asks
from kpis.plans.thread_list import thread_list_page


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@asks("q", in_form=("q", "as_at"), is_kept=True)
def thread_list(request: HttpRequest, asked: Asked) -> HttpResponse:
    context = {"page": thread_list_page(asked.known_at, asked.words("q")), "asked": asked}
    return render(request, "kpis/thread_list.html", context)
