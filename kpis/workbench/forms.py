"""The forms of a draft: what the plan says of itself, a line of its outline, its adoption."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from accounts.models import User
from kmpt_tracker.ui.fields import Reason, TypedDate, TypedNumber, TypedText
from kmpt_tracker.ui.formats import axis_title, format_number, format_value
from kmpt_tracker.ui.forms import nhsuk_helper
from kpis.models import DraftLine, Measure, PlanDraft
from kpis.promises.add import FIELDS
from kpis.promises.forms import PromiseForm, chosen
from kpis.promises.promise import LONGEST_STATEMENT
from kpis.targets import Profile
from kpis.workbench.merging import MergedForm
from kpis.workbench.start import HEADER, Header
from strategy.models import Plan
from strategy.plan_text.amounts import in_unit
from strategy.plan_text.headings import owner_in
from strategy.plan_text.numbers import recognise

LONGEST_TEXT = 200_000
LONGEST_OWNER = 160


class HeaderForm(MergedForm):
    """What a plan says of itself."""

    title = TypedText(label="What the plan is called", most=200)
    starts_on = TypedDate(label="First day", asks="the first day of the plan")
    ends_on = TypedDate(label="Last day", asks="the last day of the plan")
    document = TypedText(label="The document that it is published in", most=300)
    published_on = TypedDate(label="Published on", help_text="Empty: not published yet.")
    mission = TypedText(label="Mission", most=2000, rows=2)
    vision = TypedText(label="Vision", most=2000, rows=2)
    default_tolerance_percent = TypedNumber(
        unit="percent",
        label="Near target, where a target says nothing",
        help_text="Per cent of the target. Empty: 5.",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        draft: PlanDraft | None = None,
        reader: User | None = None,
        **options: Any,
    ) -> None:
        if draft is not None:
            boxes = {
                **{name: getattr(draft, name) for name in HEADER},
                "starts_on": _day(draft.starts_on),
                "ends_on": _day(draft.ends_on),
                "published_on": _day(draft.published_on),
                "default_tolerance_percent": f"{draft.default_tolerance_percent.normalize():f}",
            }
            data, options["initial"] = self.lay_over(
                data, boxes, version=draft.version, by=draft.changed_by, reader=reader
            )
        super().__init__(data, **options)
        self.auto_id = "header_%s"  # a line is edited on the same page: ids must not repeat
        self.helper = nhsuk_helper(is_form=False)

    def header(self) -> Header:
        read = {name: self.cleaned_data[name] for name in HEADER}
        tolerance = read["default_tolerance_percent"]
        read["default_tolerance_percent"] = Decimal(5) if tolerance is None else tolerance
        return Header(**read)


class StartForm(HeaderForm):
    """A draft from nothing, or from an earlier plan."""

    code = TypedText(
        label="Code", help_text="Small letters, digits and hyphens: strategy-2026-29.", most=60
    )
    follows = chosen("The plan before", [])
    copies = forms.BooleanField(
        label="Begin with the outline and the commitments of the plan before", required=False
    )
    field_order = ("title", "code", "starts_on", "ends_on", "follows", "copies", "document")

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, plans: Iterable[Plan], **options: Any
    ) -> None:
        super().__init__(data, **options)
        held = [("", "None: it follows no plan"), *((str(row.pk), row.title) for row in plans)]
        self.fields["follows"].choices = held  # type: ignore[attr-defined]

    @property
    def follows_id(self) -> int | None:
        return int(self.cleaned_data["follows"]) if self.cleaned_data["follows"] else None


class WordsForm(MergedForm):
    """An ambition, an objective or an outcome: words, with where the document says them."""

    statement = TypedText(
        label="Words, as the document prints them", most=LONGEST_STATEMENT, rows=2
    )
    number = TypedText(
        label="Number, as printed", help_text="Empty, where none is printed.", most=40
    )
    source_section = TypedText(label="Where the document says it", most=300)
    owner = TypedText(
        label="Owner", help_text="Of an objective: a post, shown beside it.", most=LONGEST_OWNER
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, line: DraftLine, reader: User | None = None
    ):
        held = _fields(line)
        asked: tuple[str, ...] = ("statement", "number", "source_section")
        if line.kind == DraftLine.Kind.OBJECTIVE:
            asked = (*asked, "owner")
        data, initial = self.lay_over(
            data,
            {name: held[name] for name in asked},
            version=line.version,
            by=line.changed_by,
            reader=reader,
        )
        super().__init__(data, initial=initial)
        for name in set(self.fields) - {*asked, "version", "seen"}:
            del self.fields[name]
        self.helper = nhsuk_helper(is_form=False)

    @property
    def named_owner(self) -> str:
        return str(self.cleaned_data.get("owner", ""))


class LineForm(MergedForm, PromiseForm):
    """A promise of a draft."""

    finder = TypedText(
        label="Who finds a measure, while there is none",
        help_text="A name or a post. Without it the promise blocks adoption.",
        most=120,
    )
    owner = TypedText(
        label="Owner",
        help_text="The post that answers for it, or two: “Chief Nurse and Medical Director”. Of a "
        "measure it is one for all its promises; another holds from the day of the plan.",
        most=LONGEST_OWNER,
    )
    field_order = (
        *("statement", "source_section", "role", "measure", "care_group"),
        *("finder", "owner"),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        line: DraftLine,
        measures: Iterable[Measure],
        reader: User | None = None,
        proposed: str = "",
        **options: Any,
    ) -> None:
        """`proposed`: the code of a measure that was just set up for the promise."""
        self.line = line
        boxes, measures = _fields(line), list(measures)
        self.is_proposed = False
        if line.measure_id is None and not line.operator:
            found = _recognised(line.statement, line.due_as_published, line.draft.starts_on)
            self.is_proposed = bool(found)
            boxes.update(found)
            boxes["measure"] = next((str(row.pk) for row in measures if row.code == proposed), "")
        data, initial = self.lay_over(
            data, boxes, version=line.version, by=line.changed_by, reader=reader
        )
        super().__init__(data, initial=initial, measures=measures, **options)

    def clean(self) -> dict[str, Any] | None:
        """A number taken from the words as they are is of their unit: where the measure has
        another, the box says what it is in that.
        """
        read = super().clean()
        found = recognise(self.cleaned_data.get("statement") or "")
        measure = self.measured_by
        if not found.unit or measure is None or measure.unit in ("", found.unit):
            return read
        said = {"value": found.value, "upper_value": found.upper, "baseline": found.baseline}
        for name, amount in said.items():
            if amount is None or self.cleaned_data.get(name) != amount:
                continue
            own = in_unit(amount, found.unit, measure.unit)
            said_in = f"The words say {format_value(amount, found.unit)}, and {measure.name}"
            words = f"{said_in} has the unit “{axis_title(measure.unit)}”"
            enter = "enter the number in that" if own is None else f"enter {format_number(own)}"
            self.add_error(name, f"{words}: {enter}, or choose another measure")
        values = [Decimal(value) for _, value in self.cleaned_data.get("points") or ()]
        if values and values == [value for _, value in found.path][-len(values) :]:
            said_in = f"The words say {format_value(values[-1], found.unit)}, and {measure.name}"
            words = f"{said_in} has the unit “{axis_title(measure.unit)}”"
            self.add_error("points", f"{words}: enter the values in that, or choose another")
        return read

    @property
    def named_owner(self) -> str:
        """Who is named for the line; empty, where that is the owner of its measure. Where another
        measure is chosen, what the box showed of the measure before says nothing.
        """
        typed, measure, before = self.cleaned_data["owner"], self.measured_by, self.line.measure
        if measure is not None and typed == measure.owner:
            return ""
        is_of_another = before is not None and before != measure and not self.line.owner
        return "" if is_of_another and typed == before.owner else str(typed)  # type: ignore[union-attr]


class AdoptionForm(forms.Form):
    """The board's decision, and the day from which the plan opens."""

    adopts_on = TypedDate(
        label="The day from which the plan opens on the board",
        help_text="Today or later. Its targets hold from that day at the earliest.",
        asks="the day from which the plan opens",
    )
    decision = Reason(
        label="The board's decision", asks="the board's decision: the meeting and its minute"
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: Mapping[str, Any] | None = None, *, draft: PlanDraft) -> None:
        super().__init__(data, initial={"version": draft.version})
        self.helper = nhsuk_helper(is_form=False)


