"""Tags that the form templates use to draw a field in the NHS look."""

from typing import Any

from django import forms, template
from django.utils.safestring import SafeString

from kmpt_tracker.ui.forms import errors_of

register = template.Library()

# The kind of look by widget. The first match counts, because Django derives its checkbox group
# from its radio group. Any other widget is a text box.
KINDS: tuple[tuple[type[forms.Widget], str, str], ...] = (
    (forms.CheckboxSelectMultiple, "checkboxes", "nhsuk-checkboxes__input"),
    (forms.RadioSelect, "radios", "nhsuk-radios__input"),
    (forms.CheckboxInput, "checkbox", "nhsuk-checkboxes__input"),
    (forms.Select, "select", "nhsuk-select"),
    (forms.Textarea, "textarea", "nhsuk-textarea"),
    (forms.FileInput, "file", "nhsuk-file-upload"),
    (forms.DateInput, "date", "nhsuk-input nhsuk-input--width-10"),
)


def _kind(field: forms.BoundField) -> tuple[str, str]:
    for widget, kind, classes in KINDS:
        if isinstance(field.field.widget, widget):
            return kind, classes
    return "text", "nhsuk-input"


@register.filter
def kind_of_field(field: forms.BoundField) -> str:
    """radios, checkboxes, checkbox, select, textarea, file, date or text."""
    return _kind(field)[0]


@register.simple_tag
def nhsuk_widget(field: forms.BoundField) -> SafeString:
    """The field's widget with the classes of its kind; Django adds the ARIA attributes."""
    kind, classes = _kind(field)
    own = field.field.widget.attrs.get("class", "")
    if field.errors and kind in ("text", "date", "select", "textarea", "file"):
        classes += f" {classes.split()[0]}--error"
    return field.as_widget(attrs={"class": f"{classes} {own}".strip()})


@register.inclusion_tag("components/error_summary.html")
def form_error_summary(form: Any) -> dict[str, Any]:
    """The errors of a form, shown before the page's heading; nothing for an unbound form."""
    is_wrong = isinstance(form, forms.BaseForm) and form.is_bound
    return {"errors": errors_of(form) if is_wrong else [], "title": "There is a problem"}
