"""The view in which an accepted level is recorded by one person and agreed by another."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted
from accounts.roles import Capability
from kmpt_tracker.ui.forms import errors_of
from kpis.asked.address import measure_or_404
from kpis.dated_changes import accepted_levels as service
from kpis.dated_changes.accepted_page import accepted_page
from kpis.dated_changes.decide import ChangeRefused
from kpis.dated_changes.forms import AcceptedLevelForm
from kpis.dated_changes.views import Who, one_of, posted_key
from kpis.models import Measure

DONE = {
    "approve": "Agreed. It is shown beside the colour.",
    "reject": "Not agreed: nothing is accepted by it.",
    "withdraw": "Withdrawn: nothing is accepted by it.",
}


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.ACCEPT_LEVELS)
def accepted_levels(request: SignedInRequest, code: str) -> HttpResponse:
    """The levels of a measure that the board accepts, and a form for another."""
    measure = measure_or_404(code)
    form, refusal = AcceptedLevelForm(measure=measure), ""
    action = request.POST.get("action", "")
    if request.method == "POST":
        who: Who = {"by": request.user, "access": request.access, "at": timezone.now()}
        try:
            if action in DONE:
                _decide(request, measure, action, who)
                messages.success(request, DONE[action])
                return redirect(request.path)
            form = AcceptedLevelForm(request.POST, measure=measure)
            if form.is_valid():
                service.record_level(measure_id=measure.pk, **form.cleaned_data, **who)
                messages.success(
                    request,
                    "Recorded. Another board secretary, or someone else of the performance team, "
                    "agrees to it.",
                )
                return redirect(request.path)
        except ChangeRefused as refused:
            if form.is_bound:
                refused.add_to(form)
            else:
                refusal = str(refused)
    context = {
        "page": accepted_page(measure),
        "measure": measure,
        "form": form,
        "errors": [("", refusal)] if refusal else errors_of(form) if form.is_bound else [],
    }
    return render(request, "kpis/accepted_levels.html", context, status=409 if refusal else 200)


def _decide(request: SignedInRequest, measure: Measure, action: str, who: Who) -> None:
    row = one_of(measure.accepted_levels.all(), posted_key(request, "change"))  # type: ignore[attr-defined]
    if action == "approve":
        service.agree_level(level_id=row.pk, **who)
    elif action == "withdraw":
        service.withdraw_level(level_id=row.pk, **who)
    else:
        service.refuse_level(level_id=row.pk, reason=request.POST.get("reason", ""), **who)
