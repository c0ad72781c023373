"""Signing in."""

from django.contrib.auth.forms import AuthenticationForm, UsernameField


class SignInForm(AuthenticationForm):
    """One message for a wrong name and a wrong password alike, which says what to do."""

    # Nothing takes the focus by itself: a screen reader begins at the top of the page.
    username = UsernameField()
    error_messages = {
        "invalid_login": "Check your user name and password, then sign in again.",
        "inactive": "Check your user name and password, then sign in again.",
    }
