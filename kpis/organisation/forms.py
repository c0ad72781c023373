"""Forms of the pages of the organisation. See docs/input.md for what may be typed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, cast

from crispy_forms.layout import Div, Layout
from django import forms
from django.core import signing
from django.http import QueryDict

from accounts.models import User
from accounts.refusals import Refused
from kmpt_tracker.ui.fields import Reason, TypedDate, TypedText
from kmpt_tracker.ui.formats import format_date
from kmpt_tracker.ui.forms import nhsuk_helper
from kpis.models import Measure
from kpis.organisation.reorganisation import Kind, NewGroup, Reorganisation
from kpis.organisation.reporting import Choice
from strategy.models import CareGroup, Membership, PostHolding

EXAMPLE = "For example, 1/4/2026."
SALT = "kpis.organisation.dates"
LEVELS = [pair for pair in CareGroup.Level.choices if pair[0] != CareGroup.Level.TRUST]
PARTS = {Kind.BEGIN: 1, Kind.END: 0, Kind.SPLIT: 4, Kind.MERGE: 1, Kind.REPLACE: 1}
WHOM = {
    Kind.END: "Which care groups end?",
    Kind.SPLIT: "Which care group is divided?",
    Kind.MERGE: "Which care groups are joined and end?",
    Kind.REPLACE: "Which care group becomes another?",
}


def _last_day(first_after: date | None) -> str:
    return format_date(first_after - timedelta(days=1)) if first_after else ""


def _day_after(last: date | None) -> date | None:
    return last + timedelta(days=1) if last else None


class ReorganiseForm(forms.Form):
    """What happens to the structure, from which day, and why."""

    def __init__(
        self,
        kind: Kind,
        groups: Sequence[CareGroup],
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data)
        self.kind = kind
        there = [(str(row.pk), row.name) for row in groups if not row.is_trust]
        self.fields["on"] = TypedDate(
            label="First day after the end"
            if kind is Kind.END
            else "First day of the new structure",
            help_text=f"A window counts the care groups that are there on its last day. {EXAMPLE}",
            asks="the day",
        )
        if kind in WHOM:
            is_one = kind in (Kind.SPLIT, Kind.REPLACE)
            choose = forms.ChoiceField if is_one else forms.MultipleChoiceField
            widget = forms.RadioSelect if is_one else forms.CheckboxSelectMultiple
            self.fields["sources"] = choose(
                label=WHOM[kind],
                choices=there,
                widget=widget,
                error_messages={
                    "required": "Choose the care group",
                    "invalid_choice": "Choose a care group of the list",
                },
            )
        if kind is Kind.SPLIT:
            self.fields["goes_on"] = forms.BooleanField(
                label="It goes on, and the new care groups are split off from it", required=False
            )
        if kind is Kind.MERGE:
            self.fields["into"] = forms.ChoiceField(
                label="Which care group takes over?",
                choices=[("", "A new one, named below"), *there],
                required=False,
                error_messages={"invalid_choice": "Choose a care group of the list"},
            )
        pairs = []
        for place in range(1, PARTS[kind] + 1):
            which = f"{_ORDER[place]} care group" if kind is Kind.SPLIT else "The new care group"
            self.fields[f"name_{place}"] = forms.CharField(
                label=f"{which}: name", max_length=120, required=False
            )
            self.fields[f"code_{place}"] = forms.CharField(
                label=f"{which}: code",
                max_length=60,
                required=False,
                help_text="For addresses and files. Empty: made of the name." if place == 1 else "",
            )
            pairs.append(Div(f"name_{place}", f"code_{place}", css_class="kt-pair"))
        if kind is Kind.BEGIN:
            self.fields["level"] = forms.ChoiceField(label="What is it?", choices=LEVELS)
        self.fields["reason"] = Reason(label="Reason", asks="why the structure changes")
        self.helper = nhsuk_helper("See what it will do")
        named = [name for name in self.fields if not name.startswith(("name_", "code_"))]
        before, after = [n for n in named if n != "reason"], ["reason"]
        self.helper.layout = Layout(*before, *pairs, *after)

    def asked(self) -> Reorganisation:
        read = self.cleaned_data
        sources = read.get("sources") or []
        new = [
            NewGroup(
                name=read[f"name_{place}"],
                typed_code=read[f"code_{place}"],
                level=read.get("level") or CareGroup.Level.CARE_GROUP,
            )
            for place in range(1, PARTS[self.kind] + 1)
            if read[f"name_{place}"]
        ]
        return Reorganisation(
            kind=self.kind,
            on=read["on"],
            sources=tuple(int(key) for key in ([sources] if isinstance(sources, str) else sources)),
            new=tuple(new),
            into=int(read["into"]) if read.get("into") else None,
            goes_on=bool(read.get("goes_on")),
        )

    def clean(self) -> dict[str, Any]:
        read = super().clean() or {}
        for place in range(1, PARTS[self.kind] + 1):
            if read.get(f"code_{place}") and not read.get(f"name_{place}"):
                self.add_error(f"name_{place}", "Enter the name of the care group with this code")
        return read

    @property
    def carried(self) -> list[forms.BoundField]:
        """What was typed, in hidden boxes of the preview."""
        return list(self)


_ORDER = ("", "First", "Second", "Third", "Fourth", "Fifth", "Sixth")


class ReportsForm(forms.Form):
    """Which measures each care group that takes over will report, and that the preview was read."""

    accepts = forms.BooleanField(
        label="I know that the parts do not add up, and why", required=False
    )

    def __init__(
        self,
        taking_over: Sequence[tuple[str, str]],
        offered: Iterable[Measure],
        data: Mapping[str, Any] | None = None,
        *,
        chosen: Choice | None = None,
    ) -> None:
        super().__init__(data)
        self.taking_over = taking_over
        choices = [(str(row.pk), row.name) for row in offered]
        self.has_measures = bool(choices)
        for place, (code, name) in enumerate(taking_over, start=1):
            self.fields[f"reports_{place}"] = forms.MultipleChoiceField(
                label=f"What {name} reports",
                choices=choices,
                widget=forms.CheckboxSelectMultiple,
                required=False,
                initial=[str(key) for key in sorted((chosen or {}).get(code, ()))],
                error_messages={"invalid_choice": "Choose measures of the list"},
            )
        self.helper = nhsuk_helper(is_form=False)
        self.helper.layout = Layout(*(n for n in self.fields if n != "accepts"))

    def chosen(self) -> Choice:
        return {
            code: frozenset(int(key) for key in self.cleaned_data[f"reports_{place}"])
            for place, (code, _) in enumerate(self.taking_over, start=1)
        }


class DatesForm(forms.Form):
    """The first and the last day of a care group, and what the page showed of them."""

    first = TypedDate(label="First day", help_text=f"Empty: it was always there. {EXAMPLE}")
    last = TypedDate(label="Last day", help_text="Empty: no end is known.")
    reason = Reason(label="Reason", asks="why the dates change")
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    confirmed = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, group: CareGroup, data: Mapping[str, Any] | None = None) -> None:
        first = format_date(group.valid_from) if group.valid_from else ""
        self.now = signing.dumps(
            [str(day or "") for day in (group.valid_from, group.valid_to)], salt=SALT
        )
        initial = {"first": first, "last": _last_day(group.valid_to), "seen": self.now}
        super().__init__(data, initial=initial)
        self.helper = nhsuk_helper("Change the dates")

    def dates(self) -> dict[str, Any]:
        """The dates that are wanted, and those that the page showed."""
        read = self.cleaned_data
        try:
            shown = signing.loads(read["seen"], salt=SALT)
        except signing.BadSignature:
            seen = None
        else:
            seen = tuple(date.fromisoformat(day) if day else None for day in shown)
        return {
            "valid_from": read["first"],
            "valid_to": _day_after(read["last"]),
            "seen": seen or (date.min, date.min),
        }

    def ask(self, digest: str) -> None:
        """Ask the person to send the form again, which confirms what they have read."""
        self.data = cast(Any, {**cast(QueryDict, self.data).dict(), "confirmed": digest})

    def show_newer(self, group: CareGroup | None) -> None:
        """Keep what was typed, and let the next save replace what somebody else has saved."""
        if group is not None:
            shown = DatesForm(group).now
            self.data = cast(Any, {**cast(QueryDict, self.data).dict(), "seen": shown})

    def refuse(self, refused: Refused) -> None:
        """Show a refusal at its box; the verb names columns of the model."""
        boxes = {"valid_from": "first", "valid_to": "last"}
        self.add_error(boxes.get(refused.field, refused.field) or None, str(refused))


class MoreForm(forms.Form):
    """Further measures that a care group reports from a day on."""

    measures = forms.MultipleChoiceField(
        label="Measures",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose a measure",
            "invalid_choice": "Choose measures of the list",
        },
    )
    on = TypedDate(label="From", help_text=EXAMPLE, asks="the first day")
    reason = Reason(label="Reason", asks="why it reports more")
    do = forms.CharField(widget=forms.HiddenInput, initial="report", required=False)

    def __init__(self, offered: Iterable[Measure], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="more_%s")
        choices = [(str(row.pk), row.name) for row in offered]
        self.fields["measures"].choices = choices  # type: ignore[attr-defined]
        self.helper = nhsuk_helper("Report these too")

    def wanted(self) -> dict[str, Any]:
        read = self.cleaned_data
        return {
            "measures": [int(key) for key in read["measures"]],
            "on": read["on"],
            "reason": read["reason"],
        }


class PersonChoice(forms.ChoiceField):
    """Somebody who has not left."""

    def offer(self, people: Iterable[User]) -> None:
        self.choices = [("", "Choose a person"), *((str(row.pk), str(row)) for row in people)]
        self.error_messages["invalid_choice"] = "Choose a person of the list"
        self.error_messages["required"] = "Choose a person"


class AppointForm(forms.Form):
    """A person, from a day, perhaps to a last day."""

    user = PersonChoice(label="Person")
    starts_on = TypedDate(label="From", help_text=EXAMPLE, asks="the first day")
    ends_on = TypedDate(label="Last day", help_text="Empty: no end is known.")

    def __init__(self, people: Iterable[User], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.fields["user"].offer(people)  # type: ignore[attr-defined]
        self.helper = nhsuk_helper("Appoint")

    def appointed(self) -> dict[str, Any]:
        read = self.cleaned_data
        return {
            "user_id": int(read["user"]),
            "starts_on": read["starts_on"],
            "ends_on": _day_after(read["ends_on"]),
        }


class LeadForm(AppointForm):
    """Who enters the figures of a care group; of the trust's return, which measures."""

    kind = forms.ChoiceField(label="As", choices=Membership.Kind.choices)
    measures = forms.MultipleChoiceField(
        label="Only these measures",
        help_text="None: all of the trust's return.",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(
        self,
        people: Iterable[User],
        data: Mapping[str, Any] | None = None,
        *,
        measures: Iterable[Measure] = (),
    ) -> None:
        super().__init__(people, data)
        offered = [(str(row.pk), row.name) for row in measures]
        if offered:
            self.fields["measures"].choices = offered  # type: ignore[attr-defined]
        else:
            del self.fields["measures"]
        self.order_fields(["user", "kind", "starts_on", "ends_on", "measures"])

    def appointed(self) -> dict[str, Any]:
        measures = [int(key) for key in self.cleaned_data.get("measures", ())]
        return {
            **super().appointed(),
            "kind": self.cleaned_data["kind"],
            "measures": measures,
        }


class PostForm(AppointForm):
    """Who holds an executive post."""

    post = forms.ChoiceField(label="Post", choices=PostHolding.Post.choices)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.order_fields(["post", "user", "starts_on", "ends_on"])

    def appointed(self) -> dict[str, Any]:
        return {**super().appointed(), "post": self.cleaned_data["post"]}


class LastDayForm(forms.Form):
    """The last day of a lead or of a holder; `row` is theirs."""

    row = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    ends_on = TypedDate(label="Last day", asks="the last day")


class NameForm(forms.Form):
    """What the trust is called, from which day on, and why. Sent twice: a name that it has borne
    is fixed, so it is shown as pages will show it before it holds.
    """

    name = TypedText(label="Name of the trust, in full", asks="the name of the trust", most=200)
    short_name = TypedText(
        label="Short name, as it stands at the head of pages", asks="the short name", most=40
    )
    starts_on = TypedDate(label="From")
    reason = Reason(label="Reason", asks="why the trust is called so from then on")
    confirmed = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, is_first: bool) -> None:
        super().__init__(data)
        self.fields["starts_on"].help_text = (
            f"Empty: it was always called so. {EXAMPLE}"
            if is_first
            else f"Today or a later day. {EXAMPLE}"
        )
        self.helper = nhsuk_helper("Name the trust")

    def asked(self) -> dict[str, Any]:
        return {key: self.cleaned_data[key] for key in ("name", "short_name", "starts_on")}

    def is_confirmed(self) -> bool:
        """Whether what is sent was shown before; if not, sending it again confirms it."""
        digest = sha256(repr(self.asked()).encode()).hexdigest()[:20]
        if self.cleaned_data["confirmed"] == digest:
            return True
        self.data = cast(Any, {**cast(QueryDict, self.data).dict(), "confirmed": digest})
        return False


class CommitteeForm(forms.Form):
    """A committee that measures go to."""

    name = forms.CharField(
        label="Name", max_length=120, error_messages={"required": "Enter the name"}
    )
    code = forms.SlugField(
        label="Code",
        max_length=40,
        help_text="For files. Small letters, digits and hyphens.",
        error_messages={
            "required": "Enter the code",
            "invalid": "Enter small letters, digits and hyphens only",
        },
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.helper = nhsuk_helper("Add the committee")
