"""Form fields that read what people type by the tracker's own rules (ui/typed)."""

from datetime import date, time
from decimal import Decimal
from typing import Any

from django import forms

from kmpt_tracker.ui.forms import NumberText
from kmpt_tracker.ui.typed import (
    NumberRules,
    check_text,
    parse_date_text,
    parse_number,
    parse_time_text,
)

LONGEST_REASON = 1000


class TypedNumber(forms.CharField):
    """A number by the rules of returns and imports; an empty box stays empty."""

    def __init__(self, *, unit: str = "", **options: Any):
        self.unit = unit
        super().__init__(required=False, strip=False, widget=NumberText(), **options)

    def rules(self) -> NumberRules:
        return NumberRules(
            name=str(self.label), unit=self.unit, allow_empty=True, offers_no_data=False
        )

    def clean(self, value: Any) -> Decimal | None:
        found = parse_number(str(value or ""), self.rules())
        if found.error:
            raise forms.ValidationError(found.error)
        return found.value


class TypedDate(forms.CharField):
    """A date, day first. With `asks` it is required, and the message uses those words."""

    def __init__(self, *, asks: str = "", **options: Any):
        self.asks = asks
        widget = forms.TextInput(attrs={"class": "nhsuk-input--width-10", "autocomplete": "off"})
        super().__init__(required=False, strip=False, widget=widget, **options)

    def clean(self, value: Any) -> date | None:
        found = parse_date_text(str(value or ""), name=str(self.label), allow_empty=True)
        if found.blank and self.asks:
            raise forms.ValidationError(f"Enter {self.asks}")
        if found.error:
            raise forms.ValidationError(found.error)
        return found.value


class TypedTime(forms.CharField):
    """A time of day in London; required."""

    def __init__(self, **options: Any):
        widget = forms.TextInput(attrs={"class": "nhsuk-input--width-5", "autocomplete": "off"})
        super().__init__(required=False, strip=False, widget=widget, **options)

    def clean(self, value: Any) -> time | None:
        found = parse_time_text(str(value or ""), name=str(self.label))
        if found.error:
            raise forms.ValidationError(found.error)
        return found.value


class Reason(forms.CharField):
    """The reason for a change: required, and kept as typed."""

    def __init__(self, *, asks: str, **options: Any):
        self.asks = asks
        widget = forms.Textarea(attrs={"rows": 3})
        super().__init__(required=False, strip=False, widget=widget, **options)

    def clean(self, value: Any) -> str:
        text = str(value or "")
        if not text.strip():
            raise forms.ValidationError(f"Enter {self.asks}")
        problem = check_text(text, LONGEST_REASON, name=str(self.label))
        if problem:
            raise forms.ValidationError(problem)
        return text
