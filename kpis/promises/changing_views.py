"""The view in which the terms of a target change from a day on, checked while they are set."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted
from accounts.roles import Capability
from kmpt_tracker.ui.forms import errors_of
from kpis.asked.address import measure_or_404
from kpis.dated_changes import target_changes as service
from kpis.dated_changes.forms import TargetChangeForm
from kpis.dated_changes.page import TargetRow
from kpis.dated_changes.views import one_of
from kpis.models import Target, TargetChange
from kpis.promises.check import check_change


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def target_change(request: SignedInRequest, code: str, target: int) -> HttpResponse:
    """New terms for one target: typed, checked against the process as it is now, and proposed."""
    measure, today = measure_or_404(code), timezone.localdate()
    row = one_of(measure.targets.all(), target)
    form = TargetChangeForm(request.POST or None, target=row, now=service.terms_on(row, today))
    found = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("action") != "check":
            if _is_proposed(request, row, form):
                return redirect("kpis:target-changes", measure.code)
        else:
            try:
                service.require_sound(row, form.terms())
            except service.ChangeRefused as refused:
                refused.add_to(form)
            else:
                found = check_change(row, form.terms(), today=today)
    context = {
        "form": form,
        "target": TargetRow(row),
        "measure": measure,
        "check": found,
        "errors": errors_of(form),
    }
    return render(request, "kpis/target_change.html", context)


def _is_proposed(request: SignedInRequest, target: Target, form: TargetChangeForm) -> bool:
    try:
        change = service.propose_change(
            target_id=target.pk,
            version=form.cleaned_data["version"],
            terms=form.terms(),
            reason=form.cleaned_data["reason"],
            by=request.user,
            access=request.access,
            at=timezone.now(),
        )
    except service.ChangeRefused as refused:
        refused.add_to(form)
        return False
    waits = change.outcome == TargetChange.Outcome.PROPOSED
    messages.success(
        request,
        "Proposed. Someone else of the performance team, or an administrator, approves it."
        if waits
        else "Changed. What it affects is judged again now.",
    )
    return True
