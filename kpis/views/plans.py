"""The plans as published, with status beside what they promise."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from kpis.pages import notes_at
from kpis.promises import plan_status
from kpis.views.asked import asked_moment, asked_month, asked_plan, trust_name_on
from strategy.models import Plan


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def plan_list(request: HttpRequest) -> HttpResponse:
    plans = Plan.objects.select_related("source_document").order_by("-starts_on")
    return render(request, "kpis/plan_list.html", {"plans": plans})


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def plan_detail(request: HttpRequest, plan: str) -> HttpResponse:
    """A plan in its own order: a reader who knows the paper finds everything in its place."""
    row = asked_plan(request, plan)
    month = asked_month(request, row)
    known_at = asked_moment(request)
    status = plan_status(row, month, now=timezone.now(), known_at=known_at)
    touched = [("plan", row.code), *(("target", item.target.code) for item in status.rows)]
    touched += [
        ("objective", f"{row.code}/{o.objective.reference}")
        for c in status.cards
        for o in c.objectives
    ]
    context = {
        "plan": row,
        "month": month,
        "trust_name": trust_name_on(month.end),
        "status": status,
        "known_at": known_at,
        "standards": row.targets.filter(objective__isnull=True).select_related("measure"),
        "quality_priorities": row.quality_priorities.order_by("position"),
        "risks": row.risks.order_by("position"),
        "finance": row.finance_lines.order_by("position"),
        "context_figures": row.context_figures.order_by("position"),
        "statements": row.statements.order_by("position"),
        "notes": notes_at(touched),
    }
    return render(request, "kpis/plan_detail.html", context)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def objective_detail(request: HttpRequest, plan: str, reference: str) -> HttpResponse:
    row = asked_plan(request, plan)
    month = asked_month(request, row)
    known_at = asked_moment(request)
    status = plan_status(row, month, now=timezone.now(), known_at=known_at)
    found = next(
        (
            (card, item)
            for card in status.cards
            for item in card.objectives
            if item.objective.reference == reference
        ),
        None,
    )
    if found is None:
        raise Http404(f"{row.title} has no objective “{reference}”.")
    card, item = found
    objective = item.objective
    touched = [("objective", f"{row.code}/{reference}")]
    touched += [("target", promise.target.code) for promise in item.rows]
    touched += [
        ("measure", promise.target.measure.code) for promise in item.rows if promise.target.measure
    ]
    context = {
        "plan": row,
        "month": month,
        "trust_name": trust_name_on(month.end),
        "card": card,
        "item": item,
        "objective": objective,
        "known_at": known_at,
        "outcomes": objective.outcomes.order_by("position"),
        "actions": objective.actions.order_by("position").prefetch_related("statuses"),
        "notes": notes_at(touched),
    }
    return render(request, "kpis/objective_detail.html", context)
