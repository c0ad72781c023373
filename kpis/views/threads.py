"""The golden threads: what became of a promise from plan to plan."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from kpis.thread_families import families
from kpis.threads import threads


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def thread_list(request: HttpRequest) -> HttpResponse:
    page = threads()
    found = families((*page.shared, *page.single), page.links)
    told = {link.pk for family in found for link in family.links}
    others = [link for link in page.links if link.pk not in told]
    context = {"page": page, "families": found, "other_links": others}
    return render(request, "kpis/thread_list.html", context)
