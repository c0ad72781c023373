"""One care group's monthly return; its approval is in review_views.py."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_moment
from kpis.asked.address import month_or_400
from kpis.asked.months import KEPT_SECONDS
from kpis.asked.stamps import stamps_of
from kpis.models import ReportingPeriod, Return
from kpis.months.clock import PeriodRefused, find_period
from kpis.months.due import why_no_return
from kpis.returns.conflicts import typed_anew
from kpis.returns.forms import read_entries, read_version
from kpis.returns.hand_in import save_and_submit
from kpis.returns.in_hand import cells_of, return_of
from kpis.returns.nil import submit_nil
from kpis.returns.page import return_page
from kpis.returns.recall import recall
from kpis.returns.save import Saved, save_draft, save_first_draft
from kpis.returns.sections import owners_to_come, sections_for
from kpis.returns.states import ReturnRefused
from kpis.returns.waiting import waiting_rows
from strategy.models import CareGroup
from strategy.selectors import find_care_group

# Somebody else decides on it next.
SENT_IN = (Return.Status.SUBMITTED, Return.Status.APPROVED)
OPENS = "Its return opens on the first day of the next month."


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.READ_DRAFTS)
def return_detail(request: SignedInRequest, period: str, care_group: str) -> HttpResponse:
    """One return: saved as draft, submitted or recalled, by the button pressed."""
    group = find_care_group(care_group)
    if group is None or not request.access.may(Capability.READ_DRAFTS, care_group=group.pk):
        raise Http404("There is no return of that care group that you may read.")
    if request.method == "POST":
        request.access.require(Capability.ENTER_RETURNS, care_group=group.pk)
    submission = return_or_404(request, period, group)
    if request.method != "POST":
        if not submission.section and (sections := sections_for(submission, request.user)):
            return redirect(sections[0].url)
        return _show(request, submission)
    return _act(request, submission, now=timezone.now())


def return_or_404(request: SignedInRequest, period: str, group: CareGroup) -> Return:
    """The return asked for, with the section that the address names."""
    month = month_or_400(period, timezone.localdate())
    if why := why_no_return(group, month):
        raise Http404(why)
    section = request.GET.get("section", "")
    try:
        return return_of(month, group, at=timezone.now(), section=section)
    except PeriodRefused as error:
        raise Http404(f"{error}. {OPENS}") from None
    except ReturnRefused as error:
        raise Http404(str(error)) from None


def _act(request: SignedInRequest, submission: Return, *, now: datetime) -> HttpResponse:
    act = {
        "save": _save,
        "submit": _save_and_submit,
        "nil": _save_and_submit_nil,
        "recall": _recall,
    }
    handler = act.get(request.POST.get("action", "save"), _save)
    try:
        return handler(request, submission, now=now)
    except ReturnRefused as error:
        typed = typed_anew(submission, read_entries(request.POST))
        return _show(request, submission, typed=typed, refusal=str(error), status=409)


def _save(request: SignedInRequest, submission: Return, *, now: datetime) -> HttpResponse:
    saved = store(request, submission, now=now)
    if saved.conflicts:
        return _with_conflicts(request, saved)
    unread = sum(bool(read.faults) for read in saved.reads.values())
    said = _said(saved)
    if unread:
        said += (
            f" {unread} {'figure needs' if unread == 1 else 'figures need'} fixing first, below."
        )
    messages.success(request, said)
    if unread:
        return _show(request, saved.submission, typed=saved.typed)
    return redirect(saved.submission)


def _said(saved: Saved) -> str:
    """What was saved. Where nothing had changed: that everything is saved, and since when."""
    count = len(saved.changed)
    if count:
        return f"Draft saved: {count} figure{'s' if count > 1 else ''} changed."
    last = max((cell.saved_at for cell in cells_of(saved.submission).values()), default=None)
    if last is None:
        return "There is nothing to save yet: no figure has been entered."
    return f"Everything you entered is saved, last {format_moment(last)}."


def store(request: SignedInRequest, submission: Return, *, now: datetime) -> Saved:
    """Save the boxes that were sent, of a return that may not have begun yet."""
    # Without a section, rows of the trust's return go into theirs: `save_first_draft` parts them.
    if submission.pk is not None and (submission.section or not submission.care_group.is_trust):
        return save_draft(
            submission_id=submission.pk,
            entries=read_entries(request.POST),
            by=request.user,
            access=request.access,
            at=now,
            section=submission.section_code,
        )
    return save_first_draft(
        month=submission.period.month,
        care_group=submission.care_group,
        entries=read_entries(request.POST),
        by=request.user,
        access=request.access,
        at=now,
        section=submission.section_code,
    )


def _with_conflicts(request: SignedInRequest, saved: Saved) -> HttpResponse:
    """Show both values. The boxes hold what this person typed, based on the newer version."""
    if saved.changed:
        messages.success(request, _said(saved))
    return _show(
        request, saved.submission, typed=saved.typed, conflicts=saved.conflicts, status=409
    )


def _save_and_submit(
    request: SignedInRequest, submission: Return, *, now: datetime
) -> HttpResponse:
    done = save_and_submit(
        month=submission.period.month,
        care_group=submission.care_group,
        entries=read_entries(request.POST),
        without_comments=request.POST.get("without_comments") == "on",
        by=request.user,
        access=request.access,
        at=now,
        section=submission.section_code,
    )
    saved = done.saved
    if saved.conflicts:
        return _with_conflicts(request, saved)
    if saved.unkept:
        return _show(request, saved.submission, typed=saved.typed)
    if done.refusal:
        return _show(request, saved.submission, refusal=done.refusal, status=409)
    if done.unfinished:
        return _show(request, saved.submission, unfinished=done.unfinished)
    if not done.is_submitted:
        messages.success(request, "Nothing differs from what was submitted: nothing is sent again.")
        return redirect(submission)
    messages.success(
        request,
        "Submitted. The performance team checks it; the board sees "
        f"{submission.period.month.label} once it is approved.",
    )
    return redirect(submission)


def _save_and_submit_nil(
    request: SignedInRequest, submission: Return, *, now: datetime
) -> HttpResponse:
    """Nothing to report. What was typed is saved first, so that a figure is refused and kept."""
    saved = store(request, submission, now=now)
    if saved.conflicts:
        return _with_conflicts(request, saved)
    unfinished = submit_nil(
        month=submission.period.month,
        care_group=submission.care_group,
        reason=request.POST.get("nil_reason", ""),
        by=request.user,
        access=request.access,
        at=now,
        section=submission.section_code,
    )
    if unfinished:
        return _show(request, saved.submission, unfinished=unfinished)
    messages.success(request, "Submitted as a nil return. The performance team checks it.")
    return redirect(submission)


def _recall(request: SignedInRequest, submission: Return, *, now: datetime) -> HttpResponse:
    if submission.pk is None:
        raise ReturnRefused("This return has not been started: there is nothing to recall")
    recalled = recall(
        submission_id=submission.pk,
        version=read_version(request.POST),
        by=request.user,
        access=request.access,
        at=now,
        section=submission.section_code,
    )
    messages.success(
        request,
        "Recalled: the approved figures stand."
        if recalled.status == Return.Status.APPROVED
        else "Recalled: it is a draft again, with all that you typed.",
    )
    return redirect(submission)


def _show(
    request: SignedInRequest,
    submission: Return,
    *,
    typed: Any = None,
    conflicts: Any = (),
    unfinished: Any = (),
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    now, stamps = timezone.now(), stamps_of(request)
    if request.method == "POST":  # whatever has happened since it was asked for
        submission = return_of(
            submission.period.month,
            submission.care_group,
            at=now,
            section=submission.section_code,
        )
    # Evaluated only when the cache has no parts of the page under this stamp.
    page: Any = SimpleLazyObject(
        lambda: return_page(
            submission,
            now=now,
            typed=typed,
            conflicts=conflicts,
            unfinished=unfinished,
            stamps=stamps,
        )
    )
    may_enter = request.access.may(Capability.ENTER_RETURNS, care_group=submission.care_group_id)
    is_answer = request.method == "POST"  # of this moment, and kept for nobody
    # What was typed and refused stays in its boxes, even when entry opens only later.
    is_open = is_answer or submission.period.opens_at <= now
    may_enter = may_enter and is_open and not submission.is_locked
    waits = submission.status in SENT_IN and page.can_be_recalled
    is_returned = submission.status == Return.Status.RETURNED
    reader = f"{request.user.pk}-{may_enter}-{now:%Y%m%d%H%M}-{submission.section_code}"
    context = {
        "page": page,
        "nil_reason": request.POST.get("nil_reason", ""),
        "submission": submission,
        "sections": sections_for(submission, request.user),
        "to_come": owners_to_come(submission),
        "refusal": refusal,
        "may_enter": may_enter,
        "may_recall": may_enter and waits,
        # Rows may go on waiting while others went back.
        "may_decide": request.access.may(Capability.APPROVE_RETURNS)
        and (waits or (is_returned and bool(waiting_rows(submission)))),
        "errors": SimpleLazyObject(lambda: page.errors if status == 200 else []),
        "stamp": uuid4().hex if is_answer else f"{reader}-{_state(submission)}-{stamps.data}",
        "kept_seconds": 0 if is_answer else KEPT_SECONDS,
    }
    return render(request, "kpis/return_detail.html", context, status=status)


def _state(submission: Return) -> str:
    """The return and its month as they are, for the stamp of a drawn page."""
    rows: tuple[Model, ...] = (submission, submission.period)
    return repr([getattr(row, field.attname) for row in rows for field in row._meta.fields])


def period_or_404(text: str) -> ReportingPeriod:
    month = month_or_400(text, timezone.localdate())
    try:
        return find_period(month, at=timezone.now())
    except PeriodRefused as error:
        raise Http404(f"{error}. {OPENS}") from None
