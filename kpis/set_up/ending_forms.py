"""The forms by which a measure ends, or another care group begins or stops to report it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.http import QueryDict

from kmpt_tracker.ui.fields import Reason, TypedDate
from kmpt_tracker.ui.forms import nhsuk_helper
from kpis.set_up.forms import EXAMPLE
from strategy.models import CareGroup


class EndForm(forms.Form):
    """The last day of the measure, and that what follows was read."""

    last_day = TypedDate(label="Last day", help_text=EXAMPLE, asks="the last day")
    reason = Reason(label="Reason", asks="why the measure ends")
    confirmed = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="end_%s")
        self.helper = nhsuk_helper(is_form=False)

    @staticmethod
    def day_after(last_day: date) -> date:
        return last_day + timedelta(days=1)

    def ask(self, digest: str) -> None:
        """Send it once more to confirm what was read."""
        data = cast(QueryDict, self.data).copy()
        data["confirmed"] = digest
        self.data = data


class AlsoForm(forms.Form):
    """Another care group that reports the measure from a day."""

    care_group = forms.ChoiceField(
        label="Care group",
        error_messages={
            "required": "Choose a care group",
            "invalid_choice": "Choose a care group of the list",
        },
    )
    on = TypedDate(label="From", help_text=EXAMPLE, asks="the first day")
    reason = Reason(label="Reason", asks="why it reports it")

    def __init__(self, groups: Iterable[CareGroup], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="also_%s")
        choices = [(str(row.pk), row.name) for row in groups]
        self.fields["care_group"].choices = [("", "Choose"), *choices]  # type: ignore[attr-defined]
        self.helper = nhsuk_helper(is_form=False)


class StopForm(forms.Form):
    """The last day on which one care group reports the measure."""

    series = forms.ChoiceField(
        label="Who no longer reports it",
        error_messages={
            "required": "Choose who no longer reports it",
            "invalid_choice": "Choose somebody of the list",
        },
    )
    last_day = TypedDate(label="Last day", help_text=EXAMPLE, asks="the last day")
    reason = Reason(label="Reason", asks="why it is no longer reported")

    def __init__(
        self, reporting: Iterable[tuple[str, str]], data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, auto_id="stop_%s")
        self.fields["series"].choices = [("", "Choose"), *reporting]  # type: ignore[attr-defined]
        self.helper = nhsuk_helper(is_form=False)
