"""The form for a new token."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from kmpt_tracker.ui.fields import TypedDate
from kmpt_tracker.ui.formats import format_date
from kmpt_tracker.ui.forms import nhsuk_helper
from kmpt_tracker.ui.typed import check_text

LONGEST_NAME = 60
USUAL_DAYS = 90
# Somebody without a password must have signed in so lately instead.
SIGNED_IN_WITHIN = timedelta(minutes=15)


class TokenForm(forms.Form):
    """What the token is for, until when it works, and once more the password."""

    name = forms.CharField(
        label="What it is for",
        help_text="For example, Power BI on my laptop.",
        error_messages={"required": "Enter what the token is for"},
    )
    last_day = TypedDate(label="Last day", asks="the last day on which it works")
    password = forms.CharField(
        label="Your password",
        strip=False,
        help_text="Asked again, because a token works without it.",
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "class": "nhsuk-input--width-20"}
        ),
        error_messages={"required": "Enter your password"},
    )
    do = forms.CharField(widget=forms.HiddenInput, initial="make", required=False)

    def __init__(
        self, person: User, data: Mapping[str, Any] | None = None, *, now: datetime
    ) -> None:
        super().__init__(data)
        self.person, self.now = person, now
        if not person.has_usable_password():
            del self.fields["password"]
        usual = timezone.localdate(now) + timedelta(days=USUAL_DAYS)
        self.fields["last_day"].initial = format_date(usual)
        self.fields["last_day"].help_text = "A year at most. The token works until its end."
        self.helper = nhsuk_helper("Make the token")

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if problem := check_text(name, LONGEST_NAME, name="What it is for"):
            raise forms.ValidationError(problem)
        return name

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if not self.person.check_password(password):
            raise forms.ValidationError("That is not your password: enter it again")
        return password

    def clean(self) -> dict[str, Any] | None:
        lately = self.now - SIGNED_IN_WITHIN
        signed_in = self.person.last_login
        if "password" not in self.fields and (signed_in is None or signed_in < lately):
            raise forms.ValidationError(
                "Sign out and in again, then make the token within 15 minutes: it works without you"
            )
        return super().clean()


class RevokeForm(forms.Form):
    """Which token ends."""

    token = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
