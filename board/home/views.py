"""The strategy on a page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import access_of_reader, permitted
from accounts.roles import Capability
from board.home.choices import Choices
from board.home.page import strategy_page
from kpis.asked.address import TO_OPEN, Asked, asks, plans_to_open
from strategy.selectors import trust_name_on


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks("plan", "period", in_form=("plan", "period", "as_at"), codes=TO_OPEN, is_kept=True)
def home(request: HttpRequest, asked: Asked) -> HttpResponse:
    """`/`: the plan in force, else the last one, in its last complete month."""
    if not asked.plans:
        of_today = plans_to_open(None)
        asked.row("plan", of_today)
        asked.month()
        first = min(of_today, key=lambda plan: plan.known_from, default=None)
        may_edit_plans = access_of_reader(request).may(Capability.EDIT_PLANS)
        return render(
            request,
            "board/no_plan.html",
            {"asked": asked, "first": first, "may_edit_plans": may_edit_plans},
        )
    plan = asked.plan()
    opens = asked.opens(plan)
    month = asked.month(default=opens.month)
    context = {
        "page": strategy_page(plan, month, asked.clock, known_at=asked.known_at),
        "choices": Choices(asked=asked, plan=plan, month=month, opens=opens),
        "asked": asked,
        "plan": plan,
        "month": month,
        "trust_name": trust_name_on(month.end),
    }
    return render(request, "board/home.html", context)
