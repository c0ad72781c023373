"""Fields typed in the admin site, read by the rules of forms and imports alike."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminDateWidget
from django.core.validators import EMPTY_VALUES
from django.db import models

from kmpt_tracker.ui.forms import NumberText
from kmpt_tracker.ui.typed import NumberRules, parse_date_text, parse_number


class TypedDateField(forms.DateField):
    """A date, day first; anything else is refused with the message that every form uses."""

    widget = AdminDateWidget

    def to_python(self, value: Any) -> date | None:
        if value in EMPTY_VALUES:
            return None
        found = parse_date_text(value, name=str(self.label), allow_empty=True)
        if found.error:
            raise forms.ValidationError(found.error)
        return found.value


class TypedDecimalField(forms.DecimalField):
    """A number by the rules of docs/input.md; the column limits how large it may be."""

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

# Columns named so, ending in _by and _at, say who recorded a row and when.
WRITTEN_DOWN = ("recorded", "granted")


def system_fields(model: type[models.Model], *, typed: Collection[str] = ()) -> list[str]:
    """The fields that only the server sets: who and when, versions, and the illustrative flag.

    They are found by kind, so that a new column is covered too: every time, and every person
    except the one whom the row is about. Fields named in `typed` are left out.
    """
    return [
        field.name
        for field in model._meta.fields
        if field.editable and field.name not in typed and _is_the_servers(field)
    ]


def _is_the_servers(field: models.Field) -> bool:
    if isinstance(field, models.DateTimeField):
        return True
    if isinstance(field, models.ForeignKey):
        return field.related_model._meta.label == settings.AUTH_USER_MODEL
    return field.name in ("version", "is_illustrative") or field.name.endswith("_version")


def write_down(row: models.Model, *, by: Any, at: datetime) -> None:
    """Record on a new row who added it, and when."""
    names = {field.name for field in row._meta.fields}
    for stem in WRITTEN_DOWN:
        for name, value in ((f"{stem}_by", by), (f"{stem}_at", at)):
            if name in names:
                setattr(row, name, value)
