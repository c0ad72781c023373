"""What two people typed into the boxes of one form: box by box, so that nothing typed is lost.

A box that was left alone takes what somebody else has saved since. Only what both changed is a
conflict: it keeps what was typed, says what was saved, and is saved when it is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core import signing

from accounts.models import User
from kmpt_tracker.ui.formats import MISSING

SALT = "kpis.workbench.boxes"
LONGEST_SAID = 200


class MergedForm(forms.Form):
    """A form of a draft that knows which row its boxes showed.

    `version` is the row's, `seen` what every box showed of it, signed. `clashes` holds the boxes
    that both changed; a form that has any is not valid.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    clashes: Mapping[str, str] = {}

    def lay_over(
        self,
        data: Mapping[str, Any] | None,
        boxes: Mapping[str, Any],
        *,
        version: int,
        by: User,
        reader: User | None,
    ) -> tuple[Mapping[str, Any] | None, dict[str, Any]]:
        """What was sent, laid over `boxes`, which show the row as it is; and the initial values.

        `by`: who saved the row last.
        """
        now = {name: _text(value) for name, value in boxes.items()}
        own = {"version": version, "seen": signing.dumps(now, salt=SALT, compress=True)}
        initial = {**boxes, **own}
        if data is None or _text(data.get("version")) == str(version):
            return data, initial
        shown = _shown(_text(data.get("seen")))
        merged, clashes = {name: data.get(name) for name in data}, {}
        for name in now.keys() & merged.keys():
            typed = _text(merged[name])
            if typed == now[name]:
                continue
            if shown is not None and typed == shown.get(name):
                merged[name] = now[name]
            elif shown is None or shown.get(name) != now[name]:
                clashes[name] = now[name]
        self.clashes = clashes
        self.saved_by = "You, in another tab," if by == reader else str(by)
        return {**merged, **own}, initial

    def clean(self) -> dict[str, Any] | None:
        read = super().clean()
        for name, theirs in self.clashes.items():
            typed = self._said(name, _text(self.data.get(name)))
            self.add_error(
                name,
                f"{self.saved_by} saved {self._said(name, theirs)} since you opened it. You typed "
                f"{typed}, which is in the box and not saved: keep it to replace the other, or "
                "take the other.",
            )
        return read

    def _said(self, name: str, value: str) -> str:
        """A value as its box shows it: of a list, the words chosen."""
        box = self.fields[name]
        if isinstance(box, forms.ChoiceField):
            value = str(dict(box.choices).get(value, value))  # type: ignore[arg-type, call-overload]
        short = value if len(value) <= LONGEST_SAID else f"{value[:LONGEST_SAID].rstrip()}…"
        return f"“{short}”" if short else MISSING


def _shown(signed: str) -> Mapping[str, str] | None:
    """What the boxes showed; None where the form gives no true account of it."""
    try:
        return dict(signing.loads(signed, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def _text(value: Any) -> str:
    return "" if value is None else str(value).replace("\r\n", "\n").strip()
