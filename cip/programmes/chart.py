"""The charts of a programme as plain dicts in Plotly's schema. Pure: no queries, no Plotly."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cip.money import Rating, Step
from cip.wording import STEPS
from kmpt_tracker.ui.formats import format_number
from strategy.periods import Month

NAVY, BLUE, GREY, PALE = "#003087", "#005eb8", "#425563", "#aeb7bd"
COLOURS = {
    "target": NAVY,
    "delivered": BLUE,
    Rating.GREEN: "#007f3b",
    Rating.AMBER: "#ffb81c",
    Rating.RED: "#d5281b",
    "gap": GREY,
    "amber_held": "#ffb81c",
    "red_held": "#d5281b",
}
LABELS = {
    "target": "Target",
    "delivered": "Deliv-<br>ered",
    Rating.GREEN: "Green<br>to come",
    Rating.AMBER: "Amber<br>to come",
    Rating.RED: "Red<br>to come",
    "gap": "Gap<br>after<br>risk",
    "behind": "Behind<br>plan",
    "below_plan": "Fore-<br>cast<br>lower",
    "green_held": "Green<br>held<br>back",
    "amber_held": "Amber<br>held<br>back",
    "red_held": "Red<br>held<br>back",
    "unrated": "Not<br>rated",
    "gate": "Gate<br>closed",
    "unidentified": "Not<br>identi-<br>fied",
}
INK, HAIR = "#212b32", "#e8edee"
HEIGHT = 330


def waterfall(steps: Sequence[Step]) -> dict[str, Any]:
    """From the target down to the gap, then what the gap is made of, down to nothing."""
    names, heights, bases, texts, colours = [], [], [], [], []
    level = Decimal(0)
    for step in steps:
        is_whole = step.code in ("target", "gap")
        top = step.amount if is_whole else level
        # What counts towards the target goes down to the gap; the parts of the gap go down from its
        # top.
        counts = step.code == "delivered" or step.code in set(Rating)
        drop = Decimal(0) if is_whole else (-step.amount if counts else step.amount)
        low = Decimal(0) if is_whole else min(level, level - drop)
        names.append(LABELS[step.code])
        heights.append(float(abs(step.amount)))
        bases.append(float(low))
        texts.append(format_number(step.amount, 0))
        colours.append(COLOURS.get(step.code, PALE))
        level = top if is_whole else level - drop
    return {
        "data": [
            {
                "type": "bar",
                "x": names,
                "y": heights,
                "base": bases,
                "text": texts,
                "textposition": "outside",
                "cliponaxis": False,
                "width": 0.66,
                "marker": {"color": colours, "line": {"color": GREY, "width": 1}},
                "customdata": [STEPS[step.code] for step in steps],
                "hovertemplate": "%{customdata}: £%{text}k<extra></extra>",
            }
        ],
        "layout": _layout(),
    }


def cumulative(
    months: Sequence[Month],
    plan: Sequence[Decimal],
    delivered: Sequence[Decimal | None],
    forecast: Sequence[Decimal | None],
) -> dict[str, Any]:
    """The plan of the schemes, what was delivered, and the forecast from there on."""
    names = [month.label.split()[0] for month in months]

    def line(name: str, values: Sequence[Decimal | None], **look: Any) -> dict[str, Any]:
        return {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": names,
            "y": [None if value is None else float(value) for value in values],
            "connectgaps": False,
            "hovertemplate": f"{name}, %{{x}}: £%{{y:,.0f}}k<extra></extra>",
            **look,
        }

    layout = _layout()
    layout["showlegend"] = True
    layout["legend"] = {"orientation": "h", "y": 1.12, "font": {"size": 14}}
    return {
        "data": [
            line("Plan", plan, line={"color": NAVY, "width": 2, "dash": "dot"}),
            line("Delivered", delivered, line={"color": BLUE, "width": 3}),
            line(
                "Forecast",
                forecast,
                line={"color": GREY, "width": 2, "dash": "dash"},
                marker={"symbol": "diamond", "size": 7},
            ),
        ],
        "layout": layout,
    }


def monthly(
    months: Sequence[Month], plan: Sequence[Decimal], actual: Sequence[Decimal | None]
) -> dict[str, Any]:
    """A scheme's plan and actual by month, side by side."""
    names = [month.label.split()[0] for month in months]
    layout = _layout()
    layout |= {"barmode": "group", "showlegend": True, "height": 230}
    layout["legend"] = {"orientation": "h", "y": 1.2, "font": {"size": 14}}
    bars = (("Plan", plan, PALE), ("Delivered", actual, BLUE))
    return {
        "data": [
            {
                "type": "bar",
                "name": name,
                "x": names,
                "y": [None if value is None else float(value) for value in values],
                "marker": {"color": colour},
                "hovertemplate": f"{name}, %{{x}}: £%{{y:,.1f}}k<extra></extra>",
            }
            for name, values, colour in bars
        ],
        "layout": layout,
    }


def _layout() -> dict[str, Any]:
    return {
        "height": HEIGHT,
        "margin": {"l": 56, "r": 12, "t": 28, "b": 64},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "showlegend": False,
        "font": {"family": "Arial, Helvetica, sans-serif", "size": 13, "color": INK},
        "xaxis": {"fixedrange": True, "tickangle": 0, "automargin": True},
        "yaxis": {
            "fixedrange": True,
            "gridcolor": HAIR,
            "zerolinecolor": GREY,
            "title": {"text": "£ thousands"},
            "automargin": True,
        },
    }
