"""What a line of a file says, compared with what is stored. Pure.

A line that says what is stored changes nothing, whatever the state of its month: so an export of
the tracker, which holds figures to more decimals than may be typed, is read back as it left.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kmpt_tracker.ui.formats import format_date, format_number
from kmpt_tracker.ui.typed import parse_date_text, parse_number, tidy
from kpis.imports.headings import FIGURES, MILESTONE, plain
from kpis.imports.layouts import Line
from kpis.judging.wording import MILESTONE_WORDS
from kpis.rag import MilestoneStatus
from kpis.returns.cells import CellRead, CellRules

# Why a stored version has no figure, as the dataset of actuals writes it.
ABSENT = ("not_applicable", "suppressed", "withdrawn")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{0,20})?")
_STATUS = {status.value: status.value for status in MilestoneStatus} | {
    plain(MILESTONE_WORDS[status]): status.value for status in MilestoneStatus
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure by its parts, or why there is none."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None
    milestone_status: str = ""
    forecast: date | None = None
    completed: date | None = None
    absence: str = ""

    @property
    def is_none(self) -> bool:
        return self == Figure()

    @property
    def words(self) -> str:
        """ "45 of 50", "12.5", "On track, expected 1 Mar 2026"."""
        if self.absence:
            return self.absence.replace("_", " ")
        if self.milestone_status:
            dates = (("expected", self.forecast), ("done", self.completed))
            said = [f"{word} {format_date(on)}" for word, on in dates if on]
            return ", ".join([MILESTONE_WORDS[self.milestone_status], *said])
        if self.numerator is not None and self.denominator is not None:
            return f"{format_number(self.numerator)} of {format_number(self.denominator)}"
        return "" if self.value is None else format_number(self.value)


def read_as(read: CellRead) -> Figure:
    """The figure of a cell that was read. 0 of 0 is stored as no cases, without its parts."""
    if read.is_no_cases:
        return Figure(absence="not_applicable")
    return Figure(
        numerator=read.numerator,
        denominator=read.denominator,
        value=read.value,
        milestone_status=read.milestone_status,
        forecast=read.forecast_on,
        completed=read.completed_on,
    )


def says_the_same(line: Line, stored: Figure, rules: CellRules) -> bool:
    """Whether every box of the line holds exactly what is stored."""
    if line.value_status in ABSENT:
        return stored.absence == line.value_status
    if stored.absence or not line.has_figure:
        return False
    return all(
        _box(box, line.boxes[box], rules) == getattr(stored, box)
        for box in (*FIGURES, *MILESTONE)
        if box in line.boxes
    )


def status_code(text: str) -> str:
    """The code of a milestone's status, from its code or its word; else the text as typed."""
    return _STATUS.get(plain(text), _STATUS.get(tidy(text), text))


def _box(box: str, text: str, rules: CellRules) -> object:
    """What a box holds, or the text itself where it cannot be read: that equals nothing stored."""
    text = tidy(text)
    if box == "milestone_status":
        return status_code(text)
    if not text:
        return None
    if box in MILESTONE:
        return parse_date_text(text).value or text
    if _PLAIN_NUMBER.fullmatch(text):
        return Decimal(text)
    number = rules.for_value() if box == "value" else rules.for_part(box)
    found = parse_number(text, number).value
    return text if found is None else found


def text_boxes(boxes: Mapping[str, str]) -> dict[str, str]:
    """The boxes as the return keeps them: as typed, a status by its code."""
    return {
        box: status_code(text) if box == "milestone_status" else text for box, text in boxes.items()
    }
