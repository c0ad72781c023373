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
# The box of a longer text is as wide as the page allows.
LONG_TEXT = 100


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


class TypedText(forms.CharField):
    """Words, at most `most` characters. With `asks` they are required, and the message uses those
    words.
    """

    def __init__(self, *, most: int, rows: int = 1, asks: str = "", **options: Any):
        self.most, self.asks = most, asks
        wide = {"class": "kt-textbox"} if most >= LONG_TEXT else {}
        widget = forms.Textarea(attrs={"rows": rows}) if rows > 1 else forms.TextInput(attrs=wide)
        super().__init__(required=False, widget=widget, **options)

    def clean(self, value: Any) -> str:
        text = str(value or "")
        if not text.strip() and self.asks:
            raise forms.ValidationError(f"Enter {self.asks}")
        text = text.strip() if self.strip else text
        problem = check_text(text, self.most, name=str(self.label))
        if problem:
            raise forms.ValidationError(problem)
        return text


class Reason(TypedText):
    """The reason for a change: required, and kept as typed."""

    def __init__(self, *, asks: str, **options: Any):
        super().__init__(most=LONGEST_REASON, rows=3, asks=asks, strip=False, **options)
