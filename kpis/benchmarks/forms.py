"""The forms of figures of others. See docs/input.md for what may be typed."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms

from kmpt_tracker.ui.fields import TypedText
from kmpt_tracker.ui.forms import nhsuk_helper
from kpis.benchmarks.rows import COLUMNS, LENGTHS, LEVELS
from kpis.models import Measure
from kpis.promises.forms import chosen


class FigureForm(forms.Form):
    """One figure, as it is typed."""

    measure = chosen("Measure", [])
    whose = TypedText(
        label="Whose it is", most=LENGTHS["whose"], help_text="As printed: National average."
    )
    level = chosen("It is of", [(code, word) for code, word in LEVELS.items()])
    period = TypedText(
        label="Period",
        most=40,
        help_text="2025/26, Mar 2026 or 2026-03. Empty, where its source prints none: it is then "
        "listed, and on no chart.",
    )
    value = TypedText(label="Figure", most=40, help_text="In the unit of the measure.")
    source = TypedText(label="Document that states it", most=LENGTHS["source"])
    section = TypedText(label="Where in it", most=LENGTHS["section"], help_text="Page or table.")
    published_on = TypedText(label="Published on", most=40, help_text="For example, 1/4/2026.")
    note = TypedText(label="Note", most=LENGTHS["note"], rows=2)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        measures: Iterable[Measure],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        choices = [("", "Choose"), *((row.code, row.name) for row in measures)]
        cast(forms.ChoiceField, self.fields["measure"]).choices = choices
        self.helper = nhsuk_helper(is_form=False)

    def cells(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name, "") for name in COLUMNS}


class FileForm(forms.Form):
    """A CSV file, or its text."""

    file = forms.FileField(label="A CSV file", required=False)
    text = forms.CharField(
        label="Or its text",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=f"With a row of headings: {', '.join(COLUMNS)}.",
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="file_%s")
        self.helper = nhsuk_helper(is_form=False)
