"""Periods and due dates as the words of a plan name them. Pure."""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import date

_MONTHS = [name.lower() for name in month_name[1:]]
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" if name != "may" else name for name in _MONTHS)
_MONTH = _MONTH.replace("sep(?:tember)?", "sep(?:t(?:ember)?)?")
PERIOD = rf"20[0-9]{{2}}/[0-9]{{2}}|(?:{_MONTH})\s+20[0-9]{{2}}"
DUE = re.compile(
    r"\b(?:(?:by|before|until)\s+(?:when:?\s+)?|(?P<head>due(?:\s+(?:by|on|date))?|deadline"
    r"|timescale):?\s+)(?:the end of\s+)?"
    r"(?P<words>(?:the\s+)?(?:early|mid|late|spring|summer|autumn|winter|q[1-4])[\s-]+"
    r"(?:of\s+)?20[0-9]{2}(?:/[0-9]{2})?\b"
    r"|(?:(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?\s+)?"
    rf"(?P<month>{_MONTH})\s+(?P<year>20[0-9]{{2}})"
    r"|(?P<first>20[0-9]{2})/(?P<second>[0-9]{2})"
    r"|20[0-9]{2})\b",
    re.IGNORECASE,
)
_WHEN = re.compile(r"\bwhen:?\s+", re.IGNORECASE)


def due_in(words: str) -> tuple[date | None, str]:
    """The day it is due, where month or financial year are named; a year alone stays words."""
    named = list(DUE.finditer(words))
    if not named:
        return None, ""
    found = named[-1]
    # A table's heading stands before its cell: "by when 2029/30".
    said = found["words"] if found["head"] else _WHEN.sub("", found[0])
    if found["month"]:
        named_month = found["month"].lower()[:3]
        year = int(found["year"])
        month = next(place for place, name in enumerate(_MONTHS, 1) if name.startswith(named_month))
        last = monthrange(year, month)[1]
        day = int(found["day"]) if found["day"] else last
        return (date(year, month, day) if 0 < day <= last else None), said
    if found["first"] and (int(found["first"]) + 1) % 100 == int(found["second"]):
        return date(int(found["first"]) + 1, 3, 31), said
    return None, said
