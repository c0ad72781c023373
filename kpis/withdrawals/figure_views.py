"""Withdraw published and imported figures: proposed by one person, decided by another."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted, who_writes
from accounts.roles import Capability
from kpis.asked.address import measure_or_404
from kpis.dated_changes.target_changes import ChangeRefused
from kpis.models import Measure
from kpis.withdrawals.figures import (
    decide_withdrawal,
    figure_of,
    propose_withdrawal,
)
from kpis.withdrawals.page import figures_page


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.APPROVE_RETURNS)
def figures(request: SignedInRequest, code: str) -> HttpResponse:
    """The figures of a measure that did not come from a return, and withdrawals that wait."""
    measure = measure_or_404(code)
    if request.method != "POST":
        return _show(request, measure)
    actual = figure_of(measure, request.POST.get("figure", ""))
    if actual is None:
        raise Http404("There is no such figure.")
    who = who_writes(request)
    reason = request.POST.get("reason", "")
    action = request.POST.get("action", "")
    try:
        if action in ("approve", "reject"):
            is_approved = action == "approve"
            decide_withdrawal(actual_id=actual.pk, approves=is_approved, reason=reason, **who)
            messages.success(
                request,
                "Withdrawn: the window reads as never reported from now on."
                if is_approved
                else "Not withdrawn: the figure stands.",
            )
        else:
            propose_withdrawal(actual_id=actual.pk, reason=reason, **who)
            messages.success(request, "Proposed. Someone else of the performance team decides.")
    except ChangeRefused as refused:
        return _show(request, measure, refusal=str(refused), asked=actual.pk, status=409)
    return redirect("kpis:figures", measure.code)


def _show(
    request: SignedInRequest,
    measure: Measure,
    *,
    refusal: str = "",
    asked: int = 0,
    status: int = 200,
) -> HttpResponse:
    page = figures_page(measure)
    context = {"page": page, "measure": measure, "refusal": refusal, "asked": asked}
    return render(request, "kpis/figures.html", context, status=status)
