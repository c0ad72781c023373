"""Which column of a stored assessment holds which calculated fact: one table.

`store` writes by it and `read` reads by it; a page as known at a past moment uses the same columns
without a row. A new fact needs its rule (judging/), its column (models/assessments.py) and, where
the two names differ, a line here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from operator import itemgetter
from typing import Any

from kpis.judging.freshness import Freshness
from kpis.judging.process import UNKNOWN, Process
from kpis.judging.status import Standing, TargetShown
from kpis.judging.terms import Assessed, Judged
from kpis.judging.verdict import Verdict
from kpis.models import Assessment, Judgement
from kpis.rag import Rag
from strategy.periods import Period

PLACES = Decimal("0.000001")
Columns = Mapping[str, Any]

# Column → attribute of the calculated object.
OF_OBSERVATION = {
    **{name: name for name in ("actual_id", "known_from", "groups_reported", "groups_expected")},
    **{name: name for name in ("milestone_status", "forecast_on", "completed_on")},
    "value_status": "status",
}
OF_SPAN = {"windows_held": "held", "windows_expected": "expected", "windows_in_year": "of_year"}
OF_POINT = {
    **{f"spc_{name}": name for name in ("mean", "lower", "upper", "segment")},
    **{name: name for name in ("point_type", "variation", "assurance", "limits_status")},
    "points_in_segment": "points_in_segment",
    "special_cause": "rule",
    "opposing_cause": "opposing_rule",
}
OF_PROCESS = {
    **{name: name for name in ("signal_from", "signal_to", "opposing_run", "segment_from")},
    "signal_moves": "moves",
    "signal_run": "run",
    "points_outside": "outside",
    "limits_rest_on": "rests_on",
    "tested_windows": "tested",
    "met_windows": "met",
    "tested_from": "tested_from",
    "tested_on_one_target": "one_target",
}
OF_JUDGED = {
    **{field.name: field.name for field in fields(Verdict) if field.name not in ("rag", "span")},
    "due_on": "due_on",
}
OF_JUDGED["target_value"] = OF_JUDGED.pop("value")
OF_JUDGED["target_upper"] = OF_JUDGED.pop("upper")

# The columns of a judgement, without its keys.
OF_JUDGEMENT = ("rag", *OF_JUDGED)

ASSESSED = tuple(column.attname for column in Assessment._meta.concrete_fields)
JUDGED = tuple(column.attname for column in Judgement._meta.concrete_fields)
# What a window's value and status are read from, without its chart and its parts.
STATUS = (
    *("id", "series_id", "period_start", "period_end", "value", "judged_value", "state"),
    *("windows_held", "windows_expected", "windows_in_year", "groups_reported", "groups_expected"),
    *("value_status", "origin", "milestone_status", "forecast_on", "completed_on"),
)
# The attributes of a standing that have the name of their column.
SHOWN = tuple(field.name for field in fields(Standing) if field.name in ASSESSED)

# What is taken out of a row, in one go: a page reads a thousand windows, and by the name of each
# column a standing took half as long again.
_SHOWN, _OF_PROCESS, _OF_JUDGED = (itemgetter(*names) for names in (SHOWN, OF_PROCESS, OF_JUDGED))


def stored(value: Decimal | None) -> Decimal | None:
    """The value as the database keeps it, with 6 decimals. Judging uses the unrounded value."""
    return None if value is None else value.quantize(PLACES)


def _taken(thing: Any, attributes: Mapping[str, str]) -> dict[str, Any]:
    return {column: getattr(thing, name) for column, name in attributes.items()}


def columns_of(item: Assessed) -> dict[str, Any]:
    """The columns of one assessed window. A column for which there is no fact, such as those of the
    chart, is left out and keeps its default.
    """
    seen = item.observation
    columns = {
        "period_start": seen.period.start,
        "period_end": seen.period.end,
        "value": stored(item.value),
        "judged_value": item.judged_value,
        "numerator": stored(seen.numerator),
        "denominator": stored(seen.denominator),
        "state": item.state.value if item.state else "",
        "origin": seen.origin.value,
        **_taken(seen, OF_OBSERVATION),
    }
    if item.span is not None:
        columns |= _taken(item.span, OF_SPAN)
    if item.reading is not None and item.point is not None:
        columns |= _taken(item.reading.points[item.point], OF_POINT)
    if item.process is not None:
        columns |= _taken(item.process, OF_PROCESS)
    return columns


def judged_columns(judged: Judged) -> dict[str, Any]:
    """The columns of one judgement."""
    return {"rag": judged.rag.value, **_taken(judged, OF_JUDGED)}


def target_shown(
    columns: Columns, *, pk: int, code: str, plan: str, role: str, operator: str
) -> TargetShown:
    """A judgement as it is shown, with the code, plan, role and operator of its target."""
    facts = dict(zip(OF_JUDGED.values(), _OF_JUDGED(columns), strict=True))
    return TargetShown(
        pk=pk, code=code, plan=plan, role=role, operator=operator, rag=Rag(columns["rag"]), **facts
    )


def standing_of(columns: Columns, shown: Iterable[TargetShown]) -> Standing:
    """One window as pages and files show it, from its columns and its judgements."""
    primary, further = None, []
    for target in shown:
        if target.is_primary:
            primary = primary or target
        else:
            further.append(target)
    has_process = "signal_moves" in columns
    if has_process and "id" in columns:  # a stored row, whole
        facts = dict(zip(SHOWN, _SHOWN(columns), strict=True))
    else:
        facts = {name: columns[name] for name in SHOWN if name in columns}
    rag = primary.rag if primary else Rag.NO_TARGET
    provisional = columns["value_status"] == "provisional"
    return Standing(
        period=Period(columns["period_start"], columns["period_end"]),
        rag=Rag(columns["state"]) if columns["state"] else rag,
        target=primary,
        further=tuple(further),
        freshness=Freshness.PROVISIONAL if provisional else Freshness.CURRENT,
        process=(
            Process(**dict(zip(OF_PROCESS.values(), _OF_PROCESS(columns), strict=True)))
            if has_process
            else UNKNOWN
        ),
        **facts,
    )
