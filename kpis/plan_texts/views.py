"""Views in which the texts of a plan are changed, and decided on by a second person."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted, who_writes
from accounts.refusals import Refused
from accounts.roles import Capability
from kmpt_tracker.ui.forms import errors_of
from kpis.asked.address import plan_or_404
from kpis.dated_changes.views import one_of, posted_key
from kpis.plan_texts import change as changing
from kpis.plan_texts.forms import TextsForm
from kpis.plan_texts.page import text_page, texts_page
from kpis.plans.texts import texts_of


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def plan_texts(request: SignedInRequest, plan: str) -> HttpResponse:
    """Every text of a plan, the changes that wait for a second person, and those decided."""
    row, refusal = plan_or_404(plan), ""
    if request.method == "POST":
        change = one_of(changing.changes_of(row), posted_key(request, "change"))
        action, who = request.POST.get("action", ""), who_writes(request)
        try:
            if action == "approve":
                changing.approve_text(change_id=change.pk, **who)
                messages.success(request, "Approved. Everybody reads the new words from now on.")
            elif action == "withdraw":
                changing.withdraw_text(change_id=change.pk, **who)
                messages.success(request, "Withdrawn: the words stay as they are.")
            else:
                reason = request.POST.get("reason", "")
                changing.reject_text(change_id=change.pk, reason=reason, **who)
                messages.success(request, "Not approved: the words stay as they are.")
            return redirect(request.path)
        except Refused as refused:
            refusal = str(refused)
    context = {"page": texts_page(row), "errors": [("", refusal)] if refusal else []}
    return render(request, "kpis/text_changes.html", context, status=409 if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def plan_text(request: SignedInRequest, plan: str, of: str, row: int) -> HttpResponse:
    """The texts of one row of a plan, changed with a reason."""
    changed = plan_or_404(plan)
    page = text_page(changed, of, row)
    if page is None:
        raise Http404("There is no text of that number in this plan.")
    texts = texts_of(page.row.row)
    form, status = TextsForm(texts=texts), 200
    if request.method == "POST":
        form = TextsForm(request.POST, texts=texts)
        if form.is_valid():
            try:
                changing.change_texts(
                    plan_id=changed.pk,
                    kind=of,
                    row_id=row,
                    typed=form.typed(),
                    seen=form.seen(),
                    reason=form.cleaned_data["reason"],
                    **who_writes(request),
                )
            except Refused as refused:
                refused.add_to(form)
                status = 409
                if isinstance(refused, changing.TextsMoved):
                    form.show_newer(texts_of(page.row.row))
            else:
                messages.success(
                    request,
                    "Proposed. Someone else of the performance team, or an administrator, "
                    "approves it."
                    if page.row.takes_two
                    else "Changed. Everybody reads the new words from now on.",
                )
                return redirect("kpis:plan-texts", changed.code)
    context = {"page": page, "form": form, "errors": errors_of(form)}
    return render(request, "kpis/text_change.html", context, status=status)
