"""Forms of the pages that change targets and limits. See docs/input.md for what may be typed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms

from kmpt_tracker.ui.fields import Reason, TypedDate, TypedNumber, TypedText
from kmpt_tracker.ui.formats import format_date, format_number
from kmpt_tracker.ui.forms import nhsuk_helper
from kmpt_tracker.ui.typed import NumberRules
from kpis.dated_changes.target_changes import Terms
from kpis.models import Measure, Series, Target
from kpis.revisions import Revision
from kpis.spc.words import LONGEST_BASELINE, SHORTEST_BASELINE
from kpis.targets import Role

LONGEST_DEFINITION = 4000
EXAMPLE = "For example, 1/4/2026."


class BaselinePoints(TypedNumber):
    """The number of points that limits are fixed on; required."""

    def rules(self) -> NumberRules:
        return replace(
            super().rules(),
            decimals=0,
            minimum=Decimal(SHORTEST_BASELINE),
            maximum=Decimal(LONGEST_BASELINE),
            example="24",
            allow_empty=False,
        )

    def clean(self, value: Any) -> Any:
        points = super().clean(value)
        return None if points is None else int(points)


class TargetChangeForm(forms.Form):
    """New terms of one target, from a day on."""

    effective_from = TypedDate(
        label="Change holds from",
        help_text=f"Periods that end before this day keep their target. {EXAMPLE}",
        asks="the day from which the change holds",
    )
    value = TypedNumber(label="Value")
    upper_value = TypedNumber(label="Upper value")
    floor = TypedNumber(
        label="Floor",
        help_text="The limit of “near target”. Empty: the plan's default tolerance.",
    )
    starts_on = TypedDate(
        label="In force from", help_text=f"Empty: from the start of the plan. {EXAMPLE}"
    )
    due_on = TypedDate(label="Due date", help_text=f"Empty: the end of the plan. {EXAMPLE}")
    retire = forms.BooleanField(
        label="Retire the target: it holds no longer from that day on", required=False
    )
    reason = Reason(label="Reason", asks="why the target changes")
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, target: Target, now: Revision
    ) -> None:
        initial = {
            "value": _typed(now.value),
            "upper_value": _typed(now.upper_value),
            "floor": _typed(now.floor),
            "starts_on": _day(now.starts_on),
            "due_on": _day(now.due_on),
            "version": target.version,
        }
        super().__init__(data, initial=initial)
        unit = target.measure.unit if target.measure else ""
        is_share = target.value_is in ("relative_to_baseline", "compound_each_year")
        for name in ("value", "upper_value"):
            cast(TypedNumber, self.fields[name]).unit = "percent" if is_share else unit
        cast(TypedNumber, self.fields["floor"]).unit = unit
        if target.role == Role.NATIONAL_STANDARD:
            self.fields["due_on"].help_text = f"Empty: it does not fall due. {EXAMPLE}"
        if target.operator != "between":
            del self.fields["upper_value"]
        if target.measure is not None and target.measure.is_milestone:
            del self.fields["value"], self.fields["floor"]
        self.helper = nhsuk_helper(is_form=False)

    def terms(self) -> Terms:
        read = self.cleaned_data
        return Terms(
            effective_from=read["effective_from"],
            value=read.get("value"),
            upper_value=read.get("upper_value"),
            floor=read.get("floor"),
            starts_on=read.get("starts_on"),
            due_on=read.get("due_on"),
            retire=read["retire"],
        )


class OneSeries(forms.ChoiceField):
    """One of the measure's series, chosen by its care group."""

    def offer(self, series: Iterable[Series]) -> None:
        self.choices = [(str(row.pk), row.care_group.name) for row in series]
        self.error_messages["invalid_choice"] = "Choose a care group of the list"
        self.error_messages["required"] = "Choose a care group"


class RebaseForm(forms.Form):
    """New limits of one series, from a month on."""

    series = OneSeries(label="Care group")
    starts_on = TypedDate(
        label="Recalculate from",
        help_text="New limits begin with the first period that starts on or after this day: of a "
        f"day within a month, with the next month. {EXAMPLE}",
        asks="the day from which the limits are recalculated",
    )
    reason = Reason(label="Reason", asks="why the limits are recalculated")

    def __init__(self, *args: Any, series: Iterable[Series], **options: Any):
        super().__init__(*args, **options)
        cast(OneSeries, self.fields["series"]).offer(series)
        self.helper = nhsuk_helper("Recalculate limits")


