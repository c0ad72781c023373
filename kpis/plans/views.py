"""The plans as published, with the status of what they promise."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import access_of_reader, permitted
from accounts.roles import Capability
from kpis.asked.address import asked_day, asked_moment, asked_month, asked_plan, knows
from kpis.plans.page import plan_page
from strategy.selectors import plans_known, trust_name_on


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@knows()
def plan_list(request: HttpRequest) -> HttpResponse:
    known_at = asked_moment(request)
    context = {"plans": plans_known(known_at), "known_at": known_at}
    return render(request, "kpis/plan_list.html", context)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@knows("period")
def plan_detail(request: HttpRequest, plan: str) -> HttpResponse:
    """A plan in its own order: a reader who knows the paper finds everything in its place."""
    row = asked_plan(request, plan)
    month = asked_month(request, row)
    known_at = asked_moment(request)
    context = {
        "plan": row,
        "month": month,
        "trust_name": trust_name_on(month.end),
        "page": plan_page(
            row,
            month,
            today=asked_day(request),
            now=timezone.now(),
            known_at=known_at,
            may_edit=access_of_reader(request).may(Capability.EDIT_PLANS),
        ),
        "known_at": known_at,
        "as_at": request.GET.get("as_at", "") if known_at else "",
    }
    return render(request, "kpis/plan_detail.html", context)
