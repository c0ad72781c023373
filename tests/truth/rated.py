"""Colours worked out again from the columns of a row alone (docs/rules.md, “Colour”)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.truth.site import Row


def rag_of(value: Decimal, terms: Row) -> str:
    """Green, amber or red of a value, by the target, floor and direction of a row."""
    goal, operator = Decimal(terms["target"]), terms["operator"]
    floor = Decimal(terms["floor"]) if terms["floor"] else None
    if operator == "between" or terms["direction"] == "band":
        top = Decimal(terms["upper_value"]) if terms["upper_value"] else goal
        low = goal if operator in ("between", "eq", "ge", "gt") else None
        high = top if operator in ("between", "eq") else goal if low is None else None
        beyond = max(
            (low - value) if low is not None else Decimal(0),
            (value - high) if high is not None else Decimal(0),
        )
        if beyond <= 0:
            return "green"
        return "amber" if floor is not None and beyond <= floor else "red"
    met = {
        "ge": value >= goal,
        "gt": value > goal,
        "le": value <= goal,
        "lt": value < goal,
        "eq": value == goal,
    }[operator]
    if met:
        return "green"
    if floor is None:
        return "red"
    near = value >= floor if terms["direction"] == "higher_is_better" else value <= floor
    return "amber" if near else "red"


def milestone_rag(row: Row, due_on: str, on: date) -> str:
    """A milestone's colour on a day, by what its owner says and a due day."""
    due = date.fromisoformat(due_on) if due_on else None
    done, ahead = (
        date.fromisoformat(row[name]) if row[name] else None
        for name in ("completed_on", "forecast_on")
    )
    said = row["milestone_status"]
    if said == "complete" and (done is None or done <= on):
        return "blue"
    if said == "off_track" or (due is not None and on > due):
        return "red"
    expected = done if said == "complete" else ahead
    if said == "at_risk" or (due and expected and expected > due):
        return "amber"
    return "not_due" if said == "not_started" else "green"
