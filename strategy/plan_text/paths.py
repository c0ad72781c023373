"""Numbers that a promise gives year by year, as a path of values. Pure.

A number for a financial year is read as the value that its last month should have.
"""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

from strategy.plan_text.counts import number

_YEAR = r"20(?P<first>[0-9]{2})/(?P<second>[0-9]{2})"
_SIZE = r"[<>≤≥]?\s?(?P<size>[0-9][0-9,]{0,14}(?:\.[0-9]{1,6})?)(?![0-9/])\s?(?:%|per\s?cent\b)?"
# "2026/27 4.8, 2027/28 4.4", as the headings of a table stand before its numbers.
_YEAR_FIRST = re.compile(
    rf"\b(?:target\s+)?{_YEAR}:?\s+{_SIZE}(?=\s*(?:[,;.]|and\b|$))", re.IGNORECASE
)
# "80% in 2026/27, 90% (2027/28)".
_SIZE_FIRST = re.compile(
    rf"(?<![0-9.,/£]){_SIZE}\s*\(?(?:(?:in|by|for)\s+)?{_YEAR}\)?", re.IGNORECASE
)
Path = tuple[tuple[int, Decimal], ...]


def path_of(words: str) -> Path:
    """The year in which each financial year ends, with its value; empty where the words do not give
    at least two years, one after the other.
    """
    for pattern in (_YEAR_FIRST, _SIZE_FIRST):
        found = list(pattern.finditer(words))
        years = [2000 + int(row["first"]) + 1 for row in found]
        are_years = all(
            year % 100 == int(row["second"]) for year, row in zip(years, found, strict=True)
        )
        if len(found) > 1 and are_years and all(one < other for one, other in pairwise(years)):
            return tuple(
                (year, number(row["size"])) for year, row in zip(years, found, strict=True)
            )
    return ()
