"""A small control chart for Plotly, on the scale of the drawing that it takes the place of. Pure.

The traces are those of the chart on the measure's own page; it has no axes
and no labels, because the page gives them in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from kpis.judging.status import Standing
from kpis.measures.chart import gap_bands, traces_of
from kpis.measures.chart_labels import ChartTerms

# Marks are smaller than in the large chart; the drawing's margins, as shares of its plot.
SMALLER = 0.6
ASIDE, ABOVE = 5 / 226, 4 / 76
# The room on each side of a single point.
ALONE = timedelta(days=60)


def small_figure(
    terms: ChartTerms, windows: Sequence[Standing], low: float, high: float
) -> dict[str, Any]:
    """The figure of some windows, oldest first, between the ends of a scale."""
    first, last = (windows[place].period.last_month.start for place in (0, -1))
    aside, above = (last - first) * ASIDE or ALONE, (high - low) * ABOVE
    hidden = {"visible": False, "fixedrange": True}
    return {
        "data": [_smaller(trace) for trace in traces_of(terms, windows)],
        "layout": {
            "hovermode": "x",
            "showlegend": False,
            "margin": dict.fromkeys("lrtb", 0),
            "xaxis": {
                **hidden,
                "type": "date",
                "range": [(first - aside).isoformat(), (last + aside).isoformat()],
            },
            "yaxis": {**hidden, "range": [low - above, high + above]},
            "shapes": gap_bands(windows),
        },
    }


def _smaller(trace: dict[str, Any]) -> dict[str, Any]:
    if "marker" not in trace:
        return trace
    sizes = [round(size * SMALLER) for size in trace["marker"]["size"]]
    line = {**trace["marker"]["line"], "width": 1}
    return {**trace, "marker": {**trace["marker"], "size": sizes, "line": line}}
