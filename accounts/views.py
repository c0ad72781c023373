"""Signing in, with what was typed before when the last sign-in ended too early."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.shortcuts import render

from accounts.carrying import PREFIX, kept_in
from accounts.forms import SignInForm


class SignInView(LoginView):
    template_name = "registration/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kept = [(f"{PREFIX}{name}", text) for name, text in kept_in(self.request.POST)]
        return super().get_context_data(kept=kept, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Signed in: on to where they wanted to go, or first the choice to send what they typed."""
        onwards = super().form_valid(form)
        kept = kept_in(self.request.POST)
        if not kept:
            return onwards
        context = {"kept": kept, "address": self.get_success_url()}
        return render(self.request, "registration/carry_on.html", context)
