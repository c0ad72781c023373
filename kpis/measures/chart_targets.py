"""The lines of targets on a trend chart: the rated target, and the others in force.

Interim and local targets are planned paths and drawn dashed: no colour and no icon uses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kpis.judging.status import Standing, TargetShown

DARK_BLUE = "#003087"
NAMES = {
    "interim": "Interim target",
    "local": "Local target",
    "national_standard": "National standard",
    "commitment": "Also promised",
}
RATED, PLANNED, FURTHER = "2px,4px", "8px,4px", "1px,3px"
Line = tuple[str, float]


def target_traces(standings: Sequence[Standing], xs: Sequence[str]) -> list[dict[str, Any]]:
    """The rated target as steps, then each other target in the order in which they took effect.

    A range has a line for each of its ends.
    """
    rated = [standing.target for standing in standings]
    traces = [
        _stepped("Target", xs, [_value(row) for row in rated], RATED),
        _stepped("Target, upper end", xs, [_upper(row) for row in rated], RATED),
    ]
    others = {row.code: row for standing in standings for row in standing.further}
    for first in others.values():
        own = [
            next((row for row in standing.further if row.code == first.code), None)
            for standing in standings
        ]
        name, dash = NAMES[first.role], PLANNED if first.is_path else FURTHER
        lines = (
            _stepped(name, xs, [_value(row) for row in own], dash),
            _stepped(f"{name}, upper end", xs, [_upper(row) for row in own], dash),
        )
        # A missing window has no judgement: draw the line across it instead of breaking it there.
        traces += [{**line, "connectgaps": True} for line in lines]
    return [trace for trace in traces if any(value is not None for value in trace["y"])]


def lines_at(standing: Standing) -> list[Line]:
    """The value of each line in a window, by name; a range has "Target from" and "Target to"."""
    named = [("Target", standing.target), *((NAMES[row.role], row) for row in standing.further)]
    found: list[Line] = []
    for name, row in named:
        value, upper = _value(row), _upper(row)
        if value is not None and upper is not None:
            found += [(f"{name} from", value), (f"{name} to", upper)]
        elif value is not None:
            found.append((name, value))
    return found


def _value(target: TargetShown | None) -> float | None:
    return None if target is None or target.value is None else float(target.value)


def _upper(target: TargetShown | None) -> float | None:
    return None if target is None or target.upper is None else float(target.upper)


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
