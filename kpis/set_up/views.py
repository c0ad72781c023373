"""Views in which a measure is set up, changed, reported by others, and ended."""

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
from kpis.asked.address import BadParameter, measure_or_404
from kpis.assessments.read import find_measure
from kpis.models import DraftLine, Measure
from kpis.organisation.reorganise import report_also
from kpis.set_up.change import SetUpMoved, change_measure, withdraw_planned_owner
from kpis.set_up.create import set_up_measure
from kpis.set_up.end import Ending, end_measure, ending, stop_reporting
from kpis.set_up.ending_forms import AlsoForm, EndForm, StopForm
from kpis.set_up.example import Example, judged
from kpis.set_up.forms import ExampleForm, SetUpForm
from kpis.set_up.likely import likely
from kpis.set_up.page import (
    SetUpPage,
    committees_to_choose,
    groups_to_choose,
    groups_without,
    promise_without_measure,
    series_to_end,
    set_up_page,
    target_to_try,
)

PART = "X-Part"


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def measure_new(request: SignedInRequest) -> HttpResponse:
    """Set a measure up: from nothing, as the successor of one that ends (`?follows=`), or for a
    promise of a draft (`?for=`), which a person then holds against it.
    """
    follows, promise = _followed(request), _promised(request)
    form = SetUpForm(
        request.POST or None,
        committees=committees_to_choose(),
        care_groups=groups_to_choose(timezone.localdate()),
        follows=follows,
        promise=promise,
    )
    trying, status = ExampleForm(request.POST or None), 200
    action = request.POST.get("action", "")
    example = _tried(form, trying) if request.method == "POST" else None
    if request.headers.get(PART):
        return render(request, "kpis/_set_up_example.html", {"example": example})
    if action == "save" and form.is_sound(today=timezone.localdate()):
        try:
            measure = set_up_measure(
                asked=form.asked(),
                code=form.cleaned_data["code"],
                begins_on=form.cleaned_data["valid_from"],
                care_groups=[int(key) for key in form.cleaned_data["care_groups"]],
                committees=form.typed["committees"],
                follows_id=follows.pk if follows else None,
                reason=form.cleaned_data["reason"],
                **who_writes(request),
            )
        except Refused as refused:
            # A day that the measure before cannot end on is the first day of this one.
            Refused(
                str(refused), {"last_day": "valid_from"}.get(refused.field, refused.field)
            ).add_to(form)
            status = 409
        else:
            if promise is not None:
                messages.success(request, "Set up, and chosen below. It is kept with the line.")
                line = f"?line={promise.pk}&measure={measure.code}#edit"
                return redirect(f"{promise.draft.get_absolute_url()}{line}")
            messages.success(request, "Set up. What it still lacks is listed first.")
            return redirect("kpis:measure-edit", measure.code)
    if action == "range" and form.is_valid():
        found = likely(form.cleaned_data["unit"], [])
        form.propose_range(found.low, found.high)
    context = {
        "form": form,
        "groups": [(*group, []) for group in form.main],
        "follows": follows,
        "promise": promise,
        "trying": trying,
        "example": example,
        "errors": errors_of(form) if action in ("save", "range") else [],
    }
    return render(request, "kpis/measure_new.html", context, status=status)


def _followed(request: SignedInRequest) -> Measure | None:
    code = request.GET.get("follows", "")
    found = find_measure(code) if code else None
    if code and found is None:
        raise BadParameter("follows", f"There is no measure called “{code}”.")
    return found


def _promised(request: SignedInRequest) -> DraftLine | None:
    key = request.GET.get("for", "")
    if not key:
        return None
    found = promise_without_measure(key)
    if found is None:
        raise BadParameter("for", "No draft has a promise of that number without a measure.")
    return found


