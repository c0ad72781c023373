"""Reading what people type: the one place every door asks. Pure.

Form, paste, CSV and XLSX share these functions and so give the same verdict, the same stored
value and the same message (docs/input.md). Errors name the box and say what to type; they come
back as text and nothing is ever raised for what a person typed.
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
from kmpt_tracker.ui.typed.dates import ParsedDate, parse_date_text, parse_month_text
from kmpt_tracker.ui.typed.numbers import (
    JudgedParts,
    NumberRules,
    Parsed,
    PartsRules,
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
    "PartsRules",
    "SoftWarning",
    "WarningCode",
    "cell_text",
    "check_text",
    "expected",
    "is_readable",
    "judge_parts",
    "parse_cell",
    "parse_date_cell",
    "parse_date_text",
    "parse_month_cell",
    "parse_month_text",
    "parse_number",
    "tidy",
    "warnings",
]

# NUL and half a surrogate pair cannot be stored; the two non-characters cannot be written to a
# worksheet.
_CANNOT_KEEP = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")


def check_text(text: str, limit: int, *, name: str = "Text") -> str | None:
    """What is wrong with a comment, or nothing: text is otherwise kept exactly as typed.

    A line end counts as one character, as it does in the box, however the browser sends it.
    """
    if len(text.replace("\r\n", "\n")) > limit:
        return f"{name} must be {limit:,} characters or fewer"
    if not can_be_kept(text):
        return f"{name} must not include characters that cannot be saved, such as a null character"
    return None


def can_be_kept(text: str) -> bool:
    """Whether a database can hold it: no null character, half a pair, U+FFFE or U+FFFF."""
    return _CANNOT_KEEP.search(text) is None


def is_readable(text: str) -> bool:
    """Whether an address says it: U+FFFD stands for bytes that are no text."""
    return can_be_kept(text) and "\ufffd" not in text
