"""What is typed into the administration, read by the rules of every door, and what never is."""

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

# A row that is written down says who did it, and when: columns of this name ending _by and _at.
WRITTEN_DOWN = ("recorded", "granted")


def system_fields(model: type[models.Model], *, typed: Collection[str] = ()) -> list[str]:
    """What the server alone says of a row: who and when, its versions, whether it is made up.

    By kind, so that a column to come is nobody's to type either: every moment, and every person
    but one whom the row is about, unless it stands in `typed`.
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
    """Whoever adds a row recorded it, now."""
    names = {field.name for field in row._meta.fields}
    for stem in WRITTEN_DOWN:
        for name, value in ((f"{stem}_by", by), (f"{stem}_at", at)):
            if name in names:
                setattr(row, name, value)
