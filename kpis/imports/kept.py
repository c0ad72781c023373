"""The lines of an import as they are kept between its preview and its confirmation. Pure."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from kpis.imports.layouts import Laid, Line, Template
from kpis.imports.sheets import Problem


def as_kept(laid: Laid) -> dict[str, Any]:
    """Lines and what is said about them, as JSON. Lines share their columns, so each set of columns
    is kept once."""
    columns: dict[tuple[tuple[str, str], ...], int] = {}
    lines = []
    for line in laid.lines:
        place = columns.setdefault(tuple(line.columns.items()), len(columns))
        lines.append(
            [
                line.row,
                line.measure,
                line.care_group,
                line.period,
                line.starts,
                line.ends,
                line.value_status,
                dict(line.boxes),
                place,
                line.may_be_empty,
            ]
        )
    return {
        "columns": [list(map(list, found)) for found in columns],
        "lines": lines,
        "problems": [list(astuple(problem)) for problem in laid.problems],
        "notices": list(laid.notices),
        "template": list(astuple(laid.template)) if laid.template else [],
    }


def from_kept(kept: dict[str, Any]) -> Laid:
    columns = [dict(found) for found in kept["columns"]]
    lines = tuple(
        Line(
            row=row,
            measure=measure,
            care_group=care_group,
            period=period,
            starts=starts,
            ends=ends,
            value_status=value_status,
            boxes=boxes,
            columns=columns[place],
            may_be_empty=may_be_empty,
        )
        for (
            row,
            measure,
            care_group,
            period,
            starts,
            ends,
            value_status,
            boxes,
            place,
            may_be_empty,
        ) in kept["lines"]
    )
    problems = tuple(Problem(*problem) for problem in kept["problems"])
    template = Template(*kept["template"]) if kept.get("template") else None
    return Laid(lines, problems, tuple(kept["notices"]), template)
