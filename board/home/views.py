"""The strategy on a page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from board.home.choices import Choices
from board.home.page import strategy_page
from kpis.asked.address import (
    asked_day,
    asked_moment,
    asked_month,
    asked_row,
    asked_text,
    beside_its_form,
    choose_plan,
    knows,
    plans_to_open,
)
from kpis.asked.months import data_stamp, opening
from strategy.periods import Month
from strategy.selectors import trust_name_on

# How long a drawn page is kept. Its stamp includes the minute, as due dates depend on the clock.
KEPT_SECONDS = 300


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@beside_its_form("plan", "period", "as_at")
@knows("plan", "period")
def home(request: HttpRequest) -> HttpResponse:
    """`/`: the plan in force, else the last one, in its last complete month."""
    known_at, day = asked_moment(request), asked_day(request)
    plans = plans_to_open(known_at)
    if not plans:
        of_today = plans_to_open(None)
        asked_row(request, "plan", of_today)
        asked_month(request, default=Month.of(day))
        first = min(of_today, key=lambda plan: plan.known_from, default=None)
        typed = asked_text(request, "as_at")
        return render(
            request,
            "board/no_plan.html",
            {"known_at": known_at, "as_at": typed, "first": first},
        )
    plan = choose_plan(request, plans)
    now, stamp = timezone.now(), data_stamp()
    opens = opening(plan, now=now, known_at=known_at, stamp=stamp)
    choices = Choices(
        plan=plan,
        plans=plans,
        month=asked_month(request, default=opens.month),
        opens=opens,
        now=now,
        day=day,
        known_at=known_at,
        as_at=request.GET.get("as_at", "") if known_at else "",
    )
    month = choices.month
    context = {
        # Evaluated only when the cache has no parts of the page under this stamp.
        "page": SimpleLazyObject(lambda: strategy_page(plan, month, now=now, known_at=known_at)),
        "stamp": f"{plan.code}-{month}-{known_at}-{now:%Y%m%d%H%M}-{stamp}",
        "kept_seconds": KEPT_SECONDS,
        "choices": choices,
        "plan": plan,
        "month": month,
        "known_at": known_at,
        "as_at": choices.as_at,
        "trust_name": trust_name_on(month.end),
    }
    return render(request, "board/home.html", context)
