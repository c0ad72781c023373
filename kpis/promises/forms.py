"""The form in which a target is set. See docs/input.md for what may be typed."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms

from kmpt_tracker.ui.fields import Reason, TypedDate, TypedNumber, TypedText
from kmpt_tracker.ui.forms import nhsuk_helper
from kpis.judging.wording import OPERATOR_WORDS
from kpis.models import Measure, PlanDraft
from kpis.promises.promise import LONGEST_STATEMENT, Promise, read_path
from kpis.targets import Profile, ValueIs
from strategy.models import CareGroup, Objective, Plan
from strategy.periods import Month

EXAMPLE = "For example, 31/3/2029."
NO_MEASURE = "No measure yet"
ROLES = [
    ("commitment", "A commitment of the plan: rated, and agreed by two people"),
    ("interim", "A step on the way: drawn beside the commitment"),
    ("local", "A local target: drawn, not rated first"),
    ("national_standard", "A national standard that the plan quotes"),
]
OPERATORS = [("", "Choose"), *OPERATOR_WORDS.items()]
KINDS = [
    ("absolute", "the value itself"),
    ("relative_to_baseline", "a percentage up or down from the baseline"),
    ("change_from_baseline", "an amount up or down from the baseline"),
    ("compound_each_year", "a percentage each year, on top of the year before"),
]
WAYS = [("", "Not a change"), ("up", "up"), ("down", "down")]
PROFILES = [
    ("step", "The whole of it from the first day"),
    ("straight_line", "In a straight line from the baseline to the due date"),
    ("explicit_points", "Value by value, as listed below"),
]


def chosen(label: str, choices: Iterable[tuple[str, str]], **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=list(choices),
        required=False,
        error_messages={"invalid_choice": "Choose one of the list"},
        **options,
    )


class PromiseForm(forms.Form):
    """One promise: its words, its measure, and what it asks for by when."""

    statement = TypedText(
        label="The promise, in the words of the plan", most=LONGEST_STATEMENT, rows=3
    )
    source_section = TypedText(
        label="Where the plan says it", help_text="Page or section.", most=300
    )
    role = chosen("What kind of target it is", ROLES)
    measure = chosen("Measure", [])
    care_group = chosen("Asked of", [])
    operator = chosen("Target", OPERATORS)
    value = TypedNumber(label="Value", help_text="Of a change, its size: 15% less is 15, down.")
    upper_value = TypedNumber(label="Upper value", help_text="Only for a band.")
    value_is = chosen("The value is", KINDS)
    change = chosen("Which way", WAYS)
    baseline = TypedNumber(
        label="Baseline", help_text="Empty, where nobody has set it: it reads “needs a baseline”."
    )
    baseline_period = TypedText(
        label="Period of the baseline", help_text="For example, 2025/26 or Mar 2026.", most=20
    )
    profile = chosen("How it gets there", PROFILES)
    points = TypedText(
        label="Values by month",
        help_text="A line a month, such as “Mar 2027 84”, or a row copied from Excel: months over "
        "values, or values alone from the first month on.",
        most=4000,
        rows=3,
    )
    floor = TypedNumber(label="Near target from", help_text="Empty: the plan's default tolerance.")
    starts_on = TypedDate(
        label="In force from", help_text="Empty: from today, or the plan's first day if later."
    )
    due_on = TypedDate(label="Due date", help_text=f"Empty: the end of the plan. {EXAMPLE}")
    due_as_published = TypedText(
        label="Due, in the words of the plan", help_text="For example, “by March 2029”.", most=160
    )
    interpretation_note = TypedText(
        label="How it is read, where that is not plain", most=1000, rows=2
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        plan: Plan | PlanDraft,
        measures: Iterable[Measure],
        care_groups: Iterable[CareGroup],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.plan = plan
        held = {str(row.pk): row for row in measures}
        self._offer("measure", [("", NO_MEASURE), *((key, row.name) for key, row in held.items())])
        self._offer("care_group", [(str(row.pk), row.name) for row in care_groups])
        given = data if data is not None else self.initial
        self.measured_by = held.get(str(given.get("measure") or ""))
        unit = self.measured_by.unit if self.measured_by else ""
        kind = str(given.get("value_is") or "")
        is_share = kind in (ValueIs.RELATIVE_TO_BASELINE, ValueIs.COMPOUND_EACH_YEAR)
        for name in ("value", "upper_value"):
            cast(TypedNumber, self.fields[name]).unit = "percent" if is_share else unit
        for name in ("baseline", "floor"):
            cast(TypedNumber, self.fields[name]).unit = unit
        self.helper = nhsuk_helper(is_form=False)

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def clean_points(self) -> tuple[tuple[str, str], ...]:
        first = self.cleaned_data.get("starts_on") or self.plan.starts_on
        try:
            return read_path(self.cleaned_data["points"], first=Month.of(first))
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from None

    def promise(self) -> Promise:
        """The promise as typed; the verb that writes it says what is wrong with it."""
        read = self.cleaned_data
        points = read.get("points") or ()
        has_number = read["value"] is not None or bool(points)
        return Promise(
            statement=read["statement"],
            source_section=read["source_section"],
            role=read["role"] or "commitment",
            operator=read["operator"],
            value=read["value"],
            upper_value=read["upper_value"],
            value_is=(read["value_is"] or "absolute") if has_number else "",
            change=read["change"] if has_number else "",
            baseline=read["baseline"],
            baseline_period=read["baseline_period"],
            floor=read["floor"],
            starts_on=read["starts_on"],
            due_on=read["due_on"],
            due_as_published=read["due_as_published"],
            profile=read["profile"] or Profile.STEP.value,
            points=points,
            interpretation_note=read["interpretation_note"],
        )

    @property
    def chosen_measure(self) -> int | None:
        return self.measured_by.pk if self.measured_by else None

    @property
    def chosen_group(self) -> int:
        return int(self.cleaned_data["care_group"] or self.fields["care_group"].choices[0][0])  # type: ignore[attr-defined]


class NewTargetForm(PromiseForm):
    """A target for an objective of a plan that is in force."""

    objective = chosen("Objective", [])
    reason = Reason(label="Reason", asks="why the target is added")
    field_order = ("objective",)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        objectives: Iterable[Objective],
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self._offer(
            "objective",
            [
                ("", "None: a national standard"),
                *((str(row.pk), row.numbered_title) for row in objectives),
            ],
        )

    @property
    def chosen_objective(self) -> int | None:
        return int(self.cleaned_data["objective"]) if self.cleaned_data["objective"] else None
