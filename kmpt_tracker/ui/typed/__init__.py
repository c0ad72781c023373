"""Reads what people type, in one place for forms and imports alike. Pure.

Forms, pasted text, CSV and XLSX use these functions, and so get the same result, stored value and
message (docs/input.md). A message names the field and says what to type. Errors are returned as
text: nothing that a person types raises an exception.
"""

from __future__ import annotations

import re

from kmpt_tracker.ui.typed.cells import (
    CellValue,
    cell_text,
    parse_cell,
    parse_date_cell,
    parse_month_cell,
)
from kmpt_tracker.ui.typed.dates import (
    ParsedDate,
    ParsedTime,
    is_month_without_year,
    parse_date_text,
    parse_month_text,
    parse_time_text,
)
from kmpt_tracker.ui.typed.numbers import (
    JudgedParts,
    NumberRules,
    Parsed,
    PartsRules,
    enter,
    judge_parts,
    parse_number,
    tidy,
)
from kmpt_tracker.ui.typed.warnings import SoftWarning, WarningCode, expected, warnings

__all__ = [
    "CellValue",
    "JudgedParts",
    "NumberRules",
    "Parsed",
    "ParsedDate",
    "ParsedTime",
    "PartsRules",
    "SoftWarning",
    "WarningCode",
    "cell_text",
    "check_text",
    "enter",
    "expected",
    "is_month_without_year",
    "is_readable",
    "judge_parts",
    "parse_cell",
    "parse_date_cell",
    "parse_date_text",
    "parse_month_cell",
    "parse_month_text",
    "parse_number",
    "parse_time_text",
    "tidy",
    "warnings",
]

# A database cannot store NUL or half of a surrogate pair; a worksheet cannot hold the two
# non-characters.
_CANNOT_KEEP = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")


def check_text(text: str, limit: int, *, name: str = "Text") -> str | None:
    """The error in a comment, or None: text is otherwise kept exactly as typed.

    A line end counts as one character, as in the browser's own count, whether it is sent as LF
    or CR LF.
    """
    if len(text.replace("\r\n", "\n")) > limit:
        return f"{name} must be {limit:,} characters or fewer"
    if not can_be_kept(text):
        return f"{name} must not include characters that cannot be saved, such as a null character"
    return None


def can_be_kept(text: str) -> bool:
    """Whether a database and a worksheet can hold it: no NUL, half a pair, U+FFFE or U+FFFF."""
    return _CANNOT_KEEP.search(text) is None


def is_readable(text: str) -> bool:
    """Whether an address says it: U+FFFD replaces bytes that are no text."""
    return can_be_kept(text) and "\ufffd" not in text
