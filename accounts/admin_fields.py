"""Dates and numbers typed into the administration, read by the rules of every door."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.core.validators import EMPTY_VALUES
from django.db import models

from kmpt_tracker.ui.forms import NumberText
from kmpt_tracker.ui.typed import NumberRules, parse_date_text, parse_number


class TypedDateField(forms.DateField):
    """A date, day first; what is no date is told so in the words of every form."""

    widget = AdminDateWidget

    def to_python(self, value: Any) -> date | None:
        if value in EMPTY_VALUES:
            return None
        found = parse_date_text(value, name=str(self.label), allow_empty=True)
        if found.error:
            raise forms.ValidationError(found.error)
        return found.value


class TypedDecimalField(forms.DecimalField):
    """A number by the one grammar; how large it may be is the column's to say."""

    widget = NumberText

    def to_python(self, value: Any) -> Any:
        if value in EMPTY_VALUES:
            return None
        rules = NumberRules(name=str(self.label), unit="", allow_empty=True, offers_no_data=False)
        found = parse_number(str(value), rules)
        if found.error:
            raise forms.ValidationError(found.error)
        return found.value


TYPED_FIELDS: dict[type[models.Field], dict[str, Any]] = {
    models.DateField: {"form_class": TypedDateField},
    models.DecimalField: {"form_class": TypedDecimalField},
}
