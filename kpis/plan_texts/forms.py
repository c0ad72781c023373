"""The form that changes the texts of one row of a plan."""

from collections.abc import Mapping
from typing import Any

from django import forms

from kmpt_tracker.ui.fields import Reason, TypedText
from kmpt_tracker.ui.forms import nhsuk_helper
from kpis.plan_texts.change import LONGEST
from kpis.plans.texts import NAMES

SEEN = "seen_"


class TextsForm(forms.Form):
    """One box for each text, with what the page showed beside it, and the reason."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, texts: Mapping[str, str]) -> None:
        shown = {f"{SEEN}{name}": text for name, text in texts.items()}
        super().__init__(data, initial={**texts, **shown})
        for name in texts:
            self.fields[name] = TypedText(label=NAMES[name], most=LONGEST, rows=4)
            self.fields[f"{SEEN}{name}"] = forms.CharField(
                required=False, strip=False, max_length=4 * LONGEST, widget=forms.HiddenInput
            )
        self.fields["reason"] = Reason(label="Reason", asks="why the text changes")
        self.helper = nhsuk_helper("Change the text")

    def typed(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self._names()}

    def seen(self) -> dict[str, str]:
        return {name: self.cleaned_data[f"{SEEN}{name}"] for name in self._names()}

    def show_newer(self, texts: Mapping[str, str]) -> None:
        """What was typed stays in the boxes, for a save on top of what somebody else has saved."""
        data = dict(self.data.items())
        self.data = {**data, **{f"{SEEN}{name}": text for name, text in texts.items()}}

    def _names(self) -> list[str]:
        return [name for name in self.fields if f"{SEEN}{name}" in self.fields]