class FixedBaselineForm(forms.Form):
    """Fix the limits of one series on its first points."""

    action = forms.CharField(widget=forms.HiddenInput, initial="fix-limits", required=False)
    series = OneSeries(label="Care group")
    points = BaselinePoints(
        label="Number of points",
        help_text="Counted from the first figure and from each recalculation, gaps included. "
        f"At least {SHORTEST_BASELINE}. Until there are so many, all points count.",
    )
    reason = Reason(label="Reason", asks="why the limits are fixed")

    def __init__(self, *args: Any, series: Iterable[Series], **options: Any):
        super().__init__(*args, **options)
        self.auto_id = "fix_%s"  # the recalculation form is on the same page: ids must not repeat
        cast(OneSeries, self.fields["series"]).offer(series)
        self.helper = nhsuk_helper("Fix limits")


def _typed(value: Decimal | None) -> str:
    return "" if value is None else format_number(value.normalize()).replace("−", "-")


def _day(day: date | None) -> str:
    return "" if day is None else format_date(day)


class WordingForm(forms.Form):
    """New wording of a measure, from a day on."""

    effective_from = TypedDate(
        label="Change holds from",
        help_text=f"Months that end before this day keep their wording. {EXAMPLE}",
        asks="the day from which the wording holds",
    )
    definition = TypedText(label="Definition", most=LONGEST_DEFINITION, rows=5)
    numerator = TypedText(label="Numerator", most=300, rows=2)
    denominator = TypedText(label="Denominator", most=300, rows=2)
    comparable = forms.ChoiceField(
        label="Are figures after the change comparable with those before?",
        choices=[("yes", "Yes"), ("no", "No: the limits begin anew from that day")],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose whether figures stay comparable",
            "invalid_choice": "Choose whether figures stay comparable",
        },
    )
    reason = Reason(label="Reason", asks="why the wording changes")
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: Mapping[str, Any] | None = None, *, measure: Measure) -> None:
        """`measure` has the wording in effect today."""
        names = ("definition", "numerator", "denominator")
        initial = {name: getattr(measure, name) for name in names}
        super().__init__(data, initial={**initial, "version": measure.version})
        if not measure.is_ratio:
            for name in ("numerator", "denominator"):
                if not getattr(measure, name):
                    del self.fields[name]
        self.helper = nhsuk_helper("Propose change")

    def wording(self) -> dict[str, str]:
        names = ("definition", "numerator", "denominator")
        return {name: self.cleaned_data[name] for name in names if name in self.fields}


class RequiredNumber(TypedNumber):
    """A number that must be entered."""

    def rules(self) -> NumberRules:
        return replace(super().rules(), allow_empty=False)


class AcceptedLevelForm(forms.Form):
    """What the board accepted: a level, for which periods, where, and why."""

    level = RequiredNumber(label="Level")
    effective_from = TypedDate(
        label="For periods that end from",
        help_text=f"The first day of the month under review, as a rule. {EXAMPLE}",
        asks="the first day",
    )
    ends_on = TypedDate(
        label="To",
        help_text="The last day. Periods that end later are listed again by themselves.",
        asks="the last day",
    )
    meeting = TypedText(label="Meeting and minute", most=160)
    reason = Reason(label="Why the board accepts it", asks="why the board accepts it")

    def __init__(self, data: Mapping[str, Any] | None = None, *, measure: Measure) -> None:
        super().__init__(data)
        level = cast(TypedNumber, self.fields["level"])
        level.unit = measure.unit
        level.help_text = {
            "higher_is_better": "The least that is accepted. What is lower is listed again.",
            "lower_is_better": "The most that is accepted. What is higher is listed again.",
            "band": "How far outside the range is accepted. What is further is listed again.",
        }.get(measure.direction, "")
        self.helper = nhsuk_helper("Record the level")


class Percent(TypedNumber):
    """A percentage between 0 and 100; required."""

    def rules(self) -> NumberRules:
        return replace(
            super().rules(),
            unit="percent",
            decimals=2,
            minimum=Decimal(0),
            maximum=Decimal(100),
            example="5",
            allow_empty=False,
        )


class ToleranceForm(forms.Form):
    """Another default tolerance of a plan, from a day on."""

    effective_from = TypedDate(
        label="Change holds from",
        help_text=f"Periods that end before this day keep their tolerance. {EXAMPLE}",
        asks="the day from which the tolerance holds",
    )
    percent = Percent(
        label="Default tolerance",
        help_text="In percent of the target, for targets that the plan gives no floor.",
    )
    reason = Reason(label="Reason", asks="why the tolerance changes")

    def __init__(self, data: Mapping[str, Any] | None = None, *, now: Decimal) -> None:
        super().__init__(data, initial={"percent": _typed(now)})
        self.helper = nhsuk_helper("Propose change")
