"""The returns of all care groups: who has reported, and the lock of the month."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest, permitted
from accounts.roles import Capability
from kmpt_tracker.ui.forms import errors_of
from kpis.completion.effects import effects_of
from kpis.completion.forms import ReopenForm
from kpis.completion.lock import EffectsChanged, lock_month, reopen_month
from kpis.completion.page import completion_page, returns_page
from kpis.models import ReportingPeriod
from kpis.months.clock import PeriodRefused, held_period
from kpis.returns.views import period_or_404


@require_safe
@permitted(Capability.READ_DRAFTS)
def return_list(request: SignedInRequest) -> HttpResponse:
    """The months, and the status of the returns that this reader may see."""
    page = returns_page(request.access, now=timezone.now())
    return render(request, "kpis/return_list.html", {"page": page})


@require_safe
@permitted(Capability.READ_DRAFTS)
def return_period(request: SignedInRequest, period: str) -> HttpResponse:
    """One month: who is late, what is missing or waits, and whom to ask."""
    page = completion_page(period_or_404(period), request.access, now=timezone.now())
    return render(request, "kpis/return_period.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.APPROVE_RETURNS)
def month_lock(request: SignedInRequest, period: str) -> HttpResponse:
    """What locking the month does, and the button that does it; a locked one is opened again."""
    row = period_or_404(period)
    if request.method != "POST":
        return _ask(request, row)
    if request.POST.get("to") == "open":
        return _open_again(request, row)
    try:
        with transaction.atomic():
            held = held_period(row.month, at=timezone.now())
            lock_month(
                period_id=held.pk,
                confirmed=request.POST.get("confirmed", ""),
                by=request.user,
                access=request.access,
                at=timezone.now(),
            )
    except EffectsChanged as error:
        return _ask(request, row, refusal=str(error), status=409)
    except PeriodRefused as error:
        messages.error(request, f"{error}.")
    else:
        messages.success(request, f"{row.month.full_label} is locked.")
    return redirect("kpis:return-period", str(row.month))


def _open_again(request: SignedInRequest, row: ReportingPeriod) -> HttpResponse:
    form = ReopenForm(request.POST)
    if not form.is_valid():
        return _ask(request, row, form=form)
    try:
        with transaction.atomic():
            held = held_period(row.month, at=timezone.now())
            reopen_month(
                period_id=held.pk,
                by=request.user,
                access=request.access,
                at=timezone.now(),
                reason=form.cleaned_data["reason"],
            )
    except PeriodRefused as error:
        messages.error(request, f"{error}.")
    else:
        messages.success(request, f"{row.month.full_label} is open again.")
    return redirect("kpis:return-period", str(row.month))


def _ask(
    request: SignedInRequest,
    row: ReportingPeriod,
    *,
    form: ReopenForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    is_locked = row.locked_at is not None
    context = {"period": row, "refusal": refusal}
    if is_locked or form:
        form = form or ReopenForm()
        context |= {"form": form, "errors": errors_of(form) if form.is_bound else []}
        return render(request, "kpis/month_reopen.html", context, status=status)
    context["effects"] = effects_of(row, at=timezone.now())
    return render(request, "kpis/month_lock.html", context, status=status)
