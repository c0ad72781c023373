"""The questions by which a measure is set up, in four groups. See docs/input.md for what may be
typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core import signing
from django.http import QueryDict

from kmpt_tracker.ui.fields import TypedDate, TypedNumber, TypedText
from kmpt_tracker.ui.formats import axis_title, format_date, format_number
from kmpt_tracker.ui.forms import nhsuk_helper
from kmpt_tracker.ui.typed import NumberRules
from kpis.models import DraftLine, Measure
from kpis.models.measures import UNITS
from kpis.promises.forms import chosen
from kpis.rag import Direction, Operator
from kpis.set_up.answers import (
    DIRECTIONS,
    FREQUENCIES,
    JUDGED,
    KINDS,
    LEVELS,
    OPERATORS,
    OVER_TIME,
    QUALITY,
    ROLL_UPS,
    YEARS,
)
from kpis.set_up.change import SetUpMoved, definition_of, shown_of
from kpis.set_up.definition import Definition, problems
from kpis.set_up.example import ExampleText
from kpis.set_up.tags import CQC_DOMAINS, Labels, labels_of, read_words
from kpis.targets import ValueIs
from strategy.models import CareGroup, Committee
from strategy.plan_text.numbers import recognise

SALT = "kpis.set_up.seen"
# Which way is better, where the words of a promise ask for at least or at most so much.
BETTER = {
    **dict.fromkeys((Operator.GE, Operator.GT), Direction.HIGHER_IS_BETTER),
    **dict.fromkeys((Operator.LE, Operator.LT), Direction.LOWER_IS_BETTER),
    Operator.BETWEEN: Direction.BAND,
}
EXAMPLE = "For example, 1/4/2026."
NO_UNIT = "No unit: a milestone"


class Whole(TypedNumber):
    """A whole number, or nothing."""

    def rules(self) -> NumberRules:
        return replace(super().rules(), decimals=0, minimum=Decimal(0))

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        return None if number is None else int(number)


class Several(forms.MultipleChoiceField):
    """Rows chosen by their keys; none may be chosen."""

    def __init__(self, label: str, **options: Any):
        super().__init__(
            label=label,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"invalid_choice": "Choose from the list"},
            **options,
        )


class SetUpForm(forms.Form):
    """A measure: what is counted, how it is judged, who reports it, how good its data are."""

    name = TypedText(label="Name", most=160, help_text="As the board reads it.")
    code = TypedText(
        label="Code",
        most=80,
        help_text="For addresses and files, for ever. Empty: made of the name.",
    )
    kind = forms.ChoiceField(
        label="What is it?", choices=KINDS, widget=forms.RadioSelect, initial="quantitative"
    )
    definition = TypedText(
        label="In plain words",
        most=4000,
        rows=3,
        help_text="What counts, and what does not. Shown under the chart.",
    )
    unit = chosen("Unit", [("", NO_UNIT), *((unit, axis_title(unit)) for unit in UNITS)])
    decimals = chosen(
        "Decimals shown",
        [(str(number), str(number)) for number in range(7)],
        help_text="Figures are judged with every digit, however many are shown.",
    )
    numerator = TypedText(
        label="The number",
        most=300,
        help_text="The label of the first box in the return. Empty, unless it has two parts.",
    )
    denominator = TypedText(label="Out of", most=300, help_text="The label of the second box.")
    direction = chosen("Which way is better", DIRECTIONS)
    judged_on = chosen("Held against the target", JUDGED)
    over_time = chosen("Months make a longer time", OVER_TIME)
    year_end_month = chosen(
        "Its year", YEARS, help_text="For what is reported once a year or half-year."
    )
    interpretation_note = TypedText(
        label="How it is read, where that is not plain", most=1000, rows=2
    )
    collection_level = forms.ChoiceField(
        label="Reported by", choices=LEVELS, widget=forms.RadioSelect, initial="trust"
    )
    care_groups = Several("Care groups that report it")
    roll_up = chosen(
        "Care groups' figures make the trust's",
        ROLL_UPS,
        help_text="Percentages are never averaged.",
    )
    frequency = chosen("How often", FREQUENCIES)
    reporting_lag_days = Whole(
        label="Days until the figure is there",
        help_text="After the period ends. Empty: when the monthly return closes.",
    )
    valid_from = TypedDate(
        label="First day",
        help_text=f"It is asked for from the first period that ends on or after it. {EXAMPLE}",
    )
    owner = TypedText(
        label="Owner",
        most=160,
        help_text="A post, not a person: Chief Operating Officer. Named on the board page.",
    )
    owner_from = TypedDate(label="A new owner from", help_text="Empty: at once.")
    committees = Several("Committees that read it")
    minimum = TypedNumber(label="The least it can be", help_text="A return refuses less.")
    maximum = TypedNumber(label="The most it can be", help_text="A return refuses more.")
    numerator_may_exceed_denominator = forms.BooleanField(
        label="The number may be more than what it is out of", required=False
    )
    whole_numbers_only = forms.BooleanField(
        label="Only whole numbers: not for staff in WTE, money, days or estimates", required=False
    )
    counts_people = forms.BooleanField(label="It counts people", required=False)
    repeat_check = forms.BooleanField(
        label="Ask when the same figure comes three times running", required=False
    )
    kitemark_sign_off = chosen("Signed off", QUALITY, help_text="Its owner has agreed the figures.")
    kitemark_timely = chosen("Timely", QUALITY, help_text="It is there when it is needed.")
    kitemark_audit = chosen("Audited", QUALITY, help_text="Somebody independent has checked it.")
    kitemark_robust = chosen(
        "Robust", QUALITY, help_text="The way it is collected can be relied on."
    )
    kitemark_on = TypedDate(label="Looked at on", help_text=EXAMPLE)
    data_source = TypedText(
        label="Where it comes from", most=300, help_text="The system and the report."
    )
    cqc = Several("CQC domains", choices=[(domain, domain) for domain in CQC_DOMAINS])
    oversight = TypedText(label="In the oversight framework as", most=40)
    risk = TypedText(label="Risk register number", most=40)
    other_tags = TypedText(label="Other tags", most=400, help_text="With commas between them.")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = TypedText(
        label="Why", most=1000, rows=2, help_text="Kept with the change. Never name a person."
    )

    GROUPS = (
        (
            "count",
            "What is counted",
            ("name", "code", "kind", "definition", "unit", "decimals", "numerator", "denominator"),
        ),
        (
            "judge",
            "How it is judged",
            ("direction", "judged_on", "over_time", "year_end_month", "interpretation_note"),
        ),
        (
            "who",
            "Who reports",
            (
                *("collection_level", "care_groups", "roll_up", "frequency", "reporting_lag_days"),
                *("valid_from", "owner", "owner_from", "committees"),
            ),
        ),
        (
            "quality",
            "Data quality",
            (
                *("minimum", "maximum", "numerator_may_exceed_denominator"),
                *("whole_numbers_only", "counts_people", "repeat_check"),
                *("kitemark_sign_off", "kitemark_timely", "kitemark_audit", "kitemark_robust"),
                *("kitemark_on", "data_source", "cqc", "oversight", "risk", "other_tags"),
            ),
        ),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        committees: Iterable[Committee],
        care_groups: Iterable[CareGroup] = (),
        measure: Measure | None = None,
        follows: Measure | None = None,
        promise: DraftLine | None = None,
        fixed: Sequence[str] = (),
    ) -> None:
        """`measure` is edited; a new one takes its first answers from what it `follows`, or from
        the words of the promise that it is set up for.
        """
        self.measure = measure
        groups = list(care_groups)
        model = measure or follows
        initial: dict[str, Any] = (
            boxes_of(model) if model else {"decimals": "0", "year_end_month": "3"}
        )
        if promise is not None:
            initial |= _asked_by(promise)
        if measure is None:
            initial["care_groups"] = [str(row.pk) for row in groups if row.level == "care_group"]
            initial["kitemark_on"] = initial["valid_from"] = ""
            initial |= dict.fromkeys(
                ("kitemark_sign_off", "kitemark_timely", "kitemark_audit", "kitemark_robust"), ""
            )
        else:
            self.shown = signing.dumps([measure.pk, shown_of(measure)], salt=SALT, compress=True)
            initial["seen"] = self.shown
        super().__init__(data, initial=initial)
        self.fields["committees"].choices = [(str(row.pk), row.name) for row in committees]  # type: ignore[attr-defined]
        self.fields["care_groups"].choices = [(str(row.pk), row.name) for row in groups]  # type: ignore[attr-defined]
        asked_once = ("code", "care_groups") if measure else ("owner_from",)
        for name in (*fixed, *asked_once):
            self.fields.pop(name, None)
        unit = str((data or initial).get("unit") or (model.unit if model else ""))
        for name in ("minimum", "maximum"):
            cast(TypedNumber, self.fields[name]).unit = unit
        self.fields["reason"].label = "Why" if measure else "What is it for?"
        self.helper = nhsuk_helper(is_form=False)

    def clean_other_tags(self) -> tuple[str, ...]:
        try:
            return read_words(self.cleaned_data["other_tags"])
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from None

    @property
    def typed(self) -> dict[str, Any]:
        """The columns of the measure as typed, of those that the form asks for."""
        read = self.cleaned_data
        names = {column.name for column in fields(Definition)} | {"valid_from"}
        values = {name: read[name] for name in names if name in self.fields}
        for name in ("decimals", "year_end_month"):
            if name in values:
                values[name] = int(values[name] or (0 if name == "decimals" else 3))
        # What a choice box leaves open has a usual answer.
        for name, usual in (("judged_on", "month"), ("over_time", "last"), ("roll_up", "none")):
            if name in values:
                values[name] = values[name] or usual
        if values.get("kind") == "milestone":
            values["direction"] = values.get("direction") or "higher_is_better"
        labels = Labels(
            cqc=tuple(read["cqc"]),
            oversight=read["oversight"],
            risk=read["risk"],
            others=read["other_tags"],
        )
        return {
            **values,
            "tags": labels.tags,
            "committees": [int(key) for key in read["committees"]],
        }

    def asked(self) -> Definition:
        """The whole measure as typed; of one that is edited, with what cannot be changed here."""
        names = {column.name for column in fields(Definition)}
        typed = {name: value for name, value in self.typed.items() if name in names}
        if self.measure is not None:
            return replace(definition_of(self.measure), **typed)
        if typed["collection_level"] == "trust":
            typed["roll_up"] = "none"
        return Definition(**typed)

    def is_sound(self, *, today: date) -> bool:
        """Whether it can be saved so; if not, every box that is wrong says what to do."""
        if not self.is_valid():
            return False
        if self._leaves_the_trust_open:
            self.add_error(
                "roll_up",
                "Choose how they make the trust's figure, or that they do not: what a plan "
                "promises for the trust is not rated then",
            )
            return False
        for name, words in problems(self.asked(), today=today):
            self.add_error(name if name in self.fields else None, words)
        return not self.errors

    @property
    def _leaves_the_trust_open(self) -> bool:
        """Whether care groups report it, and nobody has said what becomes of their figures."""
        read = self.cleaned_data
        if self.measure is not None or read["collection_level"] != "care_group":
            return False
        return not read["roll_up"]

    def seen_boxes(self) -> dict[str, str]:
        """What the page showed; without a true account, nothing, so that every box is asked
        about.
        """
        try:
            key, shown = signing.loads(self.cleaned_data["seen"], salt=SALT)
        except signing.BadSignature:
            return {}
        return shown if self.measure is not None and key == self.measure.pk else {}

    def show_newer(self, moved: SetUpMoved, measure: Measure) -> None:
        """What was typed stays in the boxes, for a save on top of what somebody else has saved."""
        for name, words in moved.clashes.items():
            self.add_error(name if name in self.fields else None, words)
        shown = signing.dumps([measure.pk, shown_of(measure)], salt=SALT, compress=True)
        self._give("seen", shown)

    def propose_range(self, low: Decimal | None, high: Decimal | None) -> None:
        """Fill the boxes of the least and the most; nothing is saved."""
        for name, value in (("minimum", low), ("maximum", high)):
            self._give(name, _number(value))

    def _give(self, name: str, text: str) -> None:
        data = cast(QueryDict, self.data).copy()
        data[name] = text
        self.data = data

    @property
    def main(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """The groups with the boxes that this form has."""
        return [
            (code, title, [self[name] for name in names if name in self.fields])
            for code, title, names in self.GROUPS
        ]

    @property
    def why(self) -> list[forms.BoundField]:
        return [self["reason"]]


def boxes_of(measure: Measure) -> dict[str, Any]:
    """The boxes of a measure as they are typed."""
    labels = labels_of(measure.tags)
    asked = definition_of(measure)
    return {
        **{column.name: getattr(asked, column.name) for column in fields(asked)},
        "decimals": str(asked.decimals),
        "year_end_month": str(asked.year_end_month),
        "reporting_lag_days": "" if asked.reporting_lag_days is None else asked.reporting_lag_days,
        "minimum": _number(asked.minimum),
        "maximum": _number(asked.maximum),
        "kitemark_on": _day(asked.kitemark_on),
        "valid_from": _day(measure.valid_from),
        "committees": [str(key) for key in measure.committees.values_list("pk", flat=True)],
        "cqc": list(labels.cqc),
        "oversight": labels.oversight,
        "risk": labels.risk,
        "other_tags": ", ".join(labels.others),
    }


def _number(value: Decimal | None) -> str:
    return "" if value is None else format_number(value.normalize()).replace("−", "-")


def _day(day: date | None) -> str:
    return format_date(day) if day else ""


class ExampleForm(forms.Form):
    """A figure and a target to try: what is typed here is never stored."""

    example_value = TypedText(label="A figure", most=40)
    example_numerator = TypedText(label="The number", most=40)
    example_denominator = TypedText(label="Out of", most=40)
    example_operator = chosen("Target", OPERATORS)
    example_target = TypedText(label="of", most=40)
    example_upper = TypedText(label="to, for a range", most=40)
    example_floor = TypedText(
        label="Near target from", most=40, help_text="Of a range, how far outside."
    )

    def typed(self) -> ExampleText:
        read = self.cleaned_data if self.is_valid() else {}
        names = ("value", "numerator", "denominator", "operator", "target", "upper", "floor")
        return ExampleText(**{name: read.get(f"example_{name}", "") for name in names})


def _asked_by(promise: DraftLine) -> dict[str, str]:
    """What the words of a promise say of its measure: its unit, and which way is better. Its name
    is nobody's to guess.
    """
    found = recognise(promise.statement)
    operator, unit = promise.operator or found.operator, found.unit
    if found.value is not None and found.value_is == ValueIs.ABSOLUTE:
        said = re.escape(format_number(found.value))
        is_share = re.search(rf"(?<![\d.,]){said}\s?(%|per\s?cent\b)", promise.statement)
        unit = "percent" if is_share else unit
    asked = {
        "unit": unit if unit in UNITS else "",
        "direction": BETTER[Operator(operator)].value if operator in set(BETTER) else "",
        "owner": promise.owner,
    }
    return {name: words for name, words in asked.items() if words}
