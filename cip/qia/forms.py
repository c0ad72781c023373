"""Forms of a quality impact assessment: writing it, the panel's decision, signing, reviews."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone

from cip.gate import OUTCOMES, POST_NAMES, Post, QiaStatus
from cip.qia.write import (
    LABELS,
    SCORES,
    TEXTS,
    AssessmentEntry,
    Domain,
    DomainEntry,
    GuardEntry,
)
from cip.standing.assessed import Assessed
from cip.standing.fields import CONSEQUENCES, LIKELIHOODS, Choice, ScoreChoice, Words
from kmpt_tracker.ui.fields import Reason, TypedDate
from kmpt_tracker.ui.formats import format_date
from kmpt_tracker.ui.forms import nhsuk_helper
from kmpt_tracker.ui.typed import NumberRules, parse_number

OUTCOME_WORDS = {
    QiaStatus.APPROVED: "Approved",
    QiaStatus.APPROVED_WITH_CONDITIONS: "Approved with conditions",
    QiaStatus.MORE_DETAIL_ASKED: "More detail is asked",
    QiaStatus.REJECTED: "Rejected: the scheme is detrimental",
}


class AssessmentForm(forms.Form):
    """The whole assessment: scope, four domains, equality impact, guard measures."""

    scope = Words(
        label=LABELS["scope"], limit=2000, rows=2, help_text="Which services, wards and people."
    )
    equality_impact = Words(label=LABELS["equality_impact"], limit=4000, rows=3)
    guards = Words(
        label="Guard measures",
        limit=2000,
        rows=3,
        help_text="One a line: code of the measure, baseline, period of the baseline, separated by "
        "semicolons, like readmissions; 8.1; Dec 2018. A special-cause concern in one of them "
        "reopens the assessment.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, assessed: Assessed | None) -> None:
        super().__init__(data, initial=_initial(assessed))
        for domain in Domain:
            for name in ("description", *SCORES[:2], "mitigation", *SCORES[2:]):
                label = f"{domain.label}: {LABELS[name].lower()}"
                self.fields[f"{domain.value}-{name}"] = _field(name, label)
        names = [name for name in self.fields if "-" in name]
        self.order_fields(["scope", *names, "equality_impact", "guards", "version"])
        self.helper = nhsuk_helper("Save the assessment", unsaved_warning=True)

    def clean_guards(self) -> tuple[GuardEntry, ...]:
        found = []
        for number, line in enumerate(self.cleaned_data["guards"].splitlines(), 1):
            if not line.strip():
                continue
            code, baseline, period = ([part.strip() for part in line.split(";")] + ["", ""])[:3]
            rules = NumberRules(
                name=f"The baseline in line {number}", allow_empty=True, offers_no_data=False,
                unit="",
            )  # fmt: skip
            read = parse_number(baseline, rules)
            if read.error:
                raise forms.ValidationError(read.error)
            found.append(GuardEntry(measure=code, baseline=read.value, baseline_period=period[:20]))
        return tuple(found)

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
        "guards": "\n".join(
            "; ".join(
                (
                    guard.measure.code,
                    "" if guard.baseline is None else f"{guard.baseline.normalize():f}",
                    guard.baseline_period,
                )
            )
            for guard in qia.guards.select_related("measure").order_by("pk")  # type: ignore[attr-defined]
        ),
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
