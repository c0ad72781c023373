"""Forms of a scheme: its words, its stage and rating, its money by month, milestones and risks."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django import forms

from cip.models import Phasing, Programme, Scheme
from cip.money import Rating, Stage, level_phasing
from cip.schemes.links import linkable_measures, linkable_objectives
from cip.schemes.set_up import LABELS, SchemeEntry
from cip.schemes.steps import MilestoneEntry, RiskEntry
from cip.standing.fields import (
    CONSEQUENCES,
    LIKELIHOODS,
    Choice,
    LinkedRows,
    MonthField,
    ScoreChoice,
    Thousands,
    Words,
    YesNo,
)
from cip.standing.read import Standing
from cip.wording import STAGES
from kmpt_tracker.ui.fields import Reason, TypedDate, TypedNumber
from kmpt_tracker.ui.forms import nhsuk_helper
from kmpt_tracker.ui.typed import NumberRules, parse_number
from strategy.models import CareGroup
from strategy.periods import FinancialYear, Month

Kind = Phasing.Kind
POUND = Decimal("0.001")


class SchemeForm(forms.Form):
    """A scheme's words and kind. `groups`: the care groups that the person may choose."""

    reference = Words(
        label="Reference", limit=40, asks="a reference", help_text="Letters, digits and hyphens."
    )
    title = Words(label=LABELS["title"], limit=200, asks="a title")
    description = Words(label=LABELS["description"], limit=4000, rows=4)
    care_group = Choice(label=LABELS["care_group"], asks="a care group")
    lead = Words(label=LABELS["lead"], limit=160, help_text="A post rather than a name.")
    executive_sponsor = Words(label=LABELS["executive_sponsor"], limit=160)
    category = Choice(
        label=LABELS["category"], asks="the kind of saving", choices=Scheme.Category.choices,
        widget=forms.RadioSelect,
    )  # fmt: skip
    wte = TypedNumber(label=LABELS["wte"], help_text="Empty: no posts.")
    is_recurrent = YesNo(label="Does it save again every year?", asks="yes or no")
    is_cash_releasing = YesNo(
        label="Does it release cash?", asks="yes or no", help_text="No: it avoids a cost."
    )
    starts_on = MonthField(label=LABELS["starts_on"], help_text="For example, Sep 2019.")
    stated_full_year_effect_k = Thousands(
        label=LABELS["stated_full_year_effect_k"],
        help_text="Empty: twelve times the last month planned, if it saves every year.",
    )
    objectives = LinkedRows(
        label="Objectives it serves", kind="objectives", help_text="Of the plans that are adopted."
    )
    measures = LinkedRows(
        label="Measures it moves",
        kind="measures",
        help_text="Those in use.",
    )
    reason = Reason(label="Reason", asks="why the scheme changes")
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        programme: Programme,
        groups: Sequence[CareGroup],
        scheme: Scheme | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(scheme) if scheme else None)
        self.groups = {group.code: group for group in groups}
        choices = [("", "Choose"), *((group.code, group.name) for group in groups)]
        self.fields["care_group"].choices = choices  # type: ignore[attr-defined]
        for name, rows in (("objectives", linkable_objectives), ("measures", linkable_measures)):
            held = list(getattr(scheme, name).all()) if scheme else []
            offered = rows(held)
            self.fields[name].offer(offered, [str(row.pk) for row in held])  # type: ignore[attr-defined]
        if scheme is not None:
            del self.fields["reference"]
        else:
            del self.fields["reason"], self.fields["version"]
        self.helper = nhsuk_helper("Save" if scheme else "Add the scheme", unsaved_warning=True)

    def entry(self) -> SchemeEntry:
        read = self.cleaned_data
        names = ("title", "description", "lead", "executive_sponsor", "category", "wte")
        more = ("is_recurrent", "is_cash_releasing", "starts_on", "stated_full_year_effect_k")
        links = ("objectives", "measures")
        return SchemeEntry(
            care_group=self.groups[read["care_group"]],
            **{name: read[name] for name in (*names, *more, *links)},
        )


def _initial(scheme: Scheme) -> dict[str, Any]:
    names = ("title", "description", "lead", "executive_sponsor", "category", "starts_on")
    return {
        **{name: getattr(scheme, name) for name in names},
        "care_group": scheme.care_group.code,
        "wte": _plain(scheme.wte),
        "is_recurrent": scheme.is_recurrent,
        "is_cash_releasing": scheme.is_cash_releasing,
        "stated_full_year_effect_k": _plain(scheme.stated_full_year_effect_k),
        "version": scheme.version,
    }


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


class MoveForm(forms.Form):
    """Another stage for a scheme, with the reason."""

    action = forms.CharField(widget=forms.HiddenInput, initial="move", required=False)
    to = Choice(label="Move to", asks="a stage")
    substitute = Words(
        label="Reference of the scheme that takes its place",
        limit=40,
        help_text="Only where it is substituted.",
    )
    reason = Reason(label="Reason", asks="why the scheme moves")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, standing: Standing, stages: Sequence[Stage]
    ) -> None:
        super().__init__(data, initial={"seen": standing.stage.value, "action": "move"})
        choices = [("", "Choose"), *((stage.value, STAGES[stage]) for stage in stages)]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]
        if Stage.SUBSTITUTED not in stages:
            del self.fields["substitute"]
        self.helper = nhsuk_helper("Move the scheme")


class RatingForm(forms.Form):
    """Another rating of how likely a scheme is to deliver."""

    action = forms.CharField(widget=forms.HiddenInput, initial="rate", required=False)
    rating = Choice(
        label="How likely is it to deliver?", asks="green, amber or red",
        choices=[(rating.value, rating.value.capitalize()) for rating in Rating],
        widget=forms.RadioSelect,
    )  # fmt: skip
    reason = Reason(label="Reason", asks="why the rating changes")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, standing: Standing) -> None:
        held = standing.rating.value if standing.rating else ""
        initial = {"seen": held, "rating": held, "action": "rate"}
        super().__init__(data, initial=initial, auto_id="rate_%s")
        self.helper = nhsuk_helper("Rate the scheme")


