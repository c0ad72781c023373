"""Signing in, and returning what someone had typed when their last sign-in ended too early."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone

from accounts.models import User
from accounts.roles import LANDS_ON_TO_DO
from accounts.sign_in.carrying import SEAL, as_kept, is_typed_by, kept_in
from accounts.sign_in.forms import SignInForm

NOT_YOURS = (
    "Somebody else had typed something on this page before their sign-in ended. It was not saved, "
    "and it is not passed on: they can enter it again when they sign in."
)


class SignInView(LoginView):
    template_name = "registration/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(kept=_carried(self.request), **kwargs)

    def get_default_redirect_url(self) -> str:
        """Without a page that they wanted: to their work, or to the strategy on a page."""
        person = cast(User, self.request.user)
        works = person.roles_on(timezone.localdate()) & LANDS_ON_TO_DO
        return resolve_url("board:todo" if works else "board:home")

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Go to the page they wanted, or first offer to send what they had typed.

        What somebody else typed is dropped, together with the address it would have gone to.
        """
        onwards = super().form_valid(form)
        kept = kept_in(self.request.POST)
        if not kept:
            return onwards
        if not is_typed_by(form.get_user().pk, self.request.POST):
            messages.warning(self.request, NOT_YOURS)
            return HttpResponseRedirect(self.get_default_redirect_url())
        context = {"kept": kept, "address": self.get_success_url()}
        return render(self.request, "registration/carry_on.html", context)


def sign_in_page(request: HttpRequest, template: str, *, status: int) -> HttpResponse:
    """A sign-in page that keeps the fields it carries."""
    context = {
        "form": SignInForm(request),
        "next": request.POST.get("next", ""),
        "kept": _carried(request),
    }
    return render(request, template, context, status=status)


def _carried(request: HttpRequest) -> list[tuple[str, str]]:
    return as_kept(kept_in(request.POST), request.POST.get(SEAL, ""))
