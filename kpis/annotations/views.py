"""Remarks on the charts of a measure."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted
from accounts.refusals import Refused
from accounts.roles import Capability
from kmpt_tracker.ui.forms import errors_of
from kpis.annotations.annotate import annotate
from kpis.annotations.forms import AnnotationForm
from kpis.annotations.page import annotations_page
from kpis.asked.address import measure_or_404


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def annotations(request: SignedInRequest, code: str) -> HttpResponse:
    """The remarks of a measure, and a form for one more."""
    measure = measure_or_404(code)
    page = annotations_page(measure)
    form = AnnotationForm(request.POST or None, series=page.series)
    if request.method == "POST" and form.is_valid() and _is_recorded(request, form):
        return redirect("kpis:annotations", measure.code)
    context = {"page": page, "measure": measure, "form": form, "errors": errors_of(form)}
    return render(request, "kpis/annotations.html", context)


def _is_recorded(request: SignedInRequest, form: AnnotationForm) -> bool:
    try:
        remark = annotate(
            series_id=int(form.cleaned_data["series"]),
            on=form.cleaned_data["on"],
            text=form.cleaned_data["text"],
            by=request.user,
            access=request.access,
            at=timezone.now(),
        )
    except Refused as refused:
        refused.add_to(form)
        return False
    messages.success(request, f"Added to the chart of {remark.series.care_group.name}.")
    return True
