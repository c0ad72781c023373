"""Views of administrators about people, and a person's own password."""

import time
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.administration.site import password_on_record
from accounts.people import change
from accounts.people.forms import (
    ChangePasswordForm,
    InviteForm,
    OwnPasswordForm,
    RoleEndForm,
    RoleForm,
)
from accounts.people.invite import (
    LinkRefused,
    invite_person,
    new_link,
    open_invitation,
    post,
    set_own_password,
)
from accounts.people.page import people_page, person_row
from accounts.permissions import SignedInRequest, Who, permitted, who_writes
from accounts.refusals import Refused
from accounts.roles import Capability
from accounts.sign_in.guard import keys_of, take_back, take_up, too_many_tries
from kmpt_tracker.ui.forms import errors_of

METHODS = ["GET", "HEAD", "POST"]
NOT_SENT = "The e-mail with the link did not leave: look after the mail server, then send another."


@require_safe
@permitted(Capability.ADMINISTER_USERS)
def people(request: SignedInRequest) -> HttpResponse:
    """Everybody who may sign in, what they may do, and when they last did."""
    page = people_page(now=timezone.now(), today=timezone.localdate())
    return render(request, "accounts/people.html", {"page": page})


@require_http_methods(METHODS)
@permitted(Capability.ADMINISTER_USERS)
def invite(request: SignedInRequest) -> HttpResponse:
    """Invite somebody by e-mail."""
    form, status = InviteForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            invitation, token = invite_person(
                **form.cleaned_data, by=request.user, access=request.access, at=timezone.now()
            )
        except Refused as refused:
            status = 409
            refused.add_to(form)
        else:
            is_sent = post(invitation, token, trust=str(request.trust_name or ""))
            _say_sent(request, is_sent, f"{invitation.user} is invited.")
            return redirect("accounts:person", invitation.user_id)
    errors = errors_of(form) if form.is_bound else []
    return render(request, "accounts/invite.html", {"form": form, "errors": errors}, status=status)


@require_http_methods(METHODS)
@permitted(Capability.ADMINISTER_USERS)
def person(request: SignedInRequest, person: int) -> HttpResponse:
    """One person: roles from day to day, a new link, leaving and coming back."""
    row = person_row(person, now=timezone.now(), today=timezone.localdate())
    if row is None:
        raise Http404("There is no such person.")
    who = who_writes(request)
    do = request.POST.get("do", "")
    form = RoleForm(request.POST if do == "grant" else None, today=timezone.localdate())
    ending = RoleEndForm(request.POST if do == "end" else None)
    errors: list[tuple[str, str]] = []
    status = 200
    if request.method == "POST":
        try:
            trust = str(request.trust_name or "")
            if said := _done(do, row.person.pk, form, ending, who, trust=trust):
                said(request)
                return redirect(request.path)
        except Refused as refused:
            status = 409
            sent = {"grant": form, "end": ending}.get(do)
            if sent is None:
                errors = [("", str(refused))]
            else:
                refused.add_to(sent)
        errors = errors or [*errors_of(form), *errors_of(ending)]
    context = {
        "row": row,
        "form": form,
        "errors": errors,
        "is_oneself": row.person.pk == request.user.pk,
    }
    return render(request, "accounts/person.html", context, status=status)


def _done(
    do: str, key: int, form: RoleForm, ending: RoleEndForm, who: Who, *, trust: str
) -> Callable[[HttpRequest], None] | None:
    """Do what was asked; returns what says so, or None where a box has to be corrected."""
    if do == "grant" and form.is_valid():
        change.grant_role(person_id=key, **form.granted(), **who)
        return lambda request: messages.success(request, "The role is given.")
    if do == "end" and ending.is_valid():
        read = ending.cleaned_data
        change.end_role(person_id=key, grant_id=read["grant"], last_day=read["ends_on"], **who)
        return lambda request: messages.success(request, "The last day is set.")
    if do == "link":
        invitation, token = new_link(person_id=key, **who)
        is_sent = post(invitation, token, trust=trust)
        return lambda request: _say_sent(request, is_sent, "A new link is on its way.")
    if do == "leave":
        change.leave(person_id=key, **who)
        return lambda request: messages.success(request, "The account is closed.")
    if do == "come-back":
        change.come_back(person_id=key, **who)
        return lambda request: messages.success(request, "The account is open again.")
    return None


def _say_sent(request: HttpRequest, is_sent: bool, words: str) -> None:
    messages.success(request, words)
    if not is_sent:
        messages.warning(request, NOT_SENT)


@sensitive_post_parameters()
@never_cache
@login_not_required
@require_http_methods(METHODS)
def invitation(request: HttpRequest, invitation: str) -> HttpResponse:
    """Set your own password with the link; tries are counted like attempts to sign in."""
    now = time.time()
    keys = keys_of(request, f"invitation {invitation}")
    try:
        row = open_invitation(invitation, at=timezone.now())
    except LinkRefused as refused:
        if not take_up(keys, now):
            return too_many_tries(request, HttpResponse(), None)
        return render(request, "accounts/link_gone.html", {"words": str(refused)}, status=404)
    form = OwnPasswordForm(row.user, request.POST or None)
    status = 200
    if request.method == "POST":
        if not take_up(keys, now):
            return too_many_tries(request, HttpResponse(), None)
        if form.is_valid():
            try:
                set_own_password(
                    token=invitation,
                    password=form.cleaned_data["new_password1"],
                    at=timezone.now(),
                )
            except Refused as refused:
                status = 409
                refused.add_to(form)
            else:
                take_back(keys, now)
                messages.success(request, "Your password is set: sign in with it.")
                return redirect("accounts:sign-in")
    errors = errors_of(form) if form.is_bound else []
    context = {"form": form, "errors": errors, "person": row.user}
    return render(request, "accounts/own_password.html", context, status=status)


@sensitive_post_parameters()
@require_http_methods(METHODS)
def password(request: SignedInRequest) -> HttpResponse:
    """Change your own password: every other session ends, this one continues."""
    form = ChangePasswordForm(request.user, request.POST or None)
    if request.method == "POST":
        now = time.time()
        keys = keys_of(request, request.user.get_username())
        if not take_up(keys, now):
            return too_many_tries(request, HttpResponse(), None)
        if form.is_valid():
            with transaction.atomic(), password_on_record(request, request.user.pk):
                form.save()
            take_back(keys, now)
            update_session_auth_hash(request, form.user)
            messages.success(request, "Your password is changed.")
            return redirect(request.path)
    errors = errors_of(form) if form.is_bound else []
    context = {"form": form, "errors": errors, "person": None}
    return render(request, "accounts/own_password.html", context)
