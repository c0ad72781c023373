"""The organisation, one care group, and the change of the structure with its preview."""

from hashlib import sha256

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest, permitted, who_writes
from accounts.refusals import Refused
from accounts.roles import Capability
from kmpt_tracker.ui.forms import errors_of
from kpis.dated_changes.group_dates import DatesMoved, change_care_group_dates
from kpis.organisation.corrected_dates import dates_preview
from kpis.organisation.forms import DatesForm, MoreForm, NameForm, ReorganiseForm, ReportsForm
from kpis.organisation.naming import name_trust
from kpis.organisation.page import (
    care_group_page,
    measures_not_reported,
    names_table,
    organisation_page,
)
from kpis.organisation.preview import preview
from kpis.organisation.reorganisation import TITLES, Kind, examined
from kpis.organisation.reorganise import PreviewChanged, reorganise, report_also
from kpis.organisation.reporting import proposed, reporting_on
from strategy.models import CareGroup
from strategy.selectors import care_groups_in_order, find_care_group

METHODS = ["GET", "HEAD", "POST"]


@require_safe
@permitted(Capability.EDIT_PLANS)
def organisation(request: SignedInRequest) -> HttpResponse:
    """Care groups, who leads them, posts and committees, and what can be changed."""
    page = organisation_page(
        today=timezone.localdate(), may_appoint=request.access.may(Capability.ADMINISTER_USERS)
    )
    return render(request, "kpis/organisation.html", {"page": page})


@require_http_methods(METHODS)
@permitted(Capability.EDIT_PLANS)
def reorganisation(request: SignedInRequest, happens: str) -> HttpResponse:
    """A change of the structure: first the form, then a preview of its effects, then the change."""
    if happens not in list(Kind):
        raise Http404("There is no such change of the structure.")
    groups = list(care_groups_in_order())
    form = ReorganiseForm(Kind(happens), groups, request.POST or None)
    context = {"form": form, "title": TITLES[Kind(happens)]}
    if request.method == "POST" and form.is_valid() and request.POST.get("do") != "edit":
        try:
            return _previewed(request, form, groups)
        except Refused as refused:
            refused.add_to(form)
    errors = errors_of(form) if form.is_bound else []
    return render(request, "kpis/reorganise.html", {**context, "errors": errors})


@require_http_methods(METHODS)
@permitted(Capability.EDIT_PLANS)
def trust_name(request: SignedInRequest) -> HttpResponse:
    """What the trust is called, and the name that it takes from a day on."""
    table = names_table(timezone.localdate())
    form = NameForm(request.POST or None, is_first=not table.rows)
    asked, status = None, 200
    if request.method == "POST" and form.is_valid():
        asked = form.asked()
        if form.is_confirmed():
            try:
                named = name_trust(
                    **asked, reason=form.cleaned_data["reason"], **who_writes(request)
                )
            except Refused as refused:
                asked, status = None, 409
                refused.add_to(form)
            else:
                messages.success(request, f"The trust is called {named}.")
                return redirect(request.path)
    context = {
        "table": table,
        "form": form,
        "asked": asked,
        "errors": errors_of(form) if form.is_bound else [],
    }
    return render(request, "kpis/trust_name.html", context, status=status)


def _previewed(
    request: SignedInRequest, form: ReorganiseForm, groups: list[CareGroup]
) -> HttpResponse:
    """The preview, with the measures chosen so far; or the change, once it was confirmed."""
    asked, now = form.asked(), timezone.now()
    plan = examined(asked, groups)
    reporting = reporting_on(asked.on)
    offered, at_first = reporting.offered, proposed(plan, reporting)
    is_first = "confirmed" not in request.POST
    reports = ReportsForm(
        plan.taking_over, offered, None if is_first else request.POST, chosen=at_first
    )
    if not is_first and not reports.is_valid():
        chosen = at_first
    else:
        chosen = at_first if is_first else reports.chosen()
    status = 200
    if not is_first and reports.is_valid() and request.POST.get("do") == "confirm":
        try:
            made = reorganise(
                asked=asked,
                chosen=chosen,
                confirmed=request.POST["confirmed"],
                accepts=reports.cleaned_data["accepts"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                access=request.access,
                at=now,
            )
        except PreviewChanged as changed:
            status = 409
            reports.add_error(None, str(changed))
        except Refused as refused:
            if refused.field in form.fields:
                raise
            status = 409
            refused.add_to(reports)
        else:
            names = " and ".join(row.name for row in made)
            said = f" {names}: appoint who leads it." if names else ""
            messages.success(request, f"The structure is changed.{said}")
            return redirect("kpis:organisation")
    context = {
        "title": TITLES[form.kind],
        "asked": form,
        "reports": reports,
        "preview": preview(plan, chosen, reporting, at=now),
        "errors": errors_of(reports) if reports.is_bound else [],
    }
    return render(request, "kpis/reorganise_preview.html", context, status=status)


@require_http_methods(METHODS)
@permitted(Capability.EDIT_PLANS)
def group_dates(request: SignedInRequest, care_group: str) -> HttpResponse:
    """One care group: its dates, who leads it, what was changed."""
    group = find_care_group(care_group)
    if group is None:
        raise Http404("There is no such care group.")
    today = timezone.localdate()
    is_more = request.POST.get("do") == "report"
    more = MoreForm(measures_not_reported(group, today), request.POST if is_more else None)
    form = DatesForm(group, None if is_more else request.POST or None)
    who = who_writes(request)
    status = 200
    effects: tuple[str, ...] = ()
    is_sent = request.method == "POST" and (more if is_more else form).is_valid()
    if is_sent and not is_more:
        days = form.dates()
        effects = dates_preview(group, days["valid_from"], days["valid_to"])
        digest = sha256(repr(effects).encode()).hexdigest()[:20]
        if form.cleaned_data["confirmed"] != digest:
            form.ask(digest)
            is_sent = False
    if is_sent:
        try:
            if is_more:
                report_also(care_group_id=group.pk, **more.wanted(), **who)
                said = f"{group.name} reports more."
            else:
                reason = form.cleaned_data["reason"]
                change_care_group_dates(
                    care_group_id=group.pk, reason=reason, **form.dates(), **who
                )
                said = f"The dates of {group.name} are changed."
        except DatesMoved as moved:
            status = 409
            form.show_newer(find_care_group(care_group))
            moved.add_to(form)
        except Refused as refused:
            status = 409
            if is_more:
                refused.add_to(more)
            else:
                form.refuse(refused)
        else:
            messages.success(request, said)
            return redirect(request.path)
    sent = more if is_more else form
    context = {
        "page": care_group_page(group, today=today),
        "form": form,
        "more": more,
        "effects": effects,
        "errors": errors_of(sent) if sent.is_bound else [],
        "may_appoint": request.access.may(Capability.ADMINISTER_USERS),
    }
    return render(request, "kpis/organisation_group.html", context, status=status)
