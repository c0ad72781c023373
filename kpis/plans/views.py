"""The plans as published, with the status of what they promise."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import access_of_reader, permitted
from accounts.roles import Capability
from kpis.asked.address import Asked, asks
from kpis.plans.page import plan_page
from strategy.selectors import plans_known, trust_name_on


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@asks(is_kept=True)
def plan_list(request: HttpRequest, asked: Asked) -> HttpResponse:
    context = {"plans": plans_known(asked.known_at), "asked": asked}
    return render(request, "kpis/plan_list.html", context)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@asks("period", is_kept=True)
def plan_detail(request: HttpRequest, asked: Asked, plan: str) -> HttpResponse:
    """A plan in its own order: a reader who knows the paper finds everything in its place."""
    row = asked.plan(plan)
    month = asked.month(row)
    context = {
        "plan": row,
        "month": month,
        "trust_name": trust_name_on(month.end),
        "page": plan_page(
            row,
            month,
            today=asked.day,
            clock=asked.clock,
            known_at=asked.known_at,
            may_edit=access_of_reader(request).may(Capability.EDIT_PLANS),
        ),
        "asked": asked,
    }
    return render(request, "kpis/plan_detail.html", context)
