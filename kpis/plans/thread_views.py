"""The golden threads: what became of a promise from plan to plan."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from kpis.asked.address import asked_moment, knows
from kpis.plans.thread_families import families
from kpis.plans.threads import threads


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@knows()
def thread_list(request: HttpRequest) -> HttpResponse:
    known_at = asked_moment(request)
    page = threads(known_at)
    found = families((*page.shared, *page.single), page.links)
    told = {link.pk for family in found for link in family.links}
    others = [link for link in page.links if link.pk not in told]
    context = {
        "page": page,
        "families": found,
        "other_links": others,
        "known_at": known_at,
    }
    return render(request, "kpis/thread_list.html", context)