def _tried(form: SetUpForm, trying: ExampleForm) -> Example | None:
    """The example judged by what is typed so far; None where no figure is typed."""
    text = trying.typed()
    if not text.has_figure:
        return None
    if not form.is_valid():
        return Example(faults=tuple(words for _, words in errors_of(form)))
    return judged(text, form.asked())


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def measure_edit(request: SignedInRequest, code: str) -> HttpResponse:
    """One measure's set-up: boxes are saved at once, grey rows lead to a dated change."""
    measure = measure_or_404(code)
    today, action = timezone.localdate(), request.POST.get("action", "")
    page = set_up_page(measure, today=today)
    is_main = action in ("save", "try", "range")
    forms: dict[str, Any] = {
        "form": SetUpForm(
            request.POST if is_main else None,
            committees=committees_to_choose(),
            measure=measure,
            fixed=[*sorted(page.fixed_names), "collection_level"],
        ),
        "trying": ExampleForm(request.POST if is_main else None, initial=target_to_try(page)),
        "also": AlsoForm(
            groups_without(measure, page.series, today), request.POST if action == "also" else None
        ),
        "stop": StopForm(page.stoppable, request.POST if action == "stop" else None),
        "end": EndForm(request.POST if action == "end" else None),
    }
    example = _tried(forms["form"], forms["trying"]) if is_main else None
    if request.headers.get(PART):
        return render(request, "kpis/_set_up_example.html", {"example": example})
    follows, status = None, 200
    if request.method == "POST":
        sent = forms.get(action, forms["form"])
        try:
            done, follows = _act(request, measure, page, forms, action)
            if done:
                messages.success(request, done)
                return redirect(request.path)
        except SetUpMoved as moved:
            status = 409
            forms["form"].show_newer(moved, measure)
        except Refused as refused:
            status = 409
            refused.add_to(sent) if sent.is_bound else messages.error(request, str(refused))
    sent = forms.get(action, forms["form"])
    is_asked = sent.is_bound and action != "try"
    context = {
        **forms,
        "page": page,
        "groups": [(*group, page.grey.get(group[0], [])) for group in forms["form"].main],
        "measure": measure,
        "example": example,
        "follows": follows,
        "errors": errors_of(sent) if is_asked else [],
    }
    return render(request, "kpis/measure_edit.html", context, status=status)


def _act(
    request: SignedInRequest,
    measure: Measure,
    page: SetUpPage,
    forms: dict[str, Any],
    action: str,
) -> tuple[str, Ending | None]:
    """What was done, in words; or what the end of the measure would do, to be read first."""
    who = who_writes(request)
    if action == "keep-owner":
        withdraw_planned_owner(measure_id=measure.pk, **who)
        return "The owner stays.", None
    form = forms.get(action, forms["form"])
    if action not in ("save", "range", "also", "stop", "end", "try"):
        raise Refused("Choose what to do with the measure")
    is_right = form.is_sound(today=page.today) if action == "save" else form.is_valid()
    if action == "try" or not is_right:
        return "", None
    read = form.cleaned_data
    if action == "range":
        form.propose_range(page.likely.low, page.likely.high)
    elif action == "save":
        change_measure(
            measure_id=measure.pk,
            typed=form.typed,
            seen=form.seen_boxes(),
            owner_from=read["owner_from"],
            reason=read["reason"],
            **who,
        )
        return "Saved.", None
    elif action == "also":
        report_also(
            care_group_id=int(read["care_group"]),
            measures=[measure.pk],
            on=read["on"],
            reason=read["reason"],
            **who,
        )
        return "It is asked for from that day.", None
    elif action == "stop":
        series = series_to_end(measure, read["series"])
        if series is None:
            raise Http404("This measure has no such series.")
        ends_on = forms["end"].day_after(read["last_day"])
        stop_reporting(series_id=series.pk, ends_on=ends_on, reason=read["reason"], **who)
        return f"{series.care_group.name} is not asked for it after that day.", None
    else:
        ends_on = form.day_after(read["last_day"])
        follows = ending(measure, ends_on)
        if read["confirmed"] != follows.digest:
            form.ask(follows.digest)
            return "", follows
        end_measure(
            measure_id=measure.pk,
            ends_on=ends_on,
            reason=read["reason"],
            confirmed=read["confirmed"],
            **who,
        )
        return "Ended. Its figures stay.", None
    return "", None
