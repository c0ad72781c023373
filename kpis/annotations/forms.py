"""The form of a remark on a chart."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms

from kmpt_tracker.ui.fields import TypedDate
from kmpt_tracker.ui.forms import nhsuk_helper
from kmpt_tracker.ui.typed import check_text
from kpis.models import Series

LONGEST = 200


class WhatHappened(forms.CharField):
    """A few words, required."""

    def __init__(self, **options: Any):
        super().__init__(required=False, strip=True, **options)

    def clean(self, value: Any) -> str:
        text = str(value or "").strip()
        if not text:
            raise forms.ValidationError("Enter what happened")
        problem = check_text(text, LONGEST, name=str(self.label))
        if problem:
            raise forms.ValidationError(problem)
        return text


class AnnotationForm(forms.Form):
    """A remark on the chart of one care group, or of the trust."""

    series = forms.ChoiceField(label="Care group")
    on = TypedDate(
        label="Day",
        help_text="The chart shows it in the month of this day. For example, 1/4/2026.",
        asks="the day on which it happened",
    )
    text = WhatHappened(
        label="What happened",
        help_text="In a few words, such as: new ward opened. Never name a person.",
    )

    def __init__(self, *args: Any, series: Iterable[Series], **options: Any):
        super().__init__(*args, **options)
        field = cast(forms.ChoiceField, self.fields["series"])
        field.choices = [(str(row.pk), row.care_group.name) for row in series]
        field.error_messages["invalid_choice"] = "Choose a care group of the list"
        field.error_messages["required"] = "Choose a care group"
        self.helper = nhsuk_helper("Add the remark")
