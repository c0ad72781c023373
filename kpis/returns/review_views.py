"""The review of a return: read it, approve it, or send it or rows of it back."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted
from accounts.roles import Capability
from kpis.models import Return
from kpis.returns.approve import approve, send_back
from kpis.returns.forms import read_marks
from kpis.returns.review import Marks, ReviewPage, review_page
from kpis.returns.sections import sections_for
from kpis.returns.states import ReturnRefused
from kpis.returns.views import return_or_404
from strategy.selectors import find_care_group


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.APPROVE_RETURNS)
def return_review(request: SignedInRequest, period: str, care_group: str) -> HttpResponse:
    """One return for whoever decides on it; no figure of it can be changed here."""
    group, now = find_care_group(care_group), timezone.now()
    if group is None:
        raise Http404("There is no such care group.")
    submission = return_or_404(request, period, group)
    page = review_page(submission, reader=request.user, now=now)
    if request.method != "POST":
        if not submission.section and (sections := sections_for(submission, request.user)):
            waits = (part for part in sections if part.waits)
            return redirect(next(waits, sections[0]).review_url)
        return _drawn(request, page)
    marks, act = read_marks(request.POST), request.POST.get("do", "")
    refusal, faults = "", page.faults_in(marks, act)
    alone = page.alone(act)
    if not faults:
        try:
            messages.success(request, _decide(request, submission, page, marks, act, now=now))
            if alone is None:
                return redirect("kpis:return-period", str(submission.period.month))
        except ReturnRefused as error:
            refusal = str(error)
    # Drawn again as it is now, with what was ticked and written for what still waits.
    submission = return_or_404(request, period, group)
    page = review_page(submission, reader=request.user, now=now, marks=marks, faults=faults)
    return _drawn(request, page, refusal=refusal)


def _drawn(request: SignedInRequest, page: ReviewPage, *, refusal: str = "") -> HttpResponse:
    context = {
        "page": page,
        "refusal": refusal,
        "sections": sections_for(page.submission, request.user),
        "of_review": True,
    }
    return render(request, "kpis/return_review.html", context, status=409 if refusal else 200)


def _decide(
    request: SignedInRequest,
    submission: Return,
    page: ReviewPage,
    marks: Marks,
    act: str,
    *,
    now: datetime,
) -> str:
    """Do what was asked for, and say what was done."""
    if submission.pk is None:
        raise ReturnRefused("This return has not been started: nothing waits for a decision")
    asked: dict[str, Any] = {
        "submission_id": submission.pk,
        "version": marks.version,
        "by": request.user,
        "access": request.access,
        "at": now,
        "section": submission.section_code,
    }
    if (alone := page.alone(act)) is not None:
        approve(**asked, rows=[alone.key])
        return f"Approved: the correction of {alone.row.asked.name}. What else waits is as it was."
    if act not in ("approve", "back"):
        raise ReturnRefused("Choose Approve, or Send back with reason")
    what = f"{submission.care_group} {submission.period.month.label}"
    back = {key: marks.reason_of(key) for key in marks.back}
    if act == "back" and marks.is_whole and not page.own:
        send_back(**asked, reason=marks.reason)
        return f"Sent back, with your reason: {what}."
    if act == "back" and marks.is_whole:
        back = {row.key: marks.reason for row in page.decidable}
    rows = f"{len(back)} {'row' if len(back) == 1 else 'rows'}"
    if act == "back":
        send_back(**asked, rows=back)
        return f"Sent back, with your reasons: {rows} of {what}."
    if back:
        send_back(**asked, rows=back, approve_others=True)
        return f"Sent back, with your reasons: {rows} of {what}. The others are approved."
    approve(**asked, rows=[row.key for row in page.decidable] if page.own else None)
    return f"Approved: {what}."
