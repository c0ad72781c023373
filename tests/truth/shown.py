"""How figures, targets and statuses are written, read back without the code that writes them."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
WORDS = {
    "green": "On target",
    "amber": "Near target",
    "red": "Off target",
    "blue": "Complete",
    "late": "Late",
    "no_data": "No data",
    "incomplete": "Incomplete",
    "not_due": "Not due",
    "no_target": "No target",
    "needs_baseline": "Needs a baseline",
    "no_measure": "No measure",
    "not_applicable": "Not applicable",
    "suppressed": "Suppressed",
}
MILESTONE = {**WORDS, "green": "On track", "amber": "At risk", "red": "Off track"}
GROUPS = {
    "On target": ("green", "blue"),
    "Near target": ("amber",),
    "Off target": ("red",),
    "No data or late": ("late", "no_data"),
    "Not rated": (
        "incomplete", "not_due", "no_target", "needs_baseline", "no_measure", "not_applicable",
        "suppressed",
    ),
}  # fmt: skip
GROUP_OF = {rag: name for name, rags in GROUPS.items() for rag in rags}
RATED = ("On target", "Near target", "Off target")
PARTS = {
    "late": r"(?:is|are) late",
    "no_data": r"ha(?:s|ve) no data",
    "incomplete": r"(?:is|are) incomplete",
    "not_due": r"(?:is|are) not due",
    "needs_baseline": r"needs? a baseline",
    "no_target": r"ha(?:s|ve) no target",
    "no_measure": r"ha(?:s|ve) no measure",
    "not_applicable": r"do(?:es)? not apply",
    "suppressed": r"(?:is|are) suppressed",
}
VARIATION = {
    "common_cause": "No significant change",
    "concern_high": "Concerning, high",
    "concern_low": "Concerning, low",
    "improvement_high": "Improvement, high",
    "improvement_low": "Improvement, low",
    "neutral_high": "Unusual, high",
    "neutral_low": "Unusual, low",
}
ASSURANCE = {
    "pass": "Usual range meets target",
    "fail": "Usual range misses target",
    "inconsistent": "Target in usual range",
}
UNITS = {
    "percent": r"%",
    "days": r" days?",
    "hours": r" hours?",
    "minutes": r" minutes?",
    "weeks": r" weeks?",
    "months": r" months?",
    "beds": r" beds?",
    "times": r" times?",
    "tonnes": r" tonnes?",
    "wte": r" WTE",
    "square_metres": r" m²",
    "cubic_metres": r" m³",
    "per_100_000": r" per 100,000",
    "per_1_000_bed_days": r" per 1,000 bed days",
    "pounds": r"",
    "pounds_thousand": r"k",
    "pounds_million": r"m",
}
NUMBER = r"−?£?\d[\d,]*(?:\.\d+)?"


def number(text: str) -> Decimal:
    """−£1,204k → −1204."""
    found = re.search(NUMBER, text)
    if found is None:
        raise ValueError(f"There is no number in “{text}”.")
    return Decimal(found[0].replace(",", "").replace("£", "").replace("−", "-"))


def is_rounded(shown: str, exact: Decimal, halves: str = ROUND_HALF_UP) -> bool:
    """Whether a shown number is the exact one, rounded to its own digits, halves away from zero."""
    shown = shown.replace("per 1,000 bed days", "").replace("per 100,000", "")
    found = re.search(NUMBER, shown)
    if found is None:
        return False
    value = number(shown)
    places = len(found[0].partition(".")[2])
    return exact.quantize(Decimal(1).scaleb(-places), halves) == value


def has_unit(shown: str, unit: str) -> bool:
    """Whether each number of a text stands with its unit."""
    if unit.startswith("per_"):
        return shown.count(UNITS[unit]) > 0
    wanted = UNITS.get(unit, "")
    pounds = unit.startswith("pounds")
    return all(
        re.match(wanted, shown[found.end() :]) is not None and ("£" in found[0]) == pounds
        for found in re.finditer(NUMBER, shown)
    )


def operator_sign(operator: str, value: Decimal, unit: str) -> str:
    if operator == "le" and value == 0 and unit in ("percent", "count"):
        return ""
    if operator == "ge" and value == 100 and unit == "percent":
        return ""
    return {"ge": "≥ ", "le": "≤ ", "gt": "> ", "lt": "< "}.get(operator, "")


def period(row: dict[str, str]) -> tuple[date, date]:
    return date.fromisoformat(row["period_start"]), date.fromisoformat(row["period_end"])


def label(start: date, end: date) -> str:
    """Mar 2017, Oct to Dec 2019, 2016/17, 2025."""
    if (start.year, start.month) == (end.year, end.month):
        return f"{MONTHS[end.month - 1]} {end.year}"
    if (start.month, end.month, end.year - start.year) == (4, 3, 1):
        return f"{start.year}/{end.year % 100:02d}"
    if (start.month, end.month, end.year - start.year) == (1, 12, 0):
        return f"{start.year}"
    if end.year == start.year + 1 and end.month == start.month - 1:
        return f"12 months to {MONTHS[end.month - 1]} {end.year}"
    if start.year == end.year:
        return f"{MONTHS[start.month - 1]} to {MONTHS[end.month - 1]} {end.year}"
    return f"{MONTHS[start.month - 1]} {start.year} to {MONTHS[end.month - 1]} {end.year}"


def long_label(start: date, end: date) -> str:
    """ "March 2025" in a sentence."""
    if (start.year, start.month) == (end.year, end.month):
        return f"{LONG[end.month - 1]} {end.year}"
    return label(start, end)


def judged(row: dict[str, str]) -> Decimal | None:
    """What is shown of a row: what was judged, else the window's own value."""
    text = row["judged_value"] or row["value"]
    return Decimal(text) if text else None


def months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def long_day(day: date) -> str:
    """12 Mar 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
