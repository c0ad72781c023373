"""Signing in."""

from django.contrib.auth.forms import AuthenticationForm, UsernameField


class SignInForm(AuthenticationForm):
    """The same message for a wrong name and a wrong password, saying what to do next."""

    # No autofocus: a screen reader should start at the top of the page.
    username = UsernameField()
    error_messages = {
        "invalid_login": "Check your user name and password, then sign in again.",
        "inactive": "Check your user name and password, then sign in again.",
    }
