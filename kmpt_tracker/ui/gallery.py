"""Sample figures for the component gallery; they are not figures of the trust."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.paginator import Paginator

from kmpt_tracker.ui import components as looks
from kmpt_tracker.ui.forms import NumberText, nhsuk_helper
from kmpt_tracker.ui.sparkline import Band, Trend, small_multiple

FALLING = [
    5.4,
    5.5,
    5.7,
    5.3,
    5.6,
    None,
    5.5,
    5.7,
    5.8,
    5.9,
    5.7,
    5.5,
    5.4,
    5.2,
    5.3,
    5.1,
    5.2,
    4.8,
    4.9,
    4.8,
    4.7,
    4.9,
    4.9,
    4.8,
]
LATE = [*(60.5 + step * 0.6 for step in range(20)), None, None, None, None]
NORTH = [
    5.1,
    5.0,
    5.2,
    4.9,
    5.1,
    None,
    5.3,
    5.0,
    4.9,
    5.2,
    5.1,
    5.0,
    5.2,
    5.1,
    4.4,
    4.3,
    4.4,
    4.2,
    4.3,
    4.2,
    4.1,
    4.3,
    4.2,
    4.1,
]
NORTH_KINDS = ["common_cause"] * 14 + ["improvement_low"] * 10
SOUTH = [
    3.2,
    3.4,
    3.1,
    3.3,
    3.5,
    3.2,
    3.3,
    3.4,
    3.2,
    3.1,
    3.3,
    3.2,
    3.4,
    3.3,
    3.2,
    3.1,
    3.3,
    3.4,
    3.2,
    3.3,
    3.4,
    4.6,
    3.2,
    3.3,
]
SOUTH_KINDS = [*["common_cause"] * 21, "concern_high", "common_cause", "common_cause"]
MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]


class SampleForm(forms.Form):
    """One field of each kind."""

    helper: FormHelper

    number = forms.CharField(
        label="Number up to date",
        help_text="All staff in post on the last day.",
        widget=NumberText(suffix="people", width=10),
    )
    amount = forms.CharField(label="Plan for the month", widget=NumberText(prefix="£", width=10))
    care_group = forms.ChoiceField(
        label="Care group", choices=[("", "Choose one"), ("north", "North"), ("south", "South")]
    )
    status = forms.ChoiceField(
        label="How is it going?",
        widget=forms.RadioSelect,
        choices=[("on_track", "On track"), ("at_risk", "At risk"), ("off_track", "Off track")],
    )
    groups = forms.MultipleChoiceField(
        label="Measures to include",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("quality", "Quality"), ("workforce", "Workforce")],
    )
    due = forms.DateField(
        label="When do you expect to be back on target?",
        help_text="For example, 30 Sep 2026.",
        widget=forms.DateInput,
    )
    why = forms.CharField(
        label="Off target: say why, and what you are doing about it",
        help_text="The board reads this as written. One or two sentences.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    evidence = forms.FileField(label="File of figures", required=False)
    confirmed = forms.BooleanField(label="I have checked this figure", required=False)


def sample_form(*, with_errors: bool) -> SampleForm:
    if not with_errors:
        form = SampleForm(prefix="empty", initial={"number": "1,019"})
        form.helper = nhsuk_helper("Save draft", is_form=False)
        return form
    form = SampleForm(
        {"typed-number": "1,204", "typed-amount": "12.5", "typed-why": "Winter."}, prefix="typed"
    )
    form.add_error(None, "Nothing was saved: put right what is listed here")
    form.add_error("number", "Number up to date (1,204) cannot be more than all staff (1,019)")
    form.helper = nhsuk_helper("Submit return", is_form=False)
    return form


def chart() -> dict[str, Any]:
    """A control chart as a plain figure: band, limits, mean, target, points by kind."""

    def level(value: float, name: str, **line: Any) -> dict[str, Any]:
        return {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "hoverinfo": "skip",
            "x": [MONTHS[0], MONTHS[-1]],
            "y": [value, value],
            "line": line,
        }

    return {
        "data": [
            level(5.9, "Upper limit", color="#768692", dash="4px,4px", width=1.25),
            level(4.5, "Lower limit", color="#768692", dash="4px,4px", width=1.25),
            level(5.2, "Average", color="#425563", width=1.5),
            level(4.6, "Target", color="#003087", dash="2px,4px", width=2),
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "Sample",
                "x": MONTHS,
                "y": FALLING,
                "connectgaps": False,
                "line": {"color": "#768692", "width": 1.5},
                "marker": {
                    "size": [7] * 17 + [10] * 7,
                    "symbol": ["circle"] * 17 + ["square"] * 7,
                    "color": ["#5b7080"] * 17 + ["#005eb8"] * 7,
                },
                "hovertemplate": "%{x|%b %Y}: %{y:.1f}%<extra></extra>",
            },
        ],
        "layout": {
            "xaxis": {"type": "date", "dtick": "M3", "tickformat": "%b\n%Y"},
            "yaxis": {"ticksuffix": "%", "range": [4, 6.5]},
        },
    }


def multiple(values: Sequence[float | None], kinds: Sequence[str], *bands: Band) -> Trend:
    """One of the small charts, on the scale that they share."""
    return small_multiple(values, low=2, high=6, target=4.5, bands=bands, kinds=kinds)


def chart_table() -> looks.Table:
    rows = [
        (month, "no data" if value is None else f"{value:.1f}%")
        for month, value in zip(MONTHS, FALLING, strict=True)
    ]
    return looks.Table(
        "Sample share by month", ["Month", looks.Column("Share", numeric=True)], rows
    )


def tiles() -> list[looks.Tile]:
    return [
        looks.Tile(19, "On target", "green", "#status", "1 more than Jan"),
        looks.Tile(17, "Near target", "amber", "#status", "1 fewer than Jan"),
        looks.Tile(15, "Off target", "red", "#status", "1 fewer than Jan"),
        looks.Tile(
            3,
            "No data or late",
            "no_data",
            "#status",
            "1 more than Jan",
            [("late", "1 is late", "#status"), ("no_data", "2 have no data", "#status")],
        ),
        looks.Tile(
            18,
            "Not rated",
            "no_target",
            "#status",
            "no change since Jan",
            [
                ("not_due", "9 are not due", "#status"),
                ("no_target", "8 have no target", "#status"),
                ("needs_baseline", "1 needs a baseline", "#status"),
            ],
        ),
        looks.Tile(11, "changed since Jan 2026", "", "", "6 better, 4 worse, 1 lost its data"),
    ]


def steps() -> list[looks.Step]:
    return [
        looks.Step(
            "First sample plan",
            "Share below 3.9%",
            "Section 4. No values held.",
            "Predecessor, community teams only",
        ),
        looks.Step(
            "Second sample plan",
            "Reduce the share to 3.5%",
            "Section 2, objective 2.1",
            "This measure",
            is_now=True,
        ),
    ]


@dataclass(frozen=True)
class SampleNote:
    kind: str
    text: str


def notes() -> list[SampleNote]:
    return [
        SampleNote("arithmetic", "The rows add to 5,949; 5,950 is printed."),
        SampleNote("layout", "The bullet marks of this cell are lost."),
    ]


@dataclass(frozen=True)
class SamplePart:
    id: str
    title: str
    count: int

    @property
    def url(self) -> str:
        return f"#{self.id}"


def parts() -> list[SamplePart]:
    return [SamplePart("spc", "Variation and assurance", 12), SamplePart("trends", "Trends", 4)]


def table() -> looks.Table:
    return looks.Table(
        "Sorted by gap to target, largest first. 2 of 72 shown",
        [
            looks.Column("Measure", sort="none", url="?sort=measure#table"),
            looks.Column("Latest", numeric=True),
            looks.Column("Gap", numeric=True, sort="descending", url="?sort=gap#table"),
        ],
        [("Sample wait", "58 days", "+37 days"), ("Sample occupancy", "95.9%", "+10.9 points")],
        total=("Total, as printed", "not added", "5,950"),
        note="The rows add to 5,949: the print rounds each of them.",
    )


def context() -> dict[str, Any]:
    return {
        "statuses": looks.STATUS.items(),
        "milestones": looks.MILESTONE,
        "actions": looks.ACTION,
        "savings": looks.SAVINGS,
        "variations": looks.VARIATION.items(),
        "assurances": looks.ASSURANCE.items(),
        "badge_names": list(looks.BADGES),
        "tiles": tiles(),
        "mixed": {
            "on_target": 3,
            "near_target": 4,
            "off_target": 3,
            "no_data": 1,
            "not_rated": 2,
        },
        "falling": FALLING,
        "late": LATE,
        "annual": [6.9, 7.1, 7.2],
        "nothing": [None, None],
        "north": multiple(
            NORTH, NORTH_KINDS, Band(0, 13, 4.6, 5.1, 5.6), Band(14, 23, 4.0, 4.25, 4.5)
        ),
        "south": multiple(SOUTH, SOUTH_KINDS, Band(0, 23, 2.9, 3.3, 3.7)),
        "south_label": "24 months, from 3.2% to 3.3%, one month high",
        "figure": chart(),
        "figure_table": chart_table(),
        "figure_title": "Control chart of a sample share",
        "figure_summary": (
            "XmR chart, Jan 2024 to Dec 2025. One month has no data. The last seven points are "
            "below the average."
        ),
        "table": table(),
        "steps": steps(),
        "notes": notes(),
        "parts": parts(),
        "page": Paginator(range(172), 20).page(2),
        "plans": [("a", "Sample plan 2023–26"), ("b", "Sample plan 2019–20")],
        "months": [("2026-02", "Feb 2026"), ("2026-01", "Jan 2026")],
        "facts": [("Numerator", "Days lost"), ("Denominator", "Days available"), ("Owner", "")],
        "errors_shown": [
            ("id_typed-number", "Number up to date (1,204) cannot be more than all staff (1,019)"),
            ("", "Nothing was saved"),
        ],
        "form_empty": sample_form(with_errors=False),
        "form_typed": sample_form(with_errors=True),
    }