class TextForm(forms.Form):
    """The text of a document, or of a part of it."""

    text = forms.CharField(
        label="Text of the plan, or of a part of it",
        help_text="Copied from the document. Each line is proposed first, and none is kept without "
        "you.",
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={
            "required": "Paste the text of the plan",
            "max_length": f"The text must be {LONGEST_TEXT:,} characters or fewer: paste a part",
        },
    )
    place = TypedText(
        label="Where in the document it stands", help_text="Page or section.", most=300
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.auto_id = "text_%s"
        self.helper = nhsuk_helper(is_form=False)


def _recognised(statement: str, due: str, starts_on: date) -> dict[str, Any]:
    """What the words of a promise say in numbers, put into boxes for a person to confirm. `due`: by
    when the list says so in which it stood. Of values year by year, those from before the plan
    starts are no targets: the last of them is the baseline.
    """
    found = recognise(statement)
    before = [(year, value) for year, value in found.path if date(year, 3, 31) < starts_on]
    path = found.path[len(before) :]
    if before:
        year, value = before[-1]
        found = replace(found, baseline=value, baseline_period=f"{year - 1}/{year % 100:02d}")
    if path and found.due_on is None:
        found = replace(found, due_on=date(path[-1][0], 3, 31))
    if not found.due_words and due:
        listed = recognise(due)
        found = replace(found, due_on=listed.due_on, due_words=due)
    values = {
        "value": found.value,
        "upper_value": found.upper,
        "baseline": found.baseline,
        "operator": found.operator,
        "value_is": found.value_is,
        "change": found.change,
        "baseline_period": found.baseline_period,
        "due_on": _day(found.due_on),
        "due_as_published": found.due_words,
        "points": "\n".join(f"Mar {year}\t{value.normalize():f}" for year, value in path),
        "profile": Profile.EXPLICIT_POINTS.value if path else "",
        "owner": owner_in(statement),
    }
    return {
        name: f"{value.normalize():f}" if isinstance(value, Decimal) else value
        for name, value in values.items()
        if value not in (None, "")
    }


def _day(day: Any) -> str:
    return f"{day.day}/{day.month}/{day.year}" if day else ""


def _fields(line: DraftLine) -> dict[str, Any]:
    """A line as its boxes show it."""
    held = {name: getattr(line, name) for name in FIELDS}
    for name in ("value", "upper_value", "baseline", "floor"):
        held[name] = "" if held[name] is None else f"{held[name].normalize():f}"
    for name in ("starts_on", "due_on"):
        held[name] = _day(held[name])
    return {
        **held,
        "value_is": line.value_is or "absolute",
        "profile": line.profile or "step",
        "points": "\n".join(f"{month}\t{value}" for month, value in line.points),
        "measure": str(line.measure_id or ""),
        "care_group": str(line.care_group_id),
        "number": line.number,
        "finder": line.finder,
        "owner": line.owner or (line.measure.owner if line.measure else ""),
    }
