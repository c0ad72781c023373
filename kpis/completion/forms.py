"""The form that opens a locked month again."""

from django import forms

from kmpt_tracker.ui.fields import Reason
from kmpt_tracker.ui.forms import nhsuk_helper


class ReopenForm(forms.Form):
    to = forms.CharField(widget=forms.HiddenInput, initial="open", required=False)
    reason = Reason(label="Why it is opened again", asks="why the month is opened again")

    helper = nhsuk_helper("Open the month again")
