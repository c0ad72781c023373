"""Excel with a return: its template, and a block pasted into it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest, permitted, who_writes
from accounts.refusals import Refused
from accounts.roles import Capability
from kmpt_tracker.ui.tabular import CONTENT_TYPES, Format
from kpis.asked.address import BadParameter, refuse_unknown
from kpis.imports.batch import answer, receive, save_import
from kpis.imports.pasted import PastePage, paste_page, plan_block
from kpis.imports.preview import Preview, preview_of
from kpis.imports.sheets import FileRefused
from kpis.imports.template_file import template_bytes
from kpis.models import ImportBatch, Return
from kpis.returns.page import return_page
from kpis.returns.views import return_or_404
from strategy.exports.filters import brief
from strategy.selectors import find_care_group


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.ENTER_RETURNS)
def return_paste(request: SignedInRequest, period: str, care_group: str) -> HttpResponse:
    """The box for a block, and what goes where once one is there."""
    submission = _return_or_404(request, period, care_group)
    start = request.POST.get("from") or request.GET.get("from", "")
    page = paste_page(submission, start=start, at=timezone.now())
    if request.method != "POST":
        if start and page.start not in {row.key for row in page.offered}:
            raise BadParameter("from", f"“from” names no row of this return: “{brief(start)}”.")
        return _show(request, page)
    try:
        if request.POST.get("action") in ("save", "swap"):
            return _answered(request, page)
        return _previewed(request, page)
    except FileRefused as refused:
        return _show(request, page, errors=[("block", str(refused))])
    except Refused as refused:
        return _show(request, page, refusal=str(refused), status=409)


@require_safe
@permitted(Capability.ENTER_RETURNS)
def return_template(request: SignedInRequest, period: str, care_group: str) -> HttpResponse:
    """The Excel template of a return."""
    submission = _return_or_404(request, period, care_group)
    refuse_unknown(request.GET, {"section"})
    page = return_page(submission, now=timezone.now())
    response = HttpResponse(template_bytes(page), content_type=CONTENT_TYPES[Format.XLSX])
    parts = (submission.care_group.code, submission.section_code, str(submission.period.month))
    name = f"return-{'-'.join(filter(None, parts))}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _return_or_404(request: SignedInRequest, period: str, care_group: str) -> Return:
    group = find_care_group(care_group)
    if group is None or not request.access.may(Capability.ENTER_RETURNS, care_group=group.pk):
        raise Http404("There is no return of that care group that you may fill.")
    return return_or_404(request, period, group)


def _previewed(request: SignedInRequest, page: PastePage) -> HttpResponse:
    block, at = request.POST.get("block", ""), timezone.now()
    laid, plan, options = plan_block(page, block, by=request.user, access=request.access, at=at)
    batch = receive(
        name="",
        data=block.encode("utf-8", "surrogatepass"),
        door=ImportBatch.Door.PASTE,
        laid=laid,
        plan=plan,
        options=options,
        by=request.user,
        access=request.access,
        at=at,
    )
    return _show(request, page, batch=batch, shown=preview_of(plan, "the block"))


def _answered(request: SignedInRequest, page: PastePage) -> HttpResponse:
    key = request.POST.get("batch", "")
    batch_id = int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0
    who = who_writes(request)
    if request.POST.get("action") == "swap":
        batch, plan = answer(batch_id=batch_id, option="swap", **who)
        if plan is None:
            return redirect(batch)
        return _show(request, page, batch=batch, shown=preview_of(plan, "the block"))
    batch = save_import(batch_id=batch_id, seen=request.POST.get("seen", ""), **who)
    if batch.status == ImportBatch.Status.SAVING:
        return redirect(batch)
    count = batch.added + batch.changed
    words = "figure is" if count == 1 else "figures are"
    messages.success(request, f"{count:,} {words} pasted into the draft.")
    return redirect(page.submission)


def _show(
    request: SignedInRequest,
    page: PastePage,
    *,
    batch: ImportBatch | None = None,
    shown: Preview | None = None,
    errors: Any = (),
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    if shown is not None and shown.is_refused:
        errors = [("block", shown.title)]
    context = {
        "page": page,
        "submission": page.submission,
        "pasted": request.POST.get("block", ""),
        "batch": batch,
        "shown": shown,
        "errors": list(errors),
        "refusal": refusal,
    }
    return render(request, "kpis/return_paste.html", context, status=status)
