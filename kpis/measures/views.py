"""The register of measures, and one measure."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import access_of_reader, permitted
from accounts.roles import Capability
from kpis.asked.address import Asked, asks, care_group_or_404, measure_or_404
from kpis.measures.load import measure_page
from kpis.measures.register import live_first, register
from kpis.measures.view import ALL, RECENT
from strategy.recorded import already_recorded, restored
from strategy.selectors import care_groups_in_order, trust_name_on


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks("plan", "q", in_form=("plan", "q", "as_at"), is_kept=True)
def measure_list(request: HttpRequest, asked: Asked) -> HttpResponse:
    known_at = asked.known_at
    chosen, words = asked.row("plan", asked.every_plan), asked.words("q")
    plan = chosen.code if chosen else ""
    rows = live_first(register(asked, plan=plan, words=words))
    groups = restored(already_recorded(care_groups_in_order(), known_at), known_at)
    context = {
        "rows": rows,
        "live": [row for row in rows if row.is_live],
        "others": [row for row in rows if not row.is_live],
        "is_illustrative": any(row.is_illustrative for row in rows),
        "plan_options": [
            ("", "All plans"),
            *((plan.code, plan.label) for plan in asked.every_plan),
        ],
        "care_groups": [group for group in groups if not group.is_trust],
        "plan": plan,
        "words": words,
        "asked": asked,
        "may_edit_plans": access_of_reader(request).may(Capability.EDIT_PLANS),
    }
    return render(request, "kpis/measure_list.html", context)


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks("care_group", "span", in_form=("care_group", "as_at"), is_kept=True)
def measure_detail(request: HttpRequest, asked: Asked, code: str) -> HttpResponse:
    measure = measure_or_404(code)
    care_group = asked.row("care_group", care_groups_in_order()) or care_group_or_404("trust")
    page = measure_page(
        measure,
        care_group,
        now=asked.now,
        known_at=asked.known_at,
        is_whole=asked.choice("span", (RECENT, ALL)) == ALL,
    )
    access = access_of_reader(request)
    context = {
        "page": page,
        "measure": page.measure,
        "may_edit_plans": access.may(Capability.EDIT_PLANS),
        "may_approve": access.may(Capability.APPROVE_RETURNS),
        "may_accept": access.may(Capability.ACCEPT_LEVELS),
        "asked": asked,
        "trust_name": trust_name_on(page.month.end),
    }
    return render(request, "kpis/measure_detail.html", context)
