"""Reads a worksheet cell: its value and number format become the text a person would type.

So one set of rules covers forms, pasted text, CSV and XLSX. 0.924 shown as 92.4% is 92.4%. £ and $
come from the format, so $5 is refused in a pounds measure here as well. A date that a spreadsheet
made of "3-4" is not a number, and true is not 1. Pure, and no float survives: a cell is read to
the 15 digits that a spreadsheet keeps.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal

from kmpt_tracker.ui.formats import LONDON, export_number
from kmpt_tracker.ui.typed.dates import ParsedDate, parse_date_text, parse_month_text
from kmpt_tracker.ui.typed.numbers import NumberRules, Parsed, parse_number

CellValue = str | int | float | Decimal | bool | date | datetime | time | None
SHEET_DIGITS = 15

_SECTION = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;])*')
_CURRENCY_TAG = re.compile(r"\[\$([^\]\-]*)(?:-[^\]]*)?\]")
_TAG = re.compile(r"\[[^\]]*\]")
_PADDING = re.compile(r"[_*].")
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_CURRENCY = re.compile("[$£€¥₹]|[A-Z]{3}")


def cell_text(value: CellValue, number_format: str = "General") -> str:
    """The cell as it would be typed: 92.4%, £1250.5, 2026-10-01, TRUE."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        local = value.astimezone(LONDON) if value.tzinfo else value
        return local.date().isoformat() if local.time() == time.min else local.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        return _number_text(value, number_format or "General")
    return str(value)


def parse_cell(value: CellValue, number_format: str, rules: NumberRules) -> Parsed:
    """The result of `parse_number` for a worksheet cell."""
    return parse_number(cell_text(value, number_format), rules)


def parse_month_cell(value: CellValue, *, name: str = "Month") -> ParsedDate:
    """The result of `parse_month_text`: a date cell is accepted, a bare number never is."""
    return parse_month_text(cell_text(value), name=name)


def parse_date_cell(value: CellValue, *, name: str = "Date") -> ParsedDate:
    return parse_date_text(cell_text(value), name=name)


def _number_text(value: int | float | Decimal, number_format: str) -> str:
    number = Decimal(f"{value:.{SHEET_DIGITS}g}") if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        return str(number)
    section = _section_for(number, number_format)
    currency, is_scaled, has_percent = _marks(section)
    if is_scaled:
        number *= 100
    sign = "-" if number < 0 else ""
    return f"{sign}{currency}{export_number(abs(number))}{'%' if has_percent else ''}"


def _section_for(number: Decimal, number_format: str) -> str:
    """A format has up to four sections: positive, negative, zero, text."""
    sections = [found[0] for found in _SECTION.finditer(number_format) if found[0]]
    place = 1 if number < 0 else 2 if number == 0 else 0
    return sections[place] if place < len(sections) else sections[0] if sections else ""


def _marks(section: str) -> tuple[str, bool, bool]:
    """The currency a format shows, whether it multiplies by 100, whether it shows %."""
    tagged = "".join(_CURRENCY_TAG.findall(section))
    rest = _PADDING.sub("", _TAG.sub("", section))
    literals = "".join(one or other for one, other in _LITERAL.findall(rest))
    active = _LITERAL.sub("", rest)
    found = (
        _CURRENCY.search(tagged)
        or _CURRENCY.search(literals)
        or _CURRENCY.search(active.replace("General", ""))
    )
    is_scaled = "%" in active
    return (found[0] if found else ""), is_scaled, is_scaled or "%" in literals
