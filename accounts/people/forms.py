"""Forms of the pages about people."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm

from accounts.roles import Role
from kmpt_tracker.ui.fields import TypedDate
from kmpt_tracker.ui.forms import nhsuk_helper

PASSWORD = "At least 12 characters. Three words that only you would put together are good."  # noqa: S105


class InviteForm(forms.Form):
    """Who is invited."""

    first_name = forms.CharField(label="First name", max_length=150, required=False)
    last_name = forms.CharField(
        label="Last name", max_length=150, error_messages={"required": "Enter the last name"}
    )
    email = forms.CharField(
        label="E-mail address",
        max_length=254,
        help_text="The link to set a password goes there.",
        error_messages={"required": "Enter the e-mail address"},
    )
    username = forms.CharField(
        label="User name", max_length=150, required=False, help_text="Empty: the e-mail address."
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.helper = nhsuk_helper("Send the invitation")


class RoleForm(forms.Form):
    """A role from a day, perhaps to a last day."""

    role = forms.ChoiceField(
        label="Role",
        choices=[("", "Choose a role"), *((role.value, role.label) for role in Role)],
        error_messages={"required": "Choose a role", "invalid_choice": "Choose a role of the list"},
    )
    starts_on = TypedDate(label="From", help_text="For example, 1/4/2026.", asks="the first day")
    ends_on = TypedDate(label="Last day", help_text="Empty: no end is known.")
    do = forms.CharField(widget=forms.HiddenInput, initial="grant", required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, today: date) -> None:
        super().__init__(data, initial={"starts_on": f"{today.day}/{today.month}/{today.year}"})
        self.helper = nhsuk_helper("Give the role")

    def granted(self) -> dict[str, Any]:
        read = self.cleaned_data
        last = read["ends_on"]
        return {
            "role": read["role"],
            "starts_on": read["starts_on"],
            "ends_on": last + timedelta(days=1) if last else None,
        }


class RoleEndForm(forms.Form):
    """The last day of a role."""

    grant = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    ends_on = TypedDate(label="Last day", asks="the last day")


class OwnPasswordForm(SetPasswordForm):
    """A person's own password, set with the link that was sent to them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["new_password1"].help_text = PASSWORD
        self.helper = nhsuk_helper("Set my password")


class ChangePasswordForm(PasswordChangeForm):
    """A person's own new password, with the one before."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["new_password1"].help_text = PASSWORD
        self.helper = nhsuk_helper("Change my password")
