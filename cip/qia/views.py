"""Pages of a quality impact assessment. One that the panel has not decided on is confidential."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import authenticate
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, access_of_reader, permitted
from accounts.roles import Capability
from cip.models import Scheme
from cip.qia.decide import change_review_rhythm, record_decision, reopen_assessment
from cip.qia.forms import (
    AssessmentForm,
    DecisionForm,
    ReopenForm,
    ReviewForm,
    RhythmForm,
    SignForm,
    SubmitForm,
)
from cip.qia.page import QiaPage, qia_page
from cip.qia.reviewing import record_review
from cip.qia.sign import SET_ONE_FIRST, posts_held, sign_assessment
from cip.qia.write import save_assessment, submit_assessment
from cip.standing.answering import is_saved, own_scheme, require_known, scheme_or_404
from kmpt_tracker.ui.forms import errors_of
from kpis.asked.address import Asked, asks

Act = Callable[[Any], object]


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.READ_SCHEMES)
@asks()
def qia_detail(request: SignedInRequest, asked: Asked, year: str, reference: str) -> HttpResponse:
    """The assessment, and what the reader may do next: submit, decide, sign, reopen, review."""
    scheme = scheme_or_404(year, reference)
    page = qia_page(scheme, known_at=asked.known_at, today=asked.today)
    require_known(page.standing, asked.known_at)
    require_readable(request, page)
    forms = _forms(request, page, asked)
    if request.method == "POST":
        act, done = _acts(request, scheme, forms).get(request.POST.get("action", ""), (None, ""))
        form = forms.get(request.POST.get("action", ""))
        if act is None or form is None:
            _refuse(request, scheme)
        elif is_saved(request, form, act, done):
            return redirect("cip:qia-detail", year, scheme.reference)
    access = request.access
    errors = [error for form in forms.values() for error in errors_of(form)]
    context = {
        "page": page,
        "scheme": page.scheme,
        "forms": forms,
        "errors": errors,
        "asked": asked,
        "no_password": "" if request.user.has_usable_password() else SET_ONE_FIRST,
        "may_write": asked.known_at is None
        and access.may(Capability.EDIT_SCHEMES, care_group=scheme.care_group_id),
    }
    return render(request, "cip/qia_detail.html", context, status=409 if errors else 200)


def require_readable(request: HttpRequest, page: QiaPage) -> None:
    """Not found for those who may not know how far an undecided assessment is."""
    access = access_of_reader(request)
    may_read = access.may(Capability.READ_QIA_DRAFTS, care_group=page.scheme.care_group_id)
    if not may_read and (page.assessed is None or not page.assessed.qia.is_decided):
        raise Http404("There is no assessment here that the panel has decided on.")


def _refuse(request: SignedInRequest, scheme: Scheme) -> None:
    """Refuse what is not, or no longer, offered to this person, and say who may do it."""
    needs = {
        "decide": Capability.RECORD_QIA_DECISION,
        "reopen": Capability.RECORD_QIA_DECISION,
        "rhythm": Capability.RECORD_QIA_DECISION,
        "sign": Capability.SIGN_QIA,
    }
    needed = needs.get(request.POST.get("action", ""), Capability.EDIT_SCHEMES)
    group = None if needed is Capability.SIGN_QIA else scheme.care_group_id
    request.access.require(needed, care_group=group)
    raise Http404("This cannot be done to the assessment as it is now. Load the page again.")


def _forms(request: SignedInRequest, page: QiaPage, asked: Asked) -> dict[str, Form]:
    """The forms that the reader may use now."""
    assessed, access = page.assessed, request.access
    if assessed is None or asked.known_at is not None:
        return {}
    sent = request.POST if request.method == "POST" else None
    action = request.POST.get("action", "")

    def data(name: str) -> Any:
        return sent if action == name else None

    found: dict[str, Form] = {}
    group = page.scheme.care_group_id
    if access.may(Capability.EDIT_SCHEMES, care_group=group):
        if page.may_be_submitted:
            found["submit"] = SubmitForm(data("submit"), assessed=assessed)
        if page.to_hold and page.standing.delivered_since:
            found["review"] = ReviewForm(data("review"), reviews=page.to_hold)
    if access.may(Capability.RECORD_QIA_DECISION):
        if page.may_be_decided:
            found["decide"] = DecisionForm(data("decide"), assessed=assessed)
        if page.may_be_reopened:
            found["reopen"] = ReopenForm(data("reopen"))
        found["rhythm"] = RhythmForm(data("rhythm"), assessed=assessed)
    may_sign = access.may(Capability.SIGN_QIA) and page.may_be_signed
    if may_sign and (posts := posts_held(request.user, timezone.now())):
        found["sign"] = SignForm(data("sign"), assessed=assessed, posts=posts)
    return found


def _acts(
    request: SignedInRequest, scheme: Scheme, forms: dict[str, Form]
) -> dict[str, tuple[Act, str]]:
    """What each form does, and the words when it is done."""

    def read(name: str) -> dict[str, Any]:
        return forms[name].cleaned_data

    def sign(who: Any) -> object:
        # `authenticate` counts guesses, so it checks the password before the signature does.
        typed = read("sign")["password"]
        known = authenticate(request, username=request.user.get_username(), password=typed)
        return sign_assessment(
            scheme_id=scheme.pk,
            post=read("sign")["post"],
            seen=read("sign")["seen"],
            password=typed if known else "",
            **who,
        )

    def review(who: Any) -> object:
        held = forms["review"].held[read("review")["review"]]  # type: ignore[attr-defined]
        return record_review(
            review_id=held.pk,
            version=held.version,
            held_on=read("review")["held_on"],
            findings=read("review")["findings"],
            **who,
        )

    def decide(who: Any) -> object:
        names = ("outcome", "words", "decided_on", "seen")
        return record_decision(
            scheme_id=scheme.pk, **{name: read("decide")[name] for name in names}, **who
        )

    return {
        "submit": (
            lambda who: submit_assessment(
                scheme_id=scheme.pk, version=read("submit")["version"] or 0, **who
            ),
            "Submitted: the panel has it now.",
        ),
        "decide": (decide, "Recorded."),
        "sign": (sign, "Signed."),
        "reopen": (
            lambda who: reopen_assessment(
                scheme_id=scheme.pk, reason=read("reopen")["reason"], **who
            ),
            "Reopened. Delivery is paused until it is approved and signed again.",
        ),
        "rhythm": (
            lambda who: change_review_rhythm(
                scheme_id=scheme.pk,
                every=int(read("rhythm")["every"]),
                reason=read("rhythm")["reason"],
                **who,
            ),
            "Changed.",
        ),
        "review": (review, "Recorded."),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_SCHEMES)
def qia_edit(request: SignedInRequest, year: str, reference: str) -> HttpResponse:
    """Write the assessment."""
    scheme = own_scheme(request, year, reference)
    page = qia_page(scheme, today=timezone.localdate())
    form = AssessmentForm(request.POST or None, assessed=page.assessed)
    if request.method == "POST" and is_saved(
        request,
        form,
        lambda who: save_assessment(
            scheme_id=scheme.pk,
            version=form.cleaned_data["version"] or 0,
            entry=form.entry(),
            **who,
        ),
        "Saved.",
    ):
        return redirect("cip:qia-detail", year, scheme.reference)
    context = {"page": page, "scheme": scheme, "form": form, "errors": errors_of(form)}
    status = 409 if form.is_bound and form.errors else 200
    return render(request, "cip/qia_edit.html", context, status=status)
