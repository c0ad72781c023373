"""Forms of a programme: a new year, its calendar, a target that moves between care groups."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms

from cip.models import Programme
from cip.money import Rating, Weights
from cip.programmes.set_up import ProgrammeEntry
from cip.standing.fields import Choice, Thousands, Words
from kmpt_tracker.ui.fields import Reason, TypedDate, TypedNumber
from kmpt_tracker.ui.formats import format_date
from kmpt_tracker.ui.forms import nhsuk_helper
from kmpt_tracker.ui.typed import NumberRules, parse_number
from strategy.models import CareGroup


class Weight(TypedNumber):
    """A share of the forecast that counts, in per cent."""

    def rules(self) -> NumberRules:
        return replace(
            super().rules(), unit="percent", decimals=2, minimum=Decimal(0), maximum=Decimal(100),
            allow_empty=False, example="50",
        )  # fmt: skip


class DayOfMonth(TypedNumber):
    """A day between 1 and 28, which every month has."""

    def rules(self) -> NumberRules:
        return replace(
            super().rules(), decimals=0, minimum=Decimal(1), maximum=Decimal(28), example="20"
        )

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        return None if day is None else int(day)


def calendar_fields() -> dict[str, forms.Field]:
    return {
        "first_meeting_on": TypedDate(
            label="First CIP meeting", help_text="Then every fortnight. For example, 7/4/2026."
        ),
        "report_on_day": DayOfMonth(
            label="Day of the month of the programme report",
            help_text="To the executive team. Empty: the 20th.",
        ),
        "quality_report_on_day": DayOfMonth(
            label="Day of the month of the QIA report",
            help_text="To the Quality Committee. Empty: the 25th.",
        ),
    }


class ProgrammeForm(forms.Form):
    """A new year: its target, each care group's share, the weights and the calendar."""

    year = Words(label="Financial year", limit=9, asks="the year", help_text="Like 2026/27.")
    title = Words(label="Title", limit=200, help_text="Empty: made from the year.")
    target = Thousands(label="Target, £000", asks="the target")
    recurrent_target = Thousands(
        label="Of which recurrent, £000", help_text="Empty: the whole target."
    )
    green = Weight(label="Green counts, %", initial="100")
    amber = Weight(label="Amber counts, %", initial="50")
    red = Weight(label="Red counts, %", initial="0")

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, groups: Sequence[CareGroup]
    ) -> None:
        super().__init__(data)
        self.codes = [group.code for group in groups]
        for group in groups:
            self.fields[f"share-{group.code}"] = Thousands(
                label=f"Target of {group.name}, £000", lowest=Decimal(0)
            )
        self.fields.update(calendar_fields())
        shares = [f"share-{code}" for code in self.codes]
        self.order_fields(["year", "title", "target", "recurrent_target", *shares])
        self.helper = nhsuk_helper("Set up the programme")

    def entry(self) -> ProgrammeEntry:
        read = self.cleaned_data
        names = ("year", "title", "target", "recurrent_target", "green", "amber", "red")
        dates = ("first_meeting_on", "report_on_day", "quality_report_on_day")
        return ProgrammeEntry(
            shares={code: read[f"share-{code}"] or Decimal(0) for code in self.codes},
            **{name: read[name] for name in (*names, *dates)},
        )


class CalendarForm(forms.Form):
    """When the meetings and reports are."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, programme: Programme) -> None:
        first = programme.first_meeting_on
        super().__init__(
            data,
            initial={
                "first_meeting_on": format_date(first) if first else "",
                "report_on_day": programme.report_on_day or "",
                "quality_report_on_day": programme.quality_report_on_day or "",
            },
        )
        self.fields.update(calendar_fields())
        self.helper = nhsuk_helper("Set the calendar")


class TransferForm(forms.Form):
    """Part of a target moves from one care group to another."""

    action = forms.CharField(widget=forms.HiddenInput, initial="move", required=False)
    from_group = Choice(label="From", asks="the care group that gives")
    to_group = Choice(label="To", asks="the care group that takes")
    amount = Thousands(label="Amount, £000", asks="the amount")
    reason = Reason(label="Reason", asks="why the target moves")

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, groups: Sequence[CareGroup]
    ) -> None:
        super().__init__(data)
        choices = [("", "Choose"), *((str(group.pk), group.name) for group in groups)]
        for name in ("from_group", "to_group"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.helper = nhsuk_helper("Move the target")


class TargetForm(forms.Form):
    """Another target for care groups, and so for the year."""

    action = forms.CharField(widget=forms.HiddenInput, initial="change", required=False)
    recurrent = Thousands(label="Of which recurrent, £000", help_text="Empty: the whole target.")
    reason = Reason(label="Reason", asks="why the target changes")

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        targets: Mapping[CareGroup, Decimal],
        programme: Programme,
    ) -> None:
        held = programme.recurrent_target_k
        recurrent = "" if held is None else f"{held.normalize():f}"
        initial = {"action": "change", "recurrent": recurrent}
        super().__init__(data, initial=initial, auto_id="target_%s")
        self.keys = [group.pk for group in targets]
        for group, target in targets.items():
            name, shown = f"target-{group.pk}", f"{target.normalize():f}"
            self.fields[name] = Thousands(
                label=f"Target of {group.name}, £000", asks=f"the target of {group.name}",
                initial=shown,
            )  # fmt: skip
            self.fields[f"seen-{group.pk}"] = forms.CharField(
                widget=forms.HiddenInput, required=False, initial=shown
            )
        self.order_fields([*(name for name in self.fields if "-" in name), "recurrent", "reason"])
        self.helper = nhsuk_helper("Change the targets")

    def entry(self) -> dict[str, Any]:
        """What the verb asks for, of what was typed and what the page showed."""
        read = self.cleaned_data
        seen = {}
        for key in self.keys:
            shown = parse_number(
                read[f"seen-{key}"], NumberRules(name="Target", unit="pounds_thousand", decimals=3)
            )
            seen[key] = shown.value if shown.value is not None else Decimal(-1)
        return {
            "seen": seen,
            "targets": {key: read[f"target-{key}"] for key in self.keys},
            "recurrent": read["recurrent"],
            "reason": read["reason"],
        }


class WeightsForm(forms.Form):
    """Other weights of the ratings, from now on."""

    action = forms.CharField(widget=forms.HiddenInput, initial="weights", required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    green = Weight(label="Green counts, %")
    amber = Weight(label="Amber counts, %")
    red = Weight(label="Red counts, %")
    reason = Reason(label="Reason", asks="why the weights change")

    def __init__(self, data: Mapping[str, Any] | None = None, *, weights: Weights) -> None:
        shown = {name.value: f"{weights.of(name).normalize():f}" for name in Rating}
        initial = {"action": "weights", "seen": " ".join(shown.values()), **shown}
        super().__init__(data, initial=initial, auto_id="weights_%s")
        self.helper = nhsuk_helper("Change the weights")

    def entry(self) -> dict[str, Any]:
        """What the verb asks for, of what was typed and what the page showed."""
        read = self.cleaned_data
        try:
            seen = Weights(*(Decimal(share) for share in read["seen"].split()))
        except (ArithmeticError, TypeError, ValueError):
            seen = None
        return {
            "seen": seen,
            "weights": {name.value: read[name.value] for name in Rating},
            "reason": read["reason"],
        }


class LedgerForm(forms.Form):
    """A file from the ledger."""

    file = forms.FileField(
        label="Extract of the ledger",
        help_text="CSV or XLSX, smaller than 5MB.",
        error_messages={"required": "Choose a file", "empty": "The selected file is empty"},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = nhsuk_helper("Look at it")
