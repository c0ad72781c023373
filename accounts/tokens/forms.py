"""The form for a new token."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser

from kmpt_tracker.ui.fields import TypedDate
from kmpt_tracker.ui.formats import format_date
from kmpt_tracker.ui.forms import nhsuk_helper
from kmpt_tracker.ui.typed import check_text

LONGEST_NAME = 60
USUAL_DAYS = 90


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
        self, person: AbstractBaseUser, data: Mapping[str, Any] | None = None, *, today: date
    ) -> None:
        super().__init__(data)
        self.person = person
        usual = today + timedelta(days=USUAL_DAYS)
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


class RevokeForm(forms.Form):
    """Which token ends."""

    token = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
