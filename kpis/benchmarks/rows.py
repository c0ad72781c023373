"""Figures of others, typed or imported: what a row says, and what is wrong with it. Pure.

The columns are those of the dataset, so that a file which was exported can be read again: `measure`
(code or name), `period` (2025/26, Mar 2026, 2026-03) or `period_start` and `period_end`, `value`,
`unit` (must be the measure's), `whose`, `level`, `source`, `section`, `published_on`, `note`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kmpt_tracker.ui.typed import NumberRules, check_text, parse_date_text, parse_number
from kpis.promises.promise import baseline_window
from strategy.periods import Period

REQUIRED = ("measure", "value", "whose", "source")
COLUMNS = (
    *("measure", "period", "period_start", "period_end", "value", "unit", "whose", "level"),
    *("source", "section", "published_on", "note"),
)
LEVELS = {"national": "National", "region": "Region", "peer": "Peer"}
LENGTHS = {"whose": 160, "source": 300, "section": 300, "note": 1000}
NO_PERIOD = "Write the period as 2025/26, Mar 2026 or 2026-03, or leave it empty"
Fault = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Counted:
    """The measure that a figure is for."""

    pk: int
    code: str
    name: str
    unit: str
    is_milestone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of others; without a period it is listed, and on no chart."""

    measure: Counted
    whose: str
    value: Decimal
    source: str
    level: str = "national"
    period: Period | None = None
    section: str = ""
    published_on: date | None = None
    note: str = ""

    @property
    def key(self) -> tuple[int, str, Period | None]:
        """One figure for a measure, a period and whose it is."""
        return self.measure.pk, self.whose.casefold(), self.period


def read_row(
    cells: Mapping[str, str], measures: Mapping[str, Counted], *, today: date
) -> tuple[Figure | None, tuple[Fault, ...]]:
    """The figure of a row, or each box that is wrong with what to do. `measures`: by code and by
    name in small letters.
    """
    typed = {name: " ".join(str(cells.get(name, "")).split()) for name in COLUMNS}
    faults: list[Fault] = [
        (name, f"Enter {'the ' if name != 'whose' else ''}{name}")
        for name in REQUIRED
        if not typed[name]
    ]
    for name, most in LENGTHS.items():
        if problem := check_text(typed[name], most, name=name.capitalize()):
            faults.append((name, problem))
    measure, wrong = _measure(typed, measures)
    faults += wrong
    value, wrong = _value(typed["value"], measure)
    faults += wrong
    level = typed["level"].casefold() or "national"
    if level not in LEVELS:
        faults.append(("level", "Write national, region or peer"))
    period, fault = _period(typed)
    if fault:
        faults.append(fault)
    published_on, wrong = _published_on(typed["published_on"], today)
    faults += wrong
    if faults or measure is None or value is None:
        return None, tuple(faults)
    return (
        Figure(
            measure=measure,
            whose=typed["whose"],
            value=value,
            source=typed["source"],
            level=level,
            period=period,
            section=typed["section"],
            published_on=published_on,
            note=typed["note"],
        ),
        (),
    )


def _measure(
    typed: Mapping[str, str], measures: Mapping[str, Counted]
) -> tuple[Counted | None, list[Fault]]:
    measure = measures.get(typed["measure"].casefold())
    if measure is None:
        asked = typed["measure"][:60]
        return None, [("measure", f"There is no measure called “{asked}”")] if asked else []
    faults = []
    if measure.is_milestone:
        faults.append(("measure", f"{measure.name} is a milestone: it has no figure"))
    if typed["unit"] and typed["unit"] != measure.unit:
        faults.append(("unit", f"The unit of {measure.name} is {measure.unit}"))
    return measure, faults


def _value(text: str, measure: Counted | None) -> tuple[Decimal | None, list[Fault]]:
    rules = NumberRules(name="Value", unit=measure.unit if measure else "", allow_empty=True)
    found = parse_number(text, rules)
    return found.value, [("value", found.error)] if found.error else []


def _published_on(text: str, today: date) -> tuple[date | None, list[Fault]]:
    found = parse_date_text(text, name="Published on", allow_empty=True)
    if found.error:
        return None, [("published_on", found.error)]
    if found.value is not None and found.value > today:
        return None, [("published_on", "It cannot have been published after today")]
    return found.value, []


def _period(typed: Mapping[str, str]) -> tuple[Period | None, Fault | None]:
    if typed["period"]:
        window = baseline_window(typed["period"])
        return window, None if window else ("period", NO_PERIOD)
    if not typed["period_start"] and not typed["period_end"]:
        return None, None
    days = []
    for name, label in (("period_start", "First day"), ("period_end", "Last day")):
        found = parse_date_text(typed[name], name=label)
        if found.error or found.value is None:
            return None, (name, found.error or f"Enter the {label.lower()} of the period")
        days.append(found.value)
    if days[1] <= days[0]:
        return None, ("period_end", "The last day must be after the first")
    return Period(*days), None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a file and what it would do: add a figure, change nothing, or what is wrong."""

    number: int
    cells: Mapping[str, str]
    figure: Figure | None
    faults: tuple[str, ...] = ()
    is_there: bool = False

    @property
    def verdict(self) -> str:
        if self.faults:
            return "; ".join(self.faults)
        return "Already there" if self.is_there else "Will be added"


def headings(row: Sequence[str]) -> tuple[dict[str, int], str]:
    """The place of each column by its heading; and what is wrong with the row of headings."""
    names = [" ".join(cell.split()).casefold().replace(" ", "_") for cell in row]
    unknown = [name for name in names if name and name not in COLUMNS]
    if unknown:
        return {}, f"There is no column “{unknown[0][:40]}”. The columns are {', '.join(COLUMNS)}"
    twice = next((name for name in names if name and names.count(name) > 1), "")
    if twice:
        return {}, f"The column “{twice}” is there twice"
    lacking = [name for name in REQUIRED if name not in names]
    if lacking:
        return {}, f"The headings lack {', '.join(lacking)}: add what is missing"
    return {name: place for place, name in enumerate(names) if name}, ""
