"""The form for the status of an action, and what the status is based on."""

from collections.abc import Mapping
from typing import Any

from django import forms

from kmpt_tracker.ui.fields import Reason
from kmpt_tracker.ui.forms import nhsuk_helper
from kpis.plans.blocks import ActionLine
from strategy.models import ActionStatus


class ActionStatusForm(forms.Form):
    """A new status of one action; `seen` is the status it follows."""

    status = forms.ChoiceField(
        label="How it stands",
        choices=[("", "Choose"), *ActionStatus.Status.choices],
        error_messages={
            "required": "Choose how the action stands",
            "invalid_choice": "Choose how the action stands",
        },
    )
    note = Reason(label="Note", asks="what the status rests on")
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: Mapping[str, Any] | None = None, *, line: ActionLine):
        initial = {"seen": line.latest.pk if line.latest else 0}
        super().__init__(data, initial=initial, prefix=f"action-{line.action.position}")
        self.helper = nhsuk_helper(is_form=False)
