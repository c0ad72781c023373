"""Reads a typed month, date or time the British way: day first, never swapped to make it fit. Pure.

01/02/2026 is 1 February in forms and imports alike. A year has four figures; only a month named
in words may have two ("Oct-26"), as the tracker's own tables print it. A bare serial number is
not a date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kmpt_tracker.ui.formats import LONDON
from kmpt_tracker.ui.typed.numbers import enter, tidy

FIRST_YEAR = 1900
LAST_YEAR = 2199
LONGEST = 400
# Excel's day 0; a number of five digits from 2000 to 2099 is most likely one of its days.
EXCEL_BEGINS = date(1899, 12, 30)
_SERIAL = re.compile(r"3(?:6(?:5[3-9]|[6-9][0-9])|[7-9][0-9]{2})[0-9]|[4-6][0-9]{4}|7[0-2][0-9]{3}")

_MONTHS = {
    "january": 1,
    "february": 2,
    "march": 3,
    "april": 4,
    "may": 5,
    "june": 6,
    "july": 7,
    "august": 8,
    "september": 9,
    "october": 10,
    "november": 11,
    "december": 12,
}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()} | {"sept": 9}

_ISO_MONTH = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})")
_NUMBER_MONTH = re.compile(r"(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})")
_NAMED_MONTH = re.compile(r"(?P<month>[A-Za-z]+)(?: ?- ?| )(?P<year>[0-9]{4}|[0-9]{2})")
_OF_YEAR = r"(?P<year>[0-9]{4})[/\-](?P<next>[0-9]{2})"
_OF_MONTH = r"m(?:th|onth)?\.? ?(?P<month>0?[1-9]|1[0-2])"
_FINANCIAL_MONTHS = (
    re.compile(f"{_OF_YEAR},? {_OF_MONTH}", re.IGNORECASE),
    re.compile(f"{_OF_MONTH},? {_OF_YEAR}", re.IGNORECASE),
)
_ISO_DATE = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:[T ]00:00(?::00(?:\.0{1,6})?)?)?"
)
_DAY_FIRST = re.compile(
    r"(?P<day>[0-9]{1,2})(?P<mark>[/.\-])(?P<month>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})"
    r"(?: 00:00(?::00)?)?"
)
_NAMED_DATE = re.compile(
    r"(?P<day>[0-9]{1,2})(?P<mark>[ \-])(?P<month>[A-Za-z]+)(?P=mark)(?P<year>[0-9]{4})"
)
_SHORT_YEAR = re.compile(r"[0-9]{1,2}(?P<mark>[/.\-])[0-9]{1,2}(?P=mark)[0-9]{1,3}")
_SHORT_NAMED_YEAR = re.compile(r"[0-9]{1,2}(?P<mark>[ \-])[A-Za-z]+(?P=mark)[0-9]{1,3}")
_CLOCK_TIME = re.compile(r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})")
_HALF_DAY_TIME = re.compile(r"(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2}))? ?(?P<half>am|pm)")
_GAPS = re.compile("[ \u00a0\u2009\u202f]+")


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """The result for a date, or for a month as its first day."""

    value: date | None = None
    error: str | None = None
    blank: bool = False


@dataclass(frozen=True, slots=True)
class ParsedTime:
    """The result for a time of day."""

    value: time | None = None
    error: str | None = None
    blank: bool = False


def parse_month_text(
    typed: str | date | datetime | None, *, name: str = "Month", allow_empty: bool = False
) -> ParsedDate:
    """A month as its first day: 2026-10, Oct 2026, October 2026, Oct-26, 10/2026.

    A whole date, typed or from a date cell, means the month it is in. Finance counts the months of
    a year from April: M7 2026/27 is October 2026.
    """
    whole = parse_date_text(typed, name=name, allow_empty=allow_empty)
    if whole.value:
        return ParsedDate(value=whole.value.replace(day=1))
    if whole.blank or not isinstance(typed, str):
        return whole
    text = _one_spaced(typed)
    for pattern in (_ISO_MONTH, _NUMBER_MONTH, _NAMED_MONTH):
        if found := pattern.fullmatch(text):
            year = found["year"] if len(found["year"]) == 4 else f"20{found['year']}"
            month = _MONTHS.get(found["month"].lower()) or _number(found["month"])
            return _real(year, month, 1) or _not_a_month(name)
    for pattern in _FINANCIAL_MONTHS:
        if found := pattern.fullmatch(text):
            return _of_financial_year(found) or _not_a_month(name)
    return whole if _has_short_year(text) else _not_a_month(name, text)


def _of_financial_year(found: re.Match[str]) -> ParsedDate | None:
    """The month so many months after March of the first year; None where the years do not follow
    each other.
    """
    year, number = int(found["year"]), int(found["month"])
    if int(found["next"]) != (year + 1) % 100:
        return None
    return _real(str(year + (number > 9)), (number + 2) % 12 + 1, 1)


def is_month_without_year(text: str) -> bool:
    """Whether a text is the name of a month and nothing more."""
    return _one_spaced(text).strip(".").casefold() in _MONTHS


def parse_date_text(
    typed: str | date | datetime | None, *, name: str = "Date", allow_empty: bool = False
) -> ParsedDate:
    """A date: 13/02/2026, 13.2.2026, 13 Feb 2026, 2026-02-13, or a date cell."""
    if isinstance(typed, date):
        return _from_cell(typed, name)
    text = _one_spaced(typed or "")
    if not text:
        return ParsedDate(error=None if allow_empty else enter(name), blank=True)
    for pattern in (_ISO_DATE, _DAY_FIRST, _NAMED_DATE):
        if found := pattern.fullmatch(text):
            month = _MONTHS.get(found["month"].lower()) or _number(found["month"])
            return _real(found["year"], month, int(found["day"])) or _not_a_date(name)
    if _has_short_year(text):
        return ParsedDate(error="Year must include 4 numbers")
    return _not_a_date(name, text)


def parse_time_text(typed: str | None, *, name: str = "Time") -> ParsedTime:
    """A time of day in London: 17:00, 17.00, 5pm, 5:30 pm."""
    text = _one_spaced(typed or "").lower()
    if not text:
        return ParsedTime(error=enter(name), blank=True)
    found = _CLOCK_TIME.fullmatch(text) or _HALF_DAY_TIME.fullmatch(text)
    if found is None:
        return ParsedTime(error=f"{name} must be a real time, like 17:00")
    hour, half = int(found["hour"]), found.groupdict().get("half")
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif half:
        hour = 24  # 13pm is no time
    try:
        return ParsedTime(value=time(hour, int(found["minute"] or 0)))
    except ValueError:
        return ParsedTime(error=f"{name} must be a real time, like 17:00")


def _from_cell(cell: date, name: str) -> ParsedDate:
    """A date cell with a time of day is refused: it is a moment, not a date."""
    if isinstance(cell, datetime):
        # Stored moments are in UTC, where midnight in London may be 11pm.
        local = cell.astimezone(LONDON) if cell.tzinfo else cell
        if local.time() != time.min:
            return _not_a_date(name)
        cell = local.date()
    return _real(str(cell.year), cell.month, cell.day) or _not_a_date(name)


def _real(year: str, month: int, day: int) -> ParsedDate | None:
    try:
        value = date(int(year), month, day)
    except ValueError:
        return None
    return ParsedDate(value=value) if FIRST_YEAR <= value.year <= LAST_YEAR else None


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _has_short_year(text: str) -> bool:
    found = _SHORT_YEAR.fullmatch(text) or _SHORT_NAMED_YEAR.fullmatch(text)
    return found is not None


def _one_spaced(text: str) -> str:
    # No date is that long; "?" matches no pattern, and saves trying them on a pasted page.
    return _GAPS.sub(" ", tidy(text)) if len(text) <= LONGEST else "?"


def _not_a_date(name: str, text: str = "") -> ParsedDate:
    day = _in_excel(text)
    meant = f"; {text} is how Excel counts {day:%d/%m/%Y}" if day else ""
    return ParsedDate(error=f"{name} must be a real date, like 13/02/2026{meant}")


def _not_a_month(name: str, text: str = "") -> ParsedDate:
    day = _in_excel(text)
    meant = f"; {text} is how Excel counts a day in {day:%b %Y}" if day else ""
    return ParsedDate(error=f"{name} must be a real month, like Oct 2026{meant}")


def _in_excel(text: str) -> date | None:
    """The day that a bare number is in a spreadsheet whose cell lost its format; None for a number
    that means no day of this century. It is said, and never taken: it may be a mistake.
    """
    if not _SERIAL.fullmatch(text):
        return None
    return EXCEL_BEGINS + timedelta(days=int(text))
