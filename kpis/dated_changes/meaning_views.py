"""Views that change a measure's wording and a plan's tolerance from a day on, by two people."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, Who, permitted, who_writes
from accounts.roles import Capability
from kmpt_tracker.ui.forms import errors_of
from kpis.asked.address import measure_or_404, plan_or_404
from kpis.dated_changes import decide as deciding
from kpis.dated_changes.changes_page import TolerancePage, WordingPage, tolerance_page, wording_page
from kpis.dated_changes.decide import ChangeRefused
from kpis.dated_changes.forms import ToleranceForm, WordingForm
from kpis.dated_changes.views import one_of, posted_key
from kpis.models import MeasureChange, ToleranceChange

DONE = {
    "approve": "Approved. What it affects is judged again now.",
    "reject": "Not approved: what held goes on.",
    "withdraw": "Withdrawn: what held goes on.",
}


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def measure_wording(request: SignedInRequest, code: str) -> HttpResponse:
    """The wording of a measure: in effect, waiting, decided, and a form for new wording."""
    measure = measure_or_404(code)
    page = wording_page(measure, today=timezone.localdate())

    def propose(form: WordingForm, who: Who) -> None:
        deciding.propose_wording(
            measure_id=measure.pk,
            version=form.cleaned_data["version"],
            wording=form.wording(),
            effective_from=form.cleaned_data["effective_from"],
            comparable=form.cleaned_data["comparable"] == "yes",
            reason=form.cleaned_data["reason"],
            **who,
        )

    return _answer(
        request,
        MeasureChange,
        measure.changes.all(),
        page,
        propose,
        lambda data: WordingForm(data, measure=page.measure),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def plan_tolerance(request: SignedInRequest, plan: str) -> HttpResponse:
    """The default tolerance of a plan: in effect, waiting, decided, and a form for a new one."""
    row = plan_or_404(plan)
    page = tolerance_page(row, today=timezone.localdate())

    def propose(form: ToleranceForm, who: Who) -> None:
        deciding.propose_tolerance(
            plan_id=row.pk,
            percent=form.cleaned_data["percent"],
            effective_from=form.cleaned_data["effective_from"],
            reason=form.cleaned_data["reason"],
            **who,
        )

    return _answer(
        request,
        ToleranceChange,
        row.tolerance_changes.all(),
        page,
        propose,
        lambda data: ToleranceForm(data, now=page.plan.default_tolerance_percent),
    )


def _answer(
    request: SignedInRequest,
    kind: deciding.Kind,
    changes: Any,
    page: WordingPage | TolerancePage,
    propose: Callable[[Any, Who], None],
    form_of: Callable[[Any], Form],
) -> HttpResponse:
    """Show the page, save a proposal from its form, or decide on a change that waits there."""
    form, refusal = form_of(None), ""
    if request.method == "POST":
        who = who_writes(request)
        action = request.POST.get("action", "")
        try:
            if action in DONE:
                _decide(request, kind, changes, action, who)
                messages.success(request, DONE[action])
                return redirect(request.path)
            form = form_of(request.POST)
            if form.is_valid():
                propose(form, who)
                messages.success(
                    request,
                    "Proposed. Someone else of the performance team, or an administrator, "
                    "approves it.",
                )
                return redirect(request.path)
        except ChangeRefused as refused:
            if action in DONE:
                refusal = str(refused)
            else:
                refused.add_to(form)
    errors = [("", refusal)] if refusal else errors_of(form)
    name = "measure_wording" if kind is MeasureChange else "plan_tolerance"
    context = {"page": page, "form": form, "errors": errors}
    return render(request, f"kpis/{name}.html", context, status=409 if refusal else 200)


def _decide(
    request: SignedInRequest,
    kind: deciding.Kind,
    changes: Any,
    action: str,
    who: Who,
) -> None:
    change = one_of(changes, posted_key(request, "change"))
    if action == "approve":
        deciding.approve(kind=kind, change_id=change.pk, **who)
    elif action == "withdraw":
        deciding.withdraw(kind=kind, change_id=change.pk, **who)
    else:
        reason = request.POST.get("reason", "")
        deciding.reject(kind=kind, change_id=change.pk, reason=reason, **who)