class PhasingForm(forms.Form):
    """The grid: a box for each kind and month that can be changed, and what it showed."""

    stated = Thousands(
        label="Plan of the year as stated, £000",
        help_text="Needed where the plan changes: the months must add up to it.",
    )
    reason = Words(
        label="Reason",
        limit=1000,
        rows=2,
        help_text="Needed where a figure changes that was recorded, or lies below 0.",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        standing: Standing,
        open_boxes: Mapping[str, Sequence[Month]],
        typed: Mapping[str, str] | None = None,
        stated: str = "",
    ) -> None:
        super().__init__(data)
        self.standing = standing
        self.open_boxes = {
            kind: [
                month
                for month in standing.year.months
                if month in open_boxes.get(kind, ()) or _was_changed(data, f"{kind}-{month}")
            ]
            for kind in Kind.values
        }
        for kind, months in self.open_boxes.items():
            for month in months:
                name, held = f"{kind}-{month}", standing.months(kind).get(month)
                shown = (typed or {}).get(name, _plain(held))
                label = f"{Kind(kind).label} of {month.label}"
                self.fields[name] = Thousands(label=label, initial=shown)
                self.fields[name].widget.attrs["aria-label"] = label
                self.fields[f"seen-{name}"] = forms.CharField(
                    widget=forms.HiddenInput, required=False, initial=_plain(held)
                )
        if stated or standing.money.plan:
            self.fields["stated"].initial = stated or _plain(standing.in_year_plan)
        self.order_fields([*(n for n in self.fields if "-" in n), "stated", "reason"])

    def typed(self) -> dict[str, tuple[Decimal | None, Decimal | None]]:
        """What each box showed, and what was typed."""
        found = {}
        for kind, months in self.open_boxes.items():
            for month in months:
                name = f"{kind}-{month}"
                rules = NumberRules(
                    name="", unit="pounds_thousand", allow_empty=True, offers_no_data=False
                )
                seen = parse_number(self.cleaned_data.get(f"seen-{name}") or "", rules).value
                found[name] = (seen, self.cleaned_data.get(name))
        return found


def _was_changed(data: Mapping[str, Any] | None, name: str) -> bool:
    """Whether somebody changed a box, also one that was shut since they opened the page: saving
    says why it is refused, and the box keeps what was typed."""
    if not data or name not in data:
        return False
    return bool(data[name].strip() != data.get(f"seen-{name}", "").strip())


class LevelForm(forms.Form):
    """A year's plan, spread evenly from a month to March."""

    total = Thousands(label="Plan of the year, £000", asks="the plan of the year")
    first = MonthField(label="From", help_text="For example, Sep 2019. Empty: April.")

    def __init__(self, data: Mapping[str, Any] | None = None, *, year: FinancialYear) -> None:
        super().__init__(data, auto_id="level_%s")
        self.year = year

    def clean_first(self) -> Month:
        day = self.cleaned_data["first"]
        month = Month.of(day) if day else self.year.months[0]
        if month not in self.year.months:
            raise forms.ValidationError(f"{month.label} lies outside {self.year.label}")
        return month

    def boxes(self) -> dict[str, str]:
        """Equal months, to the pound; March takes the rest."""
        total, first, last = (
            self.cleaned_data["total"],
            self.cleaned_data["first"],
            self.year.months[-1],
        )
        number = last.months_since(first) + 1
        plan = level_phasing((total / number).quantize(POUND, ROUND_DOWN), first, last)
        plan[last] += total - sum(plan.values(), Decimal(0))
        found = {f"plan-{month}": "0" for month in self.year.months if month < first}
        return found | {f"plan-{month}": _plain(amount) for month, amount in plan.items()}


class MilestoneForm(forms.Form):
    """A milestone: what, by when, and its state."""

    action = forms.CharField(widget=forms.HiddenInput, initial="milestone", required=False)
    title = Words(label="What is to be done", limit=200, asks="what is to be done")
    owner = Words(label="Owner", limit=160, help_text="A post rather than a name.")
    due_on = TypedDate(label="Due", asks="the day it is due")
    forecast_on = TypedDate(label="Expected now", help_text="Empty: as due.")
    completed_on = TypedDate(label="Done on", help_text="Empty: not done yet.")
    key = forms.IntegerField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(data, auto_id="milestone_%s", **options)
        self.helper = nhsuk_helper("Save the milestone")

    def entry(self) -> MilestoneEntry:
        names = ("title", "owner", "due_on", "forecast_on", "completed_on")
        return MilestoneEntry(**{name: self.cleaned_data[name] for name in names})


class RiskForm(forms.Form):
    """A risk to a scheme's delivery, scored 5 × 5."""

    action = forms.CharField(widget=forms.HiddenInput, initial="risk", required=False)
    description = Words(label="What could go wrong", limit=2000, rows=2, asks="what could go wrong")
    likelihood = ScoreChoice(LIKELIHOODS, label="Likelihood", asks="a likelihood")
    consequence = ScoreChoice(CONSEQUENCES, label="Consequence", asks="a consequence")
    mitigation = Words(label="What is done about it", limit=2000, rows=2)
    key = forms.IntegerField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(data, auto_id="risk_%s", **options)
        self.helper = nhsuk_helper("Save the risk")

    def entry(self) -> RiskEntry:
        names = ("description", "likelihood", "consequence", "mitigation")
        return RiskEntry(**{name: self.cleaned_data[name] for name in names})
