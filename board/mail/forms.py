"""The form on which a person chooses their e-mails."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.http import QueryDict

from board.models import MailKind
from kmpt_tracker.ui.forms import nhsuk_helper


class MailForm(forms.Form):
    """A tick for each kind of e-mail that the person can get."""

    kinds = forms.MultipleChoiceField(
        label="Send me an e-mail about",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose from the e-mails listed."},
    )

    def __init__(self, data: QueryDict | None = None, *, of: Sequence[MailKind], **more: Any):
        super().__init__(data, **more)
        kinds = cast(forms.MultipleChoiceField, self.fields["kinds"])
        kinds.choices = [(kind.value, kind.label) for kind in of]
        self.helper = nhsuk_helper("Save")

    @property
    def wanted(self) -> set[MailKind]:
        return {MailKind(kind) for kind in self.cleaned_data["kinds"]}
