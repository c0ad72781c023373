"""Views that change targets and limits: proposed by one person, decided by another."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, Who, permitted, who_writes
from accounts.roles import Capability
from kmpt_tracker.ui.forms import errors_of
from kpis.asked.address import measure_or_404
from kpis.dated_changes import recalculation as rebasing
from kpis.dated_changes import target_changes as service
from kpis.dated_changes.forms import FixedBaselineForm, RebaseForm
from kpis.dated_changes.page import baselines_of, changes_of, rebases_of, targets_page
from kpis.measures.limits import moved_words
from kpis.models import Measure, TargetChange


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def target_changes(request: SignedInRequest, code: str) -> HttpResponse:
    """The targets of a measure, the changes that wait or were decided, and the limits."""
    measure = measure_or_404(code)
    if request.method != "POST":
        return _show(request, measure)
    act = ACTS.get(request.POST.get("action", ""), _add_rebase)
    who = who_writes(request)
    try:
        return act(request, measure, who)
    except service.ChangeRefused as refused:
        return _show(request, measure, refusal=str(refused), status=409)


def _approve(request: SignedInRequest, measure: Measure, who: Who) -> HttpResponse:
    service.approve_change(change_id=_change(request, measure).pk, **who)
    messages.success(request, "Approved. What it affects is judged again now.")
    return redirect("kpis:target-changes", measure.code)


def _reject(request: SignedInRequest, measure: Measure, who: Who) -> HttpResponse:
    reason = request.POST.get("reason", "")
    service.reject_change(change_id=_change(request, measure).pk, reason=reason, **who)
    messages.success(request, "Not approved: the target stays as it is.")
    return redirect("kpis:target-changes", measure.code)


def _withdraw(request: SignedInRequest, measure: Measure, who: Who) -> HttpResponse:
    service.withdraw_change(change_id=_change(request, measure).pk, **who)
    messages.success(request, "Withdrawn: the target stays as it is.")
    return redirect("kpis:target-changes", measure.code)


def _add_rebase(request: SignedInRequest, measure: Measure, who: Who) -> HttpResponse:
    form = RebaseForm(request.POST, series=targets_page(measure, today=timezone.localdate()).series)
    if not (form.is_valid() and _is_recorded(form, rebasing.add_rebase, who, "starts_on")):
        return _show(request, measure, form=form)
    moved = moved_words(measure, form.cleaned_data["starts_on"])
    return _calculated_again(request, measure, f"Recorded. {moved}".strip().rstrip("."))


def _withdraw_rebase(request: SignedInRequest, measure: Measure, who: Who) -> HttpResponse:
    row = one_of(rebases_of(measure), posted_key(request, "rebase"))
    rebasing.withdraw_rebase(rebase_id=row.pk, reason=request.POST.get("reason", ""), **who)
    return _calculated_again(request, measure, "Withdrawn")


def _fix_limits(request: SignedInRequest, measure: Measure, who: Who) -> HttpResponse:
    page = targets_page(measure, today=timezone.localdate())
    form = FixedBaselineForm(request.POST, series=page.series)
    if not (form.is_valid() and _is_recorded(form, rebasing.fix_baseline, who, "points")):
        return _show(request, measure, fixing=form)
    return _calculated_again(request, measure, "Recorded")


def _release_limits(request: SignedInRequest, measure: Measure, who: Who) -> HttpResponse:
    row = one_of(baselines_of(measure), posted_key(request, "baseline"))
    rebasing.withdraw_baseline(baseline_id=row.pk, reason=request.POST.get("reason", ""), **who)
    return _calculated_again(request, measure, "Withdrawn")


def _is_recorded(form: Form, act: Callable[..., object], who: Who, what: str) -> bool:
    """Save a decision on the limits of a series; show a refusal at the box it is about."""
    read = form.cleaned_data
    try:
        act(series_id=int(read["series"]), reason=read["reason"], **{what: read[what]}, **who)
    except service.ChangeRefused as refused:
        refused.add_to(form)
        return False
    return True


def _calculated_again(request: SignedInRequest, measure: Measure, done: str) -> HttpResponse:
    messages.success(request, f"{done}. The limits are calculated again now.")
    return redirect("kpis:target-changes", measure.code)


ACTS: dict[str, Callable[[SignedInRequest, Measure, Who], HttpResponse]] = {
    "approve": _approve,
    "reject": _reject,
    "withdraw": _withdraw,
    "withdraw-rebase": _withdraw_rebase,
    "fix-limits": _fix_limits,
    "release-limits": _release_limits,
}


def _show(
    request: SignedInRequest,
    measure: Measure,
    *,
    form: RebaseForm | None = None,
    fixing: FixedBaselineForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    page = targets_page(measure, today=timezone.localdate())
    form = form or RebaseForm(series=page.series)
    fixing = fixing or FixedBaselineForm(series=page.series)
    context = {
        "page": page,
        "measure": measure,
        "form": form,
        "fixing": fixing,
        "errors": [("", refusal)] if refusal else [*errors_of(form), *errors_of(fixing)],
    }
    return render(request, "kpis/target_changes.html", context, status=status)


def _change(request: SignedInRequest, measure: Measure) -> TargetChange:
    return one_of(changes_of(measure), posted_key(request, "change"))


def posted_key(request: SignedInRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def one_of(rows: QuerySet, key: int) -> Any:
    found = rows.filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404("There is nothing of that number at this measure.")
    return found
