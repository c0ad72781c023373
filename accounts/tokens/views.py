"""A person's own tokens; administrators can revoke those of others here too."""

import time

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted
from accounts.refusals import Refused
from accounts.roles import Capability
from accounts.sign_in.guard import keys_of, take_back, take_up, too_many_tries
from accounts.tokens.forms import RevokeForm, TokenForm
from accounts.tokens.issue import make_token, revoke_token
from accounts.tokens.page import tokens_page
from kmpt_tracker.ui.forms import errors_of

METHODS = ["GET", "HEAD", "POST"]


@sensitive_variables("secret")
@sensitive_post_parameters("password")
@require_http_methods(METHODS)
@permitted(Capability.USE_DATASETS)
def tokens(request: SignedInRequest) -> HttpResponse:
    """The list, the form for a new token, and the one time that its secret is shown.

    The secret is in the answer to the form itself: it is kept nowhere, so no page could show it
    after a redirect. Sending the form again is refused by the name.
    """
    now, do = timezone.now(), request.POST.get("do", "")
    form = TokenForm(request.user, request.POST if do == "make" else None, now=now)
    errors: list[tuple[str, str]] = []
    made, secret, status = None, "", 200
    try:
        if do == "revoke" and (ending := RevokeForm(request.POST)).is_valid():
            key = ending.cleaned_data["token"]
            revoked = revoke_token(token_id=key, by=request.user, access=request.access, at=now)
            messages.success(request, f"“{revoked.name}” is revoked: it opens nothing from now on.")
            return redirect(request.path)
        if do == "make":
            seconds = time.time()
            keys = keys_of(request, request.user.get_username())
            if not take_up(keys, seconds):
                return too_many_tries(request, HttpResponse(), None)
            if form.is_valid():
                take_back(keys, seconds)
                made, secret = make_token(
                    name=form.cleaned_data["name"],
                    last_day=form.cleaned_data["last_day"],
                    by=request.user,
                    access=request.access,
                    at=now,
                )
                form = TokenForm(request.user, now=now)
    except Refused as refused:
        status = 409
        if do == "make":
            refused.add_to(form)
        else:
            errors = [("", str(refused))]
    context = {
        "page": tokens_page(request.user, request.access, now=now),
        "form": form,
        "errors": errors or (errors_of(form) if form.is_bound else []),
        "made": made,
        "secret": secret,
    }
    return render(request, "accounts/tokens.html", context, status=status)
