"""Forms in the NHS look: one layout helper, widgets that Django lacks, and the list of errors.

A form validates. The page shows each error twice: in the summary before the heading, and at its
field. Browsers' own validation is off, because it uses other words and shows one error at a time.
"""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.forms.forms import BaseForm


class Button(Submit):
    """A submit button in the NHS look; crispy's own adds classes of another framework."""

    field_classes = ""

    def __init__(self, words: str, name: str = "submit", look: str = "", **attributes: Any):
        classes = f"nhsuk-button nhsuk-button--{look}" if look else "nhsuk-button"
        super().__init__(name, words, css_class=classes, **attributes)
        self.field_classes = classes


class NumberText(forms.TextInput):
    """A number in a text box, kept as typed. May have a prefix and a suffix."""

    def __init__(self, prefix: str = "", suffix: str = "", width: int = 10, attrs: Any = None):
        self.prefix = prefix
        self.suffix = suffix
        standard = {
            "inputmode": "decimal",
            "autocomplete": "off",
            "spellcheck": "false",
            "class": f"nhsuk-input--width-{width}",
        }
        super().__init__({**standard, **(attrs or {})})


class LongList(forms.CheckboxSelectMultiple):
    """Many checkboxes in a box that scrolls, with a search over them where scripts run."""

    is_long = True


def nhsuk_helper(
    *words: str, action: str = "", is_form: bool = True, unsaved_warning: bool = False
) -> FormHelper:
    """The layout helper of every form. The first of `words` is the main button, others follow.

    `is_form=False` leaves the form element and the buttons to the page.
    """
    helper = FormHelper()
    helper.template_pack = "nhsuk"
    helper.form_tag = is_form
    helper.disable_csrf = not is_form
    helper.form_method = "post"
    helper.form_action = action
    helper.attrs = {"novalidate": ""}
    if unsaved_warning:
        helper.attrs["data-warn-unsaved"] = ""
    for position, text in enumerate(words):
        look = "secondary" if position else ""
        helper.add_input(Button(text, text.lower().replace(" ", "-"), look))
    return helper


def errors_of(form: BaseForm) -> list[tuple[str, str]]:
    """The errors of a form in the order of its fields: the field's id and the message.

    The id is the one that a link should go to: for a group of choices, its first choice.
    """
    found = [("", str(words)) for words in form.non_field_errors()]
    for field in form:
        found += [(_target(field), str(words)) for words in field.errors]
    return found


def _target(field: forms.BoundField) -> str:
    if isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return f"{field.auto_id}_0"
    return str(field.id_for_label or field.auto_id)
