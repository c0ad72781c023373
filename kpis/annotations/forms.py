"""The form of a remark on a chart."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms

from kmpt_tracker.ui.fields import TypedDate, TypedText
from kmpt_tracker.ui.forms import nhsuk_helper
from kpis.models import Series

LONGEST = 200


class AnnotationForm(forms.Form):
    """A remark on the chart of one care group, or of the trust."""

    series = forms.ChoiceField(label="Care group")
    on = TypedDate(
        label="Day",
        help_text="The chart shows it in the month of this day. For example, 1/4/2026.",
        asks="the day on which it happened",
    )
    text = TypedText(
        label="What happened",
        most=LONGEST,
        asks="what happened",
        help_text="In a few words, such as: new ward opened. Never name a person.",
    )

    def __init__(self, *args: Any, series: Iterable[Series], **options: Any):
        super().__init__(*args, **options)
        field = cast(forms.ChoiceField, self.fields["series"])
        field.choices = [(str(row.pk), row.care_group.name) for row in series]
        field.error_messages["invalid_choice"] = "Choose a care group of the list"
        field.error_messages["required"] = "Choose a care group"
        self.helper = nhsuk_helper("Add the remark")
