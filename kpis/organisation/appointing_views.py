"""Views that appoint and end: who leads a care group, who holds a post, and committees."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted, who_writes
from accounts.refusals import Refused
from accounts.roles import Capability
from kmpt_tracker.ui.forms import errors_of
from kpis.organisation.appoint import (
    add_committee,
    appoint_lead,
    appoint_post,
    end_lead,
    end_post,
)
from kpis.organisation.forms import CommitteeForm, LastDayForm, LeadForm, PostForm
from kpis.organisation.page import (
    care_group_page,
    measures_entered,
    organisation_page,
    people_to_choose,
)
from strategy.selectors import find_care_group

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@permitted(Capability.ADMINISTER_USERS)
def leads(request: SignedInRequest, care_group: str) -> HttpResponse:
    """Who leads a care group or covers for its lead, now and in the past: appoint and end."""
    group = find_care_group(care_group)
    if group is None:
        raise Http404("There is no such care group.")
    is_end = request.POST.get("do") == "end"
    data = request.POST or None
    form = LeadForm(people_to_choose(), None if is_end else data, measures=measures_entered(group))
    ending = LastDayForm(data if is_end else None)
    who = who_writes(request)
    sent: Any = ending if is_end else form
    status = 200
    page = care_group_page(group, today=timezone.localdate())
    if request.method == "POST" and sent.is_valid():
        try:
            if is_end:
                key = _one_of((held.row.pk for held in page.row.leads), ending)
                row = end_lead(membership_id=key, last_day=ending.cleaned_data["ends_on"], **who)
                said = f"{row.user}: the last day is set."
            else:
                row = appoint_lead(care_group_id=group.pk, **form.appointed(), **who)
                said = f"{row.user} is appointed."
        except Refused as refused:
            status = 409
            refused.add_to(sent)
        else:
            messages.success(request, said)
            return redirect(request.path)
    context = {"page": page, "form": form, "ending": ending, "errors": _errors(sent)}
    return render(request, "kpis/organisation_leads.html", context, status=status)


@require_http_methods(METHODS)
@permitted(Capability.EDIT_PLANS)
def posts(request: SignedInRequest) -> HttpResponse:
    """Who holds each executive post, now and in the past: appoint and end."""
    is_end = request.POST.get("do") == "end"
    data = request.POST or None
    people = [person for person in people_to_choose() if person != request.user]
    form = PostForm(people, None if is_end else data)
    ending = LastDayForm(data if is_end else None)
    who = who_writes(request)
    sent: Any = ending if is_end else form
    status = 200
    page = organisation_page(today=timezone.localdate(), may_appoint=True)
    if request.method == "POST" and sent.is_valid():
        try:
            if is_end:
                keys = (held.row.pk for _, holders in page.posts for held in holders)
                key = _one_of(keys, ending)
                row = end_post(holding_id=key, last_day=ending.cleaned_data["ends_on"], **who)
                said = f"{row.user}: the last day is set."
            else:
                row = appoint_post(**form.appointed(), **who)
                said = f"{row.user} is appointed."
        except Refused as refused:
            status = 409
            refused.add_to(sent)
        else:
            messages.success(request, said)
            return redirect(request.path)
    context = {"page": page, "form": form, "ending": ending, "errors": _errors(sent)}
    return render(request, "kpis/organisation_posts.html", context, status=status)


@require_http_methods(METHODS)
@permitted(Capability.EDIT_PLANS)
def committees(request: SignedInRequest) -> HttpResponse:
    """The committees that measures go to, and a new one."""
    form, status = CommitteeForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            row = add_committee(
                name=form.cleaned_data["name"],
                code=form.cleaned_data["code"],
                by=request.user,
                access=request.access,
                at=timezone.now(),
            )
        except Refused as refused:
            status = 409
            refused.add_to(form)
        else:
            messages.success(request, f"{row.name} is added.")
            return redirect(request.path)
    page = organisation_page(today=timezone.localdate(), may_appoint=False)
    context = {"page": page, "form": form, "errors": _errors(form)}
    return render(request, "kpis/organisation_committees.html", context, status=status)


def _one_of(keys: Any, form: LastDayForm) -> int:
    """The row that a form names, if the page holds it."""
    key = form.cleaned_data["row"]
    if key not in set(keys):
        raise Http404("There is no such row.")
    return int(key)


def _errors(form: Any) -> list[tuple[str, str]]:
    return errors_of(form) if form.is_bound else []
