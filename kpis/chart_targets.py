"""The lines of what was asked for on a trend chart: the rated target, and what is in force beside.

Interim and local targets are planned paths and drawn dashed: no colour and no icon reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kpis.standing import Standing, TargetShown

DARK_BLUE = "#003087"
NAMES = {
    "interim": "Interim target",
    "local": "Local target",
    "national_standard": "National standard",
    "commitment": "Also promised",
}
RATED, PLANNED, BESIDE = "2px,4px", "8px,4px", "1px,3px"
Line = tuple[str, float]


def target_traces(standings: Sequence[Standing], xs: Sequence[str]) -> list[dict[str, Any]]:
    """The rated target, stepped, then each other target in the order in which they took effect."""
    rated = [_value(standing.target) for standing in standings]
    traces = [_stepped("Target", xs, rated, RATED)]
    for first in _beside(standings):
        own = [
            next((_value(row) for row in standing.beside if row.code == first.code), None)
            for standing in standings
        ]
        # A missing window has no judgement: the line goes on over it, not before and after itself.
        line = _stepped(NAMES[first.role], xs, own, PLANNED if first.is_path else BESIDE)
        traces.append({**line, "connectgaps": True})
    return [trace for trace in traces if any(value is not None for value in trace["y"])]


def lines_at(standing: Standing) -> list[Line]:
    """What each line stands at in a window, by name."""
    named = [("Target", standing.target), *((NAMES[row.role], row) for row in standing.beside)]
    return [(name, value) for name, row in named if (value := _value(row)) is not None]


def _beside(standings: Sequence[Standing]) -> list[TargetShown]:
    return list({row.code: row for standing in standings for row in standing.beside}.values())


def _value(target: TargetShown | None) -> float | None:
    return None if target is None or target.value is None else float(target.value)


def _stepped(name: str, xs: Sequence[str], ys: list[float | None], dash: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(xs),
        "y": ys,
        "connectgaps": False,
        "line": {"color": DARK_BLUE, "width": 2, "dash": dash, "shape": "hv"},
        "hoverinfo": "skip",
    }
