"""The plans as published, with the status of what they promise."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import access_of_reader, permitted
from accounts.roles import Capability
from kpis.asked.address import Asked, asks
from kpis.plans.contents import contents
from kpis.plans.page import plan_page
from kpis.plans.paper import paper_page
from strategy.models import Plan
from strategy.periods import Month
from strategy.selectors import trust_name_on


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks(is_kept=True)
def plan_list(request: HttpRequest, asked: Asked) -> HttpResponse:
    context = {"plans": asked.every_plan, "asked": asked}
    return render(request, "kpis/plan_list.html", context)


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks("period", is_kept=True)  # `section` belongs to one page, so links do not carry it
def plan_detail(request: HttpRequest, asked: Asked, plan: str) -> HttpResponse:
    """The status of a plan by objective, and its contents; or one section of its paper."""
    row = asked.plan(plan)
    if asked.text("section"):
        return _section(request, asked, row)
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


def _section(request: HttpRequest, asked: Asked, plan: Plan) -> HttpResponse:
    """A section of the paper. Only a section that shows a status has a month."""
    chapters = contents(plan, asked.known_at)
    code = asked.choice("section", [chapter.id for chapter in chapters])
    is_of_a_month = any(chapter.has_status for chapter in chapters if chapter.id == code)
    month = asked.month(plan) if is_of_a_month else Month.of(asked.day)
    page = paper_page(plan, code, chapters, month, asked.clock, known_at=asked.known_at)
    context = {
        "plan": plan,
        "month": month if is_of_a_month and not plan.cited else None,
        "trust_name": trust_name_on(month.end),
        "page": page,
        "asked": asked,
    }
    return render(request, "kpis/plan_section.html", context)
