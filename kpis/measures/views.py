"""The register of measures, and one measure."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import access_of_reader, permitted
from accounts.roles import Capability
from kpis.asked.address import (
    asked_moment,
    asked_row,
    asked_text,
    asked_words,
    beside_its_form,
    care_group_or_404,
    knows,
    measure_or_404,
)
from kpis.measures.page import measure_page
from kpis.measures.register import register
from strategy.recorded import already_recorded, restored
from strategy.selectors import care_groups_in_order, plans_known, trust_name_on


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@beside_its_form("plan", "q", "as_at")
@knows("plan", "q")
def measure_list(request: HttpRequest) -> HttpResponse:
    known_at = asked_moment(request)
    plans = plans_known(known_at)
    chosen, words = asked_row(request, "plan", plans), asked_words(request, "q")
    plan = chosen.code if chosen else ""
    rows = register(now=timezone.now(), known_at=known_at, plan=plan, words=words)
    groups = restored(already_recorded(care_groups_in_order(), known_at), known_at)
    context = {
        "rows": rows,
        "is_illustrative": any(row.is_illustrative for row in rows),
        "plan_options": [("", "All plans"), *((plan.code, plan.label) for plan in plans)],
        "care_groups": [group for group in groups if not group.is_trust],
        "plan": plan,
        "words": words,
        "known_at": known_at,
        "as_at": asked_text(request, "as_at") if known_at else "",
    }
    return render(request, "kpis/measure_list.html", context)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@beside_its_form("care_group", "as_at")
@knows("care_group")
def measure_detail(request: HttpRequest, code: str) -> HttpResponse:
    measure = measure_or_404(code)
    groups = care_groups_in_order()
    care_group = asked_row(request, "care_group", groups) or care_group_or_404("trust")
    known_at = asked_moment(request)
    page = measure_page(measure, care_group, now=timezone.now(), known_at=known_at)
    access = access_of_reader(request)
    context = {
        "page": page,
        "measure": page.measure,
        "may_edit_plans": access.may(Capability.EDIT_PLANS),
        "may_approve": access.may(Capability.APPROVE_RETURNS),
        "known_at": known_at,
        "as_at": request.GET.get("as_at", "") if known_at else "",
        "trust_name": trust_name_on(page.month.end),
    }
    return render(request, "kpis/measure_detail.html", context)
