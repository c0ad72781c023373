"""One objective, and the status of its actions."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest, access_of_reader, permitted
from accounts.roles import Capability
from kpis.asked.address import Asked, asks
from kpis.plans.forms import ActionStatusForm
from kpis.plans.objective import ObjectivePage, objective_page
from strategy.selectors import trust_name_on
from strategy.services import StatusRefused, record_action_status


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks("period")
def objective_detail(request: HttpRequest, asked: Asked, plan: str, reference: str) -> HttpResponse:
    return _show(request, asked, _page(asked, plan, reference))


@require_http_methods(["POST"])
@permitted(Capability.EDIT_PLANS)
@asks("period")
def action_status(
    request: SignedInRequest, asked: Asked, plan: str, reference: str, position: int
) -> HttpResponse:
    """Record the status of one action. Errors are shown at its form, with what was typed."""
    page = _page(asked, plan, reference)
    line = next((line for line in page.lines if line.action.position == position), None)
    if line is None:
        raise Http404(f"This objective has no action {position}.")
    form = ActionStatusForm(request.POST, line=line)
    if not form.is_valid():
        return _show(request, asked, page, sent=(position, form))
    try:
        record_action_status(
            action_id=line.action.pk,
            seen=form.cleaned_data["seen"],
            status=form.cleaned_data["status"],
            note=form.cleaned_data["note"],
            by=request.user,
            access=request.access,
            at=asked.now,
        )
    except StatusRefused as refused:
        refused.add_to(form)
        as_it_is = _page(asked, plan, reference)
        return _show(request, asked, as_it_is, sent=(position, form), status=409)
    messages.success(request, f"Recorded how action {position} stands.")
    return redirect(page.objective)


def _page(asked: Asked, plan: str, reference: str) -> ObjectivePage:
    row = asked.plan(plan)
    page = objective_page(row, reference, asked.month(row), asked.clock, known_at=asked.known_at)
    if page is None:
        raise Http404(f"{row.title} has no objective “{reference}”.")
    return page


def _show(
    request: HttpRequest,
    asked: Asked,
    page: ObjectivePage,
    *,
    sent: tuple[int, ActionStatusForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    may_edit = access_of_reader(request).may(Capability.EDIT_PLANS) and asked.known_at is None
    forms = {line.action.position: ActionStatusForm(line=line) for line in page.lines}
    if sent:
        forms[sent[0]] = sent[1]
    month = asked.month(page.plan)
    context = {
        "plan": page.plan,
        "month": month,
        "trust_name": trust_name_on(month.end),
        "page": page,
        "objective": page.objective,
        "notes": page.notes.once,
        "lines": [(line, forms[line.action.position] if may_edit else None) for line in page.lines],
        "form": sent[1] if sent else None,
        "asked": asked,
    }
    return render(request, "kpis/objective_detail.html", context, status=status)
