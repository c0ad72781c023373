"""Forms of a quality impact assessment: writing it, the panel's decision, signing, reviews."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone

from cip.gate import OUTCOMES, POST_NAMES, Post, QiaStatus
from cip.models import GuardMeasure
from cip.qia.write import (
    LABELS,
    MOST_GUARDS,
    SCORES,
    TEXTS,
    AssessmentEntry,
    Domain,
    DomainEntry,
    GuardEntry,
)
from cip.standing.assessed import Assessed
from cip.standing.fields import CONSEQUENCES, LIKELIHOODS, Choice, ScoreChoice, Words
from kmpt_tracker.ui.fields import Reason, TypedDate, TypedNumber
from kmpt_tracker.ui.formats import format_date
from kmpt_tracker.ui.forms import nhsuk_helper
from kpis.models import Measure

OUTCOME_WORDS = {
    QiaStatus.APPROVED: "Approved",
    QiaStatus.APPROVED_WITH_CONDITIONS: "Approved with conditions",
    QiaStatus.MORE_DETAIL_ASKED: "More detail is asked",
    QiaStatus.REJECTED: "Rejected: the scheme is detrimental",
}


SPARE_GUARDS = 3  # empty rows for further guard measures


class AssessmentForm(forms.Form):
    """The whole assessment: scope, four domains, equality impact, guard measures."""

    scope = Words(
        label=LABELS["scope"], limit=2000, rows=2, help_text="Which services, wards and people."
    )
    equality_impact = Words(label=LABELS["equality_impact"], limit=4000, rows=3)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, assessed: Assessed | None) -> None:
        super().__init__(data, initial=_initial(assessed))
        guards = GuardMeasure.objects.select_related("measure").order_by("pk")
        rows = list(guards.filter(assessment=assessed.qia)) if assessed else []
        sent = [number for number in range(MOST_GUARDS) if f"guard-{number}-measure" in self.data]
        self.guard_rows = min(MOST_GUARDS, max(len(rows) + SPARE_GUARDS, len(sent)))
        self.measures = list(measures_to_watch(row.measure for row in rows))
        for number in range(self.guard_rows):
            row = rows[number] if number < len(rows) else None
            self.fields.update(_guard_fields(number, row))
        for domain in Domain:
            for name in ("description", *SCORES[:2], "mitigation", *SCORES[2:]):
                label = f"{domain.label}: {LABELS[name].lower()}"
                self.fields[f"{domain.value}-{name}"] = _field(name, label)
        names = [name for name in self.fields if "-" in name]
        watched = [name for name in names if name.startswith("guard-")]
        domains = [name for name in names if name not in watched]
        self.order_fields(["scope", *domains, "equality_impact", *watched, "version"])
        self.helper = nhsuk_helper("Save the assessment", unsaved_warning=True)

    def clean(self) -> dict[str, Any]:
        """A guard needs its measure, as one of the list: by its name, its code, or both."""
        read: dict[str, Any] = super().clean() or {}
        known = {words.casefold(): code for code, words in self.measures}
        known |= {code.casefold(): code for code, _ in self.measures}
        known |= {words.rpartition(" (")[0].casefold(): code for code, words in self.measures}
        guards = []
        for number in range(self.guard_rows):
            name = f"guard-{number}-measure"
            text = read.get(name, "")
            baseline = read.get(f"guard-{number}-baseline")
            period = read.get(f"guard-{number}-period", "")
            if not text:
                if baseline is not None or period:
                    self.add_error(name, "Choose the measure of this baseline, or empty the row")
                continue
            code = known.get(text.casefold())
            if code is None:
                self.add_error(name, f"There is no measure called “{text}”: choose from the list")
                continue
            guards.append(GuardEntry(measure=code, baseline=baseline, baseline_period=period))
        read["guards"] = tuple(guards)
        return read

    def entry(self) -> AssessmentEntry:
        read = self.cleaned_data
        return AssessmentEntry(
            scope=read["scope"],
            equality_impact=read["equality_impact"],
            guards=read["guards"],
            domains={
                domain: DomainEntry(
                    **{name: read[f"{domain}-{name}"] for name in (*TEXTS, *SCORES)}
                )
                for domain in Domain.values
            },
        )


def measures_to_watch(held: Iterable[Measure]) -> Iterable[tuple[str, str]]:
    """The measures in use, and those held: code, and name with code, as the list shows them."""
    rows = Measure.objects.in_force_on(timezone.localdate()) | Measure.objects.filter(
        pk__in=[row.pk for row in held]
    )
    for row in rows.order_by("name", "pk"):
        yield row.code, f"{row.name} ({row.code})"


def _guard_fields(number: int, row: GuardMeasure | None) -> dict[str, forms.Field]:
    """A guard measure, its baseline and the period of that; its box searches the list."""
    name, shown = f"guard-{number}", number + 1
    measure = forms.CharField(
        label=f"Guard measure {shown}",
        required=False,
        max_length=300,
        initial=f"{row.measure.name} ({row.measure.code})" if row else "",
        help_text="Type part of a name to search the list. Empty: no guard." if not number else "",
        widget=forms.TextInput(
            attrs={
                "list": "guard-measures",
                "autocomplete": "off",
                "class": "nhsuk-input--width-30",
            }
        ),
    )
    baseline = TypedNumber(
        label=f"Baseline of guard measure {shown}",
        initial=f"{row.baseline.normalize():f}" if row and row.baseline is not None else "",
    )
    period = forms.CharField(
        label=f"Period of baseline {shown}",
        required=False,
        max_length=20,
        initial=row.baseline_period if row else "",
        help_text="For example, Dec 2018." if not number else "",
        widget=forms.TextInput(attrs={"class": "nhsuk-input--width-10", "autocomplete": "off"}),
    )
    return {f"{name}-measure": measure, f"{name}-baseline": baseline, f"{name}-period": period}


def _field(name: str, label: str) -> forms.Field:
    if name in TEXTS:
        return Words(label=label, limit=2000, rows=2)
    words = LIKELIHOODS if name.endswith("likelihood") else CONSEQUENCES
    return ScoreChoice(words, label=label)


def _initial(assessed: Assessed | None) -> dict[str, Any]:
    if assessed is None:
        return {"version": 0}
    qia = assessed.qia
    found = {
        "scope": qia.scope,
        "equality_impact": qia.equality_impact,
        "version": qia.version,
    }
    for row in qia.domains.all():  # type: ignore[attr-defined]
        found |= {f"{row.domain}-{name}": getattr(row, name) for name in (*TEXTS, *SCORES)}
    return found


class SubmitForm(forms.Form):
    """Hand the assessment to the panel."""

    action = forms.CharField(widget=forms.HiddenInput, initial="submit", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, assessed: Assessed) -> None:
        initial = {"version": assessed.qia.version, "action": "submit"}
        super().__init__(data, initial=initial, auto_id="submit_%s")
        self.helper = nhsuk_helper("Submit to the panel")


class DecisionForm(forms.Form):
    """What the panel decided, recorded by finance."""

    action = forms.CharField(widget=forms.HiddenInput, initial="decide", required=False)
    outcome = Choice(
        label="The panel’s decision", asks="what the panel decided", widget=forms.RadioSelect,
        choices=[(one.value, OUTCOME_WORDS[one]) for one in OUTCOME_WORDS if one in OUTCOMES],
    )  # fmt: skip
    words = Words(
        label="Conditions, the detail asked, or why it is rejected",
        limit=2000,
        rows=3,
        help_text="Needed unless it is approved without conditions.",
    )
    decided_on = TypedDate(label="Day of the panel", asks="the day of the panel")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, assessed: Assessed) -> None:
        initial = {
            "seen": assessed.snapshot.hash,
            "action": "decide",
            "decided_on": format_date(timezone.localdate()),
        }
        super().__init__(data, initial=initial, auto_id="decide_%s")
        self.helper = nhsuk_helper("Record the decision")


class SignForm(forms.Form):
    """A signature: for which post, and the password again."""

    action = forms.CharField(widget=forms.HiddenInput, initial="sign", required=False)
    post = Choice(label="I sign as", asks="the post that you sign for", widget=forms.RadioSelect)
    password = forms.CharField(
        label="Your password, again",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Your signature covers the assessment as this page shows it.",
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, assessed: Assessed, posts: Sequence[Post]
    ) -> None:
        initial = {"seen": assessed.snapshot.hash, "action": "sign"}
        if len(posts) == 1:
            initial["post"] = posts[0].value
        super().__init__(data, initial=initial, auto_id="sign_%s")
        choices = [(post.value, POST_NAMES[post]) for post in posts]
        self.fields["post"].choices = choices  # type: ignore[attr-defined]
        self.helper = nhsuk_helper("Sign")


class ReopenForm(forms.Form):
    """Reopen an assessment that was decided on."""

    action = forms.CharField(widget=forms.HiddenInput, initial="reopen", required=False)
    reason = Reason(label="Reason", asks="why it is reopened")

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"action": "reopen"}, auto_id="reopen_%s")
        self.helper = nhsuk_helper("Reopen the assessment")


class RhythmForm(forms.Form):
    """How often the panel asks for a review."""

    action = forms.CharField(widget=forms.HiddenInput, initial="rhythm", required=False)
    every = Choice(
        label="A review every", asks="how often", choices=[
            (str(number), "month" if number == 1 else f"{number} months")
            for number in (1, 2, 3, 4, 6, 12)
        ],
    )  # fmt: skip
    reason = Reason(label="Reason", asks="why the panel asks for it")

    def __init__(self, data: Mapping[str, Any] | None = None, *, assessed: Assessed) -> None:
        initial = {"action": "rhythm", "every": str(assessed.qia.review_every_months)}
        super().__init__(data, initial=initial, auto_id="rhythm_%s")
        self.helper = nhsuk_helper("Change how often")


class ReviewForm(forms.Form):
    """A review that was held, and what it found."""

    action = forms.CharField(widget=forms.HiddenInput, initial="review", required=False)
    review = Choice(label="Which review", asks="a review")
    held_on = TypedDate(label="Held on", asks="the day it was held")
    findings = Words(label="What it found", limit=4000, rows=3, asks="what the review found")

    def __init__(self, data: Mapping[str, Any] | None = None, *, reviews: Sequence[Any]) -> None:
        super().__init__(data, initial={"action": "review"}, auto_id="review_%s")
        self.held = {str(row.pk): row for row in reviews}
        choices = [(key, f"due {format_date(row.due_on)}") for key, row in self.held.items()]
        self.fields["review"].choices = choices  # type: ignore[attr-defined]
        self.helper = nhsuk_helper("Record the review")
